"""A comparison as a notebook shows it: bare HTML that GitHub, VS Code and JupyterLab all let through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from simulator.report import words
from simulator.report.page.content import Table, answer
from simulator.report.page.metrics import metrics
from simulator.report.reasons import Obstacle, obstacles

if TYPE_CHECKING:
    from simulator.measure.summary import Summary


def rich_html(summary: Summary) -> str:
    """The verdict, what stands in the way of the other designs, and the table of objectives."""
    why = Markup("").join(_item(*found) for found in obstacles(summary))
    heading = Markup("<p>{}: <b>{}</b></p>").format(summary.scenario, words.verdict(summary))
    return str(heading + Markup("<ul>{}</ul>").format(why) + _table(answer(summary, metrics(summary))))


def _item(name: str, does: str, parts: Sequence[Obstacle]) -> Markup:
    """A design with what stands in its way; several things are a list of their own."""
    said = [part.said for part in parts]
    items = Markup("<ul>{}</ul>").format(Markup("").join(map(Markup("<li>{}</li>").format, said)))
    return Markup("<li><b>{}</b> {} {}</li>").format(name, does, items if len(said) > 1 else said[0])


def _table(table: Table) -> Markup:
    head = Markup("").join(_cell("th", text, note) for text, note in table.head)
    rows = Markup("").join(
        Markup("<tr>{}{}</tr>").format(
            _cell("th", row.name), Markup("").join(_cell("td", cell.text, cell.note) for cell in row.cells)
        )
        for row in table.rows
    )
    whole = Markup("<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>")
    return whole.format(table.caption, head, rows)


def _cell(tag: str, text: str, note: str = "") -> Markup:
    small = Markup("<br><small>{}</small>").format(note) if note else ""
    return Markup("<{0}>{1}{2}</{0}>").format(tag, text, small)


class Page(str):
    """The report page as text; in a notebook it shows itself, with nothing of the notebook in its reach."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(str(self))}" sandbox="allow-scripts" title="Report" '
            'style="width:100%;height:50rem;border:0"></iframe>'
        )
