"""Requests by pure chance."""

from __future__ import annotations

import numpy as np

from simulator.traffic.shape import Shape
from simulator.traffic.types import Floats
from simulator.values.units import Rate


class Poisson(Shape, name="poisson"):
    """Many independent users at a steady `rate`: requests come by chance, without memory."""

    rate: Rate

    def rate_at(self, t_s: Floats) -> Floats:
        return np.full(len(t_s), self.rate.per_second)

    def baseline_rate(self) -> Rate:
        return self.rate
