"""The comparison that decides: one metric per row, one design per column.

The first design shows its values with their intervals; each other design shows its value and how far it
differs from the first, with the interval of that difference in paired runs; or that none was shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from simulator.measure.recovery import Recovery
from simulator.measure.result import UNDONE
from simulator.measure.statistics import Estimate, difference
from simulator.measure.statistics import shown as differs
from simulator.measure.summary import DesignSummary, Durations, Summary, TrafficSummary
from simulator.measure.worst import Span, Worst
from simulator.report.grid import FEW, SAME, beside, by_how_much, plain, widest
from simulator.report.numbers import clock, whole, with_unit
from simulator.report.words import Glyphs, stretch

MANY = 0.01
"""With a larger share of requests unfinished, the completion of the others is no answer."""


class Line(NamedTuple):
    """One metric of every design; or a heading, which says something of every design."""

    name: str
    estimates: Sequence[Estimate] = ()
    unit: str = ""
    few: Sequence[bool] = ()
    said: Sequence[str] = ()
    """Instead of intervals and differences."""
    but: Sequence[str] = ()
    """Of a design, what is said instead of them there; empty: nothing."""


def comparison(summary: Summary, glyphs: Glyphs, width: int) -> Iterator[RenderableType]:
    """As many designs side by side as fit, the first one first; if too narrow, notes below values."""
    lines, names = list(_lines(summary)), list(summary.designs)
    for below in (False, True):
        for parts in range(1, len(names) + 1):
            size = math.ceil(len(names) / parts)
            places = [range(start, min(start + size, len(names))) for start in range(0, len(names), size)]
            tables = [_table(names, lines, part, glyphs, below) for part in places]
            if all(widest(table) <= width for table in tables):
                yield from tables
                return
    yield from tables


def _lines(summary: Summary) -> Iterator[Line]:
    designs = list(summary.designs.values())
    for key in summary.leaves:
        found = [design.traffic[key] for design in designs]
        yield Line(key, said=_requests(found))
        yield from _traffic(found)
        yield from _worst([design.worst.get(key) for design in designs])
        yield from _recovery([design.recovery.get(key) for design in designs])
        for window in found[0].windows:
            inside = [traffic.windows[window] for traffic in found]
            yield Line(f"{key} @{window}", said=_requests(inside))
            yield from _traffic(inside)
    yield Line("in all", said=[""] * len(designs))
    yield from _designs(designs)


def _requests(found: Sequence[TrafficSummary]) -> list[str]:
    """A run's requests; only once where every design meets as many."""
    counts = [f"{whole(traffic.requests.value)} requests" for traffic in found]
    return counts if len(set(counts)) > 1 else [counts[0], *([""] * (len(counts) - 1))]


def _traffic(found: Sequence[TrafficSummary]) -> Iterator[Line]:
    yield from _durations("", [one.latency for one in found], ("p50", "p99"))
    yield Line("failed", [one.failed_share for one in found], "share")
    for name in UNDONE:
        if any(one.undone[name].value for one in found):
            yield Line(name.replace("_", "-"), [one.undone[name] for one in found], "share")
    if any(one.completion["p99"].value != one.latency["p99"].value for one in found):
        (done,) = _durations(" completion", [one.completion for one in found], ("p99",))
        yield done._replace(but=[_unfinished(one) for one in found])


def _unfinished(found: TrafficSummary) -> str:
    """The completion of those that are complete flatters a design that leaves many unfinished."""
    share = found.undone["unfinished"].value
    return f"{with_unit(share, 'share', 2)} unfinished" if share > MANY else ""


def _durations(clock: str, found: Sequence[Durations], statistics: Sequence[str]) -> Iterator[Line]:
    for name in statistics:
        yield Line(f"{name}{clock}", [one[name] for one in found], "s", [name in one.few for one in found])


def _worst(found: Sequence[Worst | None]) -> Iterator[Line]:
    for name, unit in (("p99", "s"), ("failed", "share")):
        spans: list[Span | None] = [getattr(one, name) if one else None for one in found]
        known = [span for span in spans if span]
        if known:
            yield Line(
                f"worst {stretch(known[0].length_s)}: {name}",
                [span.value if span else Estimate(0.0 if unit == "share" else math.nan) for span in spans],
                unit,
                [bool(span and span.few) for span in spans],
                [f"at {clock(span.from_s)}" if span else "" for span in spans],
            )


