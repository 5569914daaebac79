"""Percentiles over replications, with intervals that hold the truth as often as they say.

Student's t around the replications' own percentiles does not: a run's p99 is biased, and the interval closes
in on the bias as replications are added (docs/background/statistics.md has the numbers). What is unbiased
is how many requests of a run lie beyond a given duration. So the interval holds every duration of which
the replications do not deny, by a t test on those counts, that a request in a hundred lies beyond it.
Rare requests come in clusters, and runs without any disagree too little by chance; hence the variance is
never taken below that of the expected number in clusters as large as those that were seen, nor the interval
below that of independent requests, whose variance is known and asks for no t.

What had not ended when the run did took longer than could be seen. It counts as infinite, unless there is no
more of it than at any time (`Counted.endless`): otherwise a design would be the faster the less it completes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import inf, isfinite, nan
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from simulator.measure.sketch import BINS, Sketch, middle_of
from simulator.measure.statistics import LEVEL, NORMAL, Estimate, estimate, too_few

MANY: Final = 0.01
"""With a larger share of requests unfinished, the mean and the maximum of the others are no answer."""
FLATTERED: Final = 0.01
"""With a larger share of requests failed, the mean and the maximum of the others say little of all."""
ENDLESS: Final = BINS
"""The bin of what is infinite."""


class _Beyond(NamedTuple):
    """How many durations of the replications lie beyond each bin of all of them together."""

    total: NDArray[np.float64]
    squares: NDArray[np.float64]
    """Of the replications' numbers, summed."""
    weighted: NDArray[np.float64]
    """The replications' numbers times how many durations they have, summed."""


def beyond(statistic: str) -> float:
    """The share of requests that may be missing from a statistic before it is one of survivors: of a
    percentile what lies beyond it."""
    return 1 - float(statistic[1:]) / 100 if statistic[0] == "p" else FLATTERED


def of_survivors(statistic: str, there: float, missing: float) -> bool:
    """Whether more requests are missing than take longer than this percentile, which counts those there."""
    return missing > beyond(statistic) * (there + missing) * (1 + 1e-9)


class Pool:
    """The durations of several replications; of each, so many more are infinite."""

    def __init__(self, sketches: Sequence[Sketch], endless: Sequence[int] = ()) -> None:
        self.sketches = sketches
        self.endless = endless or [0] * len(sketches)
        self.merged = Sketch.merge(sketches)
        self.all = [one.count + more for one, more in zip(sketches, self.endless, strict=True)]
        self.counts = np.array([count for count in self.all if count], dtype=float)
        self.bins, self.seconds = (
            self.merged.bins,
            np.minimum(middle_of(self.merged.bins) / 1e9, self.merged.max),
        )
        if any(self.endless):
            self.bins, self.seconds = np.append(self.bins, ENDLESS), np.append(self.seconds, inf)

    def statistic(self, name: str) -> tuple[Estimate, bool]:
        """`mean`, `max` or a percentile such as `p99.9`, and whether it rests on too few requests.

        The maximum is the longest seen in all replications; nothing is claimed about longer ones, so it
        has no interval. Mean and maximum are of what has ended, or infinite if more than `MANY` has not.
        """
        if name in ("max", "mean") and sum(self.endless) > MANY * sum(self.all):
            return self._infinite(inf), False
        if name == "max":
            return Estimate(self.merged.max, samples=tuple(one.max for one in self.sketches)), False
        if name == "mean":
            return estimate([one.mean for one in self.sketches], self.merged.mean), False
        return self.percentile(round(float(name.removeprefix("p")) / 100, 12))

    def percentile(self, quantile: float) -> tuple[Estimate, bool]:
        """The duration that this share of all requests stay at or below."""
        value, count = self.merged.quantile(quantile, sum(self.endless)), sum(self.all)
        if len(self.counts) < 2:
            each = zip(self.sketches, self.endless, strict=True)
            own = tuple(one.quantile(quantile, more) for one, more in each)
            return Estimate(value, samples=own), too_few(count, quantile)
        reach, cluster = self._reach(quantile)
        excess = self._excess(quantile)
        middle = int(np.argmax(excess <= 1e-9))
        few = too_few(count / float(cluster[middle]), quantile)
        # from the value outwards: far out, where all that lies beyond is one run's, nothing can be denied
        denied = np.abs(excess) > reach
        below, above = np.flatnonzero(denied[:middle]), np.flatnonzero(denied[middle:])
        first = below[-1] + 1 if len(below) else 0
        last = middle + above[0] if len(above) else len(excess) - 1
        low, high = self.seconds[[first, last]]
        found = Estimate(value, min(float(low), value), max(float(high), value))
        if not isfinite(found.high):
            return self._infinite(*found[:3]), few
        return found._replace(samples=self._samples(quantile, middle, found)), few

    def _infinite(self, value: float, low: float = nan, high: float = nan) -> Estimate:
        """What is or may be infinite: nothing can be said of a difference from it."""
        return Estimate(value, low, high, (nan,) * len(self.sketches))

    def _samples(self, quantile: float, middle: int, found: Estimate) -> tuple[float, ...]:
        """By replication, the percentile moved by how far that one disagrees about what lies beyond it.

        Student's t around these values gives the interval again, so that a difference of two designs,
        paired by replication, is as sure as both are, less what they have in common.
        """
        edge, inside = self.merged.bins[middle], float(self.merged.counts[middle])
        # the percentile lies so far inside its bin that all together are at one about what is beyond it
        part = ((1 - quantile) * sum(self.all) - self._beyond.total[middle]) / inside
        beyond = np.array(self.endless) + [
            one.counts @ np.where(one.bins == edge, part, one.bins > edge) for one in self.sketches
        ]
        counts = np.array([count or np.nan for count in self.all])
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
        bins = self.bins
        total, squares, weighted = np.zeros((3, len(bins)))
        for one, count in zip(self.sketches, self.all, strict=True):
            inside = np.zeros(len(bins))
            inside[np.searchsorted(bins, one.bins)] = one.counts
            beyond = count - np.cumsum(inside)
            beyond[bins == ENDLESS] = 0
            total += beyond
            squares += beyond * beyond
            weighted += beyond * count
        return _Beyond(total, squares, weighted)

    def _excess(self, quantile: float) -> NDArray[np.float64]:
        """By bin, how many more lie beyond it than should if it were the percentile; mean per replication."""
        mean: NDArray[np.float64] = self._beyond.total - (1 - quantile) * self.counts.sum()
        return mean / len(self.counts)

    def _reach(self, quantile: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """By bin, how far that may be from nothing by chance, and how many requests come in a cluster."""
        share, runs, beyond = 1 - quantile, len(self.counts), self._beyond
        squares = (
            beyond.squares - 2 * share * beyond.weighted + share * share * float(self.counts @ self.counts)
        )
        variance = np.maximum(squares - runs * self._excess(quantile) ** 2, 0.0) / (runs - 1)
        part = beyond.total / self.counts.sum()
        alone = part * (1 - part) * self.counts.mean()
        seen = np.divide(variance, alone, out=np.zeros_like(alone), where=alone > 0)
        expected = share * (1 - share) * self.counts.mean()
        reach = np.maximum(self._t**2 * np.maximum(variance, seen * expected), NORMAL**2 * expected)
        return np.sqrt(reach / runs), np.maximum(seen, 1.0)
