"""Options that several commands have, each said once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def designs(says: str = "Only this design; may be repeated.") -> Option:
    """The designs that are wanted."""
    return click.option("--design", "designs", multiple=True, metavar="NAME", help=says)


def replications(says: str = "Runs of each design.") -> Option:
    """How many runs."""
    return click.option("--replications", type=click.IntRange(1), help=says)


def seed(says: str = "Luck of the first run.") -> Option:
    """Luck."""
    return click.option("--seed", type=click.IntRange(0), help=says)


def workers() -> Option:
    """Runs at a time."""
    return click.option("--workers", type=click.IntRange(1), help="Runs at a time; all cores unless given.")


def resume() -> Option:
    """A file of finished runs."""
    return written("--resume", "Keep finished runs in this file, and take those that are there.")


def as_json() -> Option:
    """JSON in place of text."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def quiet(says: str = "No progress and no notes on standard error.") -> Option:
    """Nothing on standard error."""
    return click.option("--quiet", is_flag=True, help=says)


def out(says: str) -> Option:
    """A folder that results are put into."""
    return click.option("--out", type=click.Path(file_okay=False, writable=True, path_type=Path), help=says)


def written(name: str, says: str) -> Option:
    """A file that is written."""
    return click.option(name, type=click.Path(dir_okay=False, writable=True, path_type=Path), help=says)
