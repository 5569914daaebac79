"""Where the time goes, on a terminal: what a request spends its time on, in the mean and in the tail."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.measure.summary import Summary
from simulator.measure.where import Spent, Where
from simulator.report.grid import FEW, plain, widest
from simulator.report.numbers import significant, with_unit

SHOWN = 5
LITTLE = 0.01
"""Parts below this share of every design's time are not worth a row."""
REST = "the rest"
ENOUGH = 10
"""A tail of fewer requests is marked."""


def where(summary: Summary, width: int, full: bool = False) -> Iterator[RenderableType]:
    """One window of each kind of requests, the one that an objective asks for; `full`: all, with all phases
    of cold starts."""
    names = [name for name, design in summary.designs.items() if design.where]
    if not names:
        return
    blocks = [
        _Block(summary, key, window, full)
        for key in summary.leaves
        for window in (_windows(summary, key) if full else [_window(summary, key)])
    ]
    tables: list[Table] = []
    for parts in range(1, len(names) + 1):
        size = math.ceil(len(names) / parts)
        tables = [_table(blocks, names[start : start + size]) for start in range(0, len(names), size)]
        if all(widest(table) <= width for table in tables):
            break
    yield Group(
        Text("Where the time goes", style="bold"),
        *tables,
        Text("mean: of all ok answers; tail: of the slowest hundredth of them", style="dim"),
    )


def _windows(summary: Summary, key: str) -> list[str]:
    return ["", *next(iter(summary.designs.values())).traffic[key].windows]


def _window(summary: Summary, key: str) -> str:
    """The window of the first objective on this traffic's latency, else the first window there is."""
    windows = _windows(summary, key)
    for design in summary.designs.values():
        for objective in design.objectives:
            subject, _, window = objective.partition("@")
            if subject == f"{key}.latency" and window in windows:
                return window
    return windows[1] if len(windows) > 1 else ""


class _Block:
    """The rows of one kind of requests."""

    def __init__(self, summary: Summary, key: str, window: str, full: bool) -> None:
        self.title = f"{key} @{window}" if window else key
        self.full = full
        self.found: dict[str, Where] = {
            name: design.where[key][window] for name, design in summary.designs.items() if design.where
        }
        self.traffic = {
            name: design.traffic[key].windows[window] if window else design.traffic[key]
            for name, design in summary.designs.items()
        }
        self.runs = summary.replications
        self.retried = any(one.attempts.value > 1.0005 for one in self.traffic.values())
        self.left_behind = any(one.left.requests for one in self.found.values())
        most: dict[str, float] = {}
        for one in self.found.values():
            for spent in (one.mean, one.tail):
                for part, share in self.shares(spent).items():
                    most[part] = max(most.get(part, 0.0), share)
        ranked = sorted(most, key=lambda part: (-most[part], part))
        self.parts = ranked if full else [part for part in ranked[:SHOWN] if most[part] >= LITTLE]

    def shares(self, spent: Spent) -> dict[str, float]:
        """By part in words; the phases of one cause are one part unless all are wanted."""
        shares: dict[str, float] = {}
        total = spent.total_ns or 1.0
        for part, ns in spent.ns.items():
            detail = f", {part.detail}" if part.detail and self.full else ""
            name = f"{part.service}: {part.cause}{detail}"
            shares[name] = shares.get(name, 0.0) + ns / total
        return shares


def _table(blocks: Sequence[_Block], names: Sequence[str]) -> Table:
    """A row for each part; of each design one column with two numbers, which stand under each other."""
    rows = [row for block in blocks for row in _rows(block, names)]
    table = plain("", *names)
    table.columns[0].no_wrap = True
    widths = [
        [max(len(row.cells[place][band]) for row in rows) for band in range(2)] for place in range(len(names))
    ]
    for row in rows:
        cells = [
            Text(f"{mean:>{width[0]}}  {tail:>{width[1]}}", style="dim" if row.heading else "")
            for (mean, tail), width in zip(row.cells, widths, strict=True)
        ]
        table.add_row(Text(row.name, style="bold" if row.heading else ""), *cells)
    return table


class _Row(NamedTuple):
    name: str
    cells: Sequence[tuple[str, str]]
    """Of each design, for the mean and for the tail."""
    heading: bool = False


def _rows(block: _Block, names: Sequence[str]) -> Iterator[_Row]:
    found = [block.found[name] for name in names]
    yield _Row(block.title, [("mean", "tail")] * len(names), heading=True)
    few = [FEW if 0 < one.tail.requests < ENOUGH else "" for one in found]
    cells = [(_mean(one.mean), _mean(one.tail) + mark) for one, mark in zip(found, few, strict=True)]
    yield _Row("  latency", cells)
    shares = [(block.shares(one.mean), block.shares(one.tail)) for one in found]
    for part in block.parts:
        cells = [(_share(mean.get(part, 0.0)), _share(tail.get(part, 0.0))) for mean, tail in shares]
        yield _Row(f"  {part}", cells)
    rest = [(_rest(mean, block.parts), _rest(tail, block.parts)) for mean, tail in shares]
    if any(share >= 0.0005 for both in rest for share in both):
        yield _Row(f"  {REST}", [(_share(mean), _share(tail)) for mean, tail in rest])
    attempts = [block.traffic[name].attempts.value for name in names]
    if block.retried:
        yield _Row("  attempts a request", [(significant(value), "") for value in attempts])
    if block.left_behind:
        ran_on = [with_unit(one.left.total_ns / block.runs / 1e9, "s") for one in found]
        yield _Row("  ran on, given up", [(said, "") for said in ran_on])


def _rest(shares: Mapping[str, float], parts: Sequence[str]) -> float:
    return 1 - sum(shares.get(part, 0.0) for part in parts) if shares else 0.0


def _mean(spent: Spent) -> str:
    return with_unit(spent.total_ns / spent.requests / 1e9, "s") if spent.requests else "-"


def _share(share: float) -> str:
    """Whole percents; a little is not nothing."""
    if share < 0.0005:
        return "0 %" if share < 1e-12 else "<0.1 %"
    return f"{100 * share:.0f} %" if share >= 0.0095 else f"{100 * share:.1f} %"
