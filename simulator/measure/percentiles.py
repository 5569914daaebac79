"""Percentiles over replications, with intervals that hold the truth as often as they say.

Student's t around the replications' own percentiles does not: a run's p99 is biased, and the interval closes
in on the bias as replications are added (docs/background/statistics.md has the numbers). What is unbiased
is how many requests of a run lie beyond a given duration. So the interval holds every duration of which
the replications do not deny, by a t test on those counts, that a request in a hundred lies beyond it.
Rare requests come in clusters, and runs without any disagree too little by chance; hence the variance is
never taken below that of the expected number in clusters as large as those that were seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from simulator.measure.sketch import Sketch, middle_of
from simulator.measure.statistics import LEVEL, Estimate, estimate, too_few


class _Beyond(NamedTuple):
    """How many durations of the replications lie beyond each bin of all of them together."""

    total: NDArray[np.float64]
    squares: NDArray[np.float64]
    """Of the replications' numbers, summed."""
    weighted: NDArray[np.float64]
    """The replications' numbers times how many durations they have, summed."""


class Pool:
    """The durations of several replications."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        self.sketches = sketches
        self.merged = Sketch.merge(sketches)
        self.counts = np.array([one.count for one in sketches if one.count], dtype=float)

    def statistic(self, name: str) -> tuple[Estimate, bool]:
        """`mean`, `max` or a percentile such as `p99.9`, and whether it rests on too few requests.

        The maximum is the longest seen in all replications; nothing is claimed about longer ones, so it
        has no interval.
        """
        if name == "max":
            return Estimate(self.merged.max, samples=tuple(one.max for one in self.sketches)), False
        if name == "mean":
            return estimate([one.mean for one in self.sketches], self.merged.mean), False
        return self.percentile(round(float(name.removeprefix("p")) / 100, 12))

    def percentile(self, quantile: float) -> tuple[Estimate, bool]:
        """The duration that this share of all requests stay at or below."""
        value = self.merged.quantile(quantile)
        if len(self.counts) < 2:
            own = tuple(one.quantile(quantile) for one in self.sketches)
            return Estimate(value, samples=own), too_few(self.merged.count, quantile)
        error, cluster = self._error(quantile)
        excess = self._excess(quantile)
        middle = int(np.argmax(excess <= 1e-9))
        few = too_few(self.merged.count / float(cluster[middle]), quantile)
        # from the value outwards: far out, where all that lies beyond is one run's, nothing can be denied
        denied = np.abs(excess) > self._t * error
        below, above = np.flatnonzero(denied[:middle]), np.flatnonzero(denied[middle:])
        first = below[-1] + 1 if len(below) else 0
        last = middle + above[0] if len(above) else len(excess) - 1
        low, high = np.minimum(middle_of(self.merged.bins[[first, last]]) / 1e9, self.merged.max)
        found = Estimate(value, min(float(low), value), max(float(high), value))
        return found._replace(samples=self._samples(quantile, middle, found)), few

    def _samples(self, quantile: float, middle: int, found: Estimate) -> tuple[float, ...]:
        """By replication, the percentile moved by how far that one disagrees about what lies beyond it.

        Student's t around these values gives the interval again, so that a difference of two designs,
        paired by replication, is as sure as both are, less what they have in common.
        """
        edge, inside = self.merged.bins[middle], float(self.merged.counts[middle])
        # the percentile lies so far inside its bin that all together are at one about what is beyond it
        part = ((1 - quantile) * self.merged.count - self._beyond.total[middle]) / inside
        beyond = [one.counts @ np.where(one.bins == edge, part, one.bins > edge) for one in self.sketches]
        counts = np.array([one.count or np.nan for one in self.sketches])
        excess = beyond - (1 - quantile) * counts
        error = np.sqrt(np.nansum(excess**2) / (len(self.counts) - 1) / len(self.counts))
        reach = np.where(excess > 0, found.high - found.value, found.value - found.low)
        moved: NDArray[np.float64] = found.value + reach * excess / (self._t * error or 1.0)
        return tuple(moved.tolist())

    @property
    def _t(self) -> float:
        return float(stdtrit(len(self.counts) - 1, (1 + LEVEL) / 2))

    @cached_property
    def _beyond(self) -> _Beyond:
        bins = self.merged.bins
        total, squares, weighted = np.zeros((3, len(bins)))
        for one in self.sketches:
            inside = np.zeros(len(bins))
            inside[np.searchsorted(bins, one.bins)] = one.counts
            beyond = one.count - np.cumsum(inside)
            total += beyond
            squares += beyond * beyond
            weighted += beyond * one.count
        return _Beyond(total, squares, weighted)

    def _excess(self, quantile: float) -> NDArray[np.float64]:
        """By bin, how many more lie beyond it than should if it were the percentile; mean per replication."""
        mean: NDArray[np.float64] = self._beyond.total - (1 - quantile) * self.counts.sum()
        return mean / len(self.counts)

    def _error(self, quantile: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """By bin, the standard error of that, and how many requests come in a cluster."""
        share, runs, beyond = 1 - quantile, len(self.counts), self._beyond
        squares = (
            beyond.squares - 2 * share * beyond.weighted + share * share * float(self.counts @ self.counts)
        )
        variance = np.maximum(squares - runs * self._excess(quantile) ** 2, 0.0) / (runs - 1)
        part = beyond.total / self.counts.sum()
        alone = part * (1 - part) * self.counts.mean()
        cluster = np.maximum(np.divide(variance, alone, out=np.ones_like(alone), where=alone > 0), 1.0)
        expected = share * (1 - share) * self.counts.mean()
        return np.sqrt(np.maximum(variance, cluster * expected) / runs), cluster
