"""Fleets: how fast thousands of containers are launched, AWS's alarms, and what containers cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from simulator.measure.result import Replication
from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from validation.row import Badge, Row
from validation.running import replication

IN_2020: Final = "Vlad Ionescu, Scaling containers in AWS, 2020"
IN_2022: Final = "Vlad Ionescu, Scaling containers on AWS in 2022"
FARGATE: Final = "aws.amazon.com/fargate/pricing, 2026"
INFRACOST: Final = "infracost 95ba4f4, from the AWS Price List, 2026-08"
BOOT_S: Final = 30
"""The era's: from the launch until the first task ran."""
PULLED_S: Final = 57
"""The mean of ten tasks of a 413 MB image, 53 to 62 s (elasticscale.com, April 2024)."""
WANTED: Final = "at(2026-01-01T00:01:01)"
WANTED_S: Final = 61
_GROUP: Final = {"instance": "m5.xlarge", "min_capacity": 1, "max_capacity": 250, "target_capacity": "95%"}
ON_EC2: Final = {"capacity_provider": _GROUP}
ON_THE_FIRST: Final = 5 * 4
"""Tasks for which the instances of before have room."""
QUOTAS: Final = {"ecs.provisioning_maximum": 300 // 5, "ecs.service_launch_on_ec2.rate": "250/min"}
NOBODY: Final = {"web": {"to": "app", "shape": "burst", "every": "1 d", "requests": 1, "starts": "1 s"}}


def rows() -> tuple[Row, ...]:
    """All comparisons."""
    return (*_launches(), *_examples(), *_lines(), *_balancer())


def _launches() -> Iterator[Row]:
    """By the author's own files there were four services in 2020, and five in 2022.

    The account's 60 a minute, and 10 at once, of 2020 were AWS's limits, not found from these points.
    """
    yield from _on_fargate_in_2022()
    yield from _on_ec2_in_2022()
    then = _containers("aws-2020-08", (1000, 1000, 1000, 500), "70 min")
    for count, minutes in ((558, 10), (1574, 28), (3064, 55), (3500, 60)):
        yield _launch(f"{count:,} tasks running on Fargate in 2020", IN_2020, then, count, minutes)


def _on_fargate_in_2022() -> Iterator[Row]:
    """Five services may launch 42 tasks a second together, the account 20: it is the account that binds.

    Two services (17 a second) would have taken a minute longer from 3,500 to 10,000. How long his tasks took
    to start was not found; each pulled an image of more than 350 MB (that of Python 3.10.1, and packages).
    So there are three starts: the era's, which is when his first task ran; that of another image of about
    this size; and what his 3,500 tasks took, with which 10,000 are predicted. If they are of two runs, to
    3,500 and to 10,000, the account's rate was that of both.
    """
    now = _containers("aws-2026", (2000,) * 5, "13 min")
    among = "of 10,000 tasks running on Fargate, in five services"
    yield _launch(f"The first {among}", IN_2022, now, 1, 0.5, badge="calibrated")
    fitted_s = round((4.5 - _launched(now, 3500)) * 60)
    starts: tuple[tuple[int, str, Badge, Badge], ...] = (
        (BOOT_S, "as the first", "missed", "assumed"),
        (PULLED_S, "as an image of 413 MB (elasticscale.com, 2024)", "missed", "assumed"),
        (fitted_s, "as 3,500 took", "calibrated", "measured"),
    )
    for boot_s, like, first, then in starts:
        for what, count, minutes, badge in (("3,500", 3500, 4.5, first), ("All", 10_000, 10.0, then)):
            claim = f"{what} {among}, each {boot_s} s after its launch, {like}"
            yield _launch(claim, IN_2022, now, count, minutes, badge=badge, boot_s=boot_s)


def _on_ec2_in_2022() -> Iterator[Row]:
    """One group of instances served all five services, with the quotas of 2022. Here each has its own, and a
    fifth of the tasks that may wait for a place in a cluster, which comes to the same while all are alike.
    Tasks are wanted as a minute begins, so the alarm comes a whole one later. His instances had 16 vCPUs.
    """
    on_ec2 = _containers({"use": "aws-2026", **QUOTAS}, (700,) * 5, "13 min", **ON_EC2)
    for what, count, minutes in (("The first of 3,500", ON_THE_FIRST + 1, 2.5), ("3,500", 3500, 10.0)):
        yield _launch(f"{what} tasks running on EC2", IN_2022, on_ec2, count, minutes, badge="assumed")


def _launch(
    claim: str,
    source: str,
    ran: Replication,
    count: int,
    minutes: float,
    *,
    badge: Badge = "measured",
    boot_s: int = BOOT_S,
) -> Row:
    """When so many tasks run: they were launched by the end of a bin, and boot."""
    found = _launched(ran, count) + boot_s / 60
    allowed = 0 if badge == "calibrated" else 0.15
    return Row(
        f"Launch: {claim}", source, "minutes", minutes, found, abs(found / minutes - 1), allowed, badge
    )


def _launched(ran: Replication, count: int) -> float:
    """Minutes from when they are wanted until so many have been launched."""
    launched = sum(ran.series[name] for name in ran.series if name.endswith(".servers"))
    ends_s = ran.series["time_s"] + ran.series["time_s"][1]
    return (float(ends_s[int(np.argmax(launched >= count))]) - WANTED_S) / 60


def _containers(era: Any, counts: tuple[int, ...], length: str, **more: Any) -> Replication:
    """So many containers of each service are wanted a minute after the run has begun."""
    names = [f"service{number}" for number in range(len(counts))]
    task = {"service": "ecs", "cpu": 1024, "memory": "2 GB", "min_capacity": 0, "max_capacity": 1, **more}
    architecture: dict[str, Any] = {
        name: {
            **task,
            "scheduled_actions": {"all": {"schedule": WANTED, "min_capacity": each, "max_capacity": each}},
            "handler": [{"call": following}],
        }
        for name, following, each in zip(names, [*names[1:], "end"], counts, strict=True)
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
