"""Sizing: the cheapest values of settings with which a design meets its objectives, under the same luck."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import Problem, ScenarioError
from simulator.measure.summary import DesignSummary, Judged, Summary
from simulator.scenario.designs import ONLY
from simulator.scenario.read import read
from simulator.scenario.reserved import KEYS
from simulator.study.beyond import beyond
from simulator.study.crew import Crew
from simulator.study.knobs import Knob, check_different
from simulator.study.margin import margin
from simulator.study.search import Outcome, Place, Search
from simulator.study.study import chosen, conduct
from simulator.study.unscaled import Hint, Unscaled, unheard, unscaled

if TYPE_CHECKING:
    import pandas as pd

    from simulator.scenario.model import Scenario

MOST = 60
"""Settings that a search tries, unless it is told otherwise."""


class Try(NamedTuple):
    """One setting and what it led to."""

    setting: tuple[str, ...]
    """Values of the knobs, in their order."""
    place: Place
    summary: Summary
    """Of the design alone."""

    @property
    def found(self) -> DesignSummary:
        """The design at this setting."""
        return next(iter(self.summary.designs.values()))


class Answer(NamedTuple):
    """What was found for one design."""

    design: str
    best: Try | None
    """The cheapest setting that passes every objective; None if none of those tried does."""
    tries: tuple[Try, ...]
    """In the order of the knobs' values."""
    method: str
    """`every value`, `bisection`, `every combination` or `search`."""
    because: str
    """Why bisection was not enough, if it was tried."""
    beyond: tuple[str, ...] = ()
    """For each knob, the `--knob` that goes on where its values end at `nearest`; empty where they do not, or
    where it may have no others."""

    @property
    def too_dear(self) -> Try | None:
        """Where nothing passes, the cheapest setting tried that meets everything but the cost."""
        met = [one for one in self.tries if _meets(one.found)]
        return None if self.best else min(met, key=lambda one: one.found.cost, default=None)

    @property
    def nearest(self) -> Try:
        """The answer; where nothing passes, the setting that misses least of all but the cost."""
        return self.best or max(self.tries, key=lambda one: _least(one.found))

    @property
    def _settled(self) -> bool:
        """Whether `nearest` is the answer, or at least nearer to it than something that was tried."""
        return self.best is not None or len({_least(one.found) for one in self.tries}) > 1

    def end(self, axis: int, knob: Knob) -> str:
        """`lowest` or `highest` if `nearest` is so of a knob's numbers: what lies beyond was not tried."""
        place, numbers = self.nearest.place[axis], knob.numbers or ()
        if len(numbers) < 2 or not self._settled:
            return ""
        return {min(numbers): "lowest", max(numbers): "highest"}.get(numbers[place], "")

    @property
    def below(self) -> Try | None:
        """Along a single knob, the nearest cheaper setting that was tried and does not pass."""
        if self.best is None or len(self.best.place) > 1:
            return None
        cheaper = [
            one
            for one in self.tries
            if one.found.verdict != "pass" and one.found.cost <= self.best.found.cost
        ]
        at = self.best.place[0]
        return min(cheaper, key=lambda one: abs(one.place[0] - at), default=None)


@dataclass(frozen=True, eq=False, repr=False)
class Sizing:
    """The answers for the designs of a scenario."""

    scenario: Scenario
    knobs: tuple[Knob, ...]
    answers: Mapping[str, Answer]
    unscaled: tuple[Unscaled, ...] = ()
    """Functions for which less memory only costs less, because their work is the same at every memory."""

    @property
    def cheapest(self) -> Answer | None:
        """The answer that costs least."""
        found = [answer for answer in self.answers.values() if answer.best is not None]
        return min(
            found, key=lambda answer: answer.best.found.cost if answer.best else math.inf, default=None
        )

    def table(self) -> pd.DataFrame:
        """Every setting that was tried: verdict, cost, and each objective with its interval, one a row."""
        import pandas as pd

        rows = [
            {
                "design": answer.design,
                **dict(zip((knob.path for knob in self.knobs), one.setting, strict=True)),
                "verdict": one.found.verdict,
                "cost_usd": one.found.cost,
                "objective": f"{judged.key}: {judged.text}",
                "value": judged.value.value,
                "low": judged.value.low,
                "high": judged.value.high,
                "margin": margin(judged),
                "chosen": one is answer.best,
            }
            for answer in self.answers.values()
            for one in answer.tries
            for judged in one.found.objectives.values()
        ]
        return pd.DataFrame(rows)


