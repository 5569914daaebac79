"""Provisioned concurrency: AWS's launch test, its target tracking sample, its worked cases and bills.

The launch test (AWS News Blog, 2019-12-03): ab sends 10,000 requests of 500 users to a Java function
behind API Gateway, with and without 500 provisioned environments. The column with them makes the way to
the function in the model; the column without them is predicted. What initialises a new environment is
known from elsewhere: java8, the Java of that time (java11 was two weeks old); the platform's part; 10
million rounds of what the handler does 200,000 of, which took Cloudflare 6 ms (blog.cloudflare.com,
2019-12).

The sample (aws-samples/aws-lambda-autoscale-provisioned-concurrency-example at 4290f19, 2023-04): seven
spikes of two minutes, each followed by four of calm; a handler that sleeps 10 ms. What its dashboard
shows of the clients is taken over: spikes begin inside a minute of the clock, so that they touch three,
and again and again about 20 executions coincide (here every ten seconds of a spike). The rise of the
endpoint that tracks the maximum begins at 3. What the policies make of it is predicted. Not met: the
other endpoint ended at about 3, here at 2; so what spills over is compared at a fixed 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from simulator.engine.run import run_replication
from simulator.measure.result import Replication
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from validation.row import Row
from validation.running import replication, scenario

LAUNCH: Final = "AWS News Blog, Provisioned Concurrency for Lambda Functions, 2019-12"
SAMPLE: Final = "aws-samples autoscale example 4290f19, dashboard, 2023-04; executions coincide as there"
GUIDE: Final = "AWS Lambda Operator Guide, Provisioned Concurrency scaling example, 2021"
PRICES: Final = "aws.amazon.com/lambda/pricing, example of a launch, 2026"

PROVISIONED_MS: Final = {50: 352, 66: 368, 75: 382, 80: 387, 90: 400, 95: 415, 98: 447, 99: 513, 100: 593}
ON_DEMAND_MS: Final = {50: 351, 90: 435, 95: 1357, 98: 1619, 99: 1657}
ALLOWED: Final = {50: 0.10, 90: 0.10, 95: 0.20, 98: 0.20, 99: 0.20}
HANDLER_MS: Final = 6

SPIKES: Final = (30, 40, 50, 120, 120, 120, 120)
"""Requests a second to both endpoints together."""
MAXIMUM: Final = (3, 4, 5, 7, 9, 12, 15)
"""Provisioned executions in each, the endpoint that tracks the maximum."""


def rows() -> tuple[Row, ...]:
    """All comparisons."""
    return (*_launch(), *_tracking(), *_spread(), *_bill())


# ---------------------------------------------------------------------- the launch test


def _launch() -> Iterator[Row]:
    ran = launch()
    for percentile, measured in ON_DEMAND_MS.items():
        predicted = ab(ran["on-demand"], percentile)
        error = abs(predicted / measured - 1)
        claim = f"Launch test without provisioned concurrency: p{percentile}"
        yield Row(claim, LAUNCH, "ms", measured, predicted, error, ALLOWED[percentile], "measured")
    share = 100 * ran["on-demand"].services["f"]["cold_starts"] / 10_000
    claim = "Launch test without provisioned concurrency: share of cold starts"
    yield Row(claim, LAUNCH, "%", 5, share, abs(share - 5), 1, "documented")


def launch() -> Mapping[str, Replication]:
    """Both columns of the test."""
    way = {f"p{percentile}": f"{ms - HANDLER_MS} ms" for percentile, ms in PROVISIONED_MS.items()}
    both = scenario(
        "10 s",
        era={"use": "aws-2020-08", "lambda.invoke_overhead": "0 s"},
        traffic={"ab": {"to": "api", "shape": "users", "count": 500, "think": "1 us"}},
        architecture={
            "api": {
                "service": "rest_api",
                "overhead": {"quantiles": way},
                "routes": {"default": {"to": "f"}},
            },
            "f": {
                "service": "lambda",
                "runtime": "java8",
                "memory": "1 GB",
                "duration": f"{HANDLER_MS} ms",
                "init": {"work": f"{HANDLER_MS * 10_000_000 // 200_000} ms"},
            },
        },
        designs={"on-demand": {}, "provisioned": {"f": {"provisioned_concurrency": 500}}},
    )
    return {design: run_replication(both, design, 0, rows=True) for design in both.designs}


def ab(ran: Replication, percentile: int) -> float:
    """Milliseconds as ab reads a percentile off the first 10,000 requests."""
    columns: dict[str, Any] = ran.rows.columns() if ran.rows else {}
    first = np.argsort(columns["sent_ns"], kind="stable")[:10_000]
    sorted_s = np.sort(columns["latency_s"][first])
    return float(sorted_s[min(percentile * 100, 9999)]) * 1e3


# ---------------------------------------------------------------------- the target tracking sample


def _tracking() -> Iterator[Row]:
    ran = replication("43 min", **sample())
    for spike, (rate, measured) in enumerate(zip(SPIKES, MAXIMUM, strict=True)):
        predicted = _provisioned(ran, "maximum", spike)
        claim = f"Target tracking by the maximum: provisioned in spike {spike + 1}, of {rate}/s"
        error = abs(predicted - measured)
        yield Row(claim, SAMPLE, "environments", measured, predicted, error, 0, "measured")
    most = max(_provisioned(ran, "average", spike) for spike in range(7))
    claim = "Target tracking by the average: most provisioned, about"
    yield Row(claim, SAMPLE, "environments", 3, most, abs(most - 3), 1, "measured")
    spilled = ran.services["fixed"]["provisioned_spillover_invocations"] / (4 * 2)
    claim = "Spill-over by rate: in a minute of 60/s, 3 provisioned, about"
    yield Row(claim, SAMPLE, "invocations", 2000, spilled, abs(spilled / 2000 - 1), 0.15, "measured")


def _provisioned(ran: Replication, endpoint: str, spike: int) -> float:
    """Environments that can be used in a spike, at most."""
    times, begins = ran.series["time_s"], 60 + 360 * spike
    inside = (times >= begins) & (times < begins + 120)
    return float(np.max(ran.series[f"{endpoint}.provisioned"][inside]))


def sample() -> dict[str, Any]:
    """The load script with half of it for each endpoint; the four spikes of 120/s are counted."""
    traffic: dict[str, Any] = {}
    policies = {"maximum": 3, "average": 1, "fixed": 3}
    for endpoint in policies:
        for number, rate in enumerate((1, *(each for spike in SPIKES for each in (spike, 1)))):
            begins, length = _phase(number)
            phase = {"requests": rate * length // 2, "length": f"{length} s", "every": "2 h"}
            traffic[f"{endpoint}-{number}"] = _burst(endpoint, begins, **phase)
        for second in range(65, 180, 10):
            traffic[f"{endpoint}-together-{second}"] = _burst(endpoint, second, requests=20, every="6 min")
    return {
        "era": "aws-2020-08",
        "traffic": traffic,
        "architecture": {name: _tracked(name, amount) for name, amount in policies.items()},
        "run": {"for": "43 min", "warm_up": "19 min", "start": "2023-04-25T10:00:30Z"},
    }


def _burst(to: str, second: int, **settings: Any) -> dict[str, Any]:
    return {"to": to, "shape": "burst", "starts": f"{second} s", **settings}


def _tracked(policy: str, amount: int) -> dict[str, Any]:
    """The function; its first run in an environment sleeps half a second more."""
    provisioned: dict[str, Any] = {"amount": amount}
    if policy != "fixed":
        bounds = {"min_capacity": 1, "max_capacity": 50}
        provisioned["target_tracking"] = {"target": "80%", "statistic": policy, **bounds}
    return {
        "service": "lambda",
        "runtime": "nodejs12",
        "memory": "256 MB",
        "duration": "10 ms",
        "first_run": "500 ms",
        "provisioned_concurrency": provisioned,
    }


def _phase(number: int) -> tuple[int, int]:
    """Beginning and length of the script's phases: a minute, then two of spike and four of calm, in turn."""
    if number == 0:
        return 0, 60
    cycle, calm = divmod(number - 1, 2)
    return 60 + 360 * cycle + 120 * calm, 240 if calm else 120


