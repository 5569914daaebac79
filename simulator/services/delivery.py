"""Handing something on to another service until that takes it: attempts, the longest age, dead letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.engine.steps import (
    EQUAL,
    EXPIRED,
    FAILED,
    NO_ANSWER,
    NONE,
    Again,
    Answer,
    Count,
    Deadline,
    EndDeadline,
    IfOutcome,
    Jump,
    Lose,
    Mark,
    Piece,
)
from simulator.values.distributions import Distribution
from simulator.values.units import HOUR

if TYPE_CHECKING:
    from simulator.engine.build import Build


class Policy(NamedTuple):
    """How often a delivery is tried again."""

    attempts: int
    first_pause: int
    longest_pause: int
    jitter: bool
    longest: int = 24 * 365 * HOUR
    """The age at which it is given up."""


class Kept(NamedTuple):
    """Where what could not be done is kept, and the counters of what that takes and refuses."""

    to: str
    taken: str
    refused: str


class Delivery(NamedTuple):
    """One thing that is handed on."""

    to: str
    latency: Distribution
    policy: Policy
    delivered: str
    """Counter of what the target took."""
    failed: str
    """Counter of what was given up."""
    keeps: tuple[Kept, ...] = ()


def deliver(build: Build, delivery: Delivery) -> Iterator[Piece]:
    """Steps of a child: take the latency, hand over, try again; what is given up is kept, or it is lost."""
    again, expired, failed, gone, done = build.labels(5)
    policy = delivery.policy
    yield Mark()
    yield build.delay(delivery.latency, "delivery")
    yield again
    yield EndDeadline()
    yield from build.hand_over(delivery.to)
    yield IfOutcome(FAILED, failed)
    yield Count(build.counter(delivery.delivered))
    yield Jump(done)
    yield failed
    yield Deadline(policy.longest, expired, since_mark=True)
    pauses = policy.first_pause, policy.longest_pause, EQUAL if policy.jitter else NONE
    yield Again(again, policy.attempts, *pauses, build.stream("redelivery"))
    yield EndDeadline()
    yield Jump(gone)
    yield expired
    yield Answer(EXPIRED, NO_ANSWER, build.cause("event age"))
    yield gone
    yield Count(build.counter(delivery.failed))
    yield from keep(build, delivery.keeps)
    yield done


def keep(build: Build, targets: Sequence[Kept], kept: bool = False) -> Iterator[Piece]:
    """What could not be done is sent to all of these; if none takes it, and it was not `kept`, it is lost."""
    if not targets:
        yield Lose(dead_lettered=kept)
        return
    target, *rest = targets
    refused, done = build.labels(2)
    yield from build.hand_over(target.to)
    yield IfOutcome(FAILED, refused)
    yield Count(build.counter(target.taken))
    with build.alternative():
        yield from keep(build, rest, kept=True)
    yield Jump(done)
    yield refused
    yield Count(build.counter(target.refused))
    yield from keep(build, rest, kept)
    yield done
