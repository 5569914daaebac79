"""A study: replications of each design on the same traffic, and what they say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import Problem, ScenarioError
from simulator.measure.document import to_json
from simulator.measure.result import Replication
from simulator.measure.summary import Summary
from simulator.study import frames, over_time
from simulator.study.judge import check
from simulator.study.rows import place_of, remove
from simulator.study.summarise import summarise
from simulator.study.tasks import Finished, Task, carry_out

if TYPE_CHECKING:
    import pandas as pd

    from simulator.scenario.model import Scenario

QUICK = {"simpy": 50_000, "interpreted": 50_000, "compiled": 50_000}
"""Requests that an engine carries in the time that starting workers takes."""

Progress = Callable[[int, int], None]
"""Called with the number of finished runs and of all runs."""


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """What the replications of a scenario's designs left behind; tables are means per run."""

    scenario: Scenario
    replications: Mapping[str, Sequence[Replication]]
    baselines: Mapping[str, Replication] = field(default_factory=dict)
    interrupted: bool = False
    """Whether it was stopped early, with fewer replications than asked for."""

    @cached_property
    def summary(self) -> Summary:
        """All numbers of the comparison, with intervals and verdicts."""
        return summarise(self.scenario, self.replications, self.baselines)

    def table(self) -> pd.DataFrame:
        """The comparison: one design per row, one metric per column."""
        return frames.comparison(self.summary)

    def metrics(self) -> pd.DataFrame:
        """The comparison with intervals, one metric of one design per row."""
        return frames.metrics(self.summary)

    def compare(self, base: str | None = None) -> pd.DataFrame:
        """How the other designs differ from one of them (the first unless named), with intervals."""
        names = list(self.replications)
        if base is not None and base not in names:
            raise ScenarioError(_unknown(base, names))
        return frames.differences(self.summary, base or names[0])

    def latency(self) -> pd.DataFrame:
        """Latency and completion by traffic, window and statistic."""
        return frames.latency(self.summary)

    def outcomes(self) -> pd.DataFrame:
        """Requests by outcome and cause."""
        return frames.outcomes(self.summary)

    def limits(self) -> pd.DataFrame:
        """The limits of each design, the first to bind first."""
        return frames.limits(self.summary)

    def bill(self) -> pd.DataFrame:
        """The bill of a run, line by line."""
        return frames.bill(self.summary)

    def services(self) -> pd.DataFrame:
        """Counters of each service."""
        return frames.services(self.summary)

    def objectives(self) -> pd.DataFrame:
        """The verdict on each objective."""
        return frames.objectives(self.summary)

    def series(self) -> pd.DataFrame:
        """Time bins, means over the replications."""
        return over_time.series(self.replications)

    def rates(self) -> pd.DataFrame:
        """Requests and outcomes per second over time."""
        return over_time.rates(self.replications)

    def timeline(self) -> pd.DataFrame:
        """Latency percentiles over time."""
        return over_time.timeline(self.replications)

    def histogram(self) -> pd.DataFrame:
        """Latencies in narrow bins."""
        return over_time.histogram(self.replications)

    def concurrency(self) -> pd.DataFrame:
        """Executions of each function over time: provisioned, warm, spill-over and cold."""
        return over_time.concurrency(self.replications)

    def rows(self) -> pd.DataFrame:
        """Answered requests, one a row, of a study that was run with `rows=True`."""
        return frames.rows(self.replications)

    def to_json(self) -> str:
        """The document that `simulate --json` prints."""
        return to_json(self.summary)

    def __repr__(self) -> str:
        runs = ", ".join(f"{name} × {len(found)}" for name, found in self.replications.items())
        return f"Study({self.scenario.name}: {runs})"


def run(
    scenario: Scenario,
    designs: Sequence[str] | None = None,
    replications: int | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    rows: bool | str | Path = False,
) -> Study:
    """Runs every replication of every design, on all cores or on the executor at hand.

    A study of few requests runs in this process, before others would have started.
    Interrupted (Ctrl-C), it keeps the rounds that every design has finished; if there are none,
    the interrupt goes on to the caller.

    `rows` keeps a row for each answered request in memory, for `Study.rows`; or names a new folder
    for them, one Parquet file per run, written while the runs go on in memory that does not grow
    (workers on other machines must share that folder).
    """
    from simulator.engine.choice import choose

    scenario = chosen(scenario, designs, replications)
    engine = choose(scenario)
    numbers: Sequence[int] = range(scenario.run.replications)
    month = scenario.designs if scenario.bill.month else ()
    hours = {name: Task(name, 0, engine, baseline=True) for name in month}
    done: dict[Task, Replication] = {}

    def finished(task: Task, replication: Replication) -> None:
        check(scenario.objectives, replication)
        done[task] = replication
        if progress is not None:
            progress(len(done), len(tasks))

    interrupted = False
    with place_of(rows) as place:
        runs = {(n, name): Task(name, n, engine, rows=place) for n in numbers for name in scenario.designs}
        tasks = [*hours.values(), *runs.values()]
        try:
            _carry_out(scenario, tasks, finished, workers, executor)
        except KeyboardInterrupt:
            interrupted = True
            numbers = [n for n in numbers if all(runs[n, name] in done for name in scenario.designs)]
            if not numbers:
                raise
            remove(place, (task for task in runs.values() if task.number not in numbers))
    return Study(
        scenario,
        {name: tuple(done[runs[number, name]] for number in numbers) for name in scenario.designs},
        {name: done[hour] for name, hour in hours.items() if hour in done},
        interrupted,
    )


def chosen(
    scenario: Scenario, designs: Sequence[str] | None = None, replications: int | None = None
) -> Scenario:
    """The scenario with only these designs and so many replications."""
    names = list(scenario.designs) if designs is None else list(dict.fromkeys(designs))
    for name in names:
        if name not in scenario.designs:
            raise ScenarioError(_unknown(name, scenario.designs))
    settings = scenario.run.model_copy(update={"replications": replications or scenario.run.replications})
    return replace(scenario, designs={name: scenario.designs[name] for name in names}, run=settings)


def _unknown(name: str, known: Iterable[str]) -> Problem:
    return Problem("designs", f"no design named '{name}'", f"write one of: {', '.join(known)}")


def _carry_out(
    scenario: Scenario,
    tasks: Sequence[Task],
    finished: Finished,
    workers: int | None,
    executor: Executor | None,
) -> None:
    """Few requests in this process; and the compiling, so that not every worker does it."""
    from simulator.engine.choice import expected_requests
    from simulator.engine.kernel import is_compiled, kernel

    engine = tasks[0].engine
    if executor is None and workers is None and expected_requests(scenario) < QUICK[engine]:
        workers = 1
    alone = 0
    if executor is None and engine == "compiled":
        alone = 0 if is_compiled() else 1
        kernel()  # before threads ask for it
    carry_out(scenario, tasks[:alone], finished, workers=1)
    carry_out(scenario, tasks[alone:], finished, workers, executor)
