"""`simulate schema`: for editors, what may stand in a scenario file."""

from __future__ import annotations

import click

from simulator.commands.common import put


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from simulator.scenario.schema import schema as scenario_schema

    put(scenario_schema())
