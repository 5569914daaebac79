"""API Gateway: AWS's token-bucket cases and worked prices exactly, the statuses clients see, overheads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from validation.row import Row
from validation.running import replication, replications

GUIDE = "Amazon API Gateway Developer Guide, request throttling, 2020-08"
PRICES = "aws.amazon.com/api-gateway/pricing, 2025-11"
INFRACOST = "infracost 95ba4f4, from the AWS Price List, 2026-08"
ERRORS = "AWS Lambda Developer Guide, Lambda errors with an API Gateway API, 2026"
RESPONSES = "Amazon API Gateway Developer Guide, gateway response types, 2026"

Badge = Literal["measured", "documented", "assumed"]

BACKEND = {"service": "external", "latency": "10 ms"}
BUCKET_CASES: tuple[tuple[str, int, tuple[dict[str, Any], ...]], ...] = (
    ("10,000 evenly in a second", 10_000, ({"requests": 10_000, "length": "1 s"},)),
    ("10,000 at once", 5000, ({"requests": 10_000},)),
    (
        "5,000 at once, 5,000 evenly over the other 999 ms",
        10_000,
        ({"requests": 5000}, {"requests": 5000, "starts": "1 ms", "length": "999 ms"}),
    ),
    (
        "5,000 at once, 5,000 after 100 ms",
        6000,
        ({"requests": 5000}, {"requests": 5000, "starts": "100 ms"}),
    ),
    (
        "5,000 at once, 1,000 after 100 ms, 4,000 evenly over the other 899 ms",
        10_000,
        (
            {"requests": 5000},
            {"requests": 1000, "starts": "100 ms"},
            {"requests": 4000, "starts": "101 ms", "length": "899 ms"},
        ),
    ),
)
"""Requests to APIs of one account, 10,000 a second with a bucket of 5,000, and how many AWS serves."""


class Bill(NamedTuple):
    """One of AWS's worked bills: so many requests, and what one item of them costs."""

    claim: str
    kind: str
    requests: float
    route: dict[str, Any]
    item: str
    usd: float


BILLS = (
    Bill(
        "HTTP API, 432 million requests of 12 KB with answers of 46 KB", "http_api", 432e6,
        {"request": "12 KB", "response": "46 KB"}, "http_api.requests", 418.80,
    ),
    Bill(
        "REST API, 5 million requests", "rest_api", 5e6,
        {"response": "3 KB"}, "rest_api.requests", 17.50,
    ),
    Bill(
        "REST API, 5 million answers of 3 KB", "rest_api", 5e6,
        {"response": "3 KB"}, "data_transfer.out", 1.29,
    ),
)  # fmt: skip

LINES = (
    ("http_api.requests", 300e6, 300.00),
    ("http_api.requests", 1000e6, 930.00),
    ("rest_api.requests", 333e6, 1165.50),
    ("rest_api.requests", 1000e6, 3033.10),
    ("rest_api.requests", 20_000e6, 48_253.10),
    ("rest_api.requests", 21_000e6, 49_763.10),
    ("rest_api.cache.0.5GB", 730, 14.60),
    ("rest_api.cache.237GB", 730, 2774.00),
    ("websocket_api.messages", 1000e6, 1000.00),
    ("websocket_api.messages", 1500e6, 1400.00),
    ("websocket_api.connection_minutes", 10e6, 2.50),
)
"""A month's quantity of an item and its price in US dollars, tiers added up."""

THROTTLED = {"reserved_concurrency": 0, "duration": "1 s"}
FAILING = {"handler": [{"fail": "100%"}]}
TOO_LONG = {"duration": "40 s", "timeout": "60 s"}
SEEN: tuple[tuple[str, str, dict[str, Any], int, str, Badge], ...] = (
    ("Status of a REST API: Lambda throttles", "rest_api", THROTTLED, 500, ERRORS, "documented"),
    ("Status of a REST API: function error", "rest_api", FAILING, 502, ERRORS, "documented"),
    ("Status of a REST API: integration timeout", "rest_api", TOO_LONG, 504, RESPONSES, "documented"),
    (
        "Status of an HTTP API: Lambda throttles",
        "http_api",
        THROTTLED,
        503,
        "taken as for a timeout",
        "assumed",
    ),
    (
        "Status of an HTTP API: function error",
        "http_api",
        FAILING,
        500,
        "denoland/deno_registry2 issue 87, 2020-09",
        "measured",
    ),
    (
        "Status of an HTTP API: integration timeout",
        "http_api",
        TOO_LONG,
        503,
        "serverless issue 11222, 2022-07",
        "measured",
    ),
)
STATUSES = (429, 500, 502, 503, 504)


def rows() -> tuple[Row, ...]:
    """All comparisons, the exact ones first."""
    return (*_buckets(), *_bills(), *_lines(), *_statuses(), *_overheads())


