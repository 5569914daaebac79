"""Lambda billing: logged and worked bills and the AWS Price List, to the millisecond and to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from validation.row import Row
from validation.running import replication

GUIDE = "AWS Lambda Developer Guide, execution environment lifecycle, sample logs, 2026"
REPORTS = "REPORT lines of Java functions in public repositories, 2023-24"
PACSLAB = "pacslab/serverless-performance-modeling 4b88970, request logs, 2020-04"
PRICES = "aws.amazon.com/lambda/pricing, 2026"
OLD_PRICES = "aws.amazon.com/lambda/pricing, 2020, which rounds the price of a GB-second to 0.00001667"
INFRACOST = "infracost 95ba4f4, from the AWS Price List, 2026-08"

STARTS = ((133.61, 80.00, 214), (3016.78, 84.00, 3101), (3004.92, 111.23, 3117))
"""Init Duration, Duration and Billed Duration of a cold start, in ms."""
RESTORES = ((325.93, 26, 127.10, 154), (511.25, 303, 306.34, 610), (398.97, 182, 2338.66, 2521),
            (562.43, 118, 159.87, 278))  # fmt: skip
"""Restore Duration, what is billed of it, Duration and Billed Duration, in ms."""
LOGGED_2020 = ((True, 1985.52, 2000), (True, 2003.06, 2100), (False, 1848.19, 1900), (False, 1877.81, 1900))
"""Whether it was cold, Duration and Billed Duration, in ms."""


class Example(NamedTuple):
    """One of AWS's worked bills: how many requests of one function, and what each item of them costs."""

    claim: str
    requests: float
    function: Mapping[str, Any]
    usd: Mapping[str, float]
    free: bool = False
    era: str = "aws-2026"
    source: str = PRICES
    allowed: float = 0.0


EXAMPLES = (
    Example(
        "3 million requests of 120 ms with 1,536 MB", 3e6, {"memory": "1536 MB", "duration": "120 ms"},
        {"lambda.duration.x86_64": 2.33, "lambda.requests": 0.40}, free=True,
    ),
    Example(
        "7.44 million requests of 2 s with 1,024 MB", 7.44e6, {"memory": "1024 MB", "duration": "2 s"},
        {"lambda.duration.x86_64": 248.00, "lambda.requests": 1.49},
    ),
    Example(
        "3 million requests of 1 s with 512 MB in 2020", 3e6, {"memory": "512 MB", "duration": "1 s"},
        {"lambda.duration.x86_64": 18.34, "lambda.requests": 0.40}, free=True, era="aws-2020-08",
        source=OLD_PRICES, allowed=0.01,
    ),
)  # fmt: skip

LINES: tuple[tuple[str, tuple[tuple[float, float], ...]], ...] = (
    ("lambda.requests", ((15_000e6, 3000.00),)),
    ("lambda.requests", ((18_250e6, 3650.00),)),
    ("lambda.requests", ((11_250e6, 2250.00),)),
    ("lambda.requests", ((9000e6, 1800.00),)),
    ("lambda.requests", ((7500e6, 1500.00),)),
    ("lambda.requests", ((6000e6, 1200.00),)),
    ("lambda.requests", ((100_000, 0.02),)),
    ("lambda.duration.x86_64", ((6e9, 100_000.20), (9e9, 135_000.00), (46.44e9, 619_203.10))),
    ("lambda.duration.x86_64", ((6e9, 100_000.20), (3.216e9, 48_240.00))),
    ("lambda.duration.x86_64", ((3.072e9, 51_200.10),)),
    ("lambda.duration.x86_64", ((17_500, 0.29),)),
    ("lambda.duration.x86_64", ((4375, 0.07),)),
    ("lambda.duration.arm64", ((7.5e9, 100_000.50), (11.25e9, 135_001.13), (56.002e9, 597_356.53))),
    ("lambda.duration.arm64", ((7.5e9, 100_000.50), (4.02e9, 48_240.40))),
    ("lambda.duration.arm64", ((3.84e9, 51_200.26),)),
    ("lambda.duration.arm64", ((17_500, 0.23),)),
    ("lambda.duration.arm64", ((4375, 0.06),)),
)
"""Months of an item: the quantity in each tier, and what it costs."""