# ---------------------------------------------------------------------- worked cases


CASES: Final = (
    ("all at once", (10_000,), (7000, 3000, 0)),
    ("5,000 in each of two minutes", (5000, 5000), (10_000, 0, 0)),
)
"""Requests of each minute, and what becomes of them: provisioned, on demand, throttled."""


def _spread() -> Iterator[Row]:
    """Requests of a second, with 7,000 environments provisioned and 10,000 executions allowed."""
    for case, minutes, expected in CASES:
        traffic = {
            f"minute-{minute}": _burst("f", 60 * minute, requests=count, every="1 h")
            for minute, count in enumerate(minutes)
        }
        settings = {"runtime": "python3.8", "duration": "1 s", "provisioned_concurrency": 7000}
        architecture = {"account": {"lambda_concurrency": 10_000}, "f": {"service": "lambda", **settings}}
        ran = replication("3 min", era="aws-2020-08", traffic=traffic, architecture=architecture)
        seen = ran.services["f"]
        found = [seen[f"provisioned_{kind}invocations"] for kind in ("", "spillover_")] + [seen["throttles"]]
        for what, count, predicted in zip(
            ("provisioned", "on demand", "throttled"), expected, found, strict=True
        ):
            claim = f"7,000 provisioned, 10,000 requests {case}: {what}"
            yield Row(claim, GUIDE, "requests", count, predicted, abs(predicted - count), 0, "documented")


def _bill() -> Iterator[Row]:
    """100 environments for 8 h; 0.5 million requests of 100 ms on them, 2.5 million of 120 ms beside them."""

    def function(duration: str, **settings: Any) -> dict[str, Any]:
        fixed = {"service": "lambda", "runtime": "nodejs22", "cold_start": "0 s", "memory": "1536 MB"}
        return {**fixed, "duration": duration, **settings}

    def evenly(to: str, rate: str) -> dict[str, Any]:
        return {"to": to, "shape": "constant", "rate": rate}

    # a thousandth of the requests, and of the environments that serve them
    ran = replication(
        "8 h",
        traffic={"launch": evenly("sale", "500/8 h"), "month": evenly("ordinary", "2500/8 h")},
        architecture={
            "sale": function("100 ms", provisioned_concurrency=100),
            "ordinary": function("120 ms"),
        },
        era={"use": "aws-2026", "lambda.invoke_overhead": "0 s", "lambda.platform_start": "0 s"},
    )
    used = [
        usage._replace(quantity=usage.quantity * (1 if "concurrency" in usage.item else 1000))
        for usage in ran.usage
    ]
    expected = {"lambda.provisioned_concurrency": 18.00, "lambda.requests": 0.40,
                "lambda.provisioned_duration": 0.73, "lambda.duration": 0.83}  # fmt: skip
    lines = bill(used, PriceBook.load("aws-2026"), free_tier=True)
    for item, usd in expected.items():
        parts = [line.amount_usd for line in lines if line.item.startswith(item)]
        predicted = to_the_cent(sum(parts))
        yield Row(
            f"Bill of a launch: {item}", PRICES, "USD", usd, predicted, abs(predicted - usd), 0, "documented"
        )
