"""A study in numbers: what the replications of each design say together.

Counts, quantities and money are means per run, maxima of times the longest of all runs; percentiles come
from the merged histogram and their intervals from the replications' own values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.measure.backlog import Backlog
from simulator.measure.headroom import Headroom
from simulator.measure.inferred import Inferred
from simulator.measure.limits import LimitSummary
from simulator.measure.need import Behind, Enough, Late
from simulator.measure.percentiles import Pool, of_survivors
from simulator.measure.recovery import Recovery
from simulator.measure.result import UNDONE, Cause, Counted
from simulator.measure.scaled_out import ScaledOut
from simulator.measure.sketch import Sketch
from simulator.measure.statistics import UNKNOWN, Estimate, estimate, share
from simulator.measure.where import Where
from simulator.measure.worst import Worst

STATISTICS = ("mean", "p50", "p90", "p95", "p99", "p99.9", "max")


@dataclass(frozen=True)
class Durations:
    """Durations in seconds: the usual statistics, and which of them rest on too few requests."""

    statistics: Mapping[str, Estimate]
    few: tuple[str, ...]
    survivors: tuple[str, ...] = ()
    """Those that more requests failed than lie beyond them: what failed might have been slower than these."""

    def __getitem__(self, statistic: str) -> Estimate:
        return self.statistics[statistic]


class Failure(NamedTuple):
    """Requests that failed for one cause, per run and as a share of all requests."""

    cause: Cause
    requests: float
    share: float


@dataclass(frozen=True)
class TrafficSummary:
    """One source of requests, or one type of it, in the counted time or in a window."""

    requests: Estimate
    outcomes: Mapping[str, float]
    failures: tuple[Failure, ...]
    """The most frequent cause first."""
    failed_share: Estimate
    latency: Durations
    completion: Durations
    undone: Mapping[str, Estimate] = field(default_factory=dict)
    """Shares of requests answered `ok` that are not complete: `lost`, `dead_lettered`, `unfinished`."""
    attempts: Estimate = UNKNOWN
    """Requests that clients sent for each one that arrived: 1 without retries."""
    windows: Mapping[str, TrafficSummary] = field(default_factory=dict)


class Charge(NamedTuple):
    """One line of a design's bill per run."""

    service: str
    item: str
    quantity: float
    unit: str
    unit_price_usd: float
    amount_usd: float


class Judged(NamedTuple):
    """One objective and what the study says about it."""

    key: str
    text: str
    """As the scenario says it: `p99 < 2 s`."""
    limit: float
    unit: str
    verdict: str
    """`pass` or `fail` when value and interval lie on one side of the limit, otherwise `inconclusive`."""
    value: Estimate
    few: bool
    """Whether a percentile rests on too few requests."""
    settled_by: int | None
    """How many replications would probably settle an inconclusive verdict."""
    survivors: bool = False
    """Whether more requests are missing from a percentile than lie beyond it."""
    missing: float = math.nan
    """The share of requests that have no latency, or no completion (`Counted.missing`); NaN for others."""

    @property
    def by_survivors(self) -> bool:
        """Whether it passes by what is left of the requests: had the others been slow, it might not."""
        return self.verdict == "pass" and self.survivors and math.isfinite(self.value.value)


