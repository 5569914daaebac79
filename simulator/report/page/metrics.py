"""The comparison that the page's controls choose from: every metric of every design, against each base.

All numbers are put into words here, once; the page's script only picks which of them to show.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from simulator.measure.result import UNDONE
from simulator.measure.statistics import Estimate, difference
from simulator.measure.summary import STATISTICS, DesignSummary, Summary, TrafficSummary
from simulator.measure.where import left_s
from simulator.measure.worst import Span, Worst
from simulator.report.grid import FEW, SAME, beside, by_how_much, mark, mark_of
from simulator.report.numbers import estimated, significant
from simulator.report.words import Glyphs, stretch
from simulator.scenario.objectives import DURATIONS, Objective

GLYPHS = Glyphs()
AGES = {
    "iterator_age": "IteratorAge",
    "message_age": "age of a message when received",
    "async_event_age": "age of an asynchronous event when it runs",
}


ONCE = 0.0005
"""Of requests: if no more of them are sent again, nothing is said of it."""


class Metric(NamedTuple):
    """One number of every design."""

    name: str
    """As the tables call it: `buyers.order.latency@surge.p99_s`."""
    group: str
    label: str
    unit: str
    """`s`, `share`, `usd`, or nothing: how `with_unit` says it."""
    estimates: Sequence[Estimate]
    marks: Sequence[str]
    """What stands behind the values."""


def metrics(summary: Summary) -> list[Metric]:
    """What designs can be compared by; what no design has is left out."""
    return metrics_over([summary], ())[0]


def metrics_over(summaries: Sequence[Summary], objectives: Sequence[Objective]) -> list[list[Metric]]:
    """The same metrics of each summary, those of the objectives among them; what none has is left out."""
    every = []
    for summary in summaries:
        found = {one.name: one for one in _of_objectives(summary, objectives)}
        ages = (one for one in _of_ages(summary) if one.name not in found)
        usual = (*_of_traffic(summary), *_of_designs(summary), *ages)
        every.append(found | {one.name: one for one in usual})
    asked = {metric_of(one) for one in objectives}
    kept = [
        name
        for name in every[0]
        if all(name in found for found in every) and any(_told(found[name], name in asked) for found in every)
    ]
    return [[found[name] for name in kept] for found in every]


def _told(metric: Metric, asked: bool) -> bool:
    """Whether a metric says something: an outcome that no request had does only where it is asked for."""
    idle = metric.label in map(outcome, UNDONE) and not asked
    return any(one.value != 0 if idle else not math.isnan(one.value) for one in metric.estimates)


def headline(found: Sequence[Metric], objectives: Sequence[Objective]) -> Metric:
    """The metric to begin with: that of the first objective, or else a p99."""
    by_name = {one.name: one for one in found}
    asked = [by_name[name] for name in map(metric_of, objectives) if name in by_name]
    p99 = [one for one in found if one.name.endswith(".p99_s")]
    return [*asked, *p99, *found][0]


def metric_of(objective: Objective) -> str:
    """The name of the metric that an objective limits."""
    if objective.subject == "cost":
        return f"{objective.key}_usd"
    if objective.statistic and objective.metric not in DURATIONS:  # of a service, as its counters are named
        return f"{objective.key}_{objective.statistic}{'_s' * (objective.unit == 's')}"
    return f"{objective.key}.{objective.statistic}_s" if objective.statistic else objective.key


def value(metric: Metric, place: int) -> str:
    """A design's value with the half of its interval: `3.75 s ±0.016`."""
    said = estimated(metric.estimates[place], metric.unit) + metric.marks[place]
    return f"{said} {beside(metric.estimates[place], metric.unit, GLYPHS)}".rstrip()


def change(metric: Metric, base: int, place: int) -> str:
    """How a design differs from the base: `−2.70 s ±0.019 (−72 %)`, or beginning with ~ if it may not."""
    if base == place:
        return "base"
    old, new = metric.estimates[base], metric.estimates[place]
    if old.value == math.inf:
        return "base is infinite"
    if not (math.isfinite(old.value) and math.isfinite(new.value)):
        return "-"
    paired = bool(old.samples and new.samples)
    found = difference(old, new) if paired else Estimate(new.value - old.value)
    if not found.value and not found.low < found.high:
        return "no change"
    same = SAME if found.has_interval and found.low <= 0 <= found.high else ""
    same += "\u00a0" if same else ""
    if not found.value:
        return f"{same}0 {beside(found, metric.unit, GLYPHS)}".rstrip()
    part = ""
    if old.value and metric.unit != "share":
        share = found.value / old.value
        part = f" ({GLYPHS.minus if share < 0 else '+'}{significant(100 * abs(share), 2)} %)"
    return same + by_how_much(found, metric.unit, GLYPHS, points=" points") + part


def _of_objectives(summary: Summary, objectives: Sequence[Objective]) -> Iterator[Metric]:
    for one in objectives:
        judged = [design.objectives.get(one.key) for design in summary.designs.values()]
        at = f" @{one.window}" if one.window else ""
        label = f"{one.statistic or ''} {one.metric}".strip().replace("_", " ")
        yield Metric(
            metric_of(one), f"{one.subject}{at}", label, one.unit,
            [found.value if found else Estimate(math.nan) for found in judged],
            [mark(found) if found else "" for found in judged],
        )  # fmt: skip