def _buckets() -> Iterator[Row]:
    for case, served, bursts in BUCKET_CASES:
        ran = replication(
            "2 s",
            traffic={
                f"part{number}": {"to": "api", "shape": "burst", "every": "1 h", **burst}
                for number, burst in enumerate(bursts)
            },
            architecture={"api": _api("http_api"), "backend": BACKEND},
        )
        found = sum(counted.outcomes["ok"] for counted in ran.traffic.values())
        yield _row(f"Account throttle: {case}", GUIDE, "requests served", served, found, 0, "documented")


def _bills() -> Iterator[Row]:
    """The example's requests by a hundredth of a run of a hundred."""
    for claim, kind, requests, route, item, usd in BILLS:
        used = _used(item, api=_api(kind, **route))
        yield _dollars(f"Bill: {claim}", PRICES, item, used * requests / 100, usd)
    units = _used("http_api.requests", api=_api("http_api", request="4608 KB")) / 100
    yield _row(
        "Bill: units of an upload of 4.5 MB to an HTTP API", PRICES, "units", 9, units, 0, "documented"
    )
    cached = {**_api("rest_api", cache={"keys": 1}), "cache": {"size": "1.6 GB"}}
    hours = _used("rest_api.cache.1.6GB", api=cached)
    yield _dollars(
        "Bill: REST API, a cache of 1.6 GB for a day", PRICES, "rest_api.cache.1.6GB", 24 * hours, 0.91
    )


def _used(item: str, **services: Any) -> float:
    """How much of an item an hour with a hundred requests takes."""
    ran = replication(
        "1 h",
        traffic={"web": {"to": "api", "shape": "burst", "every": "1 h", "requests": 100, "length": "1 s"}},
        architecture={**services, "backend": BACKEND},
    )
    (used,) = (usage.quantity for usage in ran.usage if usage.item == item)
    return used


def _lines() -> Iterator[Row]:
    for item, quantity, usd in LINES:
        yield _dollars(f"Bill: a month of {item}, {quantity:,.0f}", INFRACOST, item, quantity, usd)


def _dollars(claim: str, source: str, item: str, quantity: float, usd: float) -> Row:
    (line,) = bill([Usage("api", item, quantity)], PriceBook.load("aws-2026"))
    return _row(claim, source, "USD", usd, to_the_cent(line.amount_usd), 0, "documented")


def _statuses() -> Iterator[Row]:
    """The status is the one that makes a client try again."""
    for claim, kind, function, status, source, badge in SEEN:
        ran = replications(
            "3 min",
            traffic={"web": {"to": "app", "shape": "burst", "every": "1 h", "requests": 1}},
            architecture={
                "app": {"service": "client", "to": "api"},
                "api": _api(kind, to="f"),
                "f": {"service": "lambda", "runtime": "nodejs22", **function},
            },
            designs={f"on-{on}": {"app": {"retries": {"attempts": 1, "on": [on]}}} for on in STATUSES},
        )
        (seen,) = (on for on in STATUSES if ran[f"on-{on}"].traffic["web"].attempts == 2)
        yield _row(claim, source, "HTTP status", status, seen, 0, badge)


def _overheads() -> Iterator[Row]:
    ran = replication(
        "3 min",
        traffic={
            "to_rest": {"to": "rest", "shape": "poisson", "rate": "240/s"},
            "to_http": {"to": "http", "shape": "poisson", "rate": "240/s"},
        },
        architecture={
            "rest": _api("rest_api"),
            "http": _api("http_api", to="nothing"),
            "backend": BACKEND,
            "nothing": {"service": "external", "latency": "0 s"},
        },
    )
    seen = ran.services["rest"]
    mean_ms = 1000 * (seen["latency_mean_s"] - seen["integration_latency_mean_s"])
    sample = "aws-samples autoscale example 4290f19, dashboard, 2023-04: 3 to 4 ms"
    yield _row(
        "Overhead of a REST API: mean of Latency less IntegrationLatency",
        sample,
        "ms",
        3.5,
        mean_ms,
        0.5,
        "measured",
    )
    p99_ms = 1000 * ran.traffic["to_http"].latency.quantile(0.99)
    launch = "AWS Compute Blog, HTTP APIs now generally available, 2020-03: under 10 ms"
    yield _row("Overhead of an HTTP API: p99", launch, "ms", 10.0, p99_ms, 0.5, "documented")


def _api(kind: str, **route: Any) -> dict[str, Any]:
    return {"service": kind, "routes": {"default": {"to": "backend", **route}}}


def _row(
    claim: str, source: str, unit: str, measured: float, predicted: float, allowed: float, badge: Badge
) -> Row:
    return Row(claim, source, unit, measured, predicted, abs(predicted - measured), allowed, badge)
