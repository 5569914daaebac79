"""EFS: what AWS reckons with credits, how long models take to load together, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from simulator.eras.era import Era
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from simulator.services.efs import Efs
from validation.row import Row
from validation.running import replication

GUIDE: Final = "Amazon EFS User Guide, performance, 2020-07"
BOUND: Final = "N x S / throughput, for all to have been read"
INFRACOST: Final = "infracost 95ba4f4, from the AWS Price List, 2026-08"
MIB: Final = 1024**2


def rows() -> tuple[Row, ...]:
    """All comparisons."""
    return (*_credits(), _loading(), *_bill())


def _credits() -> Iterator[Row]:
    """AWS's own examples; its MiB here are of 1,000 KiB, hence the two or three per cent."""
    era = Era.load("aws-2020-08")
    small = Efs.model_validate({"stored": "100 GB"}).gives(era)
    earned = small.baseline * 86_400 / 1024
    yield _row("Credits: 100 GiB earn in a day", GUIDE, "MiB", 432_000, earned, 0.03)
    minutes = earned * 1024 / small.most / 60
    yield _row("Credits: a day's last at full speed", GUIDE, "minutes", 72, minutes, 0.03)
    full = Efs.model_validate({"stored": "1 GB"}).gives(era)
    hours = full.saved / full.most / 3600
    yield _row("Credits: those of the beginning last", GUIDE, "hours", 6.12, hours, 0.03)


def _loading() -> Row:
    """A hundred environments that start together, each reading a model of 500 MB at 100 MB/s."""
    function: dict[str, Any] = {"service": "lambda", "runtime": "nodejs12", "timeout": "900 s"}
    ran = replication(
        "20 min",
        era="aws-2020-08",
        traffic={"all": {"to": "f", "shape": "burst", "requests": 100, "every": "1 h"}},
        architecture={
            "f": {**function, "duration": "1 ms", "init": {"connects": ["models"]}},
            "models": {"service": "efs", "stored": "20 GB", "load": "500 MB", "loads": "first_run"},
        },
    )
    found = ran.traffic["all"].latency.max_ns / 1e9
    return _row("Loading: 100 models of 500 MB at 100 MB/s, the last", BOUND, "s", 500, found, 0.01)


def _bill() -> Iterator[Row]:
    """A month of 230 GB with 100 MB/s provisioned, of which 88.5 are beyond what is stored entitles to."""
    function = {"service": "lambda", "runtime": "nodejs22", "handler": [{"call": "files"}]}
    files = {"service": "efs", "stored": "230 GB", "throughput": "provisioned", "provisioned": "100 MB"}
    ran = replication(
        "1 h",
        traffic={"one": {"to": "f", "shape": "burst", "requests": 1, "every": "1 d"}},
        architecture={"f": function, "files": files},
    )
    used = [usage._replace(quantity=730 * usage.quantity) for usage in ran.usage if usage.service == "files"]
    expected = {"efs.storage": 69.00, "efs.provisioned_throughput": 531.00}
    for line in bill(used, PriceBook.load("aws-2026")):
        usd, found = expected[line.item], to_the_cent(line.amount_usd)
        claim = f"Bill: a month of {line.item}"
        yield Row(claim, INFRACOST, "USD", usd, found, abs(found - usd), 0, "documented")


def _row(claim: str, source: str, unit: str, expected: float, found: float, allowed: float) -> Row:
    return Row(claim, source, unit, expected, found, abs(found / expected - 1), allowed, "documented")
