"""`simulate sweep`: the designs of a file over a grid of settings."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands import options
from simulator.commands.common import Screen, debug_option, note, nothing, progress, settings, unheard_sets
from simulator.commands.group import ARGV, FAILED, INTERRUPTED, PASSED, UNDECIDED, kept

if TYPE_CHECKING:
    from simulator.study.unscaled import Unscaled


@click.command()
@debug_option
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--set",
    "sets",
    multiple=True,
    required=True,
    metavar="KEY=VALUE,VALUE…",
    help="Values of a setting: 'checkout.memory=512 MB,1 GB' or '0..200/50'; one value holds at every point.",
)
@options.designs()
@options.replications("Runs of each design at each point.")
@options.seed()
@options.workers()
@options.out("Write table, page with sliders and picture into a new folder in this folder.")
@options.written("--table", "Write the tidy table to this file, .csv or .parquet.")
@options.written("--page", "Write the page with sliders to this file.")
@options.resume()
@options.quiet()
@click.pass_context
def sweep(
    ctx: click.Context,
    file: Path,
    sets: tuple[str, ...],
    designs: tuple[str, ...],
    replications: int | None,
    seed: int | None,
    workers: int | None,
    out: Path | None,
    table: Path | None,
    page: Path | None,
    resume: Path | None,
    quiet: bool,
) -> None:
    """Simulate the designs of FILE over a grid of settings, all with the same luck.

    Exit codes: 0 something passes all objectives (or there are none), 99 nothing does, 98 undecided.
    """
    from simulator.report.settings import render_sweep
    from simulator.report.sweep_folder import check_ending, write, write_table
    from simulator.report.words import one_sided
    from simulator.study.crew import crew
    from simulator.study.knobs import parse_knob
    from simulator.study.sweep import sweep as run_sweep

    if table is not None:
        check_ending(table)
    say = nothing if quiet else note

    def hint(found: Unscaled) -> None:
        say(one_sided(found))

    knobs = [parse_knob(text, "--set") for text in sets]
    turned = [knob for knob in knobs if len(knob.choices) > 1] or knobs
    fixed = [knob.set(knob.choices[0]) for knob in knobs if knob not in turned]
    asked = settings({"replications": replications, "seed": seed})
    with progress(quiet) as show, crew(workers, progress=show, resume=resume) as hands:
        found = run_sweep(file, [*fixed, *asked], turned, hands, designs or None, hint)
    for unheard in unheard_sets(found.scenario, found.designs, [knob.path for knob in turned]):
        say(unheard)
    screen = Screen.of_stdout()
    screen.put(render_sweep(found, screen.width, screen.colour, screen.unicode))
    if table is not None:
        write_table(found, table)
        say(f"table: {table}")
    if page is not None:
        from simulator.report.page.what_if import what_if

        page.write_text(what_if(found), encoding="utf-8")
        say(f"page: {page}")
    if out is not None:
        say(f"results: {write(found, out, ctx.meta[ARGV])}")
    if found.interrupted:
        points = math.prod(len(knob.choices) for knob in found.knobs)
        say(f"interrupted: {len(found.points)} of {points} points had finished{kept(ctx)}")
        ctx.exit(INTERRUPTED)
    verdicts = {one.verdict for point in found.points for one in point.summary.designs.values()}
    if verdicts & {"pass", "none"}:
        ctx.exit(PASSED)
    ctx.exit(UNDECIDED if "inconclusive" in verdicts else FAILED)
