"""Something outside AWS: a payment provider, a partner's API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from simulator.engine.steps import ERROR, OK, THROTTLED, Answer, Choose, Jump, Piece, Take
from simulator.services.service import Service
from simulator.values.distributions import Distribution
from simulator.values.units import Rate, Share

if TYPE_CHECKING:
    from simulator.engine.build import Build


class External(Service, kind="external"):
    """Answers after `latency`; refuses with 429 what exceeds `capacity`; fails with 500 a share of the rest.

    The capacity is a token bucket that holds one second's worth. Left out: slowing down under load.
    """

    latency: Distribution
    capacity: Rate | None = Field(default=None, examples=["1500/s"])
    fails: Share = 0.0
    """The share of answered requests that fail, as slowly as the others."""

    def steps(self, build: Build) -> Iterator[Piece]:
        refused, failed, done = build.labels(3)
        if self.capacity:
            burst = max(round(self.capacity.per_second), 1)
            yield Take(build.bucket("capacity", self.capacity, burst), refused)
        yield build.delay(self.latency, "latency")
        if self.fails:
            yield Choose((self.fails,), (failed,), build.stream("fails"))
        yield Answer(OK)
        yield Jump(done)
        yield refused
        yield Answer(THROTTLED, 429, build.cause("capacity"))
        yield Jump(done)
        yield failed
        yield Answer(ERROR, 500, build.cause("fails"))
        yield done
