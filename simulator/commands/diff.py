"""`simulate diff`: what a change does to latency, failures and cost, as Markdown."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.commands import options
from simulator.commands.common import debug_option, note, progress, put, read, unheard_sets
from simulator.commands.group import FAILED, PASSED, UNDECIDED
from simulator.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario
    from simulator.study.study import Study

SCENARIOS = (".yaml", ".yml")


@click.command()
@debug_option
@click.argument("base", type=click.Path(path_type=Path, exists=True))
@click.argument("head", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--set",
    "sets",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change both sides, which are scenarios then, e.g. region=eu-central-1.",
)
@options.replications("Runs of each design, where a side is a scenario.")
@options.seed("Luck of the first run, where a side is a scenario.")
@options.designs()
@options.workers()
@click.option("--strict", is_flag=True, help="Also end with 99 if any number became worse for certain.")
@options.written("--junit", "Write HEAD's objectives as test cases into this file, for CI systems.")
@options.quiet()
@click.pass_context
def diff(
    ctx: click.Context,
    base: Path,
    head: Path,
    sets: tuple[str, ...],
    replications: int | None,
    seed: int | None,
    designs: tuple[str, ...],
    workers: int | None,
    strict: bool,
    junit: Path | None,
    quiet: bool,
) -> None:
    """Compare BASE with HEAD: scenario files, results folders, or documents that --json printed.

    Exit codes: 0 no objective is worse off; 99 one fails that did not, or was changed or removed and HEAD
    fails it as BASE states it; 98 one that passed is undecided, or was changed or removed and HEAD has no
    number for it, or passed in a design that HEAD no longer has.
    """
    from simulator.measure.document import document
    from simulator.report.difference import compare, markdown

    before, after = (_scenario(path, sets, replications, seed) for path in (base, head))
    if junit is not None and after is None:
        raise SimulatorError(f"--junit: {head} is results; the run that makes them writes it, too")
    if before and after and not quiet:
        sets_unheard = (unheard_sets(side, designs or side.designs) for side in (before, after))
        for hint in dict.fromkeys([*chain(*sets_unheard), *_unscaled(before, after)]):
            note(hint)
    old = document(_run(before, designs, workers, quiet).summary) if before else _document(base, designs)
    study = _run(after, designs, workers, quiet) if after else None
    new = document(study.summary) if study else _document(head, designs)
    with _of_this_version(*(path for path, side in ((base, before), (head, after)) if side is None)):
        _check_alike(base, head, old, new)
        if before and after and study:
            again = _again(before, study, workers, quiet)
            found = compare(old, new, _written(before, after), again, study.summary)
        else:
            found = compare(old, new, measured=study.summary if study else None)
        said = markdown(found, _names(base, head))
    if junit is not None and study:
        from simulator.report.junit import junit as test_cases

        junit.write_text(test_cases(study.summary), encoding="utf-8")
    put(said.encode())
    if found.verdict == "fail" or (strict and found.worse):
        ctx.exit(FAILED)
    ctx.exit(UNDECIDED if found.verdict == "inconclusive" else PASSED)


@contextlib.contextmanager
def _of_this_version(*files: Path) -> Iterator[None]:
    """Refuses documents of results that another version wrote, or somebody by hand."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        if not files:
            raise
        lacking = f" without {error}" if isinstance(error, KeyError) else ""
        which = " or ".join(map(str, files))
        raise SimulatorError(
            f"{which}: results{lacking}, which this version cannot read; run their scenario again"
        ) from error


def _check_alike(base: Path, head: Path, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Two sides without a design or without traffic in common are no two states of one thing."""
    for what, of in (("design", lambda one: one["designs"]), ("traffic", _traffic)):
        before, after = of(old), of(new)
        if not set(before) & set(after):
            here, there = (", ".join(found) or "none" for found in (before, after))
            raise SimulatorError(
                f"{base} and {head}: no {what} in common ({here}; {there}); "
                "compare two states of one scenario, or call in both the same what is the same"
            )


def _traffic(document: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(key for one in document["designs"].values() for key in one["traffic"]))


def _scenario(
    path: Path, sets: tuple[str, ...], replications: int | None, seed: int | None
) -> Scenario | None:
    if path.suffix in SCENARIOS:
        return read(path, sets, {"replications": replications, "seed": seed})
    if sets:
        raise SimulatorError(f"--set: {path} is no scenario but results; they are what they are")
    return None


def _run(scenario: Scenario, designs: tuple[str, ...], workers: int | None, quiet: bool) -> Study:
    from simulator.study.study import run

    here = tuple(name for name in designs if name in scenario.designs)
    with progress(quiet) as show:
        return run(scenario, here or designs or None, workers=workers, progress=show)


def _again(base: Scenario, head: Study, workers: int | None, quiet: bool) -> Mapping[str, Mapping[str, Any]]:
    """BASE's objectives judged by HEAD's designs, by design and key; these run once more where BASE counts
    over another span."""
    from simulator.measure.document import objective
    from simulator.study.judge import judge_again

    if base.run.steady != head.scenario.run.steady:  # a warm-up that is given, and one that is found
        return {}
    asked = _measured_as(base, head.scenario)
    if asked is not head.scenario:
        head = _run(asked, tuple(head.replications), workers, quiet)
    found = {
        name: judge_again(base.objectives, head.replications[name], design.cost_run, design.cost_month)
        for name, design in head.summary.designs.items()
    }
    return {name: {key: objective(one) for key, one in judged.items()} for name, judged in found.items()}


def _measured_as(base: Scenario, head: Scenario) -> Scenario:
    """HEAD with the length, warm-up, windows and month of BASE."""
    from dataclasses import replace

    run = head.run.model_copy(update={"for_": base.run.for_, "warm_up": base.run.warm_up})
    if (run, base.bill) == (head.run, head.bill) and base.windows.items() <= head.windows.items():
        return head
    return replace(head, run=run, windows=base.windows, bill=base.bill, objectives=())


def _document(path: Path, designs: tuple[str, ...]) -> Mapping[str, Any]:
    import json

    file = path / "summary.json" if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        kept = {name: one for name, one in found["designs"].items() if not designs or name in designs}
        return {**found, "designs": kept}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise SimulatorError(
            f"{file}: no results; name a scenario file, a folder that --out wrote, or what --json printed"
        ) from None


def _written(base: Scenario, head: Scenario) -> Mapping[str, Any]:
    from simulator.report.changes import between

    both = [name for name in head.designs if name in base.designs]
    return {name: tuple(between(base.designs[name], head.designs[name])) for name in both}


def _unscaled(base: Scenario, head: Scenario) -> Iterable[str]:
    """Functions that have another memory and are neither slower nor faster for it."""
    from simulator.report.words import one_sided
    from simulator.study.unscaled import unscaled

    both = [name for name in head.designs if name in base.designs]
    found = (unscaled((base.designs[name], head.designs[name])) for name in both)
    return dict.fromkeys(one_sided(one) for each in found for one in each)


def _names(base: Path, head: Path) -> tuple[str, str]:
    """What the two sides are called: their files' names, if these tell them apart."""
    return (base.name, head.name) if base.name != head.name else ("base", "head")
