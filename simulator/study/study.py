"""A study: replications of each design on the same traffic, and what they say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import Problem, ScenarioError
from simulator.measure.document import to_json
from simulator.measure.headroom import Headroom
from simulator.measure.result import Replication
from simulator.measure.summary import Summary, Sureness
from simulator.study import frames, over_time, steady, until
from simulator.study import servers as at_servers
from simulator.study.crew import Crew, Progress, crew
from simulator.study.inferred import inferred
from simulator.study.rows import place_of, remove
from simulator.study.summarise import summarise
from simulator.study.tasks import Task, rest_of
from simulator.study.why import explained

if TYPE_CHECKING:
    import pandas as pd

    from simulator.scenario.model import Scenario


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """What the replications of a scenario's designs left behind; tables are means per run."""

    scenario: Scenario
    replications: Mapping[str, Sequence[Replication]]
    baselines: Mapping[str, Sequence[Replication]] = field(default_factory=dict)
    """Some of the rest of the month beside each of them, where the bill is of a month."""
    interrupted: bool = False
    """Whether it was stopped early, with fewer replications than asked for."""
    warm_up: steady.Found | None = None
    """The warm-up of a steady run, which was found and not given."""
    headroom: Mapping[str, Headroom] = field(default_factory=dict)
    """By design, where it was asked for (see `simulator.study.headroom`)."""

    @cached_property
    def summary(self) -> Summary:
        """All numbers of the comparison, with intervals and verdicts."""
        found = summarise(self.scenario, self.replications, self.baselines, self.sureness, self.warm_up)
        designs, used = found.designs, found.inferred
        if any(run.where for runs in self.replications.values() for run in runs):  # who asks where, asks why
            designs = {name: explained(self.scenario, name, design) for name, design in designs.items()}
            used = inferred(self.scenario, designs)
        return replace(found, designs=designs, headroom=self.headroom, inferred=used)

    @cached_property
    def sureness(self) -> Sureness | None:
        """How sure the number is that was to be made sure, where it is least so."""
        return until.sureness(self.scenario, self.replications, self.baselines)

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

    def where(self) -> pd.DataFrame:
        """Where the time goes: of all requests, of the slowest, of the failed; and what was left behind."""
        return frames.where(self.summary)

    def limits(self) -> pd.DataFrame:
        """The limits of each design, the first to bind first."""
        return frames.limits(self.summary)

    def bill(self, month: bool = False) -> pd.DataFrame:
        """The bill of a run, line by line; or of a month, where the scenario declares one."""
        return frames.bill(self.summary, month)

    def services(self) -> pd.DataFrame:
        """Counters of each service."""
        return frames.services(self.summary)

    def messages(self) -> pd.DataFrame:
        """What queues, streams and asynchronous invocations received; no rows without any."""
        return frames.messages(self.summary)

    def states(self) -> pd.DataFrame:
        """Visits and times of each state of the state machines; no rows without any."""
        return frames.states(self.summary)

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

    def servers(self) -> pd.DataFrame:
        """What is at fleets of servers and on connections of databases over time: computing, or waiting."""
        return at_servers.servers(self)

    def waiting(self) -> pd.DataFrame:
        """What waits in queues and for the consumers of streams over time, and its age."""
        return over_time.waiting(self.replications)

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
    resume: str | Path | None = None,
) -> Study:
    """Runs every replication of every design, on all cores or on the executor at hand.

    A study of few requests runs in this process, before others would have started.
    Interrupted (Ctrl-C), it keeps the rounds that every design has finished; if there are none,
    the interrupt goes on to the caller.

    `rows` keeps a row for each answered request in memory, for `Study.rows`; or names a new folder
    for them, one Parquet file per run, written while the runs go on in memory that does not grow
    (workers on other machines must share that folder). `resume` names a file that keeps finished
    runs: those that are in it are not done again.
    """
    with crew(workers, executor, progress, resume) as hands:
        return conduct(chosen(scenario, designs, replications), hands, rows)


def conduct(scenario: Scenario, hands: Crew, rows: bool | str | Path = False, where: bool = True) -> Study:
    """Runs a study, until its numbers are as sure as the scenario asks, with this crew."""
    from simulator.engine.choice import choose

    engine = choose(scenario)
    warm_up = _come_to_rest(scenario, engine, hands) if scenario.run.steady else None
    if warm_up is not None:
        scenario = steady.settled(scenario, warm_up)
    numbers: Sequence[int] = range(until.first_look(scenario))
    done: dict[Task, Replication] = {}

    with place_of(rows) as place:

        def run_of(name: str, number: int) -> Task:
            return Task(name, number, engine, rows=place, where=where)

        def tasks_of(number: int) -> list[Task]:
            rest = rest_of(scenario, engine, number)
            return [*rest.values(), *(run_of(name, number) for name in scenario.designs)]

        def study(numbers: Sequence[int]) -> Study:
            rests = [rest_of(scenario, engine, number) for number in numbers]
            return Study(
                scenario,
                {name: tuple(done[run_of(name, number)] for number in numbers) for name in scenario.designs},
                {name: tuple(done[rest[name]] for rest in rests) for name in rests[0]},
                warm_up=warm_up,
            )

        try:
            while True:
                tasks = [task for number in numbers for task in tasks_of(number)]
                hands.work([scenario], [task for task in tasks if task not in done], done.__setitem__)
                so_far = study(numbers)
                enough = len(numbers) if so_far.sureness is None else until.next_look(so_far.sureness)
                if enough <= len(numbers):
                    return so_far
                numbers = range(enough)
        except KeyboardInterrupt:
            finished = [number for number in numbers if all(task in done for task in tasks_of(number))]
            if not finished:
                raise
            unfinished = set(numbers).difference(finished)
            remove(place, (run_of(name, number) for number in unfinished for name in scenario.designs))
            return replace(study(finished), interrupted=True)


def _come_to_rest(scenario: Scenario, engine: str, hands: Crew) -> steady.Found:
    """The warm-up, from pilot runs of every design."""
    pilot, runs = steady.pilot(scenario), {}
    numbers = range(pilot.run.replications)
    tasks = [Task(name, n, engine, where=False) for name in pilot.designs for n in numbers]
    hands.work([pilot], tasks, lambda task, run: runs.update({task: run}))
    by_design = {name: [runs[task] for task in tasks if task.design == name] for name in pilot.designs}
    return steady.find(scenario, by_design)


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
