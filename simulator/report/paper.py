"""Blocks printed as plain text of so many columns."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType


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
