"""What a sizing says: the cheapest setting of each design, its margins, and everything that was tried."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from simulator.measure.summary import Judged
from simulator.report.grid import beside_judged
from simulator.report.numbers import significant
from simulator.report.paper import Prose, printed
from simulator.report.settings import Line, legend, price, rich_table, said, table
from simulator.report.words import ASCII, Glyphs, one_sided
from simulator.study.margin import margin

if TYPE_CHECKING:
    from simulator.study.knobs import Knob
    from simulator.study.size import Answer, Sizing, Try

SCHEMA_VERSION = 1


def render_sizing(sizing: Sizing, width: int = 100, colour: bool = False, unicode: bool = True) -> str:
    """The answers as text of at most `width` columns."""
    glyphs = Glyphs() if unicode else ASCII
    first = next(iter(sizing.answers.values())).tries[0].summary
    runs = f"{first.replications} replication{'s' * (first.replications > 1)} each"
    paths = [knob.path for knob in sizing.knobs]
    head = f"{first.scenario}: the cheapest {', '.join(paths)} that meets the objectives, {runs}"
    blocks: list[RenderableType] = [Text(head, style="bold")]
    for answer in sizing.answers.values():
        blocks += [*table(paths, _lines(answer), glyphs, width), *legend(_lines(answer))]
        blocks.append(Group(*map(Prose, notes(sizing.knobs, answer))))
    blocks.append(Group(*map(Prose, _unscaled(sizing)), Prose(conclusion(sizing), "bold")))
    return printed(blocks, width, colour)


def rich_sizing(sizing: Sizing) -> str:
    """The same as bare HTML, for a notebook."""
    paths = [knob.path for knob in sizing.knobs]
    lines = [line for answer in sizing.answers.values() for line in _lines(answer)]
    found = [one for answer in sizing.answers.values() for one in notes(sizing.knobs, answer)]
    return rich_table(paths, lines, conclusion(sizing), [*found, *_unscaled(sizing)])


def _unscaled(sizing: Sizing) -> Iterator[str]:
    return (f"{one_sided(one)}." for one in sizing.unscaled)


def conclusion(sizing: Sizing) -> str:
    """The one sentence that a sizing is for."""
    answer = sizing.cheapest
    if answer is not None and answer.best is not None:
        cost = price(answer.best.found)
        return f"Cheapest that passes: {answer.design} with {_setting(sizing.knobs, answer.best)}, {cost}."
    undecided = any(
        one.found.verdict == "inconclusive" for each in sizing.answers.values() for one in each.tries
    )
    more = "; some are undecided, more replications may tell" if undecided else ""
    return f"No setting that was tried passes{more}."


def notes(knobs: Sequence[Knob], answer: Answer) -> Iterator[str]:
    """How it was found, how much is to spare, and what the next cheaper setting lacks."""
    count = math.prod(len(knob.choices) for knob in knobs)
    how = {
        "bisection": "by bisection, as what is asked gets better and dearer along the range",
        "search": "by a search for a cheap one, which may miss a cheaper",
    }.get(answer.method, f"{answer.method}")
    because = f" ({answer.because})" if answer.because else ""
    yield f"{answer.design}: {len(answer.tries)} of {count:,} settings tried, {how}{because}."
    if answer.best is not None:
        closest = min(answer.best.found.objectives.values(), key=margin)
        yield f"Least to spare: {_spare(closest)}."
        if answer.below is not None:
            what = "is undecided on" if answer.below.found.verdict == "inconclusive" else "misses"
            yield f"{_setting(knobs, answer.below)} {what} {_missed(answer.below)}."
    elif answer.too_dear is not None:
        yield f"{_setting(knobs, answer.too_dear)} meets all but {_missed(answer.too_dear)}."
        return
    yield from _ends(knobs, answer)


def _ends(knobs: Sequence[Knob], answer: Answer) -> Iterator[str]:
    """That the values given end at the answer, and what to write to look beyond."""
    alone = len(knobs) == 1 and sum(one.found.verdict == "pass" for one in answer.tries) == 1
    for axis, knob in enumerate(knobs):
        end = answer.end(axis, knob)
        if not end:
            continue
        value = knob.set(answer.nearest.setting[axis])
        beyond = answer.beyond[axis]
        if answer.best is None:
            does, hope = "misses least, and ", "may pass"
        elif end == "lowest":
            does, hope = "passes, and ", "may cost less"
        else:
            does, hope = (
                "alone passes, and " if alone else "passes, and ",
                "may have more to spare, or cost less",
            )
        more = f"; a {end[:-3]}er one {hope}: write for example --knob '{beyond}'" if beyond else ""
        yield f"{value} {does}is the {end} of the values given{more}."


def _missed(one: Try) -> str:
    missed = [judged for judged in one.found.objectives.values() if judged.verdict != "pass"]
    return " and ".join(f"{judged.key} ({said(judged)}, not {judged.text})" for judged in missed)


def to_json(sizing: Sizing) -> str:
    """The document that `simulate size --json` prints."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "scenario": sizing.scenario.name,
        "knobs": {knob.path: list(knob.choices) for knob in sizing.knobs},
        "cheapest": sizing.cheapest.design if sizing.cheapest else None,
        "designs": {
            answer.design: {
                "method": answer.method,
                "because": answer.because or None,
                "best": _document(sizing.knobs, answer.best) if answer.best else None,
                "ends": {
                    knob.path: end
                    for axis, knob in enumerate(sizing.knobs)
                    if (end := answer.end(axis, knob))
                },
                "tried": [_document(sizing.knobs, one) for one in answer.tries],
            }
            for answer in sizing.answers.values()
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)


def _document(knobs: Sequence[Knob], one: Try) -> dict[str, Any]:
    def number(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "setting": dict(zip((knob.path for knob in knobs), one.setting, strict=True)),
        "replications": one.summary.replications,
        "verdict": one.found.verdict,
        "cost_usd": number(one.found.cost),
        "cost_of": "month" if one.found.cost_month is not None else "run",
        "objectives": {
            judged.key: {
                "objective": judged.text,
                "verdict": judged.verdict,
                "value": number(judged.value.value),
                "ci95": [number(judged.value.low), number(judged.value.high)],
                "margin": number(margin(judged)),
            }
            for judged in one.found.objectives.values()
        },
    }


def _lines(answer: Answer) -> list[Line]:
    return [Line(one.setting, answer.design, one.found, one is answer.best) for one in answer.tries]


def _setting(knobs: Sequence[Knob], one: Try) -> str:
    return ", ".join(knob.set(value) for knob, value in zip(knobs, one.setting, strict=True))


def _spare(judged: Judged) -> str:
    half = f" {beside_judged(judged, Glyphs())}".rstrip()
    rest = f"{significant(100 * margin(judged), 2)} % of the limit is left at the worse end of the interval"
    return f"{judged.key}, {said(judged)}{half} of {judged.text}: {rest}"