def _meets(found: DesignSummary) -> bool:
    """Whether every objective but those on cost passes."""
    return all(one.verdict == "pass" for one in found.objectives.values() if one.unit != "usd")


def _least(found: DesignSummary) -> tuple[float, float]:
    """What is to spare of the objective that has least, those on cost left out; where that is infinitely
    little, because a percentile is infinite, less of it the more requests never are answered or complete."""
    asked = [one for one in found.objectives.values() if one.unit != "usd"]
    endless = (_never(found, one.key) for one in asked if margin(one) == -math.inf)
    return min(map(margin, asked), default=0.0), -max(endless, default=0.0)


def _never(found: DesignSummary, key: str) -> float:
    """The share of the requests of an objective on time that failed, or of completion were not done."""
    about, _, window = key.partition("@")
    subject, _, metric = about.rpartition(".")
    of = found.traffic.get(subject)
    if of is None:
        return 0.0
    counted = of.windows[window] if window else of
    undone = (one.value for one in counted.undone.values()) if metric == "completion" else ()
    return sum((counted.failed_share.value, *undone))


def size(
    path: Path,
    sets: Sequence[str],
    knobs: Sequence[Knob],
    hands: Crew,
    designs: Sequence[str] | None = None,
    most: int = MOST,
    hint: Hint = unheard,
) -> Sizing:
    """The cheapest values of the knobs for each of these designs, or for the first design.

    A knob is a setting of a service or of the account; what does not exist, cannot be, or changes nothing
    is a ScenarioError before anything runs; what is no mistake and probably not meant is told to `hint` then.
    At most `most` settings of a design are tried where halving
    is not enough. Interrupted, the interrupt goes on to the caller; what the crew's store has finished, the
    same call finds there.
    """
    scenario = read(path, sets, designs or ())
    names = chosen(scenario, designs or [*_of_designs(knobs), next(iter(scenario.designs))][:1]).designs
    knobs = [_in_design(one, [*names]) for one in knobs]
    check_different(knobs, "--knob")
    if not scenario.objectives:
        raise ScenarioError(Problem("objectives", "nothing to meet", "write for example 'cost.run: < $5'"))
    problems = [_Design(path, sets, knobs, name, hands) for name in names]
    found = tuple(dict.fromkeys(same for one in problems for same in one.check()))
    for same in found:
        hint(same)
    return Sizing(scenario, tuple(knobs), {one.name: one.answer(most) for one in problems}, found)


def _of_designs(knobs: Sequence[Knob]) -> Iterator[str]:
    """The designs that knobs name, as `--set` does."""
    yield from (knob.path.split(".")[1] for knob in knobs if knob.path.startswith("designs."))


def _in_design(knob: Knob, names: Sequence[str]) -> Knob:
    """The knob, as a path in the design that it names, if that is the one that is sized."""
    for named in _of_designs([knob]):
        if [named] != [*names]:
            what, instead = f"a setting of design {named} alone", f"write --design {named}, and no other"
            raise ScenarioError(Problem(f"--knob {knob.path}", what, instead))
        return replace(knob, path=knob.path.removeprefix(f"designs.{named}."))
    return knob


