"""Estimates over replications: a value and the interval that replications give it.

Requests inside one run are not independent (they share queues, caches and surges), so an interval
taken over pooled requests is far too narrow: on an M/M/1 queue at 80 % load, nominal 95 % intervals
of the p99 held the truth in 17 to 25 % of trials. Hence every interval here is Student's t over one
value per replication; percentiles, of which a run's own value is biased, have their own (`percentiles`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from simulator.measure.measured import LONGEST

LEVEL = 0.95
NORMAL = float(stdtrit(math.inf, (1 + LEVEL) / 2))
"""So many standard errors reach to each end of an interval where they are known."""
HOPELESS = 1000
"""More replications than this are not worth suggesting."""
NAN = float("nan")


class Estimate(NamedTuple):
    """A value with its 95 % interval; one replication gives no interval, and its ends are NaN."""

    value: float
    low: float = NAN
    high: float = NAN
    samples: tuple[float, ...] = ()
    """The replications' own values, in their order; of a percentile see `percentiles`."""

    @property
    def has_interval(self) -> bool:
        """Whether there were replications enough for an interval."""
        return not math.isnan(self.low)

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2


UNKNOWN = Estimate(NAN)
"""What nothing was measured of."""


def t_interval(samples: Sequence[float], value: float | None = None) -> tuple[float, float]:
    """Student's t interval of the mean; samples that do not exist (NaN) are left out.

    Around another `value` of all replications together the samples' spread about that value counts
    (sectioning), so that a value away from their mean makes the interval wider.
    """
    known = np.asarray([sample for sample in samples if not math.isnan(sample)])
    if len(known) < 2:
        return NAN, NAN
    middle = float(known.mean()) if value is None else value
    error = math.sqrt(float(((known - middle) ** 2).sum()) / (len(known) - 1) / len(known))
    half = float(stdtrit(len(known) - 1, (1 + LEVEL) / 2)) * error
    return middle - half, middle + half


def estimate(samples: Sequence[float], value: float | None = None) -> Estimate:
    """The mean over replications, or `value` where a better one is at hand, with the t interval around it."""
    if value is None:
        known = [sample for sample in samples if not math.isnan(sample)]
        value = float(np.mean(known)) if known else NAN
    return Estimate(value, *t_interval(samples, value), tuple(samples))


def of_counter(name: str, samples: Sequence[float]) -> Estimate:
    """A service's counter: the mean of the runs that have it, which of a level's maximum is the mean of the
    runs' maxima. The maximum of a time is the longest seen and has no interval, as that of latency."""
    if not name.endswith(LONGEST):
        return estimate(samples)
    known = [sample for sample in samples if not math.isnan(sample)]
    return Estimate(max(known, default=NAN), samples=tuple(samples))


def share(counts: Sequence[int], totals: Sequence[int]) -> Estimate:
    """A share of requests: pooled over replications, with an interval inside 0 to 1.

    The interval is Wilson's for as many independent requests as would vary like the replications, with
    Student's t; and never narrower than Wilson's for all of them: ten replications without one failure do
    not prove that none can fail. Dean, Pagano, "Evaluating confidence interval methods for binomial
    proportions in clustered surveys", Journal of Survey Statistics and Methodology 3 (2015).
    """
    count, total = sum(counts), sum(totals)
    samples = tuple(one / of if of else NAN for one, of in zip(counts, totals, strict=True))
    runs, pooled = sum(of > 0 for of in totals), count / total if total else NAN
    if runs < 2:
        return Estimate(pooled, NAN, NAN, samples)
    squares = sum((one - pooled * of) ** 2 for one, of in zip(counts, totals, strict=True))
    low, high = _wilson(pooled, total, NORMAL)
    if squares:
        alone = pooled * (1 - pooled) * total**2 * (runs - 1) / (runs * squares)
        reach = float(stdtrit(runs - 1, (1 + LEVEL) / 2))
        centred = reach if runs > 2 else NORMAL  # the 12.7 of two would move the centre much too far
        wide = _wilson(pooled, alone, centred)
        middle, half = sum(wide) / 2, (wide[1] - wide[0]) / 2 * reach / centred
        low, high = min(low, middle - half), max(high, middle + half)
    return Estimate(
        pooled, max(low, 0.0) if count else 0.0, min(high, 1.0) if count < total else 1.0, samples
    )


def difference(first: Estimate, second: Estimate) -> Estimate:
    """How much `second` is above `first`, paired replication by replication.

    Designs meet the same requests with the same luck (common random numbers), so the interval of
    the difference is mostly narrower than the two intervals suggest.
    """
    return estimate(
        [_less(after, before) for before, after in zip(first.samples, second.samples, strict=True)],
        _less(second.value, first.value),
    )


def _less(after: float, before: float) -> float:
    """`after` less `before`, without the noise of binary fractions that would pass for chance."""
    size = max(abs(after), abs(before))
    if not 0 < size < math.inf:
        return after - before
    return round(after - before, 12 - math.ceil(math.log10(size)))


def apart(first: Estimate, second: Estimate, paired: bool = True) -> Estimate:
    """The same for two studies: paired where they meet the same requests with the same luck and both have as
    many replications, else by Welch's t interval."""
    if not first.samples or not second.samples:
        return Estimate(second.value - first.value)
    if paired and len(first.samples) == len(second.samples):
        return difference(first, second)
    value = second.value - first.value
    known = [np.asarray([one for one in found.samples if not math.isnan(one)]) for found in (first, second)]
    if min(map(len, known)) < 2:
        return Estimate(value)
    errors = [float(one.var(ddof=1)) / len(one) for one in known]
    if not sum(errors):
        return Estimate(value, value, value)
    weights = sum(error**2 / (len(one) - 1) for error, one in zip(errors, known, strict=True))
    half = float(stdtrit(sum(errors) ** 2 / weights, (1 + LEVEL) / 2)) * math.sqrt(sum(errors))
    return Estimate(value, value - half, value + half)


def shown(change: Estimate) -> bool:
    """Whether a difference is more than chance; without an interval nothing is shown."""
    return change.has_interval and not change.low <= 0 <= change.high


def settled_by(half: float, distance: float, runs: int) -> int | None:
    """Replications after which half an interval, now of so many `runs`, would be shorter than `distance` if
    their spread stays; None where it is already, or would not be for a long time."""
    if runs < 2 or not half > distance > 0:
        return None
    counts = np.arange(runs, HOPELESS + 1)
    halves = stdtrit(counts - 1, (1 + LEVEL) / 2) / np.sqrt(counts)
    enough = counts[half / halves[0] * halves < distance]
    return int(enough[0]) if len(enough) else None


def too_few(count: float, quantile: float) -> bool:
    """Whether a percentile rests on fewer than ten requests, or clusters of them, beyond it."""
    return count * (1 - quantile) < 10 - 1e-9


def _wilson(share: float, total: float, reach: float) -> tuple[float, float]:
    """Wilson's score interval of a share of so many independent requests, so many standard errors wide."""
    weight = 1 + reach**2 / total
    middle = (share + reach**2 / (2 * total)) / weight
    half = reach * math.sqrt(share * (1 - share) / total + reach**2 / (4 * total**2)) / weight
    return middle - half, middle + half
