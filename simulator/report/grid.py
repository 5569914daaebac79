"""Tables with designs as rows, in as few parts as fit the terminal, and estimates as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.measure.statistics import Estimate
from simulator.report.numbers import (
    PERCENT,
    Unit,
    digits,
    outwards,
    part,
    significant,
    size_beside,
    unit_of_seconds,
    with_unit,
)
from simulator.report.words import Glyphs

if TYPE_CHECKING:
    from simulator.measure.summary import Durations, Judged

FEW, SURVIVORS, SAME = "*", "^", "~"
FAR = 1.5
"""Times a value: an end of its interval that is further away is told by itself, if the interval is uneven."""
UNEVEN = 1.1
"""Times the shorter side of an interval: half a width says nothing of the longer one."""


def mark(found: Judged) -> str:
    """Beside what an objective asks for: that it is of few requests, and that more of them are missing."""
    return _mark(found.value, found.few, found.survivors)


def mark_of(found: Durations, statistic: str) -> str:
    """The same beside one statistic of durations."""
    return _mark(found[statistic], statistic in found.few, statistic in found.survivors)


def _mark(value: Estimate, few: bool, survivors: bool) -> str:
    """What is infinite needs none."""
    return (FEW * few + SURVIVORS * survivors) * math.isfinite(value.value)


class Ready(NamedTuple):
    """A column as it will be printed."""

    title: str
    cells: Sequence[Text]


def plain(*headers: str, right: int = 0) -> Table:
    """A table without lines; the last `right` columns are numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for position, header in enumerate(headers):
        numeric = position >= len(headers) - right
        table.add_column(Text(header), justify="right" if numeric else "left", overflow="fold")
    return table


def widest(table: Table) -> int:
    """How many columns of the terminal a table takes without wrapping."""
    return Console(width=10_000).measure(table).maximum


def across(first: str, names: Sequence[Text], columns: Sequence[Ready], width: int) -> Iterator[Table]:
    """As many columns side by side as fit; the rest in tables below, each with the names again."""
    start = 0
    while start < len(columns):
        end = len(columns)
        while end > start + 1 and widest(_table(first, names, columns[start:end])) > width:
            end -= 1
        yield _table(first, names, columns[start:end])
        start = end


def alike(names: Sequence[Text], columns: Sequence[Ready]) -> tuple[Sequence[Text], Sequence[Ready]]:
    """One row for all designs but the first, where there are several and they have the same to show."""
    others = {tuple(column.cells[row].plain for column in columns) for row in range(1, len(names))}
    if len(names) < 3 or len(others) > 1:
        return names, columns
    return [names[0], Text("the others")], [column._replace(cells=column.cells[:2]) for column in columns]


def _table(first: str, names: Sequence[Text], columns: Sequence[Ready]) -> Table:
    table = plain(first, *(column.title for column in columns))
    for row in zip(names, *(column.cells for column in columns), strict=True):
        table.add_row(*row)
    return table


def told(title: str, values: Sequence[str], notes: Sequence[str], below: bool = False) -> Ready:
    """Values that stand under each other, and what is said about each, beside it or below."""
    longest = max(map(len, [*values, *notes] if below else values))
    between = "\n" if below else " "
    cells = []
    for value, note in zip(values, notes, strict=True):
        said = f"{between}{note:>{longest if below else 0}}" if note else ""
        cells.append(Text.assemble(f"{value:>{longest}}", (said, "dim")))
    return Ready(title, cells)


@dataclass(frozen=True)
class Column:
    """One quantity of every design, in one unit."""

    name: str
    unit: Unit
    estimates: Sequence[Estimate]
    marks: Sequence[str]
    """For each design nothing, FEW, SURVIVORS, both, or SAME."""


def grid(
    first: str, names: Sequence[str], columns: Sequence[Column], glyphs: Glyphs, width: int
) -> Iterator[Table]:
    """Intervals stand beside the values or, in a narrow terminal, below them; then in several tables."""
    designs = [Text(name) for name in names]
    beside = list(across(first, designs, [_ready(column, glyphs, below=False) for column in columns], width))
    if len(beside) == 1 and widest(beside[0]) <= width:
        yield from beside
    else:
        yield from across(first, designs, [_ready(column, glyphs, below=True) for column in columns], width)