@dataclass(frozen=True)
class DesignSummary:
    """One design on the scenario's traffic."""

    replications: int
    traffic: Mapping[str, TrafficSummary]
    services: Mapping[str, Mapping[str, float]]
    """By service, its counters."""
    limits: tuple[LimitSummary, ...]
    """The first to refuse first; those that never did after them, the nearest to it first."""
    bill: tuple[Charge, ...]
    cost_run: Estimate
    cost_month: Estimate | None
    objectives: Mapping[str, Judged]
    cost_thousand: Estimate = UNKNOWN
    """Of a run, for each 1,000 requests that ended `ok` and are done (`Counted.done`)."""
    bill_month: tuple[Charge, ...] = ()
    """Of a month as the scenario declares it, where it does."""
    worst: Mapping[str, Worst] = field(default_factory=dict)
    """The worst ten seconds of each kind of traffic that is not made of others."""
    where: Mapping[str, Mapping[str, Where]] = field(default_factory=dict)
    """Where the time goes, for the keys of `traffic`: of the whole counted time under "", and by window; of
    all replications together."""
    recovery: Mapping[str, Recovery] = field(default_factory=dict)
    """The surge in each kind of traffic that has one, and when it was over."""
    account_concurrency: float = math.nan
    """The most that all functions together held of the account's concurrency at a time, what is provisioned
    included; NaN where some have reserved theirs, whose executions stand beside."""
    account_held: Mapping[str, float] = field(default_factory=dict)
    """Executions of each function that had any of the account's concurrency when most of it was in use."""
    passes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By source of traffic, the services that its requests and their effects may come to."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """By service, what it is, as the scenario says it: `lambda`, `sqs`."""
    late: tuple[Late, ...] = ()
    """Provisioned concurrency that is not ready when a surge begins."""
    scaled_out: tuple[ScaledOut, ...] = ()
    """The fleets whose size follows their load."""
    backlogs: Mapping[tuple[str, str], Backlog] = field(default_factory=dict)
    """What waits for the pollers, receivers or lanes of a limit, by its service and name."""
    enough: Mapping[tuple[str, str], Enough] = field(default_factory=dict)
    """How many lanes keep up, where a stream's are too few, likewise."""
    ready: Mapping[str, int] = field(default_factory=dict)
    """By function, how many provisioned environments the peak needs so that nothing spills over."""
    behind: tuple[Behind, ...] = ()
    """What batches meet behind their functions, the one that bears fewest first, where they may be why the
    design fails, or invocations do."""

    @property
    def verdict(self) -> str:
        """`fail` if any objective fails, `pass` if all pass; without objectives, `none`."""
        verdicts = {judged.verdict for judged in self.objectives.values()}
        for verdict in ("fail", "inconclusive", "pass"):
            if verdict in verdicts:
                return verdict
        return "none"

    @property
    def price(self) -> Estimate:
        """Of a month where the scenario says what a month is, else of a run."""
        return self.cost_month or self.cost_run

    @property
    def cost(self) -> float:
        """What designs are ranked by."""
        return self.price.value

    @property
    def cold_share(self) -> float:
        """Cold starts per invocation, over all functions; NaN without functions."""
        cold = [counters for counters in self.services.values() if "cold_starts" in counters]
        invocations = sum(counters.get("invocations", 0.0) for counters in cold)
        return sum(counters["cold_starts"] for counters in cold) / invocations if invocations else math.nan

    @property
    def concurrency_max(self) -> float:
        """The concurrency of the function that had most by itself; NaN where none has one."""
        seen = [c["concurrency_max"] for c in self.services.values() if "concurrency_max" in c]
        return max(seen, default=math.nan)


class Sureness(NamedTuple):
    """How sure a number is in the design where it is least so, against how sure it was asked to be."""

    text: str
    """What was asked: `buyers.latency p99 ± 5%`."""
    design: str
    unit: str
    relative: bool
    """Whether it was asked for as a share of the value."""
    value: float
    reach: float
    """How far the interval reaches from the value, on the side where it reaches further."""
    allowed: float
    replications: int
    at_most: int

    @property
    def excess(self) -> float:
        """The reach as a multiple of what is allowed; infinite without an interval."""
        if math.isnan(self.value) or not math.isfinite(self.reach):
            return math.inf
        return self.reach / self.allowed if self.allowed else math.inf if self.reach else 0.0

    @property
    def reached(self) -> bool:
        """Whether the number is as sure as it was asked to be."""
        return self.excess <= 1


class Month(NamedTuple):
    """What a month is made of, as the scenario declares it."""

    runs: int
    otherwise: str
    """What the rest of its 730 hours is: `baseline` or `idle`."""


