"""What commands share: their options, reading a scenario, results and notes.

Results go to standard output, progress and notes to standard error. Here and in every command,
scientific packages are imported inside the functions, so that `simulate --help` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from simulator.commands.group import DEBUG

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario

Command = TypeVar("Command", bound=Callable[..., object])


def _debug(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.meta[DEBUG] = True


def debug_option(command: Command) -> Command:
    """What every command takes."""
    return click.option(
        "--debug", is_flag=True, expose_value=False, callback=_debug, help="Show tracebacks."
    )(command)


def scenario_options(command: Command) -> Command:
    """What every command on a scenario file takes."""
    for option in (
        debug_option,
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


def read(
    file: Path,
    sets: tuple[str, ...],
    run: Mapping[str, int | str | None] | None = None,
    designs: Sequence[str] = (),
) -> Scenario:
    """The scenario of a file, with what the command line changes; `run` are settings of its run, `designs`
    those that are asked for."""
    from simulator.scenario.read import read as read_scenario

    return read_scenario(file, (*sets, *settings(run or {})), designs)


def hints(scenario: Scenario, designs: Iterable[str]) -> Iterator[str]:
    """What is no mistake and probably not meant, by design."""
    from simulator.report.words import once_a_batch, too_late, unreached
    from simulator.study.batched import batched
    from simulator.study.late import late
    from simulator.study.passes import idle

    yield from unheard_sets(scenario, designs)
    for name in designs:
        yield from (f"design {name}: {too_late(found)}" for found in late(scenario, name))
        yield from outside_the_run(scenario, name)
        yield from (f"design {name}: {once_a_batch(found)}" for found in batched(scenario.designs[name]))
        yield from (f"design {name}: {unreached(found)}" for found in idle(scenario, name))


def outside_the_run(scenario: Scenario, design: str) -> Iterator[str]:
    """What is scheduled and comes to nothing in this run."""
    from simulator.report.words import after_the_run, no_action
    from simulator.study.late import never, unused

    yield from (f"design {design}: {after_the_run(*found)}" for found in unused(scenario, design))
    yield from (f"design {design}: {no_action(found)}" for found in never(scenario, design))


def unheard_sets(scenario: Scenario, designs: Iterable[str], but: Collection[str] = ()) -> Iterator[str]:
    """That these designs say themselves what a `--set` says of all of them, and where to write it instead."""
    for path, names in scenario.overruled.items():
        if own := [name for name in designs if name in names and path not in but]:
            has = "has its own" if len(own) == 1 else "have their own"
            yield (
                f"--set {path}: nothing changes in {', '.join(own)}, which {has};"
                f" write --set designs.{own[0]}.{path}=…"
            )


def settings(run: Mapping[str, int | str | None]) -> Iterator[str]:
    """Settings of the run, those that are given, as `--set` takes them."""
    return (f"run.{key}={value}" for key, value in run.items() if value is not None)


@dataclass(frozen=True, slots=True)
class Screen:
    """What standard output can show."""

    width: int
    colour: bool
    unicode: bool
    encoding: str

    @classmethod
    def of_stdout(cls) -> Screen:
        stdout = sys.stdout
        encoding = stdout.encoding or "ascii"
        return cls(
            width=shutil.get_terminal_size((100, 24)).columns,
            colour=stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
            unicode="✓✗±→".encode(encoding, "replace").decode(encoding) == "✓✗±→",
            encoding=encoding,
        )

    def put(self, text: str) -> None:
        """Writes what the screen can show of it."""
        said = text if self.unicode else text.replace("µ", "u")
        put(said.encode(self.encoding, "replace").decode(self.encoding))


@contextlib.contextmanager
def progress(quiet: bool, of_month: int = 0) -> Iterator[Callable[[int, int], None]]:
    """Shows on standard error how many runs of how many are done, unless it shall be quiet; `of_month` more
    are for the rest of a month."""
    if quiet:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stderr(nowhere):
            yield nothing
        return
    from simulator.report.progress import progress as shown

    with shown(sys.stderr, of_month) as show:
        yield show


def put(text: str | bytes) -> None:
    """Writes a result; a reader that has gone away (`| head`) is no error."""
    try:
        click.echo(text, nl=False)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(text: str) -> None:
    """Says something that is no result."""
    click.echo(text, err=True)


def nothing(*_: object) -> None:
    """Says nothing."""
