"""Objectives judged by what the replications say: pass, fail, or not yet known."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from simulator.measure.percentiles import Pool, of_survivors
from simulator.measure.result import UNDONE, Counted, Replication
from simulator.measure.statistics import Estimate, of_counter, settled_by, share
from simulator.measure.summary import Judged
from simulator.scenario.objectives import counter

if TYPE_CHECKING:
    from simulator.scenario.objectives import Objective

COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def judge(
    objective: Objective, runs: Sequence[Replication], cost_run: Estimate, cost_month: Estimate | None
) -> Judged:
    """The verdict on one objective: decided when value and interval lie on one side of the limit."""
    value, few = measure(objective, runs, cost_run, cost_month)
    found = verdict(value, objective.comparison, objective.limit)
    percentile = objective.metric in ("latency", "completion") and objective.subject in runs[0].traffic
    settled = None
    if found == "inconclusive":
        settled = _settled_by(value, objective.limit, len(runs), percentile)
    return Judged(
        objective.key, objective.text, objective.limit, objective.unit, found, value, few, settled,
        *_missing(objective, runs),
    )  # fmt: skip


def verdict(value: Estimate, comparison: str, limit: float) -> str:
    """`pass` or `fail` when value and interval lie on one side of the limit, otherwise `inconclusive`."""
    holds = COMPARISONS[comparison]
    known = [number for number in (value.value, value.low, value.high) if not math.isnan(number)]
    good = [holds(number, limit) for number in known]
    return "inconclusive" if not good or any(good) != all(good) else "pass" if all(good) else "fail"


def judge_again(
    objectives: Sequence[Objective],
    runs: Sequence[Replication],
    cost_run: Estimate,
    cost_month: Estimate | None,
) -> dict[str, Judged]:
    """The verdicts on another scenario's objectives, of those whose number these runs have."""
    return {
        one.key: judge(one, runs, cost_run, cost_month)
        for one in objectives
        if applies(one, runs) and _has_window(one, runs[0])
    }


def _has_window(objective: Objective, run: Replication) -> bool:
    """Whether a run of another scenario has the window."""
    return objective.window is None or objective.window in run.traffic[objective.subject].windows


def applies(objective: Objective, runs: Sequence[Replication]) -> bool:
    """Whether the objective speaks of something this design has; a design may lack a service, or have one of
    another kind, or one to which nothing came whose age or time could be told."""
    if objective.subject == "cost" or objective.subject in runs[0].traffic:
        return True
    return any(_counters(objective, runs))


def measure(
    objective: Objective, runs: Sequence[Replication], cost_run: Estimate, cost_month: Estimate | None
) -> tuple[Estimate, bool]:
    """The number an objective asks for, and whether it is a percentile of too few requests."""
    if objective.subject == "cost":
        asked = cost_run if objective.metric == "run" else cost_month
        return asked or Estimate(math.nan), False
    if objective.subject not in runs[0].traffic:
        names = _counters(objective, runs)
        counters = zip(runs, names, strict=True)
        counts = [run.services[objective.subject][name] if name else math.nan for run, name in counters]
        return of_counter(next(filter(None, names), ""), counts), False
    counted = [_span(run.traffic[objective.subject], objective.window) for run in runs]
    if objective.metric in ("latency", "completion"):
        endless = [one.endless if objective.metric == "completion" else 0 for one in counted]
        pool = Pool([getattr(one, objective.metric) for one in counted], endless)
        return pool.statistic(objective.statistic or "mean")
    return share([_count(one, objective.metric) for one in counted], [one.requests for one in counted]), False


def _missing(objective: Objective, runs: Sequence[Replication]) -> tuple[bool, float]:
    """Whether more requests are missing from a percentile of latency or completion than lie beyond it, and
    their share of all."""
    if objective.metric not in ("latency", "completion") or objective.subject not in runs[0].traffic:
        return False, math.nan
    counted = [_span(run.traffic[objective.subject], objective.window) for run in runs]
    missing = sum(one.missing(objective.metric) for one in counted)
    requests = sum(one.requests for one in counted)
    took = requests - sum(one.outcomes.get("in_flight", 0) for one in counted) - missing
    share = missing / requests if requests else math.nan
    return of_survivors(objective.statistic or "mean", took, missing), share


def _span(counted: Counted, window: str | None) -> Counted:
    return counted if window is None else counted.windows[window]


def _count(counted: Counted, outcome: str) -> int:
    if outcome in ("failed", *UNDONE):
        return int(getattr(counted, outcome))
    return counted.outcomes.get(outcome, 0)


def _counters(objective: Objective, runs: Sequence[Replication]) -> list[str | None]:
    """The counter that an objective asks for, of each run that has it."""
    services = (run.services.get(objective.subject, {}) for run in runs)
    return [counter(objective.metric, objective.statistic, one) for one in services]


def _settled_by(value: Estimate, limit: float, runs: int, percentile: bool) -> int | None:
    """Replications after which the interval would no longer reach the limit, if the value stays."""
    distance = abs(limit - value.value)
    if not value.has_interval or not distance > 0 or not math.isfinite(value.value + value.high):
        return None
    below, above = value.value - value.low, value.high - value.value
    # the long side of a percentile's interval shrinks at once when runs come that deny what lies there
    sided = above if limit > value.value else below
    return settled_by(min(below, above) if percentile else sided, distance, runs)