def _recovery(found: Sequence[Recovery | None]) -> Iterator[Line]:
    """From the beginning of the surge until all is as it was before; if it was disturbed in any design."""
    seconds = [one.disturbed_s if one else 0.0 for one in found]
    if any(value != 0 for value in seconds):
        yield Line(
            "disturbed for",
            [Estimate(math.nan if value is None else value) for value in seconds],
            "s",
            said=[_until(one) if one else "" for one in found],
        )


def _until(found: Recovery) -> str:
    if found.recovered_s is None:
        return "to the end of the run"
    return f"from {clock(found.from_s)}" if found.recovered_s > found.from_s else ""


def _designs(designs: Sequence[DesignSummary]) -> Iterator[Line]:
    cold = [Estimate(design.cold_share) for design in designs]
    peak = [Estimate(design.concurrency_max) for design in designs]
    nothing = [""] * len(designs)
    if any(not math.isnan(found.value) for found in cold):
        yield Line("cold starts", cold, "share", said=nothing)
    if any(not math.isnan(found.value) for found in peak):
        yield Line("peak concurrency", peak, said=nothing)
    yield Line("cost of a run", [design.cost_run for design in designs], "usd")
    yield Line("of 1,000 ok", [design.cost_thousand for design in designs], "usd")
    months = [design.cost_month or Estimate(math.nan) for design in designs]
    if any(not math.isnan(found.value) for found in months):
        yield Line("of a month", months, "usd")


def _table(
    names: Sequence[str], lines: Sequence[Line], places: Sequence[int], glyphs: Glyphs, below: bool
) -> Table:
    table = plain("", *(names[place] for place in places))
    cells = [_column(lines, place, glyphs, below) for place in places]
    for line, *row in zip(lines, *cells, strict=True):
        name = Text(f"  {line.name}") if line.estimates else Text(line.name, style="bold")
        table.add_row(name, *row)
    return table


def _column(lines: Sequence[Line], place: int, glyphs: Glyphs, below: bool) -> list[Text]:
    """A design's cells, its values and what is said about them standing under each other."""
    values = [_value(line, place) for line in lines]
    notes = [_note(line, place, glyphs) if line.estimates else "" for line in lines]
    longest = 0 if below else max(map(len, values))
    cells = []
    for line, value, note in zip(lines, values, notes, strict=True):
        if not line.estimates:
            cells.append(Text(line.said[place], style="dim"))
        elif not note:
            cells.append(Text(f"{value:>{longest}}"))
        else:
            cells.append(Text.assemble(f"{value:>{longest}}", (("\n" if below else " ") + note, "dim")))
    return cells


def _value(line: Line, place: int) -> str:
    if not line.estimates:
        return ""
    mark = FEW if line.few and line.few[place] else ""
    found = line.estimates[place].value
    return f"{with_unit(found, line.unit)}{mark}" if math.isfinite(found) else "-"


def _note(line: Line, place: int, glyphs: Glyphs) -> str:
    if line.said:
        return line.said[place]
    if line.but and line.but[place]:
        return line.but[place]
    first, found = line.estimates[0], line.estimates[place]
    if place == 0:
        return beside(found, line.unit, glyphs)
    if not first.samples or not found.samples:
        return ""
    apart = difference(first, found)
    if not math.isfinite(apart.value):
        return ""
    if apart.value == 0 or (apart.has_interval and not differs(apart)):
        return SAME
    return by_how_much(apart, line.unit, glyphs)


def legend(summary: Summary, glyphs: Glyphs) -> Text:
    """How to read it."""
    first, runs = next(iter(summary.designs)), summary.replications
    notes = [f"{glyphs.plus_minus} half of the 95 % interval over {runs} replications"]
    if len(summary.designs) > 1:
        paired = f"its difference from {first}, paired, of % in points"
        notes.append(f"beside each other design {paired}; {SAME} none shown")
        notes.append(f"{glyphs.plus_minus} after a difference is that of the difference")
    if runs == 1:
        notes = ["one replication: no interval, and verdicts rest on the value alone"]
    notes.append(f"number{FEW} fewer than ten requests, or clusters of them, beyond this percentile")
    return Text("; ".join(notes), style="dim")
