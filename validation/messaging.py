"""SNS and EventBridge to a warm function: delivery latency, calibrated, and prices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from validation.row import Row
from validation.running import replication

MEASURED: Final = "bitesizedserverless.com, Serverless Messaging: Latency Compared, 2022-09 and 2023-02"
PRICED: Final = "infracost, 2026-08, from the AWS Price List"
QUANTILES: Final = (0.1, 0.5, 0.9, 0.99)
HUBS: Final[dict[str, dict[str, Any]]] = {
    "SNS": {"service": "sns", "subscriptions": {"one": {"to": "f"}}},
    "EventBridge": {"service": "event_bridge", "rules": {"one": {"to": "f"}}},
}
DELIVERIES: Final = (
    ("SNS", "aws-2026", (62, 73, 125, 225)),
    ("EventBridge", "aws-2026", (113, 148, 241, 387)),
    ("EventBridge", "aws-2020-08", (221, 395, 579, 794)),
)
"""From sending to the handler, in ms, of 1,024 messages one at a time."""


def rows() -> tuple[Row, ...]:
    """All comparisons."""
    return (*(row for delivery in DELIVERIES for row in _latency(*delivery)), *_bill())


def _latency(hub: str, era: str, measured: tuple[int, ...]) -> Iterator[Row]:
    """A message a second to a function that does nothing; the published sample is calibrated to."""
    ran = replication(
        "3000 s",
        era=era,
        traffic={"sender": {"to": "hub", "shape": "constant", "rate": "1/s"}},
        architecture={
            "hub": HUBS[hub],
            "f": {"service": "lambda", "runtime": "any", "cold_start": "0 s", "duration": "1 ns"},
        },
    )
    completion = ran.traffic["sender"].completion
    for quantile, known in zip(QUANTILES, measured, strict=True):
        found = 1000 * completion.quantile(quantile)
        claim = f"{hub} to Lambda, p{100 * quantile:.0f} ({era}, calibrated)"
        yield Row(claim, MEASURED, "ms", known, found, abs(found / known - 1), 0.15, "assumed")


def _bill() -> Iterator[Row]:
    """A million messages: those of SNS are of 128 KB, and a million requests are free."""
    cases: tuple[tuple[str, dict[str, str], float], ...] = (
        ("SNS", {"message": "128 KB"}, 0.50),
        ("EventBridge", {}, 1.00),
    )
    for hub, size, known in cases:
        ran = replication(
            "1 h",
            traffic={"sender": {"to": "hub", "shape": "constant", "rate": "1/min"}},
            architecture={
                "hub": HUBS[hub] | size,
                "f": {"service": "lambda", "runtime": "any", "cold_start": "0 s", "duration": "1 ms"},
            },
        )
        each = 1e6 / ran.traffic["sender"].requests
        usage = [Usage("hub", item, quantity * each) for name, item, quantity in ran.usage if name == "hub"]
        usd = to_the_cent(sum(line.amount_usd for line in bill(usage, PriceBook.load("aws-2026"), True)))
        claim = f"Bill: a million messages by {hub}"
        yield Row(claim, PRICED, "USD", known, usd, abs(usd - known), 0.0, "documented")
