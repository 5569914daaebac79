"""A quantile histogram of durations: mergeable, a guaranteed relative error, memory that never grows.

Bins are log-linear on whole nanoseconds: below 1,024 ns each nanosecond has its bin; above, every
power of two is cut into 1,024 equal bins. A value is reported as the middle of its bin, so it is
at most 1 part in 2,048 (0.05 %) off. Merging is adding, so the order and number of workers change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.stations.rule import rule

SUB_BITS = 10
SUB_BINS = 1 << SUB_BITS
EXPONENTS = 44
"""Powers of two above the linear part: durations up to 2^54 ns, 208 days."""
BINS = (EXPONENTS + 1) * SUB_BINS


@rule
def bin_of(value: int) -> int:
    """The bin of a duration in nanoseconds; negative counts as 0, too long as the longest."""
    if value < SUB_BINS:
        return max(value, 0)
    exponent = 0
    rest = value >> (SUB_BITS + 1)
    for step in (32, 16, 8, 4, 2, 1):
        if rest >> step > 0:
            exponent += step
            rest >>= step
    if rest > 0:
        exponent += 1
    return min(((exponent + 1) << SUB_BITS) + (value >> exponent) - SUB_BINS, BINS - 1)


def edges_of(bins: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The shortest and the longest duration of each bin, in nanoseconds."""
    exponent = np.maximum((bins >> SUB_BITS) - 1, 0)
    low = np.where(bins < SUB_BINS, bins, ((bins & (SUB_BINS - 1)) + SUB_BINS) << exponent)
    return low, low + (1 << exponent) - 1


def middle_of(bins: NDArray[np.int64]) -> NDArray[np.float64]:
    """The middle of each bin, in nanoseconds."""
    low, high = edges_of(bins)
    return low + (high - low) / 2


def resolution(seconds: float) -> float:
    """How wide the bin of a duration is, both in seconds: percentiles closer than that are not told apart."""
    low, high = edges_of(np.array([bin_of(round(seconds * 1e9))]))
    return int(high[0] - low[0] + 1) / 1e9 * (1 + 1e-9)  # and the noise of binary fractions


@dataclass(frozen=True, eq=False)
class Sketch:
    """Durations counted in bins, with their exact number, sum and maximum."""

    bins: NDArray[np.int64]
    """Numbers of the bins that hold something, ascending."""
    counts: NDArray[np.int64]
    total_ns: int = 0
    max_ns: int = 0

    @classmethod
    def of(cls, histogram: NDArray[np.int64] | list[int], total_ns: int, max_ns: int) -> Sketch:
        """From one count per bin."""
        dense = np.asarray(histogram, dtype=np.int64)
        bins = np.flatnonzero(dense)
        return cls(bins, dense[bins], total_ns, max_ns)

    @classmethod
    def merge(cls, sketches: Iterable[Sketch]) -> Sketch:
        """One sketch of all durations; exact, and the same in any order."""
        dense = np.zeros(BINS, dtype=np.int64)
        total = longest = 0
        for sketch in sketches:
            dense[sketch.bins] += sketch.counts
            total += sketch.total_ns
            longest = max(longest, sketch.max_ns)
        return cls.of(dense, total, longest)

    @property
    def count(self) -> int:
        """How many durations were counted."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Exact mean in seconds; NaN if nothing was counted."""
        return self.total_ns / self.count / 1e9 if self.count else float("nan")

    @property
    def max(self) -> float:
        """Exact maximum in seconds; NaN if nothing was counted."""
        return self.max_ns / 1e9 if self.count else float("nan")

    def quantile(self, share: float, endless: int = 0) -> float:
        """The duration in seconds that `share` of all stay at or below (inverse of the empirical CDF), where
        so many more than were counted are infinite."""
        if not self.count + endless:
            return float("nan")
        rank = max(
            int(np.ceil(round(share * (self.count + endless), 6))), 1
        )  # 7 % of 100 is 7, also in binary
        if rank > self.count:
            return float("inf")
        found = int(np.searchsorted(np.cumsum(self.counts), rank))
        value = float(middle_of(self.bins[found : found + 1])[0])
        return min(value, float(self.max_ns)) / 1e9
