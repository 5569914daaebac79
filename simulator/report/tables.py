"""Blocks of the report: all percentiles, failures by cause, and objectives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from simulator.measure.result import UNDONE
from simulator.measure.statistics import Estimate, difference, shown
from simulator.measure.summary import STATISTICS, Durations, Judged, Summary, TrafficSummary
from simulator.report import words
from simulator.report.grid import SAME, Column, Ready, across, beside_judged, grid, mark, mark_of, plain
from simulator.report.numbers import PERCENT, estimated, significant, unit_of_seconds, whole
from simulator.report.unfinished import UNDONE_AS
from simulator.report.windows import by_window
from simulator.report.words import Glyphs

CAUSES_SHOWN = 3

Clock = Callable[[TrafficSummary], Durations]


def durations(summary: Summary, key: str, glyphs: Glyphs, width: int) -> Iterator[RenderableType]:
    """What clients waited, over the counted time and in each window."""
    whole_run = [design.traffic[key] for design in summary.designs.values()]
    alone, others = by_window(whole_run)
    spans: dict[str, Sequence[TrafficSummary]] = {f"{key}{alone}": whole_run}
    spans |= {f"{key} @{window}": inside for window, inside in others.items()}
    for title, found in spans.items():
        requests = [traffic.requests.value for traffic in found]
        counts = whole(requests[0]) if len(set(requests)) == 1 else " / ".join(map(whole, requests))
        failed = Column(
            "failed", PERCENT, [one.failed_share for one in found], _same([one.failed_share for one in found])
        )
        waited = _statistics(found, lambda traffic: traffic.latency)
        yield _titled(
            f"{title}: latency of ok answers, {counts} requests",
            *grid("design", list(summary.designs), [*waited, failed], glyphs, width),
        )
        if found is whole_run and any(
            one.completion["mean"].value != one.latency["mean"].value for one in found
        ):
            done = [*_statistics(found, lambda traffic: traffic.completion), *_undone(found)]
            yield _titled(
                f"{title}: completion, until all effects of the request are done",
                *grid("design", list(summary.designs), done, glyphs, width),
            )


def _undone(found: Sequence[TrafficSummary]) -> Iterator[Column]:
    """Requests that were answered and are not complete, where there are any."""
    for name in UNDONE:
        parts = [one.undone[name] for one in found]
        if any(part.value for part in parts):
            yield Column(UNDONE_AS.get(name, name), PERCENT, parts, _same(parts))


def failures(summary: Summary) -> Iterator[RenderableType]:
    """Failed requests by cause, in words."""
    table = plain("requests", "design", "%", "cause")
    table.columns[2].justify = "right"
    for key in summary.leaves:
        for name, design in summary.designs.items():
            found = design.traffic[key].failures
            for failure in found[:CAUSES_SHOWN]:
                share = significant(failure.share / PERCENT.size)
                table.add_row(Text(key), Text(name), share, Text(words.cause(failure.cause)))
            rest = sum(failure.share for failure in found[CAUSES_SHOWN:])
            if rest:
                table.add_row(Text(key), Text(name), significant(rest / PERCENT.size), "other causes")
    if table.row_count:
        yield _titled("Failures by cause, as the client saw them last", table)


def objectives(summary: Summary, glyphs: Glyphs, width: int) -> Iterator[RenderableType]:
    """Each design against each objective."""
    designs = summary.designs
    texts = {key: one.text for design in designs.values() for key, one in design.objectives.items()}
    if not texts:
        return
    names = [
        Text.assemble((glyphs.of(one.verdict), words.COLOURS[one.verdict]), f" {name}")
        for name, one in designs.items()
    ]
    columns = [
        _judged(key, text, [design.objectives.get(key) for design in designs.values()], glyphs)
        for key, text in texts.items()
    ]
    yield _titled("Objectives", *across("", names, columns, width))


def _judged(key: str, text: str, found: Sequence[Judged | None], glyphs: Glyphs) -> Ready:
    """`✗ 3.75 s ±0.025` below the objective in words."""
    metric, at, window = key.partition("@")
    subject, _, what = metric.rpartition(".")
    values = ["-" if one is None else estimated(one.value, one.unit) for one in found]
    marks = [mark(one) if one else "" for one in found]
    longest, marked = max(map(len, values)), max(map(len, marks))
    cells = []
    for one, value, sign in zip(found, values, marks, strict=True):
        verdict = one.verdict if one else "none"
        cell = Text.assemble(
            (glyphs.of(verdict), words.COLOURS[verdict]), f" {value:>{longest}}{sign:<{marked}}"
        )
        reach = beside_judged(one, glyphs) if one else ""
        cells.append(cell.append(f" {reach}" if reach else "", style="dim"))
    return Ready("\n".join((subject, f"{what} {at}{window}".rstrip(), text)), cells)


def _statistics(found: Sequence[TrafficSummary], clock: Clock) -> list[Column]:
    """One column per statistic of one clock."""
    columns = []
    for name in STATISTICS:
        estimates = [clock(traffic)[name] for traffic in found]
        own = [mark_of(clock(traffic), name) for traffic in found]
        marks = [one or same for one, same in zip(own, _same(estimates), strict=True)]
        columns.append(Column(name, unit_of_seconds(one.value for one in estimates), estimates, marks))
    return columns


def _same(estimates: list[Estimate]) -> list[str]:
    """Marks the designs whose paired difference from the first one could be nothing."""
    differences = [difference(estimates[0], one) for one in estimates]
    return [
        SAME if number and found.has_interval and not shown(found) else ""
        for number, found in enumerate(differences)
    ]


def _titled(title: str, *parts: RenderableType) -> Group:
    return Group(Text(title, style="bold"), *parts)
