"""A table of estimates: designs as rows, one unit per column, the interval beside or below the value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator.measure.statistics import Estimate
from simulator.report.numbers import PERCENT, Unit, significant, size_beside, with_unit
from simulator.report.words import Glyphs

FEW, SAME = "?", "~"


@dataclass(frozen=True)
class Column:
    """One quantity of every design."""

    name: str
    unit: Unit
    estimates: Sequence[Estimate]
    marks: Sequence[str]
    """For each design nothing, FEW or SAME."""


def plain(*headers: str, right: int = 0) -> Table:
    """A table without lines; the last `right` columns are numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for position, header in enumerate(headers):
        numeric = position >= len(headers) - right
        table.add_column(header, justify="right" if numeric else "left", overflow="fold")
    return table


def widest(table: Table) -> int:
    """How many columns of the terminal a table takes without wrapping."""
    return Console(width=10_000).measure(table).maximum


def grid(
    first: str, names: Sequence[str], columns: Sequence[Column], glyphs: Glyphs, width: int
) -> Iterator[Table]:
    """Intervals stand beside the values or, in a narrow terminal, below them; then in several tables."""
    beside = _grid(first, names, columns, glyphs, below=False)
    if widest(beside) <= width:
        yield beside
        return
    start = 0
    while start < len(columns):
        end = len(columns)
        while end > start + 1 and widest(_grid(first, names, columns[start:end], glyphs, True)) > width:
            end -= 1
        yield _grid(first, names, columns[start:end], glyphs, below=True)
        start = end


def _grid(first: str, names: Sequence[str], columns: Sequence[Column], glyphs: Glyphs, below: bool) -> Table:
    table = plain(first)
    for column in columns:
        table.add_column(f"{column.name}\n{column.unit.name}", justify="right", overflow="fold")
    cells = [_cells(column, glyphs, below) for column in columns]
    for name, *row in zip(names, *cells, strict=True):
        table.add_row(Text(name), *row)
    return table


def _cells(column: Column, glyphs: Glyphs, below: bool) -> list[Text]:
    """A column's cells, padded so that values and intervals stand under each other."""
    marked = any(column.marks)
    values = [
        significant(found.value / column.unit.size) + (mark or " ") * marked
        for found, mark in zip(column.estimates, column.marks, strict=True)
    ]
    halves = [
        interval(found, glyphs, lambda value: significant(value / column.unit.size, digits=2))
        for found in column.estimates
    ]
    widest_half = max(map(len, halves))
    if not widest_half:
        return [Text(value) for value in values]
    if below:
        halves = [f"\n{half}{' ' * marked}" for half in halves]
    else:
        halves = [f" {half:<{widest_half}}" for half in halves]
    return [Text.assemble(value, (half, "dim")) for value, half in zip(values, halves, strict=True)]


def by_how_much(found: Estimate, unit: str, glyphs: Glyphs, points: str = "") -> str:
    """A difference with its sign, its unit and half its interval: `−2.70 s ±0.019`; of shares in points."""
    size = abs(found.value)
    said = with_unit(size, unit)
    if unit == "share":
        said = significant(size / PERCENT.size) + points
    sign = glyphs.minus if found.value < 0 else "+"
    return f"{sign}{said} {beside(found, unit, glyphs, size)}".rstrip()


def beside(found: Estimate, unit: str, glyphs: Glyphs, value: float | None = None) -> str:
    """The half of an interval in the unit of the value that it stands beside, its own unless given."""
    size = size_beside(found.value if value is None else value, unit)
    return interval(found, glyphs, lambda part: significant(part / size, 2))


def interval(found: Estimate, glyphs: Glyphs, shown: Callable[[float], str]) -> str:
    """`±0.13`, or `<0.026` for a share of nothing that could be more, or nothing."""
    if not found.has_interval:
        return ""
    if found.value == found.low == 0 < found.high:
        return f"<{shown(found.high)}"
    return f"{glyphs.plus_minus}{shown(found.half_width)}"
