"""`simulate check`: what is wrong with a file, all of it at once."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.commands.common import hints, put, read, scenario_options


@click.command()
@scenario_options
def check(file: Path, sets: tuple[str, ...]) -> None:
    """Say everything that is wrong with FILE."""
    scenario = read(file, sets)
    put(f"{file.name}: fine; designs: {', '.join(scenario.designs)}\n")
    for hint in hints(scenario, scenario.designs):
        put(f"{file.name}: {hint}\n")
