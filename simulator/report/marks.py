"""How to read numbers: what stands beside and behind them, told once below a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from simulator.measure.summary import DesignSummary, Summary
from simulator.report.grid import FEW, SAME, SURVIVORS, mark
from simulator.report.paper import Prose
from simulator.report.survivors import missing
from simulator.report.words import Glyphs

SAID: Final = {
    FEW: f"number{FEW} fewer than ten requests, or clusters of them, beyond this percentile",
    SURVIVORS: (
        f"number{SURVIVORS} more requests are missing ({missing('latency')}; of completion:"
        f" {missing('completion')}) than took longer than this"
    ),
}


def legend(summary: Summary, glyphs: Glyphs, full: bool) -> Prose:
    """How to read it."""
    first, runs = next(iter(summary.designs)), summary.replications
    notes = [f"{glyphs.plus_minus} half of the 95 % interval over {runs} replications"]
    if len(summary.designs) > 1:
        notes.append(
            f"in brackets a design's difference from {first}, paired, of % in points, with the"
            f" {glyphs.plus_minus} of that difference; {SAME} none is proven"
        )
    if runs == 1:
        notes = ["one replication: no interval, and verdicts rest on the value alone"]
    notes.append("latency and completion: of ok answers")
    return Prose("; ".join([*notes, *marks(summary, full)]), "dim")


def marks(summary: Summary, full: bool) -> Iterator[str]:
    """Of a comparison: of the p99 and of objectives, or of all statistics."""
    yield SAID[FEW]
    designs = summary.designs.values()
    found = [
        statistic
        for design in designs
        for traffic in design.traffic.values()
        for one in (traffic, *traffic.windows.values())
        for statistic in (*one.latency.survivors, *one.completion.survivors)
    ]
    asked = any(judged.survivors for design in designs for judged in design.objectives.values())
    if asked or "p99" in found or (full and found):
        yield SAID[SURVIVORS]


def marks_of(designs: Iterable[DesignSummary]) -> list[str]:
    """Of a table of objectives, in one line: those that occur in it; nothing if none does."""
    found = {sign for design in designs for judged in design.objectives.values() for sign in mark(judged)}
    said = "; ".join(text for sign, text in SAID.items() if sign in found)
    return [said] if said else []
