"""At how many times the traffic a design breaks: bisection under common random numbers.

A design breaks where the value of one of its objectives misses the limit; intervals play no part, because the
question is where, not whether. What it may cost is left out: more traffic costs more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simulator.errors import Problem, ScenarioError
from simulator.measure.headroom import Headroom, Missed
from simulator.measure.summary import DesignSummary
from simulator.scenario.model import Bill
from simulator.study.bisection import first, within
from simulator.study.crew import Crew, Progress, crew
from simulator.study.judge import COMPARISONS
from simulator.study.study import chosen, conduct
from simulator.traffic.multiplied import multiplied

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario
    from simulator.scenario.objectives import Objective

MOST: Final = 16.0
"""Times the traffic; and one part in so many of it is the least."""
PRECISION: Final = 0.05
ENOUGH: Final = 3
"""Replications: the multiple is told to 5 %, which needs no more."""


def headroom(
    scenario: Scenario,
    designs: Sequence[str] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> dict[str, Headroom]:
    """The headroom of each design, to 5 %, between a 16th and 16 times the traffic.

    ScenarioError if the scenario has no objective besides cost.
    """
    objectives = breakable(scenario)
    asked = chosen(scenario, designs)
    run = asked.run.model_copy(update={"replications": min(asked.run.replications, ENOUGH), "until": None})
    asked = replace(asked, objectives=objectives, bill=Bill(), run=run)
    with crew(workers, executor, progress, None) as hands:
        return {name: _of(chosen(asked, [name]), name, hands) for name in asked.designs}


def breakable(scenario: Scenario) -> tuple[Objective, ...]:
    """The objectives that more traffic can break; ScenarioError if there are none."""
    objectives = tuple(one for one in scenario.objectives if one.subject != "cost")
    if not objectives:
        what = "nothing but cost to break" if scenario.objectives else "no objectives that could be missed"
        instead = "write one of latency or failures, such as 'SOURCE.failed: < 1%'"
        raise ScenarioError(Problem("objectives", what, instead))
    return objectives


def _of(scenario: Scenario, name: str, hands: Crew) -> Headroom:
    seen: dict[float, DesignSummary] = {}

    def at(factor: float) -> DesignSummary:
        if factor not in seen:
            seen[factor] = conduct(at_traffic(scenario, factor), hands, where=False).summary.designs[name]
        return seen[factor]

    def breaks(factor: float) -> bool:
        return bool(missed(scenario.objectives, at(factor)))

    near = within(PRECISION)
    if breaks(1.0):
        turn = first(breaks, 1 / MOST, 1.0, near)
    else:
        turn = first(breaks, 1.0, MOST, near, doubling=True)
    if turn.holds is None:
        return Headroom(turn.without, None, (), None, scenario.run.replications)
    there = at(turn.holds)
    reached = [limit for limit in there.limits if limit.first_at_s is not None]
    # where nothing was refused, that of which all is in use
    full = [limit for limit in there.limits if limit.ratio >= 1 and not limit.unit.endswith("/s")]
    bound = next((limit.cause for limit in (*sorted(reached, key=lambda limit: limit.spilled), *full)), None)
    found = missed(scenario.objectives, there)
    return Headroom(turn.without, turn.holds, found, bound, scenario.run.replications)


def missed(objectives: Sequence[Objective], design: DesignSummary) -> tuple[Missed, ...]:
    """The objectives whose value lies beyond its limit; a value that does not exist misses nothing."""
    found = [
        (one, design.objectives[one.key].value.value) for one in objectives if one.key in design.objectives
    ]
    return tuple(
        Missed(one.key, one.text, value, one.unit)
        for one, value in found
        if not math.isnan(value) and not COMPARISONS[one.comparison](value, one.limit)
    )


def at_traffic(scenario: Scenario, factor: float) -> Scenario:
    """The scenario with so many times its traffic."""
    traffic = {
        name: replace(source, shape=multiplied(source.shape, factor))
        for name, source in scenario.traffic.items()
    }
    return replace(scenario, traffic=traffic)
