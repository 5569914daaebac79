"""What the peak needs of each limit, as text for a terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from simulator.measure.need import Need, first_to_bind, raises
from simulator.report.grid import plain
from simulator.report.numbers import clock, elapsed, significant, whole
from simulator.report.paper import printed
from simulator.report.words import ASCII, Glyphs, limit

NEAR = 0.8
"""Of what is allowed: more than this leaves little room for a mistake in the assumptions."""

SMALL = 0.1
"""Less than this needs no line of its own."""

Needs = Mapping[str, Sequence[Need]]


def render(scenario: str, found: Needs, width: int = 100, colour: bool = False, unicode: bool = True) -> str:
    """The limits of each design, the one with least room first."""
    glyphs = Glyphs() if unicode else ASCII
    blocks: list[RenderableType] = [
        Text.assemble((scenario, "bold"), ": what the peak needs of each limit, if nothing is refused")
    ]
    blocks += [_design(name, needs, glyphs) for name, needs in found.items()]
    legend = (
        "warm: on average at the peak, by Little's law; most: with chance and the cold starts of a surge;"
        " used: of what is allowed, bursts included. Each limit as if the others were not there, and nothing"
        " is refused"
    )
    return printed([*blocks, Text(legend, style="dim")], width, colour)


def _design(name: str, needs: Sequence[Need], glyphs: Glyphs) -> RenderableType:
    table = plain("", "limit", "warm", "most", "allowed", "", "used", "when")
    for column in (2, 3, 4, 6):
        table.columns[column].justify = "right"
    shown = [need for place, need in enumerate(needs) if not place or need.ratio >= SMALL]
    for need in shown:
        verdict = "fail" if need.ratio > 1 else "inconclusive" if need.ratio > NEAR else "pass"
        style = {"fail": "red", "inconclusive": "yellow", "pass": "green"}[verdict]
        sign = {"fail": glyphs.failed, "inconclusive": "!", "pass": glyphs.passed}[verdict]
        table.add_row(
            Text(sign, style=style),
            Text(limit(need.service, need.limit)),
            significant(need.steady),
            significant(need.demand),
            significant(need.allowed),
            Text(need.unit),
            f"{significant(100 * need.ratio, 2)} %" if need.ratio < 1 else f"{whole(100 * need.ratio)} %",
            Text(f"at {clock(need.at_s)}"),
        )
    small = [limit(need.service, need.limit) for need in needs if need not in shown]
    said = [f"below {whole(100 * SMALL)} %: {', '.join(small)}"] if small else []
    said += [
        f"Ask AWS for {whole(more)} {need.unit} more ({limit(need.service, need.limit)}):"
        f" {whole(need.demand)} are needed at the most, {whole(need.allowed)} allowed."
        for need, more in raises(needs)
    ]
    title = Text.assemble((name, "bold"), f": {_conclusion(needs)}")
    return Group(
        title, *([table] if table.row_count else []), *(Padding(line, (0, 0, 0, 3)) for line in said)
    )


def _conclusion(needs: Sequence[Need]) -> str:
    first = first_to_bind(needs)
    if first is not None:
        return f"first to bind is {_place(first)}, from {elapsed(first.binds_at_s or 0.0)}"
    return f"nothing binds; the nearest is {_place(needs[0])}" if needs else "no limit is met"


def _place(need: Need) -> str:
    return limit(need.service, need.limit).replace(":", ",", 1)


def to_json(scenario: str, found: Needs) -> str:
    """The same as one document."""
    designs = {
        name: {
            "limits": [need._asdict() for need in needs],
            "first_to_bind": _named(first_to_bind(needs)),
            "quota_raises": [
                {"service": need.service, "limit": need.limit, "unit": need.unit, "more": more}
                for need, more in raises(needs)
            ],
        }
        for name, needs in found.items()
    }
    document = {"schema_version": 1, "scenario": scenario, "designs": designs}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _named(need: Need | None) -> Mapping[str, object] | None:
    return need and {"service": need.service, "limit": need.limit, "from_s": need.binds_at_s}
