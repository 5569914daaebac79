"""Queues and streams: how fast Lambda's pollers grow, how long delivery takes, what it costs.

The backlog (Mikhail Shilkov, 2018-11): 100,000 messages in a standard queue, a function that sleeps 500 ms,
one message at a time; instances seen in each minute. Latency of delivery (bitesizedserverless.com, 2022-09):
from sending one message to the function, warm. The medians of streams follow from polling and one stated
time for a record to spread; those of SQS and of enhanced fan-out are where that time comes from, and check
no more than that it is met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import numpy as np

from simulator.measure.result import Replication
from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from validation.row import Row
from validation.running import replication, replications
from validation.tables import table

BACKLOG: Final = "Mikhail Shilkov, From 0 to 1000 Instances, 2018-11; mikhailshilkov/cloudbench d995e93"
LATENCY: Final = "bitesizedserverless.com, Serverless Messaging: Latency Compared, 2022-09"
KINESIS_PAGE: Final = "aws.amazon.com/kinesis/data-streams/pricing, example of a month of 31 days"
LAMBDA_PAGE: Final = "aws.amazon.com/lambda/pricing, example of provisioned mode for SQS, 2026"
INFRACOST: Final = "infracost 95ba4f4, from the AWS Price List, 2026-08"

MEDIANS_MS: Final[Mapping[str, tuple[float, float]]] = {
    "a Kinesis stream": (627, 0.15),
    "a DynamoDB stream": (213, 0.15),
    "a Kinesis stream with enhanced fan-out": (49.4, 0.15),
    "a standard queue": (16.2, 0.15),
}
"""As measured, and the share by which the simulator may be off."""

DELETING_MS: Final = {"a standard queue": 20}
"""What is done after the function, of which the measurement knows nothing."""

LINES: Final = (
    ("kinesis.shard", 2920, 43.80),
    ("kinesis.put_units", 6_500_000, 0.09),
    ("kinesis.fan_out", 100, 1.50),
    ("kinesis.fan_out_data", 100, 1.30),
    ("sqs.requests", 2_000_000, 0.80),
    ("sqs.fifo_requests", 1_000_000, 0.50),
)


def rows() -> tuple[Row, ...]:
    """All comparisons."""
    return (*_scale_out(), *_delivery(), *_bills())


def _scale_out() -> Iterator[Row]:
    seen = backlog()
    seconds, busy = seen.series["time_s"], seen.series["worker.concurrency"]
    for line in table("queue_scale_out")[:-1]:  # the last minute is not whole
        minute, measured = int(line["minute"]), float(line["instances"])
        during = (seconds >= 60 * (minute - 1)) & (seconds < 60 * minute)
        predicted = float(busy[during].max())
        claim = f"Backlog: instances in minute {minute}"
        yield _share(claim, BACKLOG, "instances", measured, predicted, 0.10)
    waiting = seen.series["backlog.messages waiting"] + busy
    drained = float(seconds[np.flatnonzero(waiting > 0)[-1] + 1])
    yield _share("Backlog: time to work it off", BACKLOG, "s", 330, drained, 0.10)


def backlog() -> Replication:
    """100,000 messages at once, in the era of 60 more a minute."""
    return replication(
        "7 min",
        era="aws-2020-08",
        traffic={
            "sender": {
                "to": "backlog", "shape": "burst", "every": "1 h", "requests": 100_000, "length": "1 s",
            }
        },
        architecture={
            "backlog": {"service": "sqs"},
            "worker": {
                "service": "lambda",
                "runtime": "nodejs8.10",
                "cold_start": "100 ms",
                "duration": "500 ms",
                "events": {"backlog": {"from": "backlog", "batch_size": 1}},
            },
            "account": {"lambda_concurrency": 1000},
        },
    )  # fmt: skip


def _delivery() -> Iterator[Row]:
    ran = delivered()
    for name, (measured, allowed) in MEDIANS_MS.items():
        predicted = 1000 * ran[name].traffic["sender"].completion.quantile(0.5) - DELETING_MS.get(name, 0)
        yield _share(f"Delivery from {name}: median", LATENCY, "ms", measured, predicted, allowed)


def delivered() -> Mapping[str, Replication]:
    """One message now and then, to a function that is warm and does nothing."""
    kinesis = {"service": "kinesis", "shards": 1}
    sources: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "a Kinesis stream": (kinesis, {}),
        "a Kinesis stream with enhanced fan-out": (kinesis, {"enhanced_fan_out": True}),
        "a DynamoDB stream": ({"service": "dynamodb_stream"}, {}),
        "a standard queue": ({"service": "sqs"}, {}),
    }
    names = {name: f"design-{number}" for number, name in enumerate(sources)}
    done = replications(
        "2 h",
        traffic={"sender": {"to": "source", "shape": "poisson", "rate": "0.2/s", "key": 1}},
        architecture={
            "source": {"service": "sqs"},
            "receiver": {
                "service": "lambda",
                "runtime": "nodejs22",
                "provisioned_concurrency": 5,
                "duration": "0 s",
                "events": {"mail": {"from": "source"}},
            },
        },
        designs={
            names[name]: {"source": source, "receiver": {"events": {"mail": event}}}
            for name, (source, event) in sources.items()
        },
    )
    return {name: done[design] for name, design in names.items()}


def _bills() -> Iterator[Row]:
    hours, records = 31 * 24, 100 * 31 * 86_400
    worked = [Usage("s", "kinesis.shard", 4 * hours), Usage("s", "kinesis.put_units", 2 * records)]
    yield _dollars("Bill: a stream of 100 records of 35 KB a second", KINESIS_PAGE, worked, 52.14)
    pollers = [Usage("q", "lambda.provisioned_poller", 8000)]
    yield _dollars("Bill: 8,000 hours of provisioned pollers", LAMBDA_PAGE, pollers, 74.00)
    for item, quantity, usd in LINES:
        claim = f"Bill: a month of {item}, {quantity:,.0f}"
        yield _dollars(claim, INFRACOST, [Usage("s", item, quantity)], usd)


def _dollars(claim: str, source: str, usage: list[Usage], usd: float) -> Row:
    lines = bill(usage, PriceBook.load("aws-2026"))
    total = to_the_cent(sum(line.amount_usd for line in lines))
    return _row(claim, source, "USD", usd, total, 0.0, "documented")


def _share(claim: str, source: str, unit: str, measured: float, predicted: float, allowed: float) -> Row:
    return Row(claim, source, unit, measured, predicted, abs(predicted / measured - 1), allowed, "measured")


def _row(
    claim: str, source: str, unit: str, measured: float, predicted: float, allowed: float,
    badge: Literal["measured", "documented", "assumed"],
) -> Row:  # fmt: skip
    return Row(claim, source, unit, measured, predicted, abs(predicted - measured), allowed, badge)
