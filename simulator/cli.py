"""The `simulate` command: results on standard output, progress and notes on standard error.

Scientific packages are imported inside the commands, so that `simulate --help` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click

from simulator import __version__
from simulator.errors import ModelError, Problem, ScenarioError, SimulatorError

if TYPE_CHECKING:
    from simulator.measure.summary import Summary
    from simulator.scenario.model import Scenario
    from simulator.study.study import Study

PASSED, INTERNAL, USAGE, UNDECIDED, FAILED, INTERRUPTED = 0, 1, 2, 98, 99, 130
DEBUG, ARGV = "simulator.debug", "simulator.argv"

Command = TypeVar("Command", bound=Callable[..., object])


class Simulate(click.Group):
    """`simulate FILE` means `simulate run FILE`; whatever goes wrong ends with its exit code."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[ARGV] = ["simulate", *args]
        own = ("--help", "--version")
        if args and args[0] not in self.commands and args[0] not in own:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except KeyboardInterrupt:
            _end(ctx, INTERRUPTED, "interrupted before every design had finished a run")
        except ScenarioError as error:
            _end(ctx, USAGE, "\n".join(_with_caret(problem) for problem in error.problems))
        except SimulatorError as error:
            _end(ctx, INTERNAL if isinstance(error, ModelError) else USAGE, str(error))
        except Exception as error:  # noqa: BLE001 (the last resort: say one line, not a traceback)
            if DEBUG in ctx.meta:
                traceback.print_exc()
            said = f"{type(error).__name__}: {error}"
            _end(ctx, INTERNAL, f"internal error: {said}; please report it with what --debug prints")


def _debug(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.meta[DEBUG] = True


def scenario_options(command: Command) -> Command:
    """What every command on a scenario file takes."""
    for option in (
        click.option("--debug", is_flag=True, expose_value=False, callback=_debug, help="Show tracebacks."),
        click.option(
            "--set",
            "sets",
            multiple=True,
            metavar="KEY=VALUE",
            help="Change the scenario, e.g. checkout.memory='1769 MB'.",
        ),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


@click.group(
    cls=Simulate,
    options_metavar="",
    subcommand_metavar="[COMMAND] FILE [OPTIONS]",
    epilog="Exit codes: 0 a design passes all objectives (or there are none); 99 no design passes; "
    "98 none passes, but some are undecided; 2 mistake in the scenario or the command; "
    "130 interrupted; 1 internal error.",
)
@click.version_option(__version__, prog_name="simulate")
def main() -> None:
    """Compares AWS serverless designs on the same simulated traffic.

    `simulate FILE` is short for `simulate run FILE`.
    """


@main.command()
@scenario_options
@click.option("--replications", type=click.IntRange(1), help="Runs of each design.")
@click.option("--seed", type=click.IntRange(0), help="Luck of the first run.")
@click.option(
    "--engine",
    type=click.Choice(["auto", "simpy", "compiled"]),
    help="What carries the requests; the answers are the same.",
)
@click.option("--design", "designs", multiple=True, metavar="NAME", help="Only this design; may be repeated.")
@click.option("--workers", type=click.IntRange(1), help="Runs at a time; all cores unless given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, writable=True, path_type=Path),
    help="Write a results folder into this folder.",
)
@click.option(
    "--rows",
    type=click.Path(path_type=Path),
    help="Write every answered request into this new folder, one Parquet file per run.",
)
@click.option("--quiet", is_flag=True, help="No progress and no notes on standard error.")
@click.pass_context
def run(
    ctx: click.Context,
    file: Path,
    sets: tuple[str, ...],
    replications: int | None,
    seed: int | None,
    engine: str | None,
    designs: tuple[str, ...],
    workers: int | None,
    as_json: bool,
    out: Path | None,
    rows: Path | None,
    quiet: bool,
) -> None:
    """Simulate the designs of FILE and compare them."""
    from simulator.study.study import run as run_study

    for key, value in (("replications", replications), ("seed", seed), ("engine", engine)):
        if value is not None:
            sets = (*sets, f"run.{key}={value}")
    scenario = _read(file, sets)
    note = _nothing if quiet else _note
    with _progress(quiet) as progress:
        study = run_study(scenario, designs or None, workers=workers, progress=progress, rows=rows or False)
    if as_json:
        _put(study.to_json().encode() + b"\n")
    else:
        _put(_report(study))
    if out is not None:
        from simulator.report.folder import write

        note(f"results: {write(study, out, ctx.meta[ARGV])}")
    if rows is not None:
        note(f"rows: {rows}")
    if study.interrupted:
        kept, asked = study.summary.replications, scenario.run.replications
        note(f"interrupted: {kept} of {asked} replications of each design had finished")
        ctx.exit(INTERRUPTED)
    ctx.exit(exit_code(study.summary))


def exit_code(summary: Summary) -> int:
    """What the verdicts mean to a script."""
    verdicts = {design.verdict for design in summary.designs.values()}
    if verdicts & {"pass", "none"}:
        return PASSED
    return UNDECIDED if "inconclusive" in verdicts else FAILED


@main.command()
@scenario_options
def check(file: Path, sets: tuple[str, ...]) -> None:
    """Say everything that is wrong with FILE."""
    scenario = _read(file, sets)
    _put(f"{file.name}: fine; designs: {', '.join(scenario.designs)}\n")


@main.command()
@scenario_options
def config(file: Path, sets: tuple[str, ...]) -> None:
    """Print each design merged, with the origin of its values."""
    from simulator.scenario.config import config as merged

    _put(merged(_read(file, sets)))


@main.command()
def schema() -> None:
    """Print the JSON Schema of scenario files."""
    from simulator.scenario.schema import schema as scenario_schema

    _put(scenario_schema())


def _read(file: Path, sets: tuple[str, ...]) -> Scenario:
    from simulator.scenario.read import read

    return read(file, sets)


def _report(study: Study) -> str:
    from simulator.report.changes import differences
    from simulator.report.terminal import render

    stdout = sys.stdout
    encoding = stdout.encoding or "ascii"
    unicode = "✓✗±→".encode(encoding, "replace").decode(encoding) == "✓✗±→"
    text = render(
        study.summary,
        differences(study.scenario, study.replications),
        width=shutil.get_terminal_size((100, 24)).columns,
        colour=stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        unicode=unicode,
    )
    return text.encode(encoding, "replace").decode(encoding)


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    if quiet:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stderr(nowhere):
            yield _nothing
        return
    from simulator.report.progress import progress

    with progress(sys.stderr) as show:
        yield show


def _put(text: str | bytes) -> None:
    """Writes a result; a reader that has gone away (`| head`) is no error."""
    try:
        click.echo(text, nl=False)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _note(text: str) -> None:
    click.echo(text, err=True)


def _nothing(*_: object) -> None:
    """Says nothing."""


def _end(ctx: click.Context, code: int, text: str) -> NoReturn:
    _note(text)
    ctx.exit(code)


def _with_caret(problem: Problem) -> str:
    """The problem as compilers print it: place, what, and the line with a caret."""
    if problem.source is None or problem.column is None:
        return str(problem)
    line = problem.source.replace("\t", " ")
    return f"{problem}\n   | {line}\n   | {' ' * (problem.column - 1)}^"
