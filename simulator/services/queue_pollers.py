"""Lambda's pollers of a queue: each receives a batch, invokes the function, deletes what went well."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.engine.steps import (
    FAILED,
    FULL,
    THROTTLED,
    Acknowledge,
    Again,
    Count,
    Deadline,
    End,
    EndDeadline,
    HandBack,
    IfOutcome,
    Jump,
    Piece,
    PutBack,
    Receive,
)
from simulator.measure.measured import POLLER_S
from simulator.services.consumers import EventSourceMapping

if TYPE_CHECKING:
    import simpy

    from simulator.engine.build import Build
    from simulator.engine.world import World

SECOND = 1_000_000_000
POLLERS = "pollers of "
"""How the limit begins that the pollers of a queue are; its name follows."""
INVOCATIONS_A_POLLER = 10
"""Of a provisioned poller: batches at a time (AWS Lambda Developer Guide, provisioned mode, 2026)."""


def poll(build: Build, queue: str, mailbox: int, mapping: EventSourceMapping, visible_after: int) -> None:
    """The pollers of a queue, and what adds and retires them; a fleet does that for those of its own."""
    with build.speaking(queue):
        if build.has_walk("poller"):
            return
        walk = build.walk("poller", lambda: _poller(build, mailbox, mapping, visible_after))
        if mapping.by_lambda:
            build.control("pollers", _scaling(build, queue, walk, mailbox, mapping))


def poller_of(build: Build, queue: str) -> tuple[int, int, int]:
    """The walk of a queue's pollers, the identity of the first, and the counter of their seconds."""
    with build.speaking(queue):
        return build.walk("poller", tuple), build.identity("pollers"), build.counter(POLLER_S)


def _poller(build: Build, mailbox: int, mapping: EventSourceMapping, visible_after: int) -> Iterator[Piece]:
    """What one batch at a time goes through. Its messages are hidden for the visibility timeout; if that
    passes, whatever the function still does, they are received again."""
    start, invoke, throttled, failed, late, back, retired = build.labels(7)
    era = build.era
    call = era["sqs.call"]
    yield start
    yield Receive(mailbox, build.durations("message_age"), retired)
    yield Deadline(visible_after, late)
    yield invoke
    yield from build.call(mapping.function)
    yield IfOutcome((THROTTLED,), throttled if era["sqs.throttled_is_retried"] else failed)
    yield IfOutcome(FAILED, failed)
    yield build.delay(call, "delete")
    yield EndDeadline()
    yield Acknowledge(mailbox, late)
    yield build.delay(call, "receive")
    yield Jump(start)
    yield throttled
    pause, longest = era["sqs.throttle_backoff"], era["sqs.throttle_backoff_longest"]
    yield Again(invoke, 1_000_000, pause, longest, FULL, build.stream("throttle back-off"))
    yield failed
    yield Count(build.counter("failed_batches"))
    yield EndDeadline()
    yield late
    yield HandBack(mailbox, visible_after, back)
    yield build.delay(call, "receive after a failure")
    yield Jump(start)
    yield back
    yield PutBack(mailbox, later=True)
    yield End()
    yield retired
    yield End()


def _scaling(build: Build, queue: str, walk: int, mailbox: int, mapping: EventSourceMapping) -> PollerScaling:
    era, source = build.era, mapping.source
    least, most = era["sqs.pollers.start"], era["sqs.pollers.most"]
    a_minute, provisioned = era["sqs.pollers.a_minute"], 0
    if source.maximum_concurrency:
        least, most = min(least, source.maximum_concurrency), source.maximum_concurrency
    if source.provisioned_pollers:
        pollers = source.provisioned_pollers
        least, most = (INVOCATIONS_A_POLLER * each for each in (pollers.minimum, pollers.maximum))
        a_minute, provisioned = era["sqs.provisioned.a_minute"], build.counter("provisioned_poller_s")
    return PollerScaling(
        function=mapping.function, queue=queue, walk=walk, identity=build.identity("pollers"),
        mailbox=mailbox, least=least, most=most, a_minute=a_minute,
        seconds=build.counter(POLLER_S), provisioned=provisioned,
        spared=build.counter("spared_poller_s"),
        is_provisioned=source.provisioned_pollers is not None,
        failed=build.counter("failed_batches"), halved_at=era["sqs.failures_halve"],
    )  # fmt: skip


@dataclass(frozen=True)
class PollerScaling:
    """Adds pollers while all are busy and messages wait, and retires them while some have nothing to do.

    AWS says how fast it adds, not how fast it takes away; here it does so a fifth as fast. While batches
    fail it uses fewer: half as many for each `halved_at` of the last minute's batches that failed.
    """

    function: str
    queue: str
    walk: int
    identity: int
    mailbox: int
    least: int
    most: int
    a_minute: int
    seconds: int
    """The counter of poller-seconds; `provisioned`, that of pollers paid for."""
    provisioned: int
    spared: int
    """The counter of the seconds of those that are not used because batches fail."""
    is_provisioned: bool
    failed: int
    """The counter of batches that failed."""
    halved_at: float
    """A share; 0: failures change nothing."""

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        started = there = credit = 0
        wanted = grown = self.least
        mailbox = world.mailboxes[self.mailbox]
        failures, begun = (deque[int](maxlen=60) for _ in range(2))
        seen = (0, 0)
        while True:
            for _ in range(wanted - there):
                world.start(self.walk, self.identity + started)
                started += 1
            if wanted < there:
                world.retire(self.mailbox, there - wanted)
            there = wanted
            yield env.timeout(SECOND)
            world.add(self.seconds, there)
            world.add(self.spared, grown - there)
            if self.is_provisioned:
                world.add(self.provisioned, -(-there // INVOCATIONS_A_POLLER))
            if mailbox.idle == 0 and mailbox.waiting > 0:
                credit = max(credit, 0) + self.a_minute
            elif mailbox.idle > 0 and mailbox.waiting == 0:
                credit = min(credit, 0) - self.a_minute // 5
            else:
                credit = 0
            change = int(credit / 60)
            credit -= 60 * change
            grown = min(max(grown + change, self.least), self.most)
            now = world.counters[self.failed], mailbox.batches
            failed, batches = (new - old if new >= old else new for new, old in zip(now, seen, strict=True))
            failures.append(failed)
            begun.append(batches)
            seen = now
            wanted = max(round(grown * self._kept(sum(failures), sum(begun))), self.least)

    @property
    def name(self) -> tuple[str, str]:
        """Of the limit that the pollers are: whose, and what it is called."""
        return self.function, f"{POLLERS}{self.queue}"

    def bound(self, world: World) -> tuple[tuple[str, str], str, int, int]:
        """Batches in hand at a time, and how many there can be."""
        return self.name, "pollers", world.mailboxes[self.mailbox].most_together, self.most

    def _kept(self, failed: int, batches: int) -> float:
        """The share of the pollers that is used after so many failures among so many batches."""
        if not self.halved_at or not batches:
            return 1.0
        return math.exp(-math.log(2) * min(failed / batches, 1.0) / self.halved_at)
