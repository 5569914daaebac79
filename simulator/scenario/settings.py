"""What a scenario says besides traffic and designs: run, windows, bill and objectives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np

from simulator.errors import Problem
from simulator.scenario.findings import Findings
from simulator.scenario.model import Bill, Run, Source, Window
from simulator.scenario.objectives import Names, Objective, UnknownNameError, parse_objective
from simulator.scenario.precision import Precision, parse_precision
from simulator.scenario.tree import NAME, Node
from simulator.scenario.validate import validate
from simulator.values.units import HOUR, format_duration, parse_duration, shown

MONTH = 730 * HOUR
"""AWS's month."""


def read_run(root: Node, findings: Findings) -> Run | None:
    """How a design is run."""
    node = root.get("run")
    if node is None:
        findings.add(
            root.problem("'run' is missing", "write for example 'run: {for: 30 min, warm_up: 5 min}'")
        )
        return None
    run = validate(Run, node, findings)
    if run is not None and run.warm_up >= run.for_:
        warm_up = node.get("warm_up") or node
        what = f"a warm-up of {format_duration(run.warm_up)} in a run of {format_duration(run.for_)}"
        findings.add(warm_up.problem(what, "write a shorter warm_up, or a longer 'for', which includes it"))
    if run is not None and run.steady:
        _check_steady(node, run, findings)
    if run is not None and run.until is not None and run.at_most < run.replications:
        what = f"at most {run.at_most} replications, and {run.replications} to begin with"
        findings.add((node.get("at_most") or node).problem(what, f"write at least {run.replications}"))
    return run


def _check_steady(node: Node, run: Run, findings: Findings) -> None:
    if run.warm_up:
        what = "a warm-up that is given and is to be found"
        findings.add((node.get("warm_up") or node).problem(what, "remove warm_up, or steady", key=True))


def check_stationary(root: Node, run: Run, traffic: Mapping[str, Source], findings: Findings) -> None:
    """Refuses to look for a steady state where demand has none."""
    times = np.linspace(0.0, run.for_ / 1e9, 1000, endpoint=False)
    for name, source in traffic.items():
        rate = source.shape.rate_at(times)
        if run.steady and not np.allclose(rate[len(rate) // 2 :], rate[-1], rtol=1e-9):
            where = root.get("run") or root
            what = f"traffic of '{name}' changes with time ({source.shape.name}): there is no steady state"
            instead = "write a warm_up such as '5 min' instead of steady; a run of a surge has its own end"
            findings.add((where.get("steady") or where).problem(what, instead))


def read_windows(root: Node, run: Run | None, findings: Findings) -> dict[str, Window]:
    """The windows that can be read; they lie in the counted part of the run."""
    node = root.get("windows")
    windows: dict[str, Window] = {}
    if node is None:
        return windows
    if not isinstance(node.value, dict):
        findings.add(node.problem(f"no windows: {shown(node.plain())}", "write {NAME: {from: …, for: …}}"))
    for name, entry in node.entries.items():
        if not NAME.fullmatch(name):
            findings.bad_name(entry)
        if until := _until(entry):
            findings.add(until)
            continue
        window = validate(Window, entry, findings)
        if window is None:
            continue
        windows[name] = window
        ends = window.from_ + window.for_
        if run is not None and ends > run.for_:
            what = f"ends at {format_duration(ends)}, after the run's {format_duration(run.for_)}"
            findings.add(entry.problem(what, "write an earlier or shorter window, or a longer run"))
        elif run is not None and window.from_ < run.warm_up < run.for_:
            what = f"begins in the warm-up of {format_duration(run.warm_up)}, which is not counted"
            instead = f"write '{format_duration(run.warm_up)}' or later"
            if run.warm_up + window.for_ > run.for_:
                instead = f"write a warm_up of '{format_duration(window.from_)}' at most, or a longer run"
            findings.add((entry.get("from") or entry).problem(what, instead))
    return windows


def _until(entry: Node) -> Problem | None:
    """A window with its end instead of its length, and how long it is."""
    until, begins = entry.get("to"), entry.get("from")
    if until is None or begins is None or entry.get("for"):
        return None
    try:
        length = parse_duration(until.value) - parse_duration(begins.value)
    except ValueError:
        return None
    instead = f"write 'for: {format_duration(length)}'" if length > 0 else "write 'for', its length"
    return until.problem("unknown key 'to'", instead, key=True)


def read_bill(root: Node, run: Run | None, traffic: Mapping[str, Source], findings: Findings) -> Bill | None:
    """What is billed besides the run."""
    node = root.get("bill")
    if node is None:
        return Bill()
    bill = validate(Bill, node, findings)
    if bill is None or bill.month is None:
        return bill
    month = node.get("month") or node
    if run is not None and bill.month.runs * (run.for_ - run.warm_up) > MONTH:
        most = MONTH // (run.for_ - run.warm_up)
        what = f"{bill.month.runs} runs of {format_duration(run.for_ - run.warm_up)} in a month of 730 h"
        instead = f"write at most {most}" if most else "write a shorter run.for, or remove bill.month"
        findings.add((month.get("runs") or month).problem(what, instead))
    without = _without_baseline(traffic)
    if bill.month.otherwise == "baseline" and without:
        what = f"no baseline of {', '.join(without)}, whose shape is '{traffic[without[0]].shape.name}'"
        findings.add((month.get("otherwise") or month).problem(what, "write idle"))
    return bill


def _without_baseline(traffic: Mapping[str, Source]) -> list[str]:
    """The sources that have no ordinary times."""
    return [name for name, source in traffic.items() if source.shape.baseline_rate() is None]


def read_objectives(root: Node, names: Names, findings: Findings) -> tuple[Objective, ...]:
    """The objectives that can be read."""
    node = root.get("objectives")
    if node is None:
        return ()
    if not isinstance(node.value, dict):
        findings.add(node.problem(f"no objectives: {shown(node.plain())}", "write {METRIC: 'p99 < 2 s'}"))
    found: list[Objective] = []
    for key, entry in node.entries.items():
        try:
            found.append(parse_objective(key, entry.plain(), names))
        except ValueError as error:
            what, _, instead = str(error).partition("; ")
            findings.add(entry.problem(what, instead, key=isinstance(error, UnknownNameError)))
    return tuple(found)


def read_until(
    root: Node, run: Run | None, names: Names, objectives: Sequence[Objective], findings: Findings
) -> Precision | None:
    """How sure the study shall be, if it says so."""
    if run is None or run.until is None or not names.traffic:
        return None
    try:
        return parse_precision(run.until, names, objectives)
    except ValueError as error:
        what, _, instead = str(error).partition("; ")
        where = root.get("run") or root
        findings.add((where.get("until") or where).problem(what, instead))
        return None


def names_in(
    root: Node,
    services: Collection[str],
    sources: Mapping[str, Source],
    counters: Callable[[str], Iterable[str]] | None,
) -> Names:
    """What objectives may speak of: what is in the file, readable or not."""

    def entries(key: str, node: Node = root) -> Mapping[str, Node]:
        inner = node.get(key)
        return inner.entries if inner else {}

    traffic = {name: tuple(entries("mix", source)) for name, source in entries("traffic").items()}
    return Names(
        traffic=traffic,
        services=frozenset(services),
        windows=tuple(entries("windows")),
        month="month" in entries("bill"),
        baseline=len(sources) == len(traffic) and not _without_baseline(sources),
        counters=counters,
    )
