"""RDS Proxy: connections with and without it under the load of AWS's sample, and its price."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from validation.row import Row
from validation.running import replications

SAMPLE: Final = "aws-samples/serverless-rds-proxy-demo, 2021-08"
STUDY: Final = "a cost study that quotes AWS Price List lines, 2026-08"
CONNECTIONS: Final = 45
"""Of the sample's small Aurora instance by default, of which the proxy's pool may have 5 %."""
HELD: Final = {"connect": "30 ms", "query": {"lognormal": {"median": "20 ms", "p99": "60 ms"}}}
"""The sample does not say how long a call's connection is open, TLS and all: assumed to be some 50 ms."""


def rows() -> tuple[Row, ...]:
    """All comparisons."""
    return (*_sample(), *_bill())


def _sample() -> Iterator[Row]:
    """HTTP API, function, database: 100 requests a second, each on a connection of its own."""
    database = {"service": "rds", "instance": "db.t3.small", "max_connections": CONNECTIONS, **HELD}
    ran = replications(
        "120 s",
        era="aws-2020-08",
        traffic={"users": {"to": "api", "shape": "poisson", "rate": "100/s"}},
        architecture={
            "api": {"service": "http_api", "routes": {"default": {"to": "f"}}},
            "f": {"service": "lambda", "runtime": "nodejs12", "timeout": "30 s", "handler": [{"call": "db"}]},
            "db": database,
        },
        designs={"direct": {}, "proxy": {"db": {"proxy": {"max_connections_percent": 5}}}},
    )
    direct = ran["direct"].services["db"]["connections_max"]
    yield _row("The sample's 100/s, direct: most connections", 16, direct, 0.15, "assumed")
    proxied = ran["proxy"].services["db"]["database_connections_max"]
    yield _row("The sample's 100/s, by the proxy: most connections", 2, proxied, 0, "measured")


def _row(claim: str, measured: float, predicted: float, allowed: float, badge: Any) -> Row:
    error = abs(predicted / measured - 1)
    return Row(claim, SAMPLE, "connections", measured, predicted, error, allowed, badge)


def _bill() -> Iterator[Row]:
    """A month of the smallest proxy: two vCPUs for 730 hours."""
    ran = replications(
        "1 h",
        traffic={"users": {"to": "db", "shape": "poisson", "rate": "1/min"}},
        architecture={"db": {"service": "rds", "instance": "db.t3.small", "query": "1 ms", "proxy": {}}},
    )
    (only,) = ran.values()
    used = [usage._replace(quantity=730 * usage.quantity) for usage in only.usage]
    (usd,) = (
        to_the_cent(line.amount_usd)
        for line in bill(used, PriceBook.load("aws-2026"))
        if line.item == "rds.proxy"
    )
    yield Row(
        "Bill: a month of a proxy with two vCPUs", STUDY, "USD", 21.90, usd, abs(usd - 21.90), 0, "documented"
    )
