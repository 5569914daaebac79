"""The comparison that decides: for each kind of requests one design per row, one metric per column.

The first design shows its values with their intervals; each other design shows its value and how far it
differs from the first, with the interval of that difference in paired runs; or that none was shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.measure.recovery import Recovery
from simulator.measure.result import UNDONE
from simulator.measure.sketch import resolution
from simulator.measure.statistics import UNKNOWN, Estimate, difference
from simulator.measure.statistics import shown as differs
from simulator.measure.summary import DesignSummary, Durations, Summary, TrafficSummary
from simulator.measure.worst import Span
from simulator.report.grid import (
    FEW,
    SAME,
    Ready,
    across,
    alike,
    beside,
    by_how_much,
    mark_of,
    told,
    widest,
)
from simulator.report.month import month
from simulator.report.numbers import clock, elapsed, estimated, whole, with_unit
from simulator.report.unfinished import UNDONE_AS, unfinished
from simulator.report.windows import by_window
from simulator.report.words import Glyphs, stretch, warm_up
from simulator.report.words import worst as when

CLOCK = "clock"
"""The unit of points of time, from the start of the run."""
COLD = "a run without run.warm_up counts its first cold starts"
"""What is said where the beginning of a run is the worst of it."""
NO_MONTH = "for a month's, write bill: {month: {runs: 4, otherwise: idle}}"


class Metric(NamedTuple):
    """One column: a metric of every design."""

    name: str
    estimates: Sequence[Estimate]
    unit: str = ""
    marks: Sequence[str] = ()
    """What stands behind the values."""
    said: Sequence[str] = ()
    """Instead of intervals and differences."""
    but: Sequence[str] = ()
    """Of a design, what is said instead of them there; empty: nothing."""


def comparison(summary: Summary, glyphs: Glyphs, width: int) -> Iterator[RenderableType]:
    """Requests of each kind, in the whole run and in each window; their worst moments; capacity and cost."""
    designs = list(summary.designs.values())
    blocks: list[tuple[str, list[Metric]]] = []
    for key in summary.leaves:
        found = [design.traffic[key] for design in designs]
        alone, others = by_window(found)
        blocks.append((f"{key}{alone}{_requests(found)}", list(_traffic(found))))
        for window, inside in others.items():
            blocks.append((f"{key} @{window}{_requests(inside)}", list(_traffic(inside))))
    blocks += _moments(summary, designs, glyphs)
    title = f"capacity and cost; {month(summary.month) or NO_MONTH}"
    blocks.append((title, list(_designs(designs))))
    names = [Text(name) for name in summary.designs]
    for title, metrics in blocks:
        yield Group(Text(title, style="bold"), *_tables(names, metrics, glyphs, width))


def _tables(names: Sequence[Text], metrics: Sequence[Metric], glyphs: Glyphs, width: int) -> list[Table]:
    """Notes stand beside the values; if even one metric is too wide then, below them."""
    for below in (False, True):
        columns = [_column(metric, glyphs, below) for metric in metrics]
        tables = list(across("", *alike(names, columns), width))
        if all(widest(table) <= width for table in tables):
            break
    return tables


def _requests(found: Sequence[TrafficSummary]) -> str:
    """A run's requests; of each design where they differ."""
    counts = list(dict.fromkeys(whole(traffic.requests.value) for traffic in found))
    return f", {' / '.join(counts)} requests"


def _traffic(found: Sequence[TrafficSummary]) -> Iterator[Metric]:
    waited = any(map(_waited, found))
    if waited:
        yield from _durations("latency", [one.latency for one in found], ("p50", "p99"))
    yield Metric("failed", [one.failed_share for one in found], "share")
    for name in UNDONE:
        if any(one.undone[name].value for one in found):
            yield Metric(UNDONE_AS.get(name, name), [one.undone[name] for one in found], "share")
    if any(one.completion["p99"].value != one.latency["p99"].value for one in found):
        shown = ("p99",) if waited else ("p50", "p99")
        for done in _durations("completion", [one.completion for one in found], shown):
            yield done._replace(but=[unfinished(one) for one in found])


def _waited(found: TrafficSummary) -> bool:
    """Not if requests are answered in the instant in which they come, as events of a workflow are."""
    return found.latency["max"].value > 0


def _durations(what: str, found: Sequence[Durations], statistics: Sequence[str]) -> Iterator[Metric]:
    for name in statistics:
        marks = [mark_of(one, name) for one in found]
        yield Metric(f"{name} {what}", [one[name] for one in found], "s", marks)


