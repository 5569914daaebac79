"""Fleets: how fast thousands of containers are launched, AWS's alarms, and what containers cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

import numpy as np

from simulator.measure.result import Replication
from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from validation.row import Row
from validation.running import replication

IN_2020: Final = "Vlad Ionescu, Scaling containers in AWS, 2020"
IN_2022: Final = "Vlad Ionescu, Scaling containers on AWS in 2022"
FARGATE: Final = "aws.amazon.com/fargate/pricing, 2026"
INFRACOST: Final = "infracost 95ba4f4, from the AWS Price List, 2026-08"
BOOT_S: Final = 30
NOBODY: Final = {"web": {"to": "app", "shape": "burst", "every": "1 d", "requests": 1, "starts": "1 s"}}

Badge = Literal["measured", "documented", "assumed"]


def rows() -> tuple[Row, ...]:
    """All comparisons."""
    return (*_launches(), *_examples(), *_lines(), *_balancer())


def _launches() -> Iterator[Row]:
    """The articles do not say, as read here, over how many services the containers were spread: two are the
    fewest that one account's rate keeps busy in 2022, three in 2020."""
    now = _containers("aws-2026", 10_000, services=2, length="13 min")
    cases = (("One of 10,000", 1, 0.5, 0.0), ("3,500 of 10,000", 3500, 4.5, 0.15),
             ("10,000", 10_000, 10.0, 0.15))  # fmt: skip
    for what, count, minutes, allowed in cases:
        claim = f"Launch: {what} tasks running, in two services"
        yield _launch(claim, IN_2022, now, count, minutes, allowed)
    then = _containers("aws-2020-08", 3500, services=3, length="70 min")
    yield _launch("Launch: 3,500 tasks running, in three services", IN_2020, then, 3500, 60.0, 0.15)


def _launch(claim: str, source: str, ran: Replication, count: int, minutes: float, allowed: float) -> Row:
    """When so many tasks run: they were launched by the beginning of a bin, and boot."""
    launched = sum(ran.series[name] for name in ran.series if name.endswith(".servers"))
    at = float(ran.series["time_s"][int(np.argmax(launched >= count))])
    found = (at - 60 + BOOT_S) / 60
    badge: Badge = "measured" if count == 1 else "assumed"
    return Row(claim, source, "minutes", minutes, found, abs(found / minutes - 1), allowed, badge)


def _containers(era: str, count: int, services: int, length: str) -> Replication:
    """So many containers are wanted a minute after the run has begun."""
    names = [f"service{number}" for number in range(services)]
    each = -(-count // services)
    wanted = {"schedule": "at(2026-01-01T00:01:00)", "min_capacity": each, "max_capacity": each}
    task = {"service": "ecs", "cpu": 256, "memory": "512 MB", "min_capacity": 0, "max_capacity": 1}
    architecture: dict[str, Any] = {
        name: {**task, "scheduled_actions": {"all": wanted}, "handler": [{"call": following}]}
        for name, following in zip(names, [*names[1:], "end"], strict=True)
    }
    return replication(
        length,
        era=era,
        traffic=NOBODY,
        architecture={
            "app": {"service": "client", "to": names[0]},
            **architecture,
            "end": {"service": "external", "latency": "1 ms"},
        },
        run={"for": length, "start": "2026-01-01T00:00Z"},
    )


def _examples() -> Iterator[Row]:
    """Five tasks of 1 vCPU, 2 GB and 30 GB of disk, 10 minutes a day, for 30 days."""
    task = {"service": "ecs", "cpu": 1024, "memory": "2 GB", "ephemeral_storage": "30 GB",
            "duration": "1 ms", "min_capacity": 5, "max_capacity": 5}  # fmt: skip
    ran = replication(
        "10 min", traffic=NOBODY, architecture={"app": {"service": "client", "to": "t"}, "t": task}
    )
    expected = {
        "fargate.vcpu.x86_64": 1.01,
        "fargate.memory.x86_64": 0.22,
        "fargate.ephemeral_storage": 0.03,
    }
    for usage in ran.usage:
        claim = f"Bill: Fargate's first example, {usage.item}"
        yield _dollars(claim, FARGATE, usage.item, 30 * usage.quantity, expected[usage.item])


def _lines() -> Iterator[Row]:
    """A service of tasks with 1 vCPU and 2 GB for 730 hours."""
    for tasks, vcpu, memory in ((1, 29.55, 6.49), (2, 59.10, 12.98), (5, 147.75, 32.45)):
        for item, each, usd in (("vcpu", 1, vcpu), ("memory", 2, memory)):
            claim = f"Bill: a month of {tasks} tasks on Fargate, {item}"
            yield _dollars(claim, INFRACOST, f"fargate.{item}.x86_64", 730.0 * tasks * each, usd)


def _balancer() -> Iterator[Row]:
    """A month of 730 hours and 1,000 GB."""
    for item, quantity, usd in (("alb.hour", 730, 16.43), ("alb.lcu", 1000, 8.00)):
        claim = f"Bill: a load balancer for a month, 1,000 GB: {item}"
        yield _dollars(claim, INFRACOST, item, quantity, usd)


def _dollars(claim: str, source: str, item: str, quantity: float, usd: float) -> Row:
    (line,) = bill([Usage("t", item, quantity)], PriceBook.load("aws-2026"))
    found = to_the_cent(line.amount_usd)
    return Row(claim, source, "USD", usd, found, abs(found - usd), 0, "documented")
