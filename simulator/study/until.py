"""When to stop: replications are added until a number is as sure as it was asked to be, in every design.

The first look is after ten replications (or as many as the scenario has, if more), and each next one at
the number that the interval so far calls for, at most twice as many. A look after every replication
would stop at the first one that happens to agree with the others; few looks from ten on keep what 95 %
means: 93 to 96 % of studies, on normal and on skewed numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from simulator.measure.result import Replication
from simulator.measure.statistics import UNKNOWN
from simulator.measure.summary import Sureness
from simulator.prices.book import PriceBook
from simulator.scenario.model import Scenario
from simulator.study import cost
from simulator.study.judge import applies, measure

FIRST_LOOK = 10


def first_look(scenario: Scenario) -> int:
    """How many replications there are before the first look, or at all where nothing is asked."""
    run = scenario.run
    return run.replications if scenario.until is None else min(max(run.replications, FIRST_LOOK), run.at_most)


def sureness(
    scenario: Scenario,
    replications: Mapping[str, Sequence[Replication]],
    baselines: Mapping[str, Sequence[Replication]],
) -> Sureness | None:
    """How sure the number that was asked for is in the design where it is least so."""
    asked = scenario.until
    if asked is None:
        return None
    found = []
    for name, runs in replications.items():
        if not applies(asked.metric, runs):
            continue
        cost_run = cost_month = UNKNOWN
        if asked.metric.subject == "cost":
            book = PriceBook.load(scenario.designs[name].era.name, scenario.region)
            _, cost_run = cost.per_run(runs, book)
            if scenario.bill.month and baselines.get(name):
                _, cost_month = cost.per_month(runs, scenario.bill.month.runs, baselines[name], book)
        value, _ = measure(asked.metric, runs, cost_run, cost_month)
        reach = max(value.high - value.value, value.value - value.low) if value.has_interval else math.inf
        allowed = asked.amount * abs(value.value) if asked.relative else asked.amount
        found.append(
            Sureness(
                text=asked.text,
                design=name,
                unit=asked.metric.unit,
                relative=asked.relative,
                value=value.value,
                reach=reach,
                allowed=allowed,
                replications=len(runs),
                at_most=scenario.run.at_most,
            )
        )
    return max(found, key=lambda one: one.excess, default=None)


def next_look(found: Sureness) -> int:
    """How many replications there shall be in all before the next look; as many as there are: enough."""
    runs = found.replications
    if found.reached or runs >= found.at_most:
        return runs
    wanted = math.ceil(min(runs * found.excess**2, 2 * runs))
    return min(max(wanted, runs + 1), found.at_most)
