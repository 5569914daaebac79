"""`simulate run`: the designs of a file on the same traffic, compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands import options
from simulator.commands.common import Screen, hints, note, nothing, progress, put, read, scenario_options
from simulator.commands.group import ANSWERED, ARGV, INTERRUPTED, exit_code, kept

if TYPE_CHECKING:
    from simulator.study.study import Study


@click.command()
@scenario_options
@options.replications()
@click.option(
    "--until",
    metavar="PRECISION",
    help="More runs until a number is so sure in every design, e.g. 'p99 ± 5%' or 'cost.month ± $5'.",
)
@click.option("--at-most", type=click.IntRange(2), help="Runs of each design at which --until gives up; 100.")
@click.option("--steady", is_flag=True, help="Find the warm-up of traffic that stays the same (MSER-5).")
@options.seed()
@click.option(
    "--engine",
    type=click.Choice(["auto", "simpy", "compiled"]),
    help="What carries the requests; the answers are the same.",
)
@options.designs()
@options.workers()
@click.option("--headroom", is_flag=True, help="Also find at how many times the traffic each design breaks.")
@click.option("--full", is_flag=True, help="Also show all percentiles and the causes of failures.")
@options.as_json()
@options.out("Write a results folder into this folder.")
@options.written("--junit", "Write the objectives as test cases into this file, for CI systems.")
@options.rows("Write every answered request into this new folder, one Parquet file per run.")
@options.resume()
@options.quiet()
@click.pass_context
def run(
    ctx: click.Context,
    file: Path,
    sets: tuple[str, ...],
    replications: int | None,
    until: str | None,
    at_most: int | None,
    steady: bool,
    seed: int | None,
    engine: str | None,
    designs: tuple[str, ...],
    workers: int | None,
    headroom: bool,
    full: bool,
    as_json: bool,
    out: Path | None,
    junit: Path | None,
    rows: Path | None,
    resume: Path | None,
    quiet: bool,
) -> None:
    """Simulate the designs of FILE and compare them."""
    from simulator.study.study import run as run_study

    asked = {"replications": replications, "until": until, "at_most": at_most, "seed": seed, "engine": engine}
    scenario = read(file, sets, asked | {"steady": "true" if steady else None}, designs)
    if headroom:
        from simulator.study.headroom import breakable

        breakable(scenario)  # said before the runs, not after them
    say = nothing if quiet else note
    for hint in hints(scenario, [name for name in designs or scenario.designs if name in scenario.designs]):
        say(hint)
    month = len(designs or scenario.designs) if scenario.bill.month and not scenario.run.steady else 0
    with progress(quiet, month) as show:
        study = run_study(
            scenario, designs or None, workers=workers, progress=show, rows=rows or False, resume=resume
        )
    if headroom and not study.interrupted:
        study = _with_headroom(study, designs, workers, quiet)
    if as_json:
        put(study.to_json().encode() + b"\n")
    else:
        _show(study, full)
    ctx.meta[ANSWERED] = True
    if out is not None:
        from simulator.report.folder import write

        say(f"results: {write(study, out, ctx.meta[ARGV])}")
    if junit is not None:
        from simulator.report.junit import junit as test_cases

        junit.write_text(test_cases(study.summary), encoding="utf-8")
    if rows is not None:
        say(f"rows: {rows}")
    if study.interrupted:
        done = study.summary.replications
        wanted, what = max(done, scenario.run.replications), kept(ctx, out is not None)
        say(f"interrupted: {done} of {wanted} replications of each design had finished{what}")
        ctx.exit(INTERRUPTED)
    ctx.exit(exit_code(study.summary))


def _with_headroom(study: Study, designs: tuple[str, ...], workers: int | None, quiet: bool) -> Study:
    from simulator.study.headroom import headroom as find

    try:
        with progress(quiet) as show:
            found = find(study.scenario, designs or None, workers=workers, progress=show)
    except KeyboardInterrupt:
        return replace(study, interrupted=True)
    return replace(study, headroom=found)


def _show(study: Study, full: bool) -> None:
    from simulator.report.changes import differences
    from simulator.report.terminal import render

    screen = Screen.of_stdout()
    changes = differences(study.scenario, study.replications)
    screen.put(render(study.summary, changes, screen.width, screen.colour, screen.unicode, full))
