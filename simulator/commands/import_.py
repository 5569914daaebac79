"""`simulate import`: what AWS's own files say, as a scenario that runs."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.commands.common import debug_option, note, put

if TYPE_CHECKING:
    from simulator.importers.lambda_logs import Logs

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(name="import")
def import_() -> None:
    """Make a scenario of what AWS's own files say."""


@import_.command()
@debug_option
@click.argument("file", type=_FILE)
@click.option(
    "--logs", multiple=True, metavar="[NAME=]FILE",
    help="A function's log with REPORT lines (NAME=FILE), or a CSV table of many functions' "
    "(function, memory_mb, duration_ms; .gz too).",
)  # fmt: skip
@click.option("--executions", type=_FILE, help="A CSV table of executions: start_epoch_s, end_epoch_s.")
@click.option("--app", help="The application, where tables have a column 'app' of several.")
@click.option(
    "--type", "kind", type=click.Choice(["standard", "express"]), default="standard", show_default=True
)
@click.option(
    "--task-delay", metavar="TIME", help="What a Task takes beyond its function's Duration, e.g. '18.8 ms'."
)
@click.option("--runtime", metavar="NAME", help="The functions' runtime, for their cold starts.")
@click.option("--era", default="aws-2026", show_default=True)
@click.option(
    "--trim", type=click.IntRange(min=0), default=0, metavar="N",
    help="Leave out the first and last N executions of every session.",
)  # fmt: skip
@click.option(
    "--samples", type=click.IntRange(min=1), default=1000, show_default=True, metavar="N",
    help="Durations kept of each function, at most.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder to write into."
)
def asl(
    file: Path, logs: tuple[str, ...], executions: Path | None, app: str | None, kind: str,
    task_delay: str | None, runtime: str | None, era: str, trim: int, samples: int, out: Path,
) -> None:  # fmt: skip
    """A state machine: FILE is its definition in Amazon States Language."""
    from simulator.importers.asl import Options, import_asl
    from simulator.importers.lambda_logs import app_of, apps_in, joined, read_executions
    from simulator.scenario.read import read as read_scenario
    from simulator.workflows.asl import read_asl

    name = file.name.removesuffix(".json").removesuffix(".asl")
    definition = _text(file)
    read = joined(_logs(given) for given in logs)
    began = None
    if executions is not None:
        table = _text(executions)
        machine = read_asl(definition)[0]
        targets = {
            str(target)
            for state in (machine.every() if machine else ())
            if (target := getattr(state, "target", None))
        }
        began = read_executions(executions.name, table, app or app_of(targets, apps_in(table)))
    parts = import_asl(definition, read, began, Options(name, kind, era, task_delay, runtime, trim, samples))
    for place, text in parts.files.items():
        path = out / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for each in parts.notes:
        note(f"note: {each}")
    read_scenario(out / next(iter(parts.files)))  # says what the options brought in that no scenario may hold
    put(f"{out / next(iter(parts.files))}\n")


def _logs(given: str) -> Logs:
    from simulator.importers.lambda_logs import ImportFileError, read_reports, read_table

    name, equals, path = given.rpartition("=")
    if not Path(path).is_file():
        raise ImportFileError(f"--logs {given}: no such file; write FILE, or NAME=FILE")
    return read_reports(name, _text(Path(path))) if equals else read_table(Path(path).name, _text(Path(path)))


def _text(path: Path) -> str:
    from simulator.importers.lambda_logs import ImportFileError

    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise ImportFileError(f"{path.name}: it cannot be read ({error}); give a text file") from None
