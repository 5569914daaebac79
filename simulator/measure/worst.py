"""The worst ten seconds of a run: when the slowest answers came, and when most requests failed.

Averages over a run hide them, and people remember them. Ten seconds are as many slices of the timeline as
come nearest to that; where a slice is longer, it is one slice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.measure.result import OUTCOMES
from simulator.measure.statistics import Estimate, estimate, share, too_few
from simulator.measure.timeline import Timeline

WANTED_NS = 10_000_000_000
FAILED = tuple(outcome for outcome in OUTCOMES if outcome not in ("ok", "in_flight"))


class Span(NamedTuple):
    """A stretch of the run and how bad it was."""

    from_s: float
    """From the start of the run, warm-up included."""
    length_s: float
    value: Estimate
    """Over the replications, in this same stretch."""
    few: bool = False
    """Whether it is a percentile of too few requests."""


class Worst(NamedTuple):
    """The worst stretches of one kind of traffic; None where there is nothing to tell."""

    p99: Span | None
    """Latency of `ok` answers, by when their requests arrived."""
    failed: Span | None
    """The share of the answers given in it that were failures; of all stretches that with most failures."""


def worst(
    timelines: Sequence[Timeline],
    series: Sequence[Mapping[str, NDArray[np.float64]]],
    key: str,
    warm_up_s: float,
) -> Worst:
    """Of the traffic `key`, over replications; what lies in the warm-up does not count."""
    width = timelines[0].width_ns
    slices = max(1, round(WANTED_NS / width))
    return Worst(
        _slowest(timelines, slices, warm_up_s), _failing(series, key, slices * width / 1e9, warm_up_s)
    )


def _slowest(timelines: Sequence[Timeline], slices: int, warm_up_s: float) -> Span | None:
    whole = _stretched(Timeline.merge(timelines), slices)
    p99 = np.where(whole.time_s >= warm_up_s, whole.quantile(0.99), np.nan)
    if np.isnan(p99).all():
        return None
    enough = np.where(whole.requests * 0.01 >= 10 - 1e-9, p99, np.nan)
    place = int(np.nanargmax(p99 if np.isnan(enough).all() else enough))
    each = [float(_stretched(one, slices).quantile(0.99)[place]) for one in timelines]
    few = too_few(int(whole.requests[place]), 0.99)
    return Span(
        float(whole.time_s[place]), slices * whole.width_ns / 1e9, estimate(each, float(p99[place])), few
    )


def _stretched(timeline: Timeline, slices: int) -> Timeline:
    """So many slices together, one such stretch beginning with every slice."""
    counts = timeline.counts
    upto = np.concatenate([np.zeros_like(counts[:1]), np.cumsum(counts, axis=0)])
    slices = min(slices, len(counts))
    return Timeline(timeline.width_ns, timeline.first, upto[slices:] - upto[:-slices])


def _failing(
    series: Sequence[Mapping[str, NDArray[np.float64]]], key: str, length_s: float, warm_up_s: float
) -> Span | None:
    time = series[0]["time_s"]
    bins = max(1, round(length_s / (time[1] - time[0]))) if len(time) > 1 else 1
    nothing = np.zeros_like(time)
    failed = [
        _moving(sum((one.get(f"{key}.{how}", nothing) for how in FAILED), nothing), bins) for one in series
    ]
    well = [_moving(one.get(f"{key}.ok", nothing), bins) for one in series]
    begin = time[: len(failed[0])]
    total = np.where(begin >= warm_up_s, np.sum(failed, axis=0), 0.0)
    if not total.any():
        return None
    place = int(total.argmax())
    counts = [int(one[place]) for one in failed]
    answered = [int(bad[place] + ok[place]) for bad, ok in zip(failed, well, strict=True)]
    return Span(float(begin[place]), length_s, share(counts, answered))


def _moving(values: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """The sum of so many bins, beginning with every bin."""
    upto = np.concatenate([[0.0], np.cumsum(values)])
    bins = min(bins, len(values))
    total: NDArray[np.float64] = upto[bins:] - upto[:-bins]
    return total
