"""`simulate trace`: single requests, call by call and wait by wait."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from simulator.commands import options
from simulator.commands.common import Screen, note, nothing, read, scenario_options, unheard_sets
from simulator.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.measure.spans import Traced
    from simulator.scenario.model import Scenario

USUAL = 3
"""The slowest so many, if nothing is asked for."""
MOST = 10_000


@click.command()
@scenario_options
@click.option("--design", metavar="NAME", help="Of this design; the first unless given.")
@click.option("--of", default="", metavar="TRAFFIC[@WINDOW]", help="Among these, e.g. buyers.order@surge.")
@click.option("--slowest", type=click.IntRange(0, MOST), default=0, help="So many of the slowest; 3.")
@click.option(
    "--by",
    type=click.Choice(["latency", "completion"]),
    default="latency",
    help="What is slow: the answer, or until all messages and parts are done.",
)
@click.option("--failed", type=click.IntRange(0, MOST), default=0, help="So many that failed, by chance.")
@click.option("--sample", type=click.IntRange(0, MOST), default=0, help="So many of all, by chance.")
@click.option("--identity", "identities", type=int, multiple=True, help="This request; may be repeated.")
@click.option("--replication", type=click.IntRange(0), default=0, help="Of this run; they count from 0.")
@options.seed()
@options.written("--otlp", "Write OpenTelemetry traces into this file, one JSON line each.")
@options.written("--chrome", "Write a trace for Perfetto (ui.perfetto.dev) into this file.")
@options.quiet("No notes on standard error.")
def trace(
    file: Path,
    sets: tuple[str, ...],
    design: str | None,
    of: str,
    slowest: int,
    by: Literal["latency", "completion"],
    failed: int,
    sample: int,
    identities: tuple[int, ...],
    replication: int,
    seed: int | None,
    otlp: Path | None,
    chrome: Path | None,
    quiet: bool,
) -> None:
    """Follow single requests of FILE through one run: the slowest, failed ones, a sample, or certain ones."""
    from simulator.study.pick import Wanted
    from simulator.study.trace import trace as follow

    say = nothing if quiet else note
    scenario = read(file, sets, {"seed": seed}, [design] if design else ())
    if not (slowest or failed or sample or identities):
        slowest = USUAL
    name = design or next(iter(scenario.designs))
    if design is None and len(scenario.designs) > 1:
        say(f"of {name}; --design names another: {', '.join(list(scenario.designs)[1:])}")
    for hint in unheard_sets(scenario, [name]):
        say(hint)
    wanted = Wanted(slowest, failed, sample, identities, by)
    asked = {objective.metric for objective in scenario.objectives}
    if slowest and by == "latency" and "completion" in asked and "latency" not in asked:
        say("the slowest answers; an objective is on completion: --by completion")
    found = follow(scenario, name, wanted, of, replication)
    if not found:
        if failed and not (slowest or sample):
            raise SimulatorError(_none_failed(f"in run {replication} of {name}", by))
        raise SimulatorError(f"trace: no such request was answered in run {replication} of {name}")
    _write(found, scenario, otlp, chrome)
    _show(found)
    for path in (otlp, chrome):
        if path is not None:
            say(f"traces: {path}")


def _none_failed(where: str, by: Literal["latency", "completion"]) -> str:
    """What is said where nothing failed; a request whose message is dead-lettered was answered well."""
    if by == "completion":
        return f"trace: no answer failed {where}, and nothing was lost or dead-lettered; leave out --failed"
    more = "add --by completion for those of which something was lost or dead-lettered"
    return f"trace: no answer failed {where}; {more}"


def _write(found: list[Traced], scenario: Scenario, otlp: Path | None, chrome: Path | None) -> None:
    from simulator.report.traces import chrome as perfetto
    from simulator.report.traces import otlp as telemetry

    if otlp is not None:
        otlp.write_text(telemetry.otlp(found, scenario.run.start), encoding="utf-8")
    if chrome is not None:
        chrome.write_text(perfetto.chrome(found), encoding="utf-8")


def _show(found: list[Traced]) -> None:
    from simulator.report.paper import printed
    from simulator.report.traces.waterfall import waterfalls

    screen = Screen.of_stdout()
    screen.put(printed(waterfalls(found, screen.width, screen.unicode), screen.width, screen.colour))
