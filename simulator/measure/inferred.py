"""What designs take for true of AWS that nobody documents or has measured."""

from __future__ import annotations

from typing import NamedTuple


class Inferred(NamedTuple):
    """A value of an era that was inferred, and that designs use."""

    key: str
    """As `--set era.KEY=VALUE` takes it."""
    value: str
    """As the era writes it."""
    era: str
    source: str
    """What it was inferred from."""
    date: str
    note: str
    """How."""
    designs: tuple[str, ...]