def rows() -> Iterator[Row]:
    """All comparisons; but for one cent each is exact."""
    yield from _reports()
    yield from _examples()
    yield from _lines()


def _reports() -> Iterator[Row]:
    """Billed Duration of one request."""
    for init, duration, billed in STARTS:
        claim = f"Billed: a cold start, Init Duration {init} ms and Duration {duration} ms"
        yield _billed(claim, GUIDE, billed, duration, {"cold_start": f"{init} ms"})
    for restore, paid, duration, billed in RESTORES:
        claim = f"Billed: a restore of {restore} ms, {paid} of them billed, and Duration {duration} ms"
        share = {"lambda.snap_start.billed_share": f"{100 * paid / restore:.6f}%"}
        function = {"runtime": "java21", "snap_start": {"restore": f"{restore} ms"}}
        yield _billed(claim, REPORTS, billed, duration, function, {"use": "aws-2026", **share})
    for cold, duration, billed in LOGGED_2020:
        claim = f"Billed in 2020: {'a cold start, ' if cold else ''}Duration {duration} ms"
        function = {"cold_start": "300 ms" if cold else "0 s"}
        yield _billed(claim, PACSLAB, billed, duration, function, "aws-2020-08")


def _billed(
    claim: str,
    source: str,
    billed: float,
    duration: float,
    start: Mapping[str, Any],
    era: object = "aws-2026",
) -> Row:
    function = {
        "runtime": "java11",
        "memory": "1 GB",
        "timeout": "9 s",
        "duration": f"{duration} ms",
        **start,
    }
    found = round(1000 * _used(function, era)["lambda.duration.x86_64"], 6)
    badge: Literal["measured", "documented"] = "documented" if source == GUIDE else "measured"
    return Row(claim, source, "ms", billed, found, abs(found - billed), 0.0, badge)


def _examples() -> Iterator[Row]:
    for example in EXAMPLES:
        used = _used({"runtime": "java11", "cold_start": "0 s", **example.function}, example.era)
        usage = {item: quantity * example.requests for item, quantity in used.items()}
        dollars = _dollars(usage, example.era, example.free)
        for item, usd in example.usd.items():
            claim = f"Bill: {example.claim}, {item}"
            yield _bill(claim, example.source, usd, dollars[item], example.allowed)


def _lines() -> Iterator[Row]:
    """Each tier by itself, as the price list has it."""
    book = PriceBook.load("aws-2026")
    for item, tiers in LINES:
        month = sum(quantity for quantity, _ in tiers)
        before = 0.0
        for quantity, usd in tiers:
            found = book.price(item).of(before + quantity) - book.price(item).of(before)
            claim = f"Bill: a month of {month:,.0f} of {item}, {quantity:,.0f} after {before:,.0f}"
            yield _bill(claim, INFRACOST, usd, to_the_cent(found))
            before += quantity


def _used(function: Mapping[str, Any], era: object) -> dict[str, float]:
    """The quantities of one request, the first in its environment."""
    ran = replication(
        "10 min",
        era=era,
        traffic={"one": {"to": "f", "shape": "burst", "every": "1 h", "requests": 1}},
        architecture={"f": {"service": "lambda", **function}},
    )
    return {usage.item: usage.quantity for usage in ran.usage}


def _dollars(used: Mapping[str, float], era: str = "aws-2026", free: bool = False) -> dict[str, float]:
    usages = [Usage("f", item, quantity) for item, quantity in used.items()]
    return {line.item: to_the_cent(line.amount_usd) for line in bill(usages, PriceBook.load(era), free)}


def _bill(claim: str, source: str, usd: float, found: float, allowed: float = 0.0) -> Row:
    error = round(abs(found - usd), 9)
    return Row(claim, source, "USD", usd, found, error, allowed, "documented")
