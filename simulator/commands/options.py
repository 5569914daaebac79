"""Options that several commands have, each said once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from simulator.commands.group import RESUME

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
    kind = click.Path(dir_okay=False, writable=True, path_type=Path)
    says = "Keep finished runs in this file, and take those that are there."
    return click.option("--resume", type=kind, callback=_noted, help=says)


def as_json() -> Option:
    """JSON in place of text."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def quiet(says: str = "No progress and no notes on standard error.") -> Option:
    """Nothing on standard error."""
    return click.option("--quiet", is_flag=True, help=says)


def out(says: str) -> Option:
    """A folder that results are put into; it is made where it is not there."""
    kind = click.Path(file_okay=False, writable=True, path_type=Path)
    return click.option("--out", type=kind, callback=_can_be_made, help=says)


def rows(says: str) -> Option:
    """A new folder."""
    return click.option("--rows", type=click.Path(path_type=Path), callback=_can_be_made, help=says)


def written(name: str, says: str) -> Option:
    """A file that is written, into a folder that is there."""
    kind = click.Path(dir_okay=False, writable=True, path_type=Path)
    return click.option(name, type=kind, callback=_has_a_folder, help=says)


def _can_be_made(_ctx: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    """Said before the runs, not after them."""
    if path is not None:
        above = (path, *path.absolute().parents)
        _check_folder(next(folder for folder in above if os.path.lexists(folder)))
    return path


def _has_a_folder(_ctx: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    if path is not None:
        _check_folder(path.absolute().parent)
    return path


def _noted(ctx: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    """For whoever is interrupted."""
    ctx.meta[RESUME] = path
    return _has_a_folder(ctx, option, path)


def _check_folder(folder: Path) -> None:
    """Whether something can be put into it."""
    if not os.path.lexists(folder):
        raise click.BadParameter(f"there is no folder '{folder}'; make it, or name another.")
    if not folder.is_dir():
        raise click.BadParameter(f"'{folder}' is no folder; name one.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise click.BadParameter(f"nothing may be written into '{folder}'; name another folder.")
