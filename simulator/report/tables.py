"""Blocks of the report: all percentiles, failures by cause, and objectives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.measure.result import UNDONE
from simulator.measure.statistics import Estimate, difference, shown
from simulator.measure.summary import STATISTICS, Durations, Judged, Summary, TrafficSummary
from simulator.report import words
from simulator.report.grid import FEW, SAME, Column, beside, grid, plain, widest
from simulator.report.numbers import PERCENT, significant, unit_of_seconds, whole, with_unit
from simulator.report.words import Glyphs

CAUSES_SHOWN = 3
FAR = 1.5
"""How many times the value an end of its interval may be, or the other way round, to be told as `±`."""

Clock = Callable[[TrafficSummary], Durations]


def durations(summary: Summary, key: str, glyphs: Glyphs, width: int) -> Iterator[RenderableType]:
    """What clients waited, over the counted time and in each window."""
    whole_run = [design.traffic[key] for design in summary.designs.values()]
    spans = {key: whole_run}
    for window in whole_run[0].windows:
        spans[f"{key} @{window}"] = [traffic.windows[window] for traffic in whole_run]
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
        if title == key and any(one.completion["mean"].value != one.latency["mean"].value for one in found):
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
            yield Column(name.replace("_", "-"), PERCENT, parts, _same(parts))


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
    """Each objective against each design; as many designs side by side as fit."""
    names = list(summary.designs)
    texts = {key: one.text for design in summary.designs.values() for key, one in design.objectives.items()}
    if not texts:
        return
    for count in range(1, len(names) + 1):
        size = math.ceil(len(names) / count)
        parts = [names[start : start + size] for start in range(0, len(names), size)]
        tables = [_objectives(summary, texts, part, glyphs) for part in parts]
        if all(widest(table) <= width for table in tables):
            break
    yield _titled("Objectives", *tables)


def _objectives(summary: Summary, texts: Mapping[str, str], names: list[str], glyphs: Glyphs) -> Table:
    table = plain("", *names)
    for key, text in texts.items():
        judged = [summary.designs[name].objectives.get(key) for name in names]
        table.add_row(Text(f"{key}\n  {text}"), *(_verdict(one, glyphs) if one else "-" for one in judged))
    return table


def _verdict(judged: Judged, glyphs: Glyphs) -> Text:
    """`✗ 4.12 s` and the interval below it."""
    found = judged.value
    mark = FEW if judged.few else ""
    sign = glyphs.of(judged.verdict)
    said = Text.assemble(
        (sign, words.COLOURS[judged.verdict]), f" {with_unit(found.value, judged.unit)}{mark}"
    )
    below = _reach(found, judged.unit, glyphs)
    return said.append(f"\n{' ' * len(sign)} {below}" if below else "", style="dim")


def _reach(found: Estimate, unit: str, glyphs: Glyphs) -> str:
    """`±13 ms`; `0.90…2.7 s` where an end is far from the value, as half a width would hide."""
    low, high = found.low, found.high
    far = found.value > FAR * low or high > FAR * found.value
    if not (found.has_interval and low >= 0 < found.value and far):
        return beside(found, unit, glyphs)
    if unit == "s":
        shown = unit_of_seconds([found.value])
        said = [significant(end / shown.size, 2) for end in (low, high)]
        return f"{glyphs.upto.join(said)} {shown.name}"
    if unit == "share":
        return f"{significant(low / PERCENT.size, 2)}{glyphs.upto}{with_unit(high, unit, 2)}"
    return f"{with_unit(low, unit if unit == 'usd' else '', 2)}{glyphs.upto}{with_unit(high, unit, 2)}"


def _statistics(found: list[TrafficSummary], clock: Clock) -> list[Column]:
    """One column per statistic of one clock."""
    columns = []
    for name in STATISTICS:
        estimates = [clock(traffic)[name] for traffic in found]
        few = [name in clock(traffic).few for traffic in found]
        marks = [FEW if is_few else same for is_few, same in zip(few, _same(estimates), strict=True)]
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
