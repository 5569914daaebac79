"""A trace with the time of every request."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.traffic.points import BLOCK
from simulator.traffic.types import Floats, Times
from simulator.values.units import SECOND


@dataclass(frozen=True)
class Requests:
    """Ascending times of requests, in nanoseconds from the start of the run."""

    times: tuple[int, ...]

    @property
    def ends(self) -> int:
        return self.times[-1] + 1

    @property
    def highest_rate(self) -> float:
        """The most in one second of the run."""
        return float(self._per_second().max())

    def rate_at(self, t_s: Floats) -> Floats:
        """How many came in the whole second around the time."""
        counts = np.append(self._per_second(), 0).astype(np.float64)
        return counts[np.clip(t_s, 0, len(counts) - 1).astype(np.int64)]

    def instants(self, generator: np.random.Generator, factor: float, horizon_ns: int) -> Iterator[Times]:
        """The requests themselves; `factor` leaves some out or puts more between one and the next."""
        size = max(1, int(BLOCK / max(factor, 1.0)))
        for first in range(0, bisect_left(self.times, horizon_ns), size):
            times = np.array(self.times[first : first + size], np.int64)
            gaps = np.diff(times, append=self.times[min(first + size, len(self.times) - 1)])
            copies = np.floor(factor + generator.random(len(times))).astype(np.int64)
            copied = np.repeat(times, copies)
            is_more = np.diff(np.repeat(np.arange(len(times)), copies), prepend=-1) == 0
            later = generator.random(len(copied)) * np.repeat(gaps, copies)
            arrivals = copied + np.where(is_more, later, 0.0).astype(np.int64)
            arrivals.sort()
            yield arrivals

    def _per_second(self) -> Times:
        return np.bincount(np.array(self.times, np.int64) // SECOND)
