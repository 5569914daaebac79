"""The worst ten seconds of a run: of the requests that came in them p99 was highest, or most failed.

Averages over a run hide them, and people remember them. A stretch begins with each slice of the timeline and
is as many slices long as make ten seconds; only where a slice is longer, in runs of more than two days, it is
one slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.measure.statistics import NAN, Estimate, estimate, share, too_few
from simulator.measure.timeline import Timeline

WANTED_NS = 10_000_000_000


class Span(NamedTuple):
    """A stretch of the run and how bad it was."""

    from_s: float
    """From the start of the run, warm-up included."""
    length_s: float
    value: Estimate
    """Over the replications, in this same stretch."""
    few: bool = False
    """Whether it is a percentile of too few requests."""
    failed: float = NAN
    """Of a share that failed, how many these are in a run."""


class Worst(NamedTuple):
    """The worst stretches of one kind of traffic; None where there is nothing to tell."""

    p99: Span | None
    """Latency of `ok` answers; the stretch where it is highest."""
    failed: Span | None
    """The stretch in which most of those that fail arrive, and their share of all that arrive in it."""


def worst(timelines: Sequence[Timeline], warm_up_s: float) -> Worst:
    """Of one kind of traffic, over replications; what arrives in the warm-up does not count."""
    slices = max(1, round(WANTED_NS / timelines[0].width_ns))
    whole = Timeline.merge(timelines).stretches(slices)
    counted = whole.time_s >= warm_up_s
    return Worst(_slowest(timelines, whole, slices, counted), _failing(timelines, whole, slices, counted))


def _slowest(
    timelines: Sequence[Timeline], whole: Timeline, slices: int, counted: NDArray[np.bool_]
) -> Span | None:
    p99 = np.where(counted, whole.quantile(0.99), np.nan)
    if np.isnan(p99).all():
        return None
    enough = np.where(whole.requests * 0.01 >= 10 - 1e-9, p99, np.nan)
    place = int(np.nanargmax(p99 if np.isnan(enough).all() else enough))
    each = [float(one.between(place, place + slices).quantile(0.99)[0]) for one in timelines]
    few = too_few(int(whole.requests[place]), 0.99)
    return Span(*_when(whole, place, slices), estimate(each, float(p99[place])), few)


def _failing(
    timelines: Sequence[Timeline], whole: Timeline, slices: int, counted: NDArray[np.bool_]
) -> Span | None:
    failed = np.where(counted, whole.failed, 0)
    if not failed.any():
        return None
    place = int(failed.argmax())
    each = [one.between(place, place + slices) for one in timelines]
    value = share([int(one.failed[0]) for one in each], [int(one.arrived[0]) for one in each])
    return Span(*_when(whole, place, slices), value, failed=float(failed[place]) / len(each))


def _when(whole: Timeline, place: int, slices: int) -> tuple[float, float]:
    """When a stretch begins, and how long it is."""
    return float(whole.time_s[place]), slices * whole.width_ns / 1e9
