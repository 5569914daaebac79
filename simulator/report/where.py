"""Where the time goes, on a terminal: what a request spends its time on, in the mean and in the tail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.measure.summary import Summary
from simulator.measure.where import Spent, Where
from simulator.report.grid import plain, widest
from simulator.report.numbers import significant, with_unit

SHOWN = 5
LITTLE = 0.01
"""Parts below this share of every design's time are not worth a row."""
REST = "the rest"


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
    at_once = len(names)
    while at_once > 1 and widest(_table(blocks, names[:at_once])) > width:
        at_once -= 1
    parts = [names[start : start + at_once] for start in range(0, len(names), at_once)]
    yield Group(
        Text("Where the time goes", style="bold"),
        *(_table(blocks, part) for part in parts),
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
    table = plain("", *(text for name in names for text in (name, "")), right=2 * len(names))
    table.columns[0].no_wrap = True
    for block in blocks:
        _add(table, block, names)
    return table


def _add(table: Table, block: _Block, names: Sequence[str]) -> None:
    found = [block.found[name] for name in names]
    heads = (Text(band, style="dim") for _ in names for band in ("mean", "tail"))
    table.add_row(Text(block.title, style="bold"), *heads)
    table.add_row("  latency", *(_mean(spent) for one in found for spent in (one.mean, one.tail)))
    shares = [block.shares(spent) for one in found for spent in (one.mean, one.tail)]
    for part in block.parts:
        table.add_row(f"  {part}", *(_share(one.get(part, 0.0)) for one in shares))
    rest = [1 - sum(one.get(part, 0.0) for part in block.parts) if one else 0.0 for one in shares]
    if any(share >= 0.0005 for share in rest):
        table.add_row(f"  {REST}", *(_share(share) for share in rest))
    attempts = [block.traffic[name].attempts.value for name in names]
    if any(value > 1.0005 for value in attempts):
        table.add_row("  attempts a request", *_pairs(significant(value) for value in attempts))
    if any(one.left.requests for one in found):
        ran_on = [with_unit(one.left.total_ns / block.runs / 1e9, "s") for one in found]
        table.add_row("  ran on, given up", *_pairs(ran_on))


def _pairs(values: Iterable[str]) -> Iterator[str]:
    """What is said once of a design stands in the first of its two columns."""
    for value in values:
        yield from (value, "")


def _mean(spent: Spent) -> Text:
    if not spent.requests:
        return Text("-")
    return Text(with_unit(spent.total_ns / spent.requests / 1e9, "s"))


def _share(share: float) -> Text:
    """Whole percents; a little is not nothing."""
    if share < 0.0005:
        return Text("0 %" if share < 1e-12 else "<0.1 %", style="dim")
    return Text(f"{100 * share:.0f} %" if share >= 0.0095 else f"{100 * share:.1f} %")