def _ready(column: Column, glyphs: Glyphs, below: bool) -> Ready:
    marked = max(map(len, column.marks), default=0)
    values = [
        _shown(found, column.unit) + mark.ljust(marked)
        for found, mark in zip(column.estimates, column.marks, strict=True)
    ]
    halves = [_interval(found, column.unit, glyphs) for found in column.estimates]
    if below:
        halves = [half and half + " " * marked for half in halves]
    return told(f"{column.name} {column.unit.name}", values, halves, below)


def _interval(found: Estimate, unit: Unit, glyphs: Glyphs) -> str:
    """`±56`, or `50…170` where it is uneven."""
    if _lopsided(found):
        return glyphs.upto.join(significant(end / unit.size, 2) for end in outwards(found.low, found.high))
    return interval(found, glyphs, lambda value: significant(value / unit.size, digits=2))


def _shown(found: Estimate, unit: Unit) -> str:
    return "infinite" if found.value == math.inf else significant(found.value / unit.size, digits(found))


def by_how_much(found: Estimate, unit: str, glyphs: Glyphs, points: str = "") -> str:
    """A difference with its sign, its unit and half its interval: `−2.698 s ±0.019`; of shares in points."""
    size = abs(found.value)
    said = with_unit(size, unit, digits(found, unit))
    if unit == "share":
        said = significant(size / PERCENT.size, digits(found)) + points
    sign = glyphs.minus if found.value < 0 else "+"
    return f"{sign}{said} {beside(found, unit, glyphs, size)}".rstrip()


def beside(found: Estimate, unit: str, glyphs: Glyphs, value: float | None = None) -> str:
    """The half of an interval in the unit of the value that it stands beside: `±13 ms`. Of its own value, if
    none is given, both ends where one is far from it, as half a width would hide that: `0.90…2.7 s`."""
    if value is None and _lopsided(found):
        return _ends(found, unit, glyphs)
    size = size_beside(found.value if value is None else value, unit)
    return interval(found, glyphs, lambda part: significant(part / size, 2))


def beside_judged(found: Judged, glyphs: Glyphs) -> str:
    """The same beside what an objective asks for; if it passes by survivors, how many are missing, too:
    `±0.018, 29 % missing`."""
    missing = f"{part(found.missing)} missing" if found.by_survivors else ""
    return ", ".join(filter(None, (beside(found.value, found.unit, glyphs), missing)))


def _lopsided(found: Estimate) -> bool:
    if not (found.has_interval and found.low >= 0 < found.value and math.isfinite(found.high)):
        return False
    below, above = found.value - found.low, found.high - found.value
    far = found.value > FAR * found.low or found.high > FAR * found.value
    return far and max(below, above) > UNEVEN * min(below, above)


def _ends(found: Estimate, unit: str, glyphs: Glyphs) -> str:
    low, high = outwards(found.low, found.high)
    if unit == "s":
        shown = unit_of_seconds([found.value])
        said = [significant(end / shown.size, 2) for end in (low, high)]
        return f"{glyphs.upto.join(said)} {shown.name}"
    if unit == "share":
        return f"{significant(low / PERCENT.size, 2)}{glyphs.upto}{with_unit(high, unit, 2)}"
    return f"{with_unit(low, unit if unit == 'usd' else '', 2)}{glyphs.upto}{with_unit(high, unit, 2)}"


def interval(found: Estimate, glyphs: Glyphs, shown: Callable[[float], str]) -> str:
    """`±0.13`, or `<0.026` for a share of nothing that could be more, or nothing."""
    if not found.has_interval or found.value == math.inf:
        return ""
    if found.high == math.inf:
        return f"{glyphs.plus_minus}infinite"
    if found.value == found.low == 0 < found.high:
        return f"<{shown(found.high)}"
    return f"{glyphs.plus_minus}{shown(found.half_width)}"
