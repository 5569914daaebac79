"""`simulate size`: the cheapest values of settings with which a design meets its objectives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands import options
from simulator.commands.common import (
    Screen,
    note,
    nothing,
    progress,
    put,
    scenario_options,
    settings,
    unheard_sets,
)
from simulator.commands.group import FAILED, PASSED, UNDECIDED

if TYPE_CHECKING:
    from simulator.study.unscaled import Unscaled


@click.command()
@scenario_options
@click.option(
    "--knob",
    "knobs",
    multiple=True,
    required=True,
    metavar="KEY=VALUES",
    help="What to size: 'checkout.provisioned_concurrency=0..500' or 'checkout.memory=512 MB,1 GB,2 GB'.",
)
@options.designs("Of this design, not of the first.")
@click.option("--most", type=click.IntRange(3), help="Settings of a design that a search tries; 60.")
@options.replications("Runs at each setting.")
@options.seed()
@options.workers()
@options.resume()
@options.written("--picture", "Write a picture of what was tried (PNG).")
@options.as_json()
@options.quiet()
@click.pass_context
def size(
    ctx: click.Context,
    file: Path,
    sets: tuple[str, ...],
    knobs: tuple[str, ...],
    designs: tuple[str, ...],
    most: int | None,
    replications: int | None,
    seed: int | None,
    workers: int | None,
    resume: Path | None,
    picture: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Find the cheapest settings with which a design of FILE meets the objectives.

    Exit codes: 0 found, 99 nothing that was tried passes, 98 the same, but some is undecided.
    """
    from simulator.report.sizing import render_sizing, to_json
    from simulator.report.words import one_sided
    from simulator.study.crew import crew
    from simulator.study.knobs import parse_knob
    from simulator.study.size import MOST
    from simulator.study.size import size as run_size

    say = nothing if quiet else note

    def hint(found: Unscaled) -> None:
        say(one_sided(found))

    turned = [parse_knob(text, "--knob") for text in knobs]
    asked = [*sets, *settings({"replications": replications, "seed": seed})]
    with progress(quiet) as show, crew(workers, progress=show, resume=resume) as hands:
        found = run_size(file, asked, turned, hands, designs or None, most or MOST, hint)
    for unheard in unheard_sets(found.scenario, found.answers, [knob.path for knob in turned]):
        say(unheard)
    if as_json:
        put(to_json(found).encode() + b"\n")
    else:
        screen = Screen.of_stdout()
        screen.put(render_sizing(found, screen.width, screen.colour, screen.unicode))
    if picture is not None:
        from simulator.report.pictures.sized import sized

        picture.write_bytes(sized(found).png())
        say(f"picture: {picture}")
    if found.cheapest is not None:
        ctx.exit(PASSED)
    tries = [one.found.verdict for answer in found.answers.values() for one in answer.tries]
    ctx.exit(UNDECIDED if "inconclusive" in tries else FAILED)
