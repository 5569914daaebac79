"""One burst of messages, taken by Lambda and by containers.

300,000 messages in ten minutes, each of which takes 200 ms. A function takes one at a time: the article's
bill for 100 million messages is that of as many invocations. A task takes ten at a time, and all at once.
Ages are those at full minutes, as CloudWatch has them: between them, while Lambda's pollers grow, messages
are older. When the first new tasks ran is taken from the article; how many there were before is not told as
read here: nine, whose backlog comes nearest. That number stands behind both the backlog and the age.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from simulator.measure.result import Replication
from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from validation.row import Row
from validation.running import replications

ARTICLE: Final = "Rehan van der Merwe, Scaling ECS Fargate like Lambda, 2026-02"
TASKS_BEFORE, TASKS_AFTER = 9, 50
AFTER_TWO_MINUTES: Final = "at(2026-01-01T00:02:30)"
"""Two minutes after the burst has begun, less the half in which a task boots."""


def rows() -> tuple[Row, ...]:
    """All comparisons."""
    return (*_waits(), _month())


def _waits() -> Iterator[Row]:
    ran = burst()
    functions, containers = ran["functions"], ran["containers"]
    age = _oldest(functions)
    yield Row("Burst: oldest message before Lambda", ARTICLE, "s", 0, age, age, 0.5, "measured")
    done = _done_s(containers) / _done_s(functions)
    for what, unit, measured, found in (
        ("messages that wait for containers", "messages", 13_800, _most_waiting(containers)),
        ("oldest message before containers", "s", 27, _oldest(containers)),
        ("time of containers, in that of functions", "times", 1, done),
    ):
        yield Row(
            f"Burst: {what}", ARTICLE, unit, measured, found, abs(found / measured - 1), 0.15, "assumed"
        )


def burst() -> Mapping[str, Replication]:
    """The same messages for both, from the first minute of the run on."""
    sender = {"shape": "burst", "every": "1 d", "starts": "1 min", "length": "10 min", "requests": 300_000}
    function: dict[str, Any] = {
        "service": "lambda", "runtime": "nodejs22", "memory": "512 MB", "duration": "200 ms",
        "events": {"mail": {"from": "backlog", "batch_size": 1}},
    }  # fmt: skip
    tasks: dict[str, Any] = {
        "service": "ecs", "cpu": 256, "memory": "512 MB", "receives": {"from": "backlog", "batch_size": 10},
        "handler": [{"call": "sleep"}], "min_capacity": TASKS_BEFORE, "max_capacity": TASKS_AFTER,
        "scheduled_actions": {"more": {"schedule": AFTER_TWO_MINUTES, "min_capacity": TASKS_AFTER}},
    }  # fmt: skip
    return replications(
        "14 min",
        traffic={"sender": {"to": "backlog", **sender}},
        architecture={
            "backlog": {"service": "sqs"},
            "worker": function,
            "sleep": {"service": "external", "latency": "200 ms"},
        },
        designs={"functions": {"sleep": None}, "containers": {"worker": tasks}},
        run={"for": "14 min", "start": "2026-01-01T00:00Z"},
    )


def _oldest(ran: Replication) -> float:
    """At full minutes."""
    seconds, ages = ran.series["time_s"], ran.series["backlog.messages age"]
    return float(ages[seconds % 60 == 0].max())


def _most_waiting(ran: Replication) -> float:
    return ran.services["backlog"]["messages_visible_max"]


def _done_s(ran: Replication) -> float:
    """From the beginning of the burst until none is left, in steps of the series."""
    left = ran.series["backlog.messages waiting"] + ran.series["backlog.messages in hand"]
    return float(ran.series["time_s"][np.flatnonzero(left)[-1]]) - 60


def _month() -> Row:
    """100 million invocations of 202 ms at 512 MB."""
    usage = [
        Usage("f", "lambda.requests", 1e8),
        Usage("f", "lambda.duration.x86_64", 1e8 * 0.202 * 0.5),
    ]
    usd = to_the_cent(sum(line.amount_usd for line in bill(usage, PriceBook.load("aws-2026"))))
    claim = "Bill: 100 million messages of 202 ms, by Lambda"
    return Row(claim, ARTICLE, "USD", 188.33, usd, abs(usd - 188.33), 0, "documented")
