"""What one replication leaves behind: read-only counts, sketches and time bins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.measure.sketch import Sketch
from simulator.measure.timeline import KeptTimeline
from simulator.measure.usage import Usage
from simulator.measure.where import Where

if TYPE_CHECKING:
    from simulator.measure.backlog import Waited
    from simulator.measure.rows import Rows

OUTCOMES = ("ok", "throttled", "timeout", "error", "expired", "dropped", "in_flight")
"""How a request can end; `in_flight` had not ended when the run did."""


UNDONE = ("lost", "dead_lettered", "unfinished")
"""What a request can be that was answered `ok` and is not complete, as fields of `Counted`."""


class Cause(NamedTuple):
    """Why requests failed: the service and its limit or fault, in the scenario's names."""

    outcome: str
    service: str
    limit: str


class Limit(NamedTuple):
    """One limit of the design and how the run met it."""

    service: str
    limit: str
    unit: str
    demand: float
    """The most that was asked for, in `unit`, retries included."""
    allowed: float
    refused: int
    first_at_s: float | None
    """When it first refused, in seconds from the start of the run; None: never."""
    burst: float = 0.0
    """Of a token bucket, what may come at once besides; `allowed` is what comes in a second."""
    allowed_at_first: float | None = None
    """Of what grows: what it allowed when it first refused."""
    waits_for: str = ""
    """`service.limit` that is the cause, where what is held here waits for that; its demand is then what came
    in the second in which most was refused here."""
    in_turn: bool = False
    """Whether what finds nothing left waits its turn; `refused` is then what had to."""
    tightest: float = 0.0
    """Of a token bucket with a burst, the most that was asked for in a span of time, retries included, as a
    share of the burst and what came in it."""


@dataclass(frozen=True)
class Counted:
    """The requests of one source (or one type of it) that arrived in the counted time, or in a window."""

    requests: int
    outcomes: Mapping[str, int]
    causes: Mapping[Cause, int]
    """Failed requests by the cause the client saw last."""
    attempts: int
    """Requests that clients sent, retries included."""
    latency: Sketch
    """What the client waited, `ok` answers only."""
    completion: Sketch
    """Until every effect of the request was done, `ok` answers only; see `endless` for the others."""
    lost: int = 0
    """Requests answered `ok` of which an effect was not carried out and is kept nowhere."""
    dead_lettered: int = 0
    """Others of which an effect was not carried out, and is kept for somebody to look at."""
    given_up_ns: int = 0
    """How long it took until those lost and dead-lettered were over, together."""
    windows: Mapping[str, Counted] = field(default_factory=dict)
    keeps_up: bool = False
    """Whether no more are unfinished than can be put down to the run's end (see `natural`)."""

    @property
    def failed(self) -> int:
        """Requests that ended otherwise than `ok`; those in flight at the end are not among them."""
        return sum(count for outcome, count in self.outcomes.items() if outcome not in ("ok", "in_flight"))

    @property
    def unfinished(self) -> int:
        """Requests answered `ok` whose effects were still under way at the end of the run."""
        return self.outcomes.get("ok", 0) - self.completion.count - self.lost - self.dead_lettered

    def missing(self, clock: str) -> int:
        """Requests that have no `latency`, because they failed, or no `completion`, because what they were to
        do was given up as well."""
        return self.failed + (self.lost + self.dead_lettered if clock == "completion" else 0)

    @property
    def done(self) -> int:
        """Requests answered `ok` of which all was carried out, or will be: what a design is paid for."""
        return self.outcomes.get("ok", 0) - self.lost - self.dead_lettered - self.endless

    @property
    def endless(self) -> int:
        """Unfinished requests whose completion counts as infinite: none, or all of them."""
        return 0 if self.keeps_up else self.unfinished


def natural(lag_ns: int, length_ns: int, lately: int) -> float:
    """How many requests can be expected to be answered and not complete when a run ends that keeps up.

    By Little's law so many are at any time: those that are over in a second, completed or given up, times
    what they take after their answers, `lag_ns` together; and no more than came `lately`, within that time
    before the end. Twice that, and one, are allowed: chance, and a length that is not that of the tail.
    """
    return 2 * min(lag_ns / length_ns, lately) + 1


@dataclass(frozen=True)
class Replication:
    """One run of one design with one seed."""

    design: str
    number: int
    seed: int
    engine: str
    counted_s: float
    """Length of the counted part: the run without its warm-up."""
    events: int
    """Wake-ups the engine handled: what a run costs."""
    traffic: Mapping[str, Counted]
    """By source; with a mix also by `source.type`."""
    services: Mapping[str, Mapping[str, float]]
    """Each service's counters in AWS's words."""
    limits: tuple[Limit, ...]
    usage: tuple[Usage, ...]
    series: Mapping[str, NDArray[np.float64]]
    """Time bins by `time_s`: counts per bin by column."""
    timelines: Mapping[str, KeptTimeline]
    """Latency over time, for the keys of `traffic`; the warm-up too."""
    rows: Rows | None = None
    """One row per answered request, where rows were to be kept in memory."""
    inside: Mapping[str, tuple[Waited, ...]] = field(default_factory=dict)
    """By mailbox, the servers for which who has a batch of it may wait; deepest first."""
    where: Mapping[str, Mapping[str, Where]] = field(default_factory=dict)
    """Where the time of requests went, for the keys of `traffic`: of the whole run under "", and by window.
    Empty if it was not traced."""