def outcome(name: str) -> str:
    """`dead_lettered` in words."""
    return name.replace("_", "-")


def _of_traffic(summary: Summary) -> Iterator[Metric]:
    first = next(iter(summary.designs.values()))
    for key, traffic in first.traffic.items():
        for window in ("", *traffic.windows):
            seen = [_inside(design.traffic[key], window) for design in summary.designs.values()]
            at = f"@{window}" if window else ""
            group = f"{key} {at}".rstrip()
            for clock in ("latency", "completion"):
                for statistic in STATISTICS:
                    found = [getattr(one, clock) for one in seen]
                    estimates = [one[statistic] for one in found]
                    yield Metric(
                        f"{key}.{clock}{at}.{statistic}_s", group, f"{statistic} {clock}",
                        "s", estimates,
                        [mark_of(one, statistic) for one in found],
                    )  # fmt: skip
            never = [""] * len(seen)
            yield Metric(
                f"{key}.failed{at}", group, "failed", "share", [one.failed_share for one in seen], never
            )
            for name in UNDONE:
                shares = [one.undone[name] for one in seen]
                yield Metric(f"{key}.{name}{at}", group, outcome(name), "share", shares, never)
            again = [one.attempts for one in seen]
            if any(one.value > 1 + ONCE for one in again):
                yield Metric(f"{key}.attempts{at}", group, "attempts a request", "", again, never)
            ran_on = [_left(design, key, window) for design in summary.designs.values()]
            if any(one.value for one in ran_on):
                label = "ran on after its caller had given up, a run"
                yield Metric(f"{key}.left{at}.total_s", group, label, "s", ran_on, never)
            if not window:
                yield from _of_recovery(key, summary)
                yield from _of_worst(key, [design.worst.get(key) for design in summary.designs.values()])
            yield Metric(f"{key}.requests{at}", group, "requests", "", [one.requests for one in seen], never)


def _left(design: DesignSummary, key: str, window: str) -> Estimate:
    found = design.where.get(key, {}).get(window)
    return Estimate(left_s(found, design.replications) if found else math.nan)


def _of_recovery(key: str, summary: Summary) -> Iterator[Metric]:
    found = [design.recovery.get(key) for design in summary.designs.values()]
    lasted = [Estimate(one.lasted_s if one else math.nan) for one in found]
    if any(one.value for one in lasted):
        label = "disturbed, from the surge's beginning on"
        yield Metric(f"{key}.disturbed_s", key, label, "s", lasted, [""] * len(lasted))


def _of_worst(key: str, found: Sequence[Worst | None]) -> Iterator[Metric]:
    for name, unit, suffix in (("p99", "s", "_s"), ("failed", "share", "")):
        spans: list[Span | None] = [getattr(one, name) if one else None for one in found]
        known = [span for span in spans if span]
        if known:
            none = Estimate(0.0 if name == "failed" else math.nan)
            yield Metric(
                f"{key}.worst.{name}{suffix}", key, f"worst {stretch(known[0].length_s)}: {name}", unit,
                [span.value if span else none for span in spans],
                [FEW if span and span.few else "" for span in spans],
            )  # fmt: skip


def _of_designs(summary: Summary) -> Iterator[Metric]:
    designs = list(summary.designs.values())
    never = [""] * len(designs)
    months = [design.cost_month or Estimate(math.nan) for design in designs]
    yield Metric("cost.run_usd", "cost", "cost of a run", "usd", [one.cost_run for one in designs], never)
    thousand = [one.cost_thousand for one in designs]
    yield Metric("cost.thousand_usd", "cost", "cost of 1,000 ok requests", "usd", thousand, never)
    yield Metric("cost.month_usd", "cost", "cost of a month", "usd", months, never)
    cold = [Estimate(design.cold_share) for design in designs]
    yield Metric("cold_share", "functions", "cold starts per invocation", "share", cold, never)
    peak = [Estimate(design.concurrency_max) for design in designs]
    yield Metric("concurrency_max", "functions", "peak concurrency of the busiest", "", peak, never)
    together = [Estimate(design.account_concurrency) for design in designs]
    yield Metric("account_concurrency", "functions", "peak concurrency of the account", "", together, never)


def _of_ages(summary: Summary) -> Iterator[Metric]:
    """Of every consumer how old what it reads is; means of the runs."""
    designs = list(summary.designs.values())
    known = dict.fromkeys(service for design in designs for service in design.services)
    for service, (age, label), statistic in product(known, AGES.items(), STATISTICS):
        name = f"{age}_{statistic}_s"
        ages = [design.services.get(service, {}).get(name, math.nan) for design in designs]
        yield Metric(
            f"{service}.{name}", service, f"{statistic} {label}", "s",
            [Estimate(one) for one in ages], [""] * len(ages),
        )  # fmt: skip


def _inside(traffic: TrafficSummary, window: str) -> TrafficSummary:
    return traffic.windows[window] if window else traffic