class _Design:
    """One design whose knobs are turned."""

    def __init__(
        self, path: Path, sets: Sequence[str], knobs: Sequence[Knob], name: str, hands: Crew
    ) -> None:
        self.path = path
        self.sets = sets
        self.knobs = knobs
        self.name = name
        self.hands = hands
        self.tries: dict[Place, Try] = {}

    def check(self) -> Iterator[Unscaled]:
        """Refuses knobs that are none, with their first and their last value; what memory does not change."""
        lowest: Place = (0,) * len(self.knobs)
        for axis, knob in enumerate(self.knobs):
            first = knob.path.partition(".")[0]
            if first in KEYS:
                what = f"'{first}' is no setting of a design"
                instead = "write a path that begins with a service or with 'account'"
                raise ScenarioError(Problem(f"--knob {knob.path}", what, instead))
            last = (*lowest[:axis], len(knob.choices) - 1, *lowest[axis + 1 :])
            first_and_last = [self._scenario(place).designs[self.name] for place in (lowest, last)]
            if len(knob.choices) > 1 and first_and_last[0].written == first_and_last[1].written:
                raise ScenarioError(Problem(f"--knob {knob.path}", "changes nothing", "write another path"))
            yield from unscaled(first_and_last)

    def answer(self, most: int) -> Answer:
        """The cheapest setting, and all that were tried."""
        seed = self._scenario((0,) * len(self.knobs)).run.seed
        search = Search([len(knob.choices) for knob in self.knobs], self._probe, most, seed)
        found = search.run()
        tries = tuple(self.tries[place] for place in sorted(self.tries))
        best = self.tries[found.best] if found.best is not None else None
        answer = Answer(self.name, best, tries, found.method, found.because)
        return answer._replace(beyond=tuple(self._beyond(answer, axis) for axis in range(len(self.knobs))))

    def _beyond(self, answer: Answer, axis: int) -> str:
        """What to write to look beyond the values of a knob."""
        nearest, knob = answer.nearest.setting, self.knobs[axis]

        def may_be(value: str) -> bool:
            try:
                self._read((*nearest[:axis], value, *nearest[axis + 1 :]))
            except ScenarioError:
                return False
            return True

        end = answer.end(axis, knob)
        return beyond(knob, end, may_be) if end else ""

    def _probe(self, place: Place) -> Outcome:
        study = conduct(self._scenario(place), self.hands, where=False)
        if study.interrupted:
            raise KeyboardInterrupt
        self.tries[place] = Try(self._setting(place), place, study.summary)
        judged = list(self.tries[place].found.objectives.values())
        asked = [one for one in judged if one.unit != "usd"]
        worst = min(asked, key=margin, default=None)
        return Outcome(
            meets=_meets(self.tries[place].found),
            affordable=all(one.verdict == "pass" for one in judged if one.unit == "usd"),
            cost=self.tries[place].found.cost,
            excess=-margin(worst) if worst else -1.0,
            noise=_noise(worst) if worst else 0.0,
        )

    def _setting(self, place: Place) -> tuple[str, ...]:
        return tuple(knob.choices[at] for knob, at in zip(self.knobs, place, strict=True))

    def _scenario(self, place: Place) -> Scenario:
        """The scenario with nothing but this design at this place of the grid."""
        return self._read(self._setting(place))

    def _read(self, setting: Sequence[str]) -> Scenario:
        prefix = "" if self.name == ONLY else f"designs.{self.name}."
        turned = {
            f"--set {prefix}{knob.path}": (knob, value)
            for knob, value in zip(self.knobs, setting, strict=True)
        }
        sets = [f"{prefix}{knob.set(value)}" for knob, value in turned.values()]
        try:
            return chosen(read(self.path, [*self.sets, *sets], [self.name]), [self.name])
        except ScenarioError as error:
            raise ScenarioError([_at_knob(problem, turned) for problem in error.problems]) from error


def _at_knob(problem: Problem, turned: Mapping[str, tuple[Knob, str]]) -> Problem:
    """The problem where it was written: at the knob, not at the set that was made of it."""
    if problem.file is None or problem.file not in turned:
        return problem
    knob, value = turned[problem.file]
    return replace(problem, file=f"--knob {knob.path}={value}", where="", line=None, column=None, source=None)


def _noise(judged: Judged) -> float:
    value = judged.value
    return value.half_width / abs(judged.limit) if value.has_interval and judged.limit else 0.0
