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

Floats = NDArray[np.float64]

WANTED_NS = 10_000_000_000
AT_ONCE = 1000
"""Slices that are looked at together."""


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


class _Stretches(NamedTuple):
    """All that there are, the replications together; one begins with every slice."""

    time_s: Floats
    """When they begin."""
    length_s: float
    requests: Floats
    """Answered `ok`, of those that arrive in it."""
    p99: Floats
    failed: Floats


def worst(timelines: Sequence[Timeline], warm_up_s: float) -> Worst:
    """Of one kind of traffic, over replications; what arrives in the warm-up does not count."""
    slices = max(1, round(WANTED_NS / timelines[0].width_ns))
    slices = min(slices, len(timelines[0].arrived))
    found = _stretches(timelines, slices)
    counted = found.time_s >= warm_up_s
    return Worst(_slowest(timelines, found, slices, counted), _failing(timelines, found, slices, counted))


def _stretches(timelines: Sequence[Timeline], slices: int) -> _Stretches:
    """A part of the run after the other: all of a day, spread out, would take a gigabyte."""
    time_s, length_s = timelines[0].time_s, slices * timelines[0].width_ns / 1e9
    many, parts = len(time_s) - slices + 1, []
    for first in range(0, many, AT_ONCE):
        end = min(first + AT_ONCE, many) + slices - 1
        whole = Timeline.merge([one.part(first, end) for one in timelines]).stretches(slices)
        parts.append((whole.requests, whole.quantile(0.99), whole.failed))
    requests, p99, failed = map(np.concatenate, zip(*parts, strict=True))
    return _Stretches(time_s[:many], length_s, requests, p99, failed)


def _slowest(
    timelines: Sequence[Timeline], found: _Stretches, slices: int, counted: NDArray[np.bool_]
) -> Span | None:
    p99 = np.where(counted, found.p99, np.nan)
    if np.isnan(p99).all():
        return None
    enough = np.where(found.requests * 0.01 >= 10 - 1e-9, p99, np.nan)
    place = int(np.nanargmax(p99 if np.isnan(enough).all() else enough))
    each = [float(one.between(place, place + slices).quantile(0.99)[0]) for one in timelines]
    few = too_few(int(found.requests[place]), 0.99)
    return Span(float(found.time_s[place]), found.length_s, estimate(each, float(p99[place])), few)


def _failing(
    timelines: Sequence[Timeline], found: _Stretches, slices: int, counted: NDArray[np.bool_]
) -> Span | None:
    failed = np.where(counted, found.failed, 0)
    if not failed.any():
        return None
    place = int(failed.argmax())
    each = [one.between(place, place + slices) for one in timelines]
    value = share([int(one.failed[0]) for one in each], [int(one.arrived[0]) for one in each])
    a_run = float(failed[place]) / len(each)
    return Span(float(found.time_s[place]), found.length_s, value, failed=a_run)
