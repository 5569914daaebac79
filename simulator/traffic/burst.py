"""Requests in bursts by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from simulator.traffic.arrivals import merge
from simulator.traffic.points import evenly
from simulator.traffic.poisson import Poisson
from simulator.traffic.shape import ArrivalStream, Shape, Surge
from simulator.traffic.types import Floats, Times
from simulator.values.units import SECOND, Duration, PositiveDuration, Rate


class Burst(Shape, name="burst"):
    """Cron jobs and batch uploads: `requests` at once, `every` so often, the first burst at `starts`.

    With a `length` the requests of a burst are evenly spaced over it. Bursts come by the clock,
    not by chance; between them requests may come by chance at the rate `baseline`.
    """

    every: PositiveDuration = Field(examples=["5 min"])
    requests: int = Field(ge=1, examples=[1000])
    length: Duration = 0
    starts: Duration = 0
    baseline: Rate | None = None

    @model_validator(mode="after")
    def _one_after_the_other(self) -> Self:
        if self.length > self.every:
            raise ValueError("a burst is longer than the time to the next; write a length of at most 'every'")
        return self

    def rate_at(self, t_s: Floats) -> Floats:
        length = max(self.length, min(SECOND, self.every)) / SECOND
        since = t_s - self.starts / SECOND
        inside = (since >= 0) & (np.mod(since, self.every / SECOND) < length)
        baseline = self.baseline.per_second if self.baseline else 0.0
        return np.where(inside, self.requests / length + baseline, baseline)

    def baseline_rate(self) -> Rate | None:
        return self.baseline

    def surge(self) -> Surge:
        return Surge(self.starts, ("starts",))

    def instants(self, stream: ArrivalStream, horizon_ns: int) -> Iterator[Times]:
        bursts = self._bursts(horizon_ns)
        if self.baseline is None:
            return bursts
        between = Poisson(rate=self.baseline).blocks(stream, horizon_ns)
        return (times for times, _, _ in merge((bursts, between)))

    def _bursts(self, horizon_ns: int) -> Iterator[Times]:
        for begin in range(self.starts, horizon_ns, self.every):
            for offsets in evenly(self.requests, self.length, self.requests):
                yield begin + offsets
