"""Evenly spaced requests."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.traffic.points import evenly
from simulator.traffic.shape import ArrivalStream, Shape
from simulator.traffic.types import Floats, Times
from simulator.values.units import Rate


class Constant(Shape, name="constant"):
    """A metronome: one request every 1 / `rate`, the first at time 0. For tests and for machines that poll.

    Real users come by chance; take `poisson` for them.
    """

    rate: Rate

    def rate_at(self, t_s: Floats) -> Floats:
        return np.full(len(t_s), self.rate.per_second)

    def baseline_rate(self) -> Rate:
        return self.rate

    def instants(self, stream: ArrivalStream, horizon_ns: int) -> Iterator[Times]:
        count, span = self.rate.count, self.rate.per_ns
        return evenly(count, span, -(-horizon_ns * count // span)) if count else iter(())
