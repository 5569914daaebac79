"""What sweeps and sizings say on a terminal and in a notebook: settings and designs against objectives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.measure.summary import DesignSummary, Judged
from simulator.report import words
from simulator.report.grid import beside, beside_judged, mark, plain, widest
from simulator.report.marks import marks_of
from simulator.report.numbers import estimated
from simulator.report.paper import Prose, printed
from simulator.report.words import ASCII, Glyphs

if TYPE_CHECKING:
    from simulator.study.sweep import Sweep


class Line(NamedTuple):
    """One row: what was set, and what came of it."""

    setting: Sequence[str]
    design: str
    found: DesignSummary
    chosen: bool = False
    """Whether it is the answer."""


def render_sweep(sweep: Sweep, width: int = 100, colour: bool = False, unicode: bool = True) -> str:
    """A sweep as text of at most `width` columns."""
    glyphs = Glyphs() if unicode else ASCII
    lines = lines_of(sweep)
    first = sweep.points[0].summary
    counts = f"{len(sweep.points)} points of {len(first.designs)} design{'s' * (len(first.designs) > 1)}"
    head = f"{first.scenario}: {counts}, {first.replications} replications each, the same luck everywhere"
    return printed(
        [
            Text(head, style="bold"),
            *table([knob.path for knob in sweep.knobs], lines, glyphs, width),
            *legend(lines),
            Group(*map(Prose, notes(sweep)), Prose(conclusion(sweep), "bold")),
        ],
        width,
        colour,
    )


def rich_sweep(sweep: Sweep) -> str:
    """A sweep as bare HTML, which notebooks and GitHub let through."""
    paths = [knob.path for knob in sweep.knobs]
    return rich_table(paths, lines_of(sweep), conclusion(sweep), notes(sweep))


def lines_of(sweep: Sweep) -> list[Line]:
    """Every design at every point."""
    best = [(point.setting, name) for point, name in sweep.answers]
    return [
        Line(point.setting, name, found, (point.setting, name) in best)
        for point in sweep.points
        for name, found in point.summary.designs.items()
    ]


def notes(sweep: Sweep) -> list[str]:
    """Designs in which a knob turns nothing, and functions that memory makes neither slower nor faster."""
    return [
        *(
            f"{name} has its own {', '.join(paths)}: nothing changes there;"
            f" write --set designs.{name}.{paths[0]}=… to reach it."
            for name, paths in sweep.untouched.items()
        ),
        *(f"{words.one_sided(one)}." for one in sweep.unscaled),
    ]


def conclusion(sweep: Sweep) -> str:
    """The one sentence that a sweep is for."""
    designs = [found for point in sweep.points for found in point.summary.designs.values()]
    if sweep.bears:
        none = all(found.verdict == "none" for found in designs)
        return "No objectives that traffic could be too much for." if none else _borne(sweep)
    if sweep.cheapest is not None:
        point, design = sweep.cheapest
        cost = price(point.summary.designs[design])
        return f"Cheapest that passes: {design} with {settings(sweep, point.setting)}, {cost}."
    if all(found.verdict == "none" for found in designs):
        point, design = min(
            ((point, name) for point in sweep.points for name in point.summary.designs),
            key=lambda one: one[0].summary.designs[one[1]].cost,
        )
        cost = price(point.summary.designs[design])
        return (
            f"No objectives to pass; the cheapest is {design} with {settings(sweep, point.setting)}, {cost}."
        )
    if any(found.verdict == "inconclusive" for found in designs):
        return "Nothing passes for certain; some are undecided: more replications may tell."
    return "Nothing passes."


def _borne(sweep: Sweep) -> str:
    """Up to how much traffic each design passes: of traffic, the least is no answer."""
    said = []
    for name, (most, beyond) in sweep.bears.items():
        upto = f"up to {_traffic_first(sweep, most.setting)}" if most else "at none that was tried"
        if beyond is None:
            said.append(f"{name} {upto}, the most that was tried")
            continue
        turned = zip(sweep.knobs, beyond.setting, strict=True)
        traffic = ", ".join(value for knob, value in turned if knob.of_traffic)
        undecided = beyond.summary.designs[name].verdict == "inconclusive"
        said.append(f"{name} {upto} ({'is undecided' if undecided else 'fails'} at {traffic})")
    return f"Traffic at which each design still passes: {'; '.join(said)}."


def _traffic_first(sweep: Sweep, setting: Sequence[str]) -> str:
    """`traffic.buyers.rate=25/s with checkout.memory=1 GB`."""
    turned = list(zip(sweep.knobs, setting, strict=True))
    parts = ([knob.set(value) for knob, value in turned if knob.of_traffic is of] for of in (True, False))
    return " with ".join(", ".join(part) for part in parts if part)


def settings(sweep: Sweep, setting: Sequence[str]) -> str:
    """`checkout.memory=1 GB, …`."""
    return ", ".join(knob.set(value) for knob, value in zip(sweep.knobs, setting, strict=True))


def price(found: DesignSummary) -> str:
    """`$272.10 a month`, or a run where nothing is said of a month."""
    return f"{estimated(found.price, 'usd')} a {'month' if found.cost_month is not None else 'run'}"


def table(knobs: Sequence[str], lines: Sequence[Line], glyphs: Glyphs, width: int) -> list[RenderableType]:
    """Settings as rows, objectives and cost as columns; where that is too wide, in several tables."""
    asked = columns(lines)
    count = len(asked)
    while count > 1 and widest(_table(knobs, lines, asked[:count], glyphs)) > width:
        count -= 1
    parts = [asked[start : start + count] for start in range(0, len(asked), count)]
    return [_table(knobs, lines, part, glyphs) for part in parts]


def legend(lines: Iterable[Line]) -> list[RenderableType]:
    """What the marks in such tables mean, if they have any."""
    return [Prose(text, "dim") for text in marks_of(line.found for line in lines)]


def columns(lines: Iterable[Line]) -> list[tuple[str, str]]:
    """Key and text of every objective, then what it costs; without objectives the p99 and failures."""
    found = [line.found for line in lines]
    asked = {key: judged.text for one in found for key, judged in one.objectives.items()}
    if not asked:
        leaves = [
            key for key in found[0].traffic if not any(k.startswith(f"{key}.") for k in found[0].traffic)
        ]
        asked = {
            f"{key}.{what}": text for key in leaves for what, text in (("latency", "p99"), ("failed", ""))
        }
    period = "month" if found[0].cost_month is not None else "run"
    return [*asked.items(), *([] if f"cost.{period}" in asked else [(f"cost.{period}", "")])]


def cell(found: DesignSummary, key: str, glyphs: Glyphs) -> tuple[str, str, str]:
    """Verdict, value and what stands beside it."""
    judged = found.objectives.get(key)
    if judged is not None:
        return judged.verdict, said(judged), beside_judged(judged, glyphs)
    subject, _, metric = key.rpartition(".")
    if subject == "cost":
        return "", estimated(found.price, "usd"), ""
    if subject not in found.traffic:
        return "", "-", ""
    traffic = found.traffic[subject]
    value, unit = (traffic.failed_share, "share") if metric == "failed" else (traffic.latency["p99"], "s")
    return "", estimated(value, unit), beside(value, unit, glyphs)


def said(judged: Judged) -> str:
    """`1.05 s`, with the marks of what it rests on."""
    return estimated(judged.value, judged.unit) + mark(judged)


def _table(
    knobs: Sequence[str], lines: Sequence[Line], asked: Sequence[tuple[str, str]], glyphs: Glyphs
) -> Table:
    made = plain(*map(_broken, knobs), "design")
    for key, text in asked:
        made.add_column(f"{_broken(key)}\n{text}", overflow="fold")
    above: Sequence[str] = ()
    for line in lines:
        cells = []
        for key, _ in asked:
            verdict, value, half = cell(line.found, key, glyphs)
            sign = f"{glyphs.of(verdict)} " if verdict else "  "
            cells.append(
                Text.assemble(
                    (sign, words.COLOURS.get(verdict, "")), value, (f" {half}" if half else "", "dim")
                )
            )
        style = "bold" if line.chosen else ""
        new = list(line.setting) != list(above) or line.chosen
        shown = line.setting if new else [""] * len(line.setting)
        made.add_row(*(Text(value, style) for value in (*shown, line.design)), *cells)
        above = line.setting
    return made


def _broken(key: str) -> str:
    """A long name in lines of its parts."""
    return key.replace(".", "\n.")


def rich_table(knobs: Sequence[str], lines: Sequence[Line], heading: str, notes: Iterable[str] = ()) -> str:
    """The same as bare HTML for a notebook; what is longer than a screen is left to the table in pandas."""
    asked, glyphs, shown = columns(lines), Glyphs(), list(lines)[:60]
    heads = [*knobs, "design", *(f"{key} {text}".rstrip() for key, text in asked)]
    rows = []
    for line in shown:
        cells = [cell(line.found, key, glyphs) for key, _ in asked]
        texts = [f"{glyphs.of(verdict)} {value} {half}".strip() for verdict, value, half in cells]
        rows.append([*line.setting, line.design, *texts])
    signs = marks_of(line.found for line in shown)
    more = [f"{len(lines) - len(shown)} more rows are in table()."] if len(lines) > len(shown) else []
    th, td = Markup("<th>{}</th>"), Markup("<td>{}</td>")
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(td.format(text) for text in row)) for row in rows
    )
    return str(
        Markup("<p><b>{}</b></p>{}<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
            heading,
            Markup("").join(Markup("<p>{}</p>").format(note) for note in (*signs, *notes, *more)),
            Markup("").join(th.format(head) for head in heads),
            body,
        )
    )
