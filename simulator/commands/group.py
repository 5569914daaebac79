"""The group of commands: `run` unless another is named, and an exit code for every end."""

from __future__ import annotations

import re
import traceback
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

from simulator.errors import ModelError, Problem, ScenarioError, SimulatorError

if TYPE_CHECKING:
    from simulator.measure.summary import Summary

PASSED, INTERNAL, USAGE, UNDECIDED, FAILED, INTERRUPTED = 0, 1, 2, 98, 99, 130
_OWN: Final = ("--help", "--version")
DEBUG: Final = "simulator.debug"
ARGV: Final = "simulator.argv"
ANSWERED: Final = "simulator.answered"
"""In a context's `meta` once the answer has been printed."""
RESUME: Final = "simulator.resume"
"""Where in a context's `meta` the file of finished runs is, or None, of a command that can have one."""


class Simulate(click.Group):
    """`simulate FILE` means `simulate run FILE`; whatever goes wrong ends with its exit code."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[ARGV] = ["simulate", *args]
        if args and args[0] not in self.commands and args[0] not in _OWN:
            if said := self._no_command(args):
                raise click.UsageError(said, ctx)
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def _no_command(self, args: list[str]) -> str | None:
        """What to say of a first argument that can be no scenario: a command, misspelt."""
        if args[0].startswith("-") or Path(args[0]).exists() or Path(args[0]).suffix:
            return None
        near = get_close_matches(args[0], self.commands, n=1)
        if not near and not any(Path(other).is_file() for other in args[1:]):
            return None
        instead = (
            f"did you mean '{near[0]}'?" if near else f"write one of: {', '.join(sorted(self.commands))}"
        )
        return f"no command '{args[0]}'; {instead}"

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            raise _with_near_names(error) from None
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except KeyboardInterrupt:
            before = "all that it was to be written to was" if ANSWERED in ctx.meta else "there was an answer"
            _end(ctx, INTERRUPTED, f"interrupted before {before}{kept(ctx)}")
        except ScenarioError as error:
            _end(ctx, USAGE, "\n".join(_with_caret(problem) for problem in error.problems))
        except SimulatorError as error:
            _end(ctx, INTERNAL if isinstance(error, ModelError) else USAGE, str(error))
        except Exception as error:  # noqa: BLE001 (the last resort: say one line, not a traceback)
            if DEBUG in ctx.meta:
                traceback.print_exc()
            if isinstance(error, OSError) and error.filename is not None:
                what = (error.strerror or "not possible").lower()
                _end(ctx, USAGE, f"{error.filename}: {what}; name another file or folder")
            said = f"{type(error).__name__}: {error}"
            _end(ctx, INTERNAL, f"internal error: {said}; please report it with what --debug prints")


def _with_near_names(error: click.NoSuchOption) -> click.NoSuchOption:
    """An unknown option with those that it may stand for: what it is short for, else what is spelt alike."""
    parameters = error.ctx.command.get_params(error.ctx) if error.ctx else []
    names = [*_OWN, *(name for each in parameters for name in each.opts if name.startswith("--"))]
    written = error.option_name
    short_for = [name for name in names if re.match(".*".join(map(re.escape, written)), name)]
    near = short_for or get_close_matches(written, names, n=1)
    return click.NoSuchOption(written, possibilities=near, ctx=error.ctx)


def kept(ctx: click.Context, folder: bool = False) -> str:
    """What became of the finished runs of a command that was interrupted, and how to go on; a results
    `folder` is of these alone."""
    if RESUME not in ctx.meta:
        return ""
    if file := ctx.meta[RESUME]:
        return f"; finished runs are in {file}, the same command goes on from there"
    nothing = "the results are of these alone" if folder else "nothing is kept"
    return f"; {nothing}: --resume FILE keeps finished runs, and the same command goes on from there"


def exit_code(summary: Summary) -> int:
    """What the verdicts mean to a script."""
    verdicts = {design.verdict for design in summary.designs.values()}
    if verdicts & {"pass", "none"}:
        return PASSED
    return UNDECIDED if "inconclusive" in verdicts else FAILED


def _end(ctx: click.Context, code: int, text: str) -> NoReturn:
    click.echo(text, err=True)
    ctx.exit(code)


def _with_caret(problem: Problem) -> str:
    """The problem as compilers print it: place, what, and the line with a caret."""
    if problem.source is None or problem.column is None:
        return str(problem)
    line = problem.source.replace("\t", " ")
    return f"{problem}\n   | {line}\n   | {' ' * (problem.column - 1)}^"
