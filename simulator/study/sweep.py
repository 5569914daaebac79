"""A sweep: the designs of a scenario at every point of a grid of settings, all with the same luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import Problem, ScenarioError
from simulator.measure.result import Replication
from simulator.measure.summary import DesignSummary, Summary
from simulator.scenario.read import read
from simulator.study import frames
from simulator.study.borne import Borne, borne, requests
from simulator.study.crew import Crew
from simulator.study.knobs import Knob, check_different, grid
from simulator.study.study import chosen, conduct
from simulator.study.summarise import summarise
from simulator.study.tasks import Task, rest_of
from simulator.study.unscaled import Hint, Unscaled, unheard, unscaled

if TYPE_CHECKING:
    import pandas as pd

    from simulator.scenario.model import Scenario

MOST_POINTS = 2_000


class Point(NamedTuple):
    """One point of the grid and what was found there."""

    setting: tuple[str, ...]
    """Values of the knobs, in their order."""
    summary: Summary


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """What a sweep found; tables have one column for each knob."""

    scenario: Scenario
    """The scenario at the first point."""
    knobs: tuple[Knob, ...]
    points: tuple[Point, ...]
    untouched: Mapping[str, Sequence[str]]
    """By design, knobs that change nothing there, because the design says otherwise."""
    interrupted: bool = False
    """Whether points are missing."""
    unscaled: tuple[Unscaled, ...] = ()
    """Functions for which less memory only costs less, because their work is the same at every memory."""

    @cached_property
    def designs(self) -> tuple[str, ...]:
        """The designs at every point."""
        return tuple(self.scenario.designs)

    @property
    def cheapest(self) -> tuple[Point, str] | None:
        """The point and the design of it that pass every objective at the lowest cost."""
        passing = [
            (point, name)
            for point in self.points
            for name, design in point.summary.designs.items()
            if design.verdict == "pass"
        ]
        return min(passing, key=lambda found: found[0].summary.designs[found[1]].cost, default=None)

    @cached_property
    def bears(self) -> Mapping[str, Borne]:
        """Where more and less traffic is swept, how much of it each design bears; otherwise nothing."""
        return borne(self)

    @property
    def answers(self) -> Sequence[tuple[Point, str]]:
        """The points that are the answer, with their designs: the cheapest that passes; or where traffic is
        swept the most that each design bears, the most of all first."""
        if not self.bears:
            return [self.cheapest] if self.cheapest else []
        found = [(one.most, name) for name, one in self.bears.items() if one.most]
        return sorted(found, key=lambda each: -requests(each[0]))

    def at(self, setting: Sequence[str], design: str) -> DesignSummary:
        """A design at one point."""
        return next(one for one in self.points if one.setting == tuple(setting)).summary.designs[design]

    def table(self) -> pd.DataFrame:
        """Every metric of every design at every point, with its interval: one number a row."""
        return self._together([frames.metrics(point.summary) for point in self.points])

    def objectives(self) -> pd.DataFrame:
        """The verdict on each objective of every design at every point."""
        return self._together([frames.objectives(point.summary) for point in self.points])

    def _together(self, found: Sequence[pd.DataFrame]) -> pd.DataFrame:
        import pandas as pd

        for table, point in zip(found, self.points, strict=True):
            for place, (knob, value) in enumerate(zip(self.knobs, point.setting, strict=True)):
                number = dict(zip(knob.choices, knob.numbers or (), strict=False)).get(value, value)
                table.insert(place, f"{knob.path} ({knob.unit})" if knob.unit else knob.path, number)
        return pd.concat(found, ignore_index=True)


def sweep(
    path: Path,
    sets: Sequence[str],
    knobs: Sequence[Knob],
    hands: Crew,
    designs: Sequence[str] | None = None,
    hint: Hint = unheard,
) -> Sweep:
    """Runs the scenario of a file at every point of the grid, all points at once.

    A knob that does not exist, a value that cannot be and a knob that changes nothing anywhere are
    ScenarioErrors, before anything runs; what is no mistake and probably not meant is told to `hint` then.
    Interrupted, it keeps the points that are finished; if there
    are none, the interrupt goes on to the caller.
    """
    check_different(knobs, "--set")
    points = grid(knobs)
    if len(points) > MOST_POINTS:
        what = f"{len(points):,} points, and at most {MOST_POINTS:,} can be swept"
        raise ScenarioError(Problem("--set", what, "write fewer values, or a step in a range"))
    scenarios = [
        chosen(
            read(
                path,
                [*sets, *(knob.set(value) for knob, value in zip(knobs, values, strict=True))],
                designs or (),
            ),
            designs,
        )
        for values in points
    ]
    untouched = _untouched(knobs, points, scenarios)
    same = _unscaled(points, scenarios)
    for one in same:
        hint(one)
    together = scenarios[0].until is None and not scenarios[0].run.steady
    found, interrupted = (_at_once if together else _in_turn)(scenarios, hands)
    done = [Point(points[place], summary) for place, summary in sorted(found.items())]
    return Sweep(scenarios[0], tuple(knobs), tuple(done), untouched, interrupted, same)


def _untouched(
    knobs: Sequence[Knob], points: Sequence[tuple[str, ...]], scenarios: Sequence[Scenario]
) -> dict[str, list[str]]:
    """Knobs that change nothing in a design; one that changes nothing anywhere is a mistake."""
    found: dict[str, list[str]] = {}
    for place, knob in enumerate(knobs):
        along = [
            scenario
            for values, scenario in zip(points, scenarios, strict=True)
            if all(values[other] == points[0][other] for other in range(len(knobs)) if other != place)
        ]
        still = [name for name in along[0].designs if len({_said(one, name) for one in along}) == 1]
        if still == list(along[0].designs) and len(along) > 1:
            what = "changes nothing: every design says otherwise"
            instead = f"write the path in a design: designs.{still[0]}.{knob.path}"
            raise ScenarioError(Problem(f"--set {knob.path}", what, instead))
        for name in still if len(along) > 1 else ():
            found.setdefault(name, []).append(knob.path)
    return found


def _unscaled(points: Sequence[tuple[str, ...]], scenarios: Sequence[Scenario]) -> tuple[Unscaled, ...]:
    """What memory does not change, from the first point to those that differ from it in one knob."""
    along = [
        scenario
        for values, scenario in zip(points, scenarios, strict=True)
        if sum(value != first for value, first in zip(values, points[0], strict=True)) <= 1
    ]
    found = (unscaled(one.designs[name] for one in along) for name in along[0].designs)
    return tuple(dict.fromkeys(one for each in found for one in each))


def _said(scenario: Scenario, design: str) -> str:
    """All that the runs and the bill of a design depend on, in words."""
    one = scenario.designs[design]
    objectives = [(each.key, each.text) for each in scenario.objectives]
    return repr((one.written, one.era.name, scenario.shared, scenario.run, scenario.bill, objectives))


def _at_once(scenarios: Sequence[Scenario], hands: Crew) -> tuple[dict[int, Summary], bool]:
    """All runs of all points side by side; a point that is done is summed up and its runs are forgotten."""
    from simulator.engine.choice import choose

    engine = choose(scenarios[0], times=len(scenarios))
    tasks = {place: _tasks(scenario, engine, place) for place, scenario in enumerate(scenarios)}
    runs: dict[int, dict[Task, Replication]] = {place: {} for place in tasks}
    found: dict[int, Summary] = {}

    def finished(task: Task, run: Replication) -> None:
        place = task.scenario
        scenario = scenarios[place]
        done = runs[place]
        done[task] = run
        if len(done) < len(tasks[place]):
            return
        by_design, baselines = (
            {
                name: tuple(done[one] for one in tasks[place] if (one.design, one.baseline) == (name, rest))
                for name in scenario.designs
            }
            for rest in (False, True)
        )
        found[place] = summarise(scenario, by_design, baselines)
        del runs[place]

    try:
        hands.work(scenarios, [task for place in tasks for task in tasks[place]], finished)
    except KeyboardInterrupt:
        if not found:
            raise
        return found, True
    return found, False


def _tasks(scenario: Scenario, engine: str, place: int) -> list[Task]:
    tasks: list[Task] = []
    for number in range(scenario.run.replications):
        tasks += rest_of(scenario, engine, number, place).values()
        tasks += [Task(name, number, engine, scenario=place, where=False) for name in scenario.designs]
    return tasks


def _in_turn(scenarios: Sequence[Scenario], hands: Crew) -> tuple[dict[int, Summary], bool]:
    """Point by point, where each has its own warm-up or its own number of replications to find."""
    found: dict[int, Summary] = {}
    for place, scenario in enumerate(scenarios):
        try:
            study = conduct(scenario, hands, where=False)
        except KeyboardInterrupt:
            if not found:
                raise
            return found, True
        if study.interrupted:
            study = replace(study, interrupted=False)
            return found | ({place: study.summary} if not found else {}), True
        found[place] = study.summary
    return found, False
