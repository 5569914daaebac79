"""How long a design takes to be itself again after a surge.

The surge is where most requests arrive: from the slice of time in which first half of the peak is reached to
the last such slice, if the peak is twice the usual. What is usual is what was counted before it. A slice is
disturbed while the requests that come in it have a p99 of more than twice that of the time before, or more
than one percent of them fail beyond the share before. Recovered is who stays undisturbed to the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simulator.measure.timeline import ROUND_S, Timeline
from simulator.values.units import SECOND

ENOUGH = 100
"""Requests, over the replications, of which p99 is not the slowest."""
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


def recovery(timelines: Sequence[Timeline], warm_up_s: float) -> Recovery | None:
    """Of one kind of traffic, over the replications; None where there is no surge, or nothing before it."""
    whole = _legible(timelines)
    width, arrived = whole.width_ns / 1e9, whole.arrived
    usual = whole.time_s >= warm_up_s
    if not usual.any() or arrived[usual].max() < 2 * np.median(arrived[usual]) or not arrived[usual].max():
        return None
    begin = int(usual.argmax())
    high = np.flatnonzero(usual & (arrived >= arrived[usual].max() / 2))
    first, last = int(high[0]), int(high[-1])
    calm = whole.between(begin, first)
    before = calm.quantile(0.99)[0]
    if np.isnan(before):
        return None
    answers = whole.failed + whole.requests
    failed_before = float(calm.failed[0] / max(calm.failed[0] + calm.requests[0], 1))
    slow = np.nan_to_num(whole.quantile(0.99)) > SLOWER * before
    failing = whole.failed > (failed_before + FAILING) * answers
    disturbed = np.flatnonzero((slow | failing) & (np.arange(len(arrived)) >= first))
    over = first if not len(disturbed) else int(disturbed[-1]) + 1
    recovered = over * width if over < len(arrived) else None
    return Recovery(first * width, (last + 1) * width, recovered, failed_before)


def _legible(timelines: Sequence[Timeline]) -> Timeline:
    """All together, in the shortest slices of which the usual one has a p99, but in none longer than those of
    pictures: where few requests come, chance alone would look like a surge, and a single failure like a bad
    slice."""
    own, longest = timelines[0].width_ns, timelines[0].drawn().width_ns
    arrived = np.sum([one.arrived for one in timelines], axis=0)
    for width in (seconds * SECOND for seconds in ROUND_S if seconds * SECOND < longest):
        if width % own == 0:
            slices = np.arange(0, len(arrived), width // own)
            if np.median(np.add.reduceat(arrived, slices)) >= ENOUGH:
                return Timeline.merge([one.wider(width) for one in timelines])
    return Timeline.merge([one.wider(longest) for one in timelines])
