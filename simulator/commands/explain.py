"""`simulate explain`: what the peak needs of each limit, before anything runs."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.commands import options
from simulator.commands.common import Screen, note, outside_the_run, put, read, scenario_options, unheard_sets


@click.command()
@scenario_options
@options.designs()
@options.as_json()
def explain(file: Path, sets: tuple[str, ...], designs: tuple[str, ...], as_json: bool) -> None:
    """Say what the peak needs of each limit, and which binds first; nothing is simulated."""
    from simulator.report.capacity import render, to_json
    from simulator.study.capacity import capacity
    from simulator.study.study import chosen

    scenario = chosen(read(file, sets, designs=designs), designs or None)
    for hint in unheard_sets(scenario, scenario.designs):
        note(hint)
    for name in scenario.designs:
        for hint in outside_the_run(scenario, name):
            note(hint)
    found = {name: capacity(scenario, name) for name in scenario.designs}
    if as_json:
        put(to_json(scenario.name, found) + "\n")
        return
    screen = Screen.of_stdout()
    screen.put(render(scenario.name, found, screen.width, screen.colour, screen.unicode))
