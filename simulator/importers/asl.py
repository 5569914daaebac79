"""A definition in Amazon States Language, and logs of its functions, as a scenario that runs."""

from __future__ import annotations

import csv
import io
import json
import math
import statistics
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from simulator.importers.flows import Flows, estimate
from simulator.importers.lambda_logs import Executions, ImportFileError, Invocation, Logs
from simulator.importers.paths import assigned, paths, select
from simulator.values.units import format_share
from simulator.workflows.asl import read_asl
from simulator.workflows.machine import CALLBACK, Choice, Machine, Map, Task, Wait


class Options(NamedTuple):
    """What the command line says besides the files."""

    name: str
    """Of the machine, and of the files written."""
    type: str = "standard"
    era: str = "aws-2026"
    task_delay: str | None = None
    """A Task's time beyond its function's Duration, as a scenario writes a time."""
    runtime: str | None = None
    trim: int = 0
    """Executions left out at the beginning and at the end of every session."""
    samples: int = 1000
    """Durations kept of each function, at most."""


@dataclass
class Parts:
    """What is written: files by name, the scenario first, and what somebody should look at."""

    files: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def import_asl(definition: str, logs: Logs, executions: Executions | None, options: Options) -> Parts:
    """Scenario parts for a definition (the text of its file).

    Raises:
        ImportFileError: with everything in the definition that is not understood.
    """
    machine, refusals = read_asl(definition)
    if machine is None:
        raise ImportFileError("\n".join(f"{options.name}.asl.json, {refusal}" for refusal in refusals))
    return _Import(machine, definition, logs, executions, options).parts()


