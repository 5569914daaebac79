"""`simulate config`: what a design is when everything is merged."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.commands.common import put, read, scenario_options


@click.command()
@scenario_options
def config(file: Path, sets: tuple[str, ...]) -> None:
    """Print each design merged, with the origin of its values."""
    from simulator.scenario.config import config as merged

    put(merged(read(file, sets)))
