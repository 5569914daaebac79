"""What is taken for true of AWS that nobody documents or has measured, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from simulator.measure.inferred import Inferred
from simulator.measure.summary import Summary
from simulator.report.grid import plain
from simulator.report.paper import Prose

TITLE = "Inferred, not documented: values of the era that designs use"
HOW = "To see what one of them changes, run with another value: --set era.KEY=VALUE"


def used_by(one: Inferred, summary: Summary) -> str:
    """The designs that use a value, if not all do."""
    return "" if len(one.designs) == len(summary.designs) else ", ".join(one.designs)


def inferred(summary: Summary) -> Iterator[RenderableType]:
    """A line for each value; from what it was inferred, and how, the page and JSON say."""
    if not summary.inferred:
        return
    table = plain("", "value", "in")
    for one in summary.inferred:
        table.add_row(Text(one.key), Text(one.value), Text(used_by(one, summary)))
    yield Group(
        Text(TITLE, style="bold"), table, Prose(f"{HOW}; from what, and how: the page and --json", "dim")
    )
