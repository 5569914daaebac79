"""The comparison that the page's controls choose from: every metric of every design, against each base.

All numbers are put into words here, once; the page's script only picks which of them to show.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulator.measure.result import UNDONE
from simulator.measure.statistics import Estimate, difference
from simulator.measure.summary import STATISTICS, Summary, TrafficSummary
from simulator.report.grid import FEW, SAME, interval
from simulator.report.numbers import DOLLARS, PERCENT, Unit, significant, unit_of_seconds, with_unit
from simulator.report.words import Glyphs
from simulator.scenario.objectives import Objective

COUNT = Unit("", 1.0)
GLYPHS = Glyphs()


class Metric(NamedTuple):
    """One number of every design."""

    name: str
    """As the tables call it: `buyers.order.latency@surge.p99_s`."""
    group: str
    label: str
    unit: Unit
    estimates: Sequence[Estimate]
    few: Sequence[bool]


def metrics(summary: Summary) -> list[Metric]:
    """What designs can be compared by; what no design has is left out."""
    found = [*_of_traffic(summary), *_of_designs(summary)]
    return [one for one in found if any(math.isfinite(each.value) for each in one.estimates)]


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
    return f"{objective.key}.{objective.statistic}_s" if objective.statistic else objective.key


def value(metric: Metric, place: int) -> str:
    """A design's value with the half of its interval: `3.75 s ±0.016`."""
    said = amount(metric.estimates[place].value, metric.unit) + (FEW if metric.few[place] else "")
    half = interval(metric.estimates[place], GLYPHS, lambda part: significant(part / metric.unit.size, 2))
    return f"{said} {half}".rstrip()


def change(metric: Metric, base: int, place: int) -> str:
    """How a design differs from the base: `−2.70 s ±0.019 (−72 %)`, or beginning with ~ if it may not."""
    if base == place:
        return "base"
    old, new = metric.estimates[base], metric.estimates[place]
    if not (math.isfinite(old.value) and math.isfinite(new.value)):
        return "-"
    paired = bool(old.samples and new.samples)
    found = difference(old, new) if paired else Estimate(new.value - old.value)
    if not found.value and not found.low < found.high:
        return "no change"
    same = SAME if found.has_interval and found.low <= 0 <= found.high else ""
    sign = ("\u00a0" if same else "") + (GLYPHS.minus if found.value < 0 else "+")
    unit = Unit("points", PERCENT.size) if metric.unit == PERCENT else metric.unit
    said = f"{same}{sign}{amount(abs(found.value), unit)}" if found.value else f"{same}0"
    half = f" {interval(found, GLYPHS, lambda part: significant(part / unit.size, 2))}".rstrip()
    part = f" ({100 * found.value / old.value:+.2g} %)" if old.value and metric.unit != PERCENT else ""
    return said + half + (part.replace("-", GLYPHS.minus) if found.value else "")


def amount(number: float, unit: Unit) -> str:
    """A number in the unit of its metric."""
    if unit == DOLLARS:
        return with_unit(number, "usd")
    return f"{significant(number / unit.size)} {unit.name}".rstrip()


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
                        unit_of_seconds(one.value for one in estimates), estimates,
                        [statistic in one.few for one in found],
                    )  # fmt: skip
            never = [False] * len(seen)
            yield Metric(
                f"{key}.failed{at}", group, "failed", PERCENT, [one.failed_share for one in seen], never
            )
            for name in UNDONE:
                shares = [one.undone[name] for one in seen]
                if any(one.value for one in shares):
                    yield Metric(f"{key}.{name}{at}", group, name.replace("_", "-"), PERCENT, shares, never)
            yield Metric(
                f"{key}.requests{at}", group, "requests", COUNT, [one.requests for one in seen], never
            )


def _of_designs(summary: Summary) -> Iterator[Metric]:
    designs = list(summary.designs.values())
    never = [False] * len(designs)
    months = [design.cost_month or Estimate(math.nan) for design in designs]
    yield Metric("cost.run_usd", "cost", "cost of a run", DOLLARS, [one.cost_run for one in designs], never)
    thousand = [one.cost_thousand for one in designs]
    yield Metric("cost.thousand_usd", "cost", "cost of 1,000 ok requests", DOLLARS, thousand, never)
    yield Metric("cost.month_usd", "cost", "cost of a month", DOLLARS, months, never)
    cold = [Estimate(design.cold_share) for design in designs]
    yield Metric("cold_share", "functions", "cold starts per invocation", PERCENT, cold, never)
    peak = [Estimate(design.concurrency_max) for design in designs]
    yield Metric("concurrency_max", "functions", "peak concurrency", COUNT, peak, never)


def _inside(traffic: TrafficSummary, window: str) -> TrafficSummary:
    return traffic.windows[window] if window else traffic