@dataclass(frozen=True)
class Summary:
    """The designs of a scenario, compared on the same traffic."""

    scenario: str
    counted_s: float
    replications: int
    provenance: Mapping[str, object]
    designs: Mapping[str, DesignSummary]
    sureness: Sureness | None = None
    """Why the study stopped where it did, if it was to go on until a number is sure."""
    headroom: Mapping[str, Headroom] = field(default_factory=dict)
    """How much more traffic each design bears, where that was asked for."""
    warm_up_s: float = 0.0
    """What of a run is not counted, before `counted_s`."""
    month: Month | None = None
    """What months are priced, where any are."""
    inferred: tuple[Inferred, ...] = ()
    """What designs take for true that nobody documents or has measured."""
    windows: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """From when until when each window counts, in seconds from the start of a run."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of traffic, which together are all requests."""
        return tuple(key for key in next(iter(self.designs.values())).traffic if "." not in key)

    @property
    def leaves(self) -> tuple[str, ...]:
        """The types of requests, and the sources that have no types."""
        keys = list(next(iter(self.designs.values())).traffic)
        return tuple(key for key in keys if not any(other.startswith(f"{key}.") for other in keys))

    def clocks(self, key: str) -> tuple[str, ...]:
        """`latency`, and `completion` where some design is not done with a request when it is answered."""
        found = [design.traffic[key] for design in self.designs.values()]
        later = any(one.completion["p99"].value != one.latency["p99"].value for one in found)
        return ("latency", "completion") if later else ("latency",)

    @property
    def cheapest(self) -> str | None:
        """The cheapest design that passes every objective."""
        passing = [name for name, design in self.designs.items() if design.verdict == "pass"]
        return min(passing, key=lambda name: self.designs[name].cost, default=None)


def _of_clock(clock: str, counted: Sequence[Counted], endless: Sequence[int] = ()) -> Durations:
    missing = sum(one.missing(clock) for one in counted)
    return durations([getattr(one, clock) for one in counted], missing, endless)


def durations(sketches: Sequence[Sketch], missing: int, endless: Sequence[int] = ()) -> Durations:
    """The usual statistics of durations counted by several replications, of so many that are infinite, and
    beside so many in all that have none."""
    pool = Pool(sketches, endless)
    found = {name: pool.statistic(name) for name in STATISTICS}
    return Durations(
        {name: value for name, (value, _) in found.items()},
        tuple(name for name, (_, few) in found.items() if few),
        tuple(name for name in found if of_survivors(name, sum(pool.all), missing)),
    )


def traffic(counted: Sequence[Counted]) -> TrafficSummary:
    """What the replications counted for one source, together."""
    runs = len(counted)
    requests = sum(one.requests for one in counted)
    outcomes = sorted({outcome for one in counted for outcome in one.outcomes})
    causes = {cause for one in counted for cause in one.causes}
    lost = {cause: sum(one.causes.get(cause, 0) for one in counted) for cause in causes}
    windows = sorted({window for one in counted for window in one.windows})
    return TrafficSummary(
        requests=estimate([one.requests for one in counted]),
        outcomes={name: sum(one.outcomes.get(name, 0) for one in counted) / runs for name in outcomes},
        failures=tuple(
            Failure(cause, count / runs, count / requests)
            for cause, count in sorted(lost.items(), key=lambda item: (-item[1], item[0]))
            if count
        ),
        failed_share=share([one.failed for one in counted], [one.requests for one in counted]),
        latency=_of_clock("latency", counted),
        completion=_of_clock("completion", counted, [one.endless for one in counted]),
        undone={
            name: share([getattr(one, name) for one in counted], [one.requests for one in counted])
            for name in UNDONE
        },
        attempts=estimate(
            [one.attempts / one.requests if one.requests else math.nan for one in counted],
            sum(one.attempts for one in counted) / requests if requests else math.nan,
        ),
        windows={name: traffic([one.windows[name] for one in counted]) for name in windows},
    )
