"""The comparison as text for a terminal: what differs, how it went, why, and which design to take.

Designs are rows, so that each column has one unit and is read from top to bottom.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.measure.summary import Summary
from simulator.report import words
from simulator.report.changes import Change, Changed
from simulator.report.comparison import comparison
from simulator.report.headroom import headroom
from simulator.report.inferred import inferred
from simulator.report.marks import legend
from simulator.report.messages import answer, messages
from simulator.report.numbers import whole
from simulator.report.paper import Prose, printed
from simulator.report.reasons import obstacles
from simulator.report.tables import durations, failures, objectives
from simulator.report.where import where
from simulator.report.windows import counted, moments
from simulator.report.words import ASCII, Glyphs
from simulator.report.workflows import workflows


def render(
    summary: Summary,
    changed: Mapping[str, Changed],
    width: int = 100,
    colour: bool = False,
    unicode: bool = True,
    full: bool = False,
) -> str:
    """The report as text of at most `width` columns; `full`: with all percentiles, causes of
    failure, all of queues and streams, states of state machines, and what is inferred."""
    glyphs = Glyphs() if unicode else ASCII
    return printed([_headline(summary), *_blocks(summary, changed, glyphs, width, full)], width, colour)


def _blocks(
    summary: Summary, changed: Mapping[str, Changed], glyphs: Glyphs, width: int, full: bool
) -> list[RenderableType]:
    blocks: list[RenderableType] = []
    if any(one.changes for one in changed.values()):
        blocks.append(_differences(summary, changed, glyphs))
    if full:
        for key in summary.leaves:
            blocks += durations(summary, key, glyphs, width)
        blocks += failures(summary)
    blocks += comparison(summary, glyphs, width)
    blocks.append(Group(legend(summary, glyphs, full), *(Prose(said, "dim") for said in moments(summary))))
    blocks += [Prose(said) for said in (words.warm_up(summary), words.stopped(summary, glyphs)) if said]
    blocks += where(summary, width, full)
    if full:
        blocks += messages(summary)
        blocks += workflows(summary)
        blocks += inferred(summary)
    else:
        blocks += answer(summary, width)
    blocks += objectives(summary, glyphs, width)
    blocks.append(_conclusion(summary, glyphs))
    return blocks


def _headline(summary: Summary) -> Text:
    designs, runs = len(summary.designs), summary.replications
    first = next(iter(summary.designs.values()))
    requests = sum(first.traffic[source].requests.value for source in summary.sources)
    return Text.assemble(
        (summary.scenario, "bold"),
        f": {designs} design{'s' * (designs > 1)}, {runs} run{'s' * (runs > 1)} of {counted(summary)},"
        f" {whole(requests)} requests{' each' * (runs > 1)}",
    )


def _differences(summary: Summary, changed: Mapping[str, Changed], glyphs: Glyphs) -> RenderableType:
    first = next(iter(summary.designs))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for name, found in changed.items():
        said = [_change(change, glyphs) for change in found.changes]
        if found.of != first:
            said.insert(0, f"as {found.of}, but" if said else f"as {found.of}")
        for row, line in enumerate(said):
            table.add_row(Text("" if row else name), Text(line))
    return Group(Text(f"What differs from {first}", style="bold"), table)


def _change(change: Change, glyphs: Glyphs) -> str:
    if change.old is None:
        return f"+ {change.key}: {change.new}"
    if change.new is None:
        return f"- {change.key}: {change.old}"
    return f"{change.key}: {change.old} {glyphs.arrow} {change.new}"


def _conclusion(summary: Summary, glyphs: Glyphs) -> RenderableType:
    lines = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    for name, does, parts in obstacles(summary):
        verdict = summary.designs[name].verdict
        sign = Text(glyphs.of(verdict), style=words.COLOURS[verdict])
        if len(parts) == 1:
            lines.add_row(sign, Prose(f"{name} {does} {parts[0].said}"))
            continue
        lines.add_row(sign, Prose(f"{name} {does}"))
        for part in parts:
            lines.add_row("", Prose(part.said, bullet="- "))
    room = map(Prose, headroom(summary))
    said = [Prose(words.verdict(summary), "bold"), *map(Prose, words.cautions(summary))]
    return Group(*([lines] if lines.row_count else []), *room, *said)
