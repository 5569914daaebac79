"""Requests as waterfalls on a terminal: a line for each call and wait, with a bar from beginning to end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.measure.result import Cause
from simulator.measure.spans import Span, Traced
from simulator.report.numbers import clock, with_unit
from simulator.report.words import cause

LINES = 60
"""Of one request; beyond them the shortest waits are left out."""
NARROWEST = 12
COLOURS = {"cold start": "blue"} | dict.fromkeys(
    ("waiting", "back-off", "join", "visibility timeout", "in the same batch"), "yellow"
)
NAME, TIME, SAID = 40, 9, 36
"""The widest columns beside the bars."""


class Strokes(NamedTuple):
    """What bars are made of."""

    call: str = "─"
    part: str = "█"
    after: str = "░"
    """What runs on after its caller gave up."""
    short: str = "▏"
    cut: str = "…"
    """In place of the end of a long name."""


ASCII = Strokes("-", "#", ".", "|", "..")
Line = tuple[int, Span, str]


def waterfalls(requests: Sequence[Traced], width: int, unicode: bool = True) -> Iterator[RenderableType]:
    """Each request under its headline, below the run that it is of; bars share the width that is left beside
    the words."""
    strokes = Strokes() if unicode else ASCII
    above = None
    for request in requests:
        if above != (above := (request.replication, request.design)):
            yield Text(f"Requests of run {request.replication} of {request.design}", style="bold")
        lines, hidden = _lines(request.root)
        more = [Text(f"{hidden} short waits are not shown", style="dim")] if hidden else []
        yield Group(_headline(request), *_waterfall(request, lines, width, strokes), *more)


def _headline(request: Traced) -> Text:
    waited = with_unit(request.latency / 1e9, "s")
    how = f"ok after {waited}"
    if request.outcome != "ok":
        how = f"{cause(Cause(request.outcome, *request.cause))} after {waited}"
    done = with_unit((request.done - request.sent) / 1e9, "s")
    if request.completed == "ok":
        how += f", completed after {done}"
    elif request.completed:
        how += f", its message {request.completed}"
    elif request.picked == "failed" and request.outcome == "ok":
        how += f", lost or dead-lettered after {done}"
    elif request.done > request.answered:
        how += f", all done after {done}"
    when = clock(request.sent / 1e9)
    return Text.assemble(
        (f"{request.picked}: {request.traffic}, {how}", "bold"),
        (f"; sent at {when}, request {request.identity}", "dim"),
    )


def _waterfall(
    request: Traced, lines: Sequence[Line], width: int, strokes: Strokes
) -> Iterator[RenderableType]:
    """The bars, which are shorter where there is much to say beside them."""
    names = [f"{'  ' * depth}{_name(span, parents)}" for depth, span, parents in lines]
    times = [with_unit(span.ns / 1e9, "s") for _, span, _ in lines]
    said = [_said(span) for _, span, _ in lines]
    room, least = width - TIME - 6, max(width // 5, NARROWEST)
    name_width = min(max(map(len, names)), NAME, max(3 * width // 8, 16))
    said_width = min(max(map(len, said)), SAID, max(room - name_width - least, NARROWEST))
    bar_width = max(room - name_width - said_width, NARROWEST)
    name_width = min(name_width, room - bar_width - said_width)
    start, length = request.sent, max(request.last - request.sent, 1)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(width=name_width, no_wrap=True, overflow="ellipsis")
    table.add_column(width=bar_width, no_wrap=True, overflow="crop")
    table.add_column(width=TIME, justify="right", no_wrap=True)
    table.add_column(width=said_width, overflow="fold")
    for (_, span, _), name, time, words in zip(lines, names, times, said, strict=True):
        bar = _bar(span, start, length, bar_width, strokes)
        table.add_row(Text(_cut(name, name_width, strokes)), bar, Text(time), Text(words, style=_style(span)))
    yield table


def _cut(name: str, width: int, strokes: Strokes) -> str:
    return name if len(name) <= width else name[: width - len(strokes.cut)] + strokes.cut


def _lines(root: Span) -> tuple[list[Line], int]:
    """(depth, span, service of the call around it), without the shortest waits if they are too many."""
    lines = list(_with_callers(root, 0, ""))
    parts = sorted((span.ns for _, span, _ in lines if span.kind == "part"), reverse=True)
    room = LINES - (len(lines) - len(parts))
    if room >= len(parts):
        return lines, 0
    least = parts[max(room, 1) - 1]
    shown = [line for line in lines if line[1].kind != "part" or line[1].ns >= least]
    return shown, len(lines) - len(shown)


def _with_callers(span: Span, depth: int, caller: str) -> Iterator[Line]:
    yield depth, span, caller
    for child in span.children:
        yield from _with_callers(child, depth + 1, span.service)


def _name(span: Span, caller: str) -> str:
    if span.kind == "part" and span.service != caller:
        return f"{span.service}: {span.name}"
    return f"{span.name}, attempt {span.attempt + 1}" if span.attempt else span.name


def _said(span: Span) -> str:
    """How it ended, where that is worth a word: why, and whose limit it was, stands at the innermost call."""
    said = []
    if span.outcome not in ("", "ok"):
        service, limit = span.cause
        told = any(child.cause == span.cause for child in span.children)
        where = f"{'' if service == span.service else f'{service}, '}{limit.replace('_', ' ')}"
        said.append(f"{span.status or span.outcome}{f': {where}' if service and not told else ''}")
    if span.given_up is not None:
        after = with_unit((span.given_up - span.start) / 1e9, "s")
        said.append(f"given up after {after}")
    if span.running:
        said.append("unfinished")
    return "; ".join(said)


def _style(span: Span) -> str:
    return "red" if span.outcome not in ("", "ok") else "yellow" if span.given_up is not None else "dim"


def _bar(span: Span, start: int, length: int, width: int, strokes: Strokes) -> Text:
    """From its beginning to its end; the part after it was given up is lighter."""

    def column(time: int) -> int:
        return min(max(round((time - start) * width / length), 0), width)

    begin, end = column(span.start), column(span.end)
    middle = end if span.given_up is None else min(max(column(span.given_up), begin), end)
    stroke = strokes.part if span.kind == "part" else strokes.call
    if begin == end:
        begin = min(begin, width - 1)
        return Text(" " * begin + strokes.short, style=_colour(span))
    return Text.assemble(
        " " * begin, (stroke * (middle - begin), _colour(span)), (strokes.after * (end - middle), "yellow")
    )


def _colour(span: Span) -> str:
    if span.kind != "part":
        return "red" if span.outcome not in ("", "ok") else "dim"
    return COLOURS.get(span.name.split(",")[0], "green")