class _Import:
    def __init__(
        self,
        machine: Machine,
        definition: str,
        logs: Logs,
        executions: Executions | None,
        options: Options,
    ) -> None:
        self.machine = machine
        self.definition = definition
        self.logs = logs
        self.executions = executions
        self.options = options
        self.written = Parts()
        self.whole: dict[str, list[int]] = {}
        """The executions in which each function ran, where times tell."""
        self.states = list(machine.every())
        tasks = [state for state in self.states if isinstance(state, Task)]
        self.services = {state: _service(state.target or state.name) for state in tasks}
        if logs.names() and not any(logs.of(str(state.target)) for state in tasks):
            logged, used = ", ".join(logs.names()), ", ".join(str(state.target) for state in tasks)
            self.note(
                f"no function that was logged ({logged}) is one of the definition ({used}): see the names"
            )
        counts = {
            str(state.target): len(logs.of(str(state.target)))
            for state in tasks
            if logs.of(str(state.target))
        }
        self.chosen = select(executions, options.trim) if executions else []
        if executions and not self.chosen:
            raise ImportFileError(
                f"--trim {options.trim}: of no session an execution is left; write a smaller number"
            )
        if executions:
            self.pick(executions)
            counts = {name: len(self.logs.of(name)) for name in counts}
        began = len(self.chosen) if executions else None
        self.flows = estimate(machine, counts, began) if counts else Flows(0.0)
        self.paths = (
            paths(self.machine, self.chosen, self.whole, bool(self.flows.failing)) if self.whole else None
        )
        if self.flows.off > 0.02:
            self.note(f"the counts of the logs miss each other by {self.flows.off:.0%}: is a log incomplete?")

    def pick(self, executions: Executions) -> None:
        """Keep what was logged in executions that count, and find the ways that they went."""
        places = {
            name: assigned(executions, [each.at_s for each in self.logs.of(name)])
            for name in {str(task.target) for task in self.services}
            if self.logs.of(name)
        }
        whole = {name: found for name, found in places.items() if found is not None}
        if len(whole) < len(places):
            if self.options.trim:
                self.note("executions overlap, or the logs have no times: all that was logged is taken")
            return
        kept = set(self.chosen)
        self.logs = Logs(
            {
                name: [each for each, place in zip(self.logs.of(name), found, strict=True) if place in kept]
                for name, found in whole.items()
            }
        )
        self.whole = whole

    def note(self, text: str) -> None:
        self.written.notes.append(text)

    def parts(self) -> Parts:
        lines = [*self.head(), *self.traffic(), "", "architecture:", *self.machine_lines()]
        for name in dict.fromkeys(self.services.values()):
            lines += self.function(name)
        lines += ["", "designs: {imported: {}}", "", self.run()]
        files = {f"{self.options.name}.yaml": "\n".join(lines) + "\n"}
        self.written.files = {**files, f"{self.options.name}.asl.json": self.definition, **self.written.files}
        return self.written

    def head(self) -> Iterator[str]:
        yield f"name: {_text(self.options.name)}"
        given = []
        if self.options.task_delay is not None:
            given.append("lambda.invoke_overhead: 0 s")  # the task delay holds it
        if self.executions is not None:
            given.append("step_functions.start_latency: 0 s")  # logged times begin with the execution
        era = self.options.era
        yield f"era: {{{', '.join([f'use: {era}', *given])}}}" if given else f"era: {era}"
        yield ""

    def traffic(self) -> Iterator[str]:
        yield "traffic:"
        shape = "shape: poisson, rate: 1/s"
        if self.executions and len(self.executions.starts_s) > 2:
            gaps = [after - before for before, after in pairwise(self.executions.starts_s)]
            gap = _usual_gap(self.executions)
            steady = statistics.median(abs(each - gap) for each in gaps) < gap / 4
            rate = f"1/{round(gap * 1e3)} ms" if gap else "1/s"
            shape = f"shape: {'constant' if steady else 'poisson'}, rate: {rate}"
        else:
            self.note("no executions were given: traffic is 1/s, write your own")
        yield f"  executions: {{to: {_service(self.options.name)}, {shape}}}"

    def run(self) -> str:
        """As long as all sessions together, and as often as makes a p99 worth printing."""
        if self.executions is None or len(self.executions.starts_s) < 100:
            return "run: {for: 1 h, warm_up: 5 min, replications: 10, seed: 1}"
        number, trim = len(self.executions.starts_s), self.options.trim
        gap = _usual_gap(self.executions)
        often = min(max(math.ceil(30_000 / number), 10), 100)
        length, warm_up = number * gap, max(trim, 10) * gap
        span = f"for: {length:.0f} s, warm_up: {warm_up:.0f} s"
        return f"run: {{{span}, replications: {often}, seed: 1, engine: compiled}}"

    # ------------------------------------------------------------------ the machine

    def machine_lines(self) -> Iterator[str]:
        yield f"  {_service(self.options.name)}:"
        yield "    service: step_functions"
        yield f"    type: {self.options.type}"
        yield f"    definition: {self.options.name}.asl.json"
        if self.options.task_delay is not None:
            yield f"    task_delay: {self.options.task_delay}"
        renamed = {task.name: name for task, name in self.services.items() if name != task.target}
        yield from _block("tasks", {_text(state): name for state, name in renamed.items()})
        if self.paths:
            file = f"{self.options.name}_paths.csv"
            names = list(self.paths[0])
            rows = [["|".join(ways[name]) for name in names] for ways in self.paths]
            self.written.files[file] = csv_text([names, *rows])
            yield f"    paths: {{file: {file}}}"
        yield from _block("choices", dict(self.choices()))
        yield from _block("items", dict(self.items()))
        yield from _block("waits", dict(self.waits()))
        yield from _block("callbacks", dict(self.callbacks()))

    def choices(self) -> Iterator[tuple[str, str]]:
        for state in self.states:
            if (
                not isinstance(state, Choice)
                or len(state.targets) < 2
                or state.name in (self.paths or [{}])[0]
            ):
                continue
            shares = self.flows.choices.get(state.name)
            known = shares is not None
            if shares is None:
                self.note(f"shares of {state.name!r} cannot be told from logs: all alike, write your own")
                shares = dict.fromkeys(state.targets, 1 / len(state.targets))
            written = [round(share * 1e6) for share in shares.values()]
            written[written.index(max(written))] += 1_000_000 - sum(written)
            each = ", ".join(
                f"{_text(target)}: {format_share(part / 1e6)}"
                for target, part in zip(shares, written, strict=True)
            )
            yield _text(state.name), f"{{{each}}}" + ("" if known else "  # assumed")

    def items(self) -> Iterator[tuple[str, str]]:
        for state in self.states:
            if not isinstance(state, Map):
                continue
            numbers = self.numbers(state)
            if numbers is None and state.name in self.flows.items:
                numbers = _around(self.flows.items[state.name])
            if numbers is None:
                self.note(
                    f"how many items {state.name!r} has cannot be told from the logs: 10, write your own"
                )
                yield _text(state.name), "10  # assumed"
            elif len(numbers) == 1:
                yield _text(state.name), str(next(iter(numbers)))
            else:
                each = ", ".join(
                    f"{{number: {number}, share: {format_share(share)}}}" for number, share in numbers.items()
                )
                yield _text(state.name), f"[{each}]"

    def numbers(self, state: Map) -> dict[int, float] | None:
        """How often there were so many items, if single executions tell: where a function is used once
        in each item, and nowhere else."""
        task = state.body.states[state.body.start]
        if self.executions is None or not isinstance(task, Task):
            return None
        same = [each for each in self.services if each.target == task.target]
        logged = [each.at_s for each in self.logs.of(str(task.target)) if each.at_s is not None]
        again = any(task.name in other.exits for other in state.body.states.values())
        if len(same) > 1 or not logged or again or task.retry:
            return None
        counts = _per_execution(self.executions, logged)
        if counts is None:
            return None
        tally: dict[int, int] = {}
        for count in counts:
            if count:
                tally[count] = tally.get(count, 0) + 1
        whole = sum(tally.values())
        parts = [round(times * 1e6 / whole) for times in tally.values()]
        parts[parts.index(max(parts))] += 1_000_000 - sum(parts)
        return {number: part / 1e6 for number, part in sorted(zip(tally, parts, strict=True))}

    def waits(self) -> Iterator[tuple[str, str]]:
        for state in self.states:
            if isinstance(state, Wait) and state.time is None:
                self.note(f"how long {state.name!r} waits is said by data: 1 s, write your own")
                yield _text(state.name), "1 s  # assumed"

    def callbacks(self) -> Iterator[tuple[str, str]]:
        for state in self.states:
            if isinstance(state, Task) and state.pattern == CALLBACK:
                self.note(f"when the token of {state.name!r} comes back no log tells: 1 min, write your own")
                yield _text(state.name), "1 min  # assumed"

    # ------------------------------------------------------------------ the functions

    def function(self, service: str) -> Iterator[str]:
        tasks = [task for task, name in self.services.items() if name == service]
        logged = self.logs.of(str(tasks[0].target))
        yield f"  {service}:"
        if tasks[0].starts:
            self.note(f"{service} is another state machine: import it, and put it here")
            yield "    service: step_functions"
            yield f"    type: {self.options.type}"
            yield "    states: [{pass: true}]  # assumed"
            return
        if not logged:
            self.note(f"nothing is logged of {service}: 100 ms, write your own")
            yield "    service: external"
            yield "    latency: 100 ms  # assumed"
            return
        yield "    service: lambda"
        yield from self.starts(service, logged)
        memory = statistics.mode(each.memory_mb for each in logged)
        yield f"    memory: {memory} MB"
        longest = max(each.duration_ms for each in logged)
        yield f"    timeout: {'900 s' if longest >= 300_000 else '5 min'}"
        file = f"{self.options.name}_durations/{service}.csv"
        self.written.files[file] = table(
            "duration_ms", [each.duration_ms for each in logged], self.options.samples
        )
        work = f"{{samples: {{file: {file}}}}}"
        failing = max((self.flows.failing.get(task.name, 0.0) for task in tasks), default=0.0)
        if failing:
            yield f"    handler: [{{work: {work}}}, {{fail: {format_share(round(failing, 6))}}}]"
        else:
            yield f"    duration: {work}"

    def starts(self, service: str, logged: Sequence[Invocation]) -> Iterator[str]:
        """Cold starts: as logged, or of the runtime, or none."""
        inits = [each.init_ms for each in logged if each.init_ms is not None]
        if self.options.runtime:
            yield f"    runtime: {self.options.runtime}"
        else:
            yield "    runtime: unknown"
        if inits:
            file = f"{self.options.name}_durations/{service}_init.csv"
            self.written.files[file] = table("init_ms", inits, self.options.samples)
            yield f"    cold_start: {{samples: {{file: {file}}}}}"
        elif not self.options.runtime:
            yield "    cold_start: 0 s  # the logs tell nothing of it; --runtime would"
            self.note(f"cold starts of {service}: the logs tell nothing; give --runtime")


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def table(column: str, values: Sequence[float], most: int) -> str:
    """A CSV table of the values, or of `most` of them: the mean of each of so many equal parts, in order."""
    ordered = sorted(values)
    if len(ordered) > most:
        bounds = [len(ordered) * part // most for part in range(most + 1)]
        ordered = [math.fsum(ordered[low:high]) / (high - low) for low, high in pairwise(bounds)]
    return "\n".join([column, *(f"{value:.2f}" for value in ordered)]) + "\n"


def _per_execution(executions: Executions, at_s: Sequence[float]) -> list[int] | None:
    """How often something was logged in each execution; None if executions overlap too much to tell."""
    starts, ends = executions
    overlaps = sum(end > start for end, start in zip(ends, starts[1:], strict=False))
    if overlaps > len(starts) / 100:
        return None
    counts = [0] * len(starts)
    for instant in at_s:  # logged in whole seconds
        place = bisect_right(starts, instant + 1.0) - 1
        counts[max(place, 0)] += 1
    return counts


def _usual_gap(executions: Executions) -> float:
    """Seconds between the starts of two executions, at the median."""
    return statistics.median(after - before for before, after in pairwise(executions.starts_s))


def _around(mean: float) -> dict[int, float]:
    """The two whole numbers around a mean, with the shares that give it."""
    low = math.floor(mean + 0.005)
    share = max(mean - low, 0.0)
    return {low: 1.0} if share < 0.005 else {low: round(1 - share, 6), low + 1: round(share, 6)}


def _block(key: str, entries: Mapping[str, str]) -> Iterator[str]:
    if entries:
        yield f"    {key}:"
        yield from (f"      {name}: {value}" for name, value in entries.items())


def _text(name: str) -> str:
    """As YAML takes it for a text."""
    plain = all(part.isalnum() for part in name.replace("_", " ").replace("-", " ").split())
    word = (
        plain
        and name[0].isalpha()
        and name.lower() not in ("yes", "no", "on", "off", "true", "false", "null")
    )
    return name if word and name == name.strip() else json.dumps(name, ensure_ascii=False)


def _service(name: str) -> str:
    """A service's name as scenarios allow it."""
    kept = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "_-") else "_" for letter in name
    )
    return kept.strip("_-")[:64] or "task"