def _moments(
    summary: Summary, designs: Sequence[DesignSummary], glyphs: Glyphs
) -> Iterator[tuple[str, list[Metric]]]:
    """The worst seconds of each kind of requests, and how long a surge disturbed them."""
    worst: list[Metric] = []
    disturbed: list[Metric] = []
    length_s, begins = 0.0, False
    for key in summary.leaves:
        found = [design.worst.get(key) for design in designs]
        for name, unit in (("p99", "s"), ("failed", "share")):
            spans: list[Span | None] = [getattr(one, name) if one else None for one in found]
            length_s = max([length_s, *(span.length_s for span in spans if span)])
            begins |= unit == "s" and any(span and span.from_s < span.length_s / 2 for span in spans)
            if any(spans) and (unit == "share" or any(_waited(design.traffic[key]) for design in designs)):
                what = "p99 latency" if unit == "s" else name
                worst.append(_worst(f"{key}\n{what}", spans, unit, glyphs))
        recoveries = [design.recovery.get(key) for design in designs]
        if any(one and (one.disturbed_s != 0 or not one.healthy) for one in recoveries):
            last = summary.warm_up_s + summary.counted_s
            disturbed.append(Metric(
                f"{key}\ndisturbed until", [_until(one, last) for one in recoveries], CLOCK,
                said=[_after(one) for one in recoveries],
            ))  # fmt: skip
    if worst or disturbed:
        disturbing = ""
        if disturbed:
            disturbing = ", and until when a surge (from half of its peak on) disturbed what was usual before"
        left_out = summary.warm_up_s or warm_up(summary)
        cold = f"; {COLD}" if begins and not left_out and any(one.cold_share > 0 for one in designs) else ""
        yield f"worst {stretch(length_s)}{disturbing}{cold}", [*worst, *disturbed]


def _worst(name: str, spans: Sequence[Span | None], unit: str, glyphs: Glyphs) -> Metric:
    nothing = Estimate(0.0 if unit == "share" else math.nan)
    return Metric(
        name,
        [span.value if span else nothing for span in spans],
        unit,
        [FEW if span and span.few else "" for span in spans],
        [when(span, glyphs) if span else "" for span in spans],
    )


def _until(found: Recovery | None, last_s: float) -> Estimate:
    """The end of the last disturbed slice, or of the run."""
    if not found or found.disturbed_s == 0 or not found.healthy:
        return UNKNOWN
    return Estimate(last_s if found.recovered_s is None else found.recovered_s)


def _after(found: Recovery | None) -> str:
    if found and not found.healthy:
        return f"never healthy: {with_unit(found.failed_before, 'share', 2)} failed before the surge"
    if not found:
        return ""
    if found.disturbed_s == 0:
        return "not disturbed"
    if found.disturbed_s is None:
        return "the end of the run"
    return f"({elapsed(found.disturbed_s)} after the surge began)"


def _designs(designs: Sequence[DesignSummary]) -> Iterator[Metric]:
    cold = [Estimate(design.cold_share) for design in designs]
    peak, whose = _concurrency(designs)
    nothing = [""] * len(designs)
    if any(not math.isnan(found.value) for found in cold):
        yield Metric("cold starts", cold, "share", said=nothing)
    if any(not math.isnan(found.value) for found in peak):
        yield Metric(whose, peak, said=nothing)
    yield Metric("cost a run", [design.cost_run for design in designs], "usd")
    yield Metric("cost of 1,000 ok", [design.cost_thousand for design in designs], "usd")
    months = [design.cost_month or Estimate(math.nan) for design in designs]
    if any(not math.isnan(found.value) for found in months):
        yield Metric("cost a month", months, "usd")


def _concurrency(designs: Sequence[DesignSummary]) -> tuple[list[Estimate], str]:
    """The account's, as its limit is told; of the busiest function where some reserve theirs."""
    if any(math.isnan(one.account_concurrency) > math.isnan(one.concurrency_max) for one in designs):
        return [Estimate(design.concurrency_max) for design in designs], "concurrency of busiest"
    return [Estimate(design.account_concurrency) for design in designs], "account concurrency"


def _column(metric: Metric, glyphs: Glyphs, below: bool) -> Ready:
    places = range(len(metric.estimates))
    title = f"{metric.name}, %" if metric.unit == "share" else metric.name
    values = [_value(metric, place) for place in places]
    return told(title, values, [_note(metric, place, glyphs) for place in places], below)


def _value(metric: Metric, place: int) -> str:
    found = metric.estimates[place]
    if math.isnan(found.value):
        return "-"
    if metric.unit == CLOCK:
        return clock(found.value)
    said = estimated(Estimate(found.value) if metric.said else found, metric.unit)
    if metric.unit == "share":
        said = said.removesuffix(" %")
    return f"{said}{metric.marks[place]:{max(map(len, metric.marks))}}" if any(metric.marks) else said


def _note(metric: Metric, place: int, glyphs: Glyphs) -> str:
    if metric.said:
        return metric.said[place]
    if metric.but and metric.but[place]:
        return metric.but[place]
    first, found = metric.estimates[0], metric.estimates[place]
    if place == 0:
        return beside(found, metric.unit, glyphs)
    if metric.but and metric.but[0]:  # those few that the first design completes are no measure
        return beside(found, metric.unit, glyphs)
    if not first.samples or not found.samples:
        return ""
    apart = difference(first, found)
    if not math.isfinite(apart.value):
        return beside(found, metric.unit, glyphs)
    within_a_bin = metric.unit == "s" and abs(apart.value) <= resolution(max(first.value, found.value))
    if apart.value == 0 or within_a_bin or (apart.has_interval and not differs(apart)):
        return SAME
    return f"({by_how_much(apart, metric.unit, glyphs)})"
