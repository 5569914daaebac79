"""Blocks printed as plain text of so many columns."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.text import Text

BOUND = "\N{NO-BREAK SPACE}"
UNIT = re.compile(r"(?<=[\d?]) (?=(?:[nµm]?s|min|h|%|[KMG]B)(?!\w))")


@dataclass(frozen=True)
class Prose:
    """A sentence or more, broken at spaces but never between a number and its unit or inside a name; an item
    of a list after its `bullet`."""

    text: str
    style: str = ""
    bullet: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        bound, indent = UNIT.sub(BOUND, self.text), " " * len(self.bullet)
        lines = textwrap.wrap(
            bound,
            options.max_width,
            break_on_hyphens=False,
            initial_indent=self.bullet,
            subsequent_indent=indent,
        )
        yield Text("\n".join(lines).replace(BOUND, " "), style=self.style)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """As wide as it is long, or as there is room."""
        return Measurement(1, len(self.bullet + self.text)).with_maximum(options.max_width)


def printed(blocks: Iterable[RenderableType], width: int, colour: bool) -> str:
    """The blocks, an empty line between them, without spaces at the ends of lines."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        force_jupyter=False,  # rich would show the text there instead of returning it
    )
    for place, block in enumerate(blocks):
        if place:
            console.print()
        console.print(block)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"
