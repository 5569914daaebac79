"""What waits in a queue or stream over a run: since when it only became more, and how many receivers keep up.

Receivers are taken to do, each, as much as those did that were there while items waited.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OF_QUEUES: Final = ("pollers", "receivers")
"""Units of limits that are named after the queue that they receive from: Lambda's, and those of a fleet."""
OF_STREAMS: Final = "lanes"
HARDLY: Final = 0.01
"""Of the longest backlog: fewer items than these are none of it."""
NEARLY_ALL: Final = 0.9
"""Of the time while items wait: servers that have a line for so long are at work all the time, and bound what
receivers do that need them for every batch, or that stand in line more often than not."""
SPANS: Final = 100
"""Lengths of spans that are looked at."""
AT_THE_END_S: Final = 1.0
"""How late what came may be done with when a run ends: what is not done by then counts as never done."""


class Waited(NamedTuple):
    """Servers for which receivers may wait while they have a batch in hand."""

    limit: str
    """`service.limit`"""
    column: str
    """Of the time series that count who waits."""
    needed: bool
    """Whether every batch needs one."""


class Needed(NamedTuple):
    """Receivers that keep up, and the time in which so many are needed."""

    receivers: float
    from_s: float
    until_s: float


NOBODY: Final = Needed(0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Backlog:
    """Of the receivers of one queue or stream, means over the replications."""

    time_s: Floats
    waiting: Floats
    """At these times; those that failed and are visible again too."""
    came: Floats
    """Up to these times, those that came back included."""
    each_per_s: float
    """What a receiver takes a second while items wait; NaN: unknown."""
    warm_up_s: float
    waits_for: str = ""
    """`service.limit` of the servers for which the receivers wait themselves while items do."""

    @classmethod
    def of(
        cls,
        series: Sequence[Mapping[str, Floats]],
        places: Sequence[str],
        receivers: str,
        warm_up_s: float,
        executions: str = "",
        inside: Sequence[Waited] = (),
    ) -> Backlog:
        """By the time series of runs: of the mailboxes where items wait, the last of which receivers take
        them out of; `receivers` is the column of their seconds, `executions` that of the function that they
        call, if they do, and `inside` has the servers for which they may wait, deepest first."""

        def mean(column: str) -> Floats:
            nothing = np.zeros_like(series[0]["time_s"])
            found: Floats = np.mean([run.get(column, nothing) for run in series], axis=0)
            return found

        waiting = np.sum([mean(f"{place} waiting") for place in places], axis=0)
        taken = np.concatenate([[0.0], np.cumsum(mean(f"{places[-1]} taken")[:-1])])
        late = (waiting > HARDLY * waiting.max())[:-1]
        time_s, worked_s = series[0]["time_s"], mean(receivers)[:-1][late]
        each_per_s = float(np.diff(taken)[late].sum() / worked_s.sum()) if worked_s.any() else math.nan
        lines = [mean(servers.column)[:-1][late] for servers in inside]
        busy = mean(executions)[:-1][late] if executions in series[0] else worked_s / np.diff(time_s)[late]
        in_line = 2 * sum(float(line.sum()) for line in lines) >= busy.sum() > 0
        always = (
            servers.limit
            for servers, line in zip(inside, lines, strict=True)
            if (in_line or servers.needed) and np.mean(line >= 1) >= NEARLY_ALL
        )
        return cls(time_s, waiting, taken + waiting, each_per_s, warm_up_s, next(always, ""))

    @property
    def _counted(self) -> Floats:
        found: Floats = np.where(self.time_s >= self.warm_up_s, self.waiting, 0.0)
        return found

    @property
    def longest(self) -> float:
        """The most that waited in what is counted."""
        return float(self._counted.max(initial=0.0))

    @property
    def since_s(self) -> float:
        """From when on the backlog only became more, until it was longest in what is counted."""
        hardly = np.flatnonzero(self.waiting[: int(self._counted.argmax())] <= HARDLY * self.longest)
        return float(self.time_s[hardly[-1] if len(hardly) else 0])

    def needed(self, late_s: float) -> Needed:
        """Receivers with which none waits longer than so many seconds, nor much longer than none at the end
        of the run. What comes in a span must be taken in the span and so many seconds more; the span in which
        that asks for most counts."""
        steps = len(self.time_s) - 1
        every = np.arange(steps)
        spans = [(every, np.full(steps, steps), AT_THE_END_S)]
        for length in map(int, np.unique(np.geomspace(1, max(steps, 1), SPANS).round())):
            begins = np.arange(max(steps - length, 0))
            begins = begins[self.time_s[begins + length] > self.warm_up_s]
            spans.append((begins, begins + length, late_s))
        found = NOBODY
        for begins, ends, more_s in spans:
            if len(begins):
                within_s = self.time_s[ends] - self.time_s[begins] + more_s
                asked = (self.came[ends] - self.came[begins]) / within_s / self.each_per_s
                most = int(asked.argmax())
                from_s, until_s = (float(self.time_s[one[most]]) for one in (begins, ends))
                found = max(found, Needed(float(asked[most]), from_s, until_s))
        return found
