"""Something outside AWS: a payment provider, a partner's API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import ERROR, OK, THROTTLED, Answer, Choose, IfDuring, Jump, Piece, Take
from simulator.services.service import Service
from simulator.values.distributions import Distribution
from simulator.values.units import Duration, PositiveDuration, Rate, Share

if TYPE_CHECKING:
    from simulator.engine.build import Build


class Outage(BaseModel):
    """A span of time in which every request fails with 503."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    at: Duration = Field(examples=["10 min"])
    """From the beginning of the run."""
    for_: PositiveDuration = Field(alias="for", examples=["5 min"])
    fails_after: Distribution | None = None
    """How long such a request takes to fail: no time, or longer than callers wait, if it answers nobody."""


class External(Service, kind="external"):
    """Answers after `latency`; refuses with 429 what exceeds `capacity`; fails with 500 a share of the rest,
    and with 503 all that arrives during one of its outages.

    The capacity is a token bucket that holds one second's worth. Left out: slowing down under load.
    """

    latency: Distribution
    capacity: Rate | None = Field(default=None, examples=["1500/s"])
    fails: Share = 0.0
    """The share of answered requests that fail, as slowly as the others."""
    outages: Mapping[str, Outage] = {}

    def steps(self, build: Build) -> Iterator[Piece]:
        refused, failed, done = build.labels(3)
        down = build.labels(len(self.outages))
        for outage, label in zip(self.outages.values(), down, strict=True):
            yield IfDuring(outage.at, outage.at + outage.for_, label)
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
        for outage, label in zip(self.outages.values(), down, strict=True):
            yield label
            if outage.fails_after is not None:
                yield build.delay(outage.fails_after, "outage")
            yield Answer(ERROR, 503, build.cause("outage"))
            yield Jump(done)
        yield failed
        yield Answer(ERROR, 500, build.cause("fails"))
        yield done
