"""How long a design takes to be itself again after a surge.

The surge is where most requests arrive: from the slice of time in which first half of the peak is reached to
the last such slice, if the peak is twice the usual. What is usual is what was counted before it. A slice is
disturbed while its p99 is more than twice that of the time before, or more than one percent of the answers
given in it fail beyond the share before. Recovered is who stays undisturbed to the end of the run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.measure.result import OUTCOMES
from simulator.measure.timeline import Timeline

FAILED = tuple(outcome for outcome in OUTCOMES if outcome not in ("ok", "in_flight"))
SLOWER, FAILING = 2.0, 0.01
FAILING_ANYWAY = 0.1
"""Of the answers before a surge: with more failures than these it disturbs nothing that went well."""


class Recovery(NamedTuple):
    """A surge of one kind of traffic and what came after it; times count from the start of the run."""

    from_s: float
    until_s: float
    """When the surge ends: half of the peak, or more, arrives for the last time."""
    recovered_s: float | None
    """The end of the last disturbed slice; when the surge begins, if there is none; None: not in this run."""
    failed_before: float = 0.0
    """Of the answers before it, in what was counted."""

    @property
    def healthy(self) -> bool:
        """Whether there was something that a surge could disturb."""
        return self.failed_before <= FAILING_ANYWAY

    @property
    def disturbed_s(self) -> float | None:
        """From the beginning of the surge until all is as it was before; None: not in this run."""
        return None if self.recovered_s is None else self.recovered_s - self.from_s

    @property
    def lasted_s(self) -> float:
        """The same as a number: infinite if not in this run, NaN where nothing was healthy before."""
        if not self.healthy:
            return math.nan
        return math.inf if self.disturbed_s is None else self.disturbed_s


def recovery(
    timelines: Sequence[Timeline],
    series: Sequence[Mapping[str, NDArray[np.float64]]],
    key: str,
    warm_up_s: float,
) -> Recovery | None:
    """Of the traffic `key`, over the replications; None where there is no surge, or nothing before it."""
    whole = Timeline.merge(timelines)
    width, slices = whole.width_ns / 1e9, len(whole.counts)
    arrived = _by_slice(series, f"{key}.requests", width, slices)
    usual = whole.time_s >= warm_up_s
    if not usual.any() or arrived[usual].max() < 2 * np.median(arrived[usual]) or not arrived[usual].max():
        return None
    high = np.flatnonzero(usual & (arrived >= arrived[usual].max() / 2))
    first, last = int(high[0]), int(high[-1])
    before = usual & (np.arange(slices) < first)
    calm = Timeline(whole.width_ns, whole.first, whole.counts[before].sum(axis=0, keepdims=True))
    if not calm.requests.sum() or np.isnan(calm.quantile(0.99)[0]):
        return None
    failed = np.sum([_by_slice(series, f"{key}.{how}", width, slices) for how in FAILED], axis=0)
    answers = failed + _by_slice(series, f"{key}.ok", width, slices)
    failed_before = float(failed[before].sum() / max(answers[before].sum(), 1))
    expected = failed_before + FAILING
    slow = np.nan_to_num(whole.quantile(0.99)) > SLOWER * calm.quantile(0.99)[0]
    disturbed = np.flatnonzero((slow | (failed > expected * answers)) & (np.arange(slices) >= first))
    over = first if not len(disturbed) else int(disturbed[-1]) + 1
    recovered = over * width if over < slices else None
    return Recovery(first * width, (last + 1) * width, recovered, failed_before)


def _by_slice(
    series: Sequence[Mapping[str, NDArray[np.float64]]], column: str, width: float, slices: int
) -> NDArray[np.float64]:
    """Counts of all replications together, in slices of the timelines."""
    counts = np.zeros(slices)
    for one in series:
        if column in one:
            np.add.at(counts, (one["time_s"] / width + 1e-9).astype(int), one[column])
    return counts
