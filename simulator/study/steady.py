"""The warm-up of a steady run: found on pilot runs, the longest that anything in any design needs.

What must come to rest is what is reported and what makes it: the mean latency over time, executions at a
time, busy connections and what waits. Environments may go on growing by one now and then; whether that
matters, latency says.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.engine.controls import SUMMED, TAKEN
from simulator.errors import Problem, ScenarioError
from simulator.measure.result import OUTCOMES, Replication
from simulator.measure.warm_up import mser5, proven
from simulator.scenario.model import Scenario
from simulator.values.units import SECOND, format_duration

PILOTS = 5
"""Pilot runs of each design."""
CHANCE = 0.05
"""That of a steady run from its very beginning something is left out, however many levels are looked at."""
_NO_LEVEL = (
    *(".cold", ".environments", ".provisioned", ".provisioned in use", ".requests"),
    *(f".{outcome}" for outcome in OUTCOMES),
    *(f" {what}" for what in ("held up", *TAKEN, *SUMMED)),
)


class Found(NamedTuple):
    """A warm-up and why it is as long as it is."""

    warm_up: int
    """In ns."""
    level: str
    """What came to rest last: `checkout.concurrency`; empty if nothing had to."""
    design: str


def find(scenario: Scenario, pilots: Mapping[str, Sequence[Replication]]) -> Found:
    """The warm-up that the pilots ask for.

    What has not come to rest in the first half of the run is an error: a run so short has no steady
    state to be measured.
    """
    found = Found(0, "", "")
    levels = [(design, *level) for design, runs in pilots.items() for level in _over_time(runs)]
    asked = [mser5(values.mean(axis=0)) for *_, values in levels]
    chance = CHANCE / max(sum(left_out != 0 for left_out in asked), 1)
    for (design, what, width_ns, values), left_out in zip(levels, asked, strict=True):
        needed = proven(values, left_out, chance)
        if needed is None:
            raise ScenarioError(_restless(scenario, design, what))
        warm_up = math.ceil(needed * width_ns / SECOND) * SECOND
        if warm_up > found.warm_up:
            found = Found(warm_up, what, design)
    return found


def _over_time(runs: Sequence[Replication]) -> Iterator[tuple[str, int, NDArray[np.float64]]]:
    """Everything that must come to rest, the width of its time bins, and its values: run, time."""
    for traffic in runs[0].timelines:
        latency = np.array([run.timelines[traffic].opened().mean() for run in runs])
        yield f"latency of {traffic}", runs[0].timelines[traffic].width_ns, latency
    time_s = runs[0].series["time_s"]
    width_ns = round((time_s[1] - time_s[0]) * SECOND) if len(time_s) > 1 else SECOND
    for level in runs[0].series:
        if level != "time_s" and not level.endswith(_NO_LEVEL):
            yield level, width_ns, np.array([run.series[level] for run in runs])


def settled(scenario: Scenario, found: Found) -> Scenario:
    """The scenario with the warm-up that was found."""
    run = scenario.run.model_copy(update={"warm_up": found.warm_up, "steady": False})
    return replace(scenario, run=run)


def pilot(scenario: Scenario) -> Scenario:
    """The scenario of the pilot runs: few, from the very beginning, of nothing but the run."""
    run = scenario.run.model_copy(update={"steady": False, "replications": PILOTS, "until": None})
    bill = scenario.bill.model_copy(update={"month": None})
    return replace(scenario, run=run, bill=bill, windows={}, objectives=(), until=None)


def _restless(scenario: Scenario, design: str, level: str) -> Problem:
    length = format_duration(scenario.run.for_)
    what = f"{level} does not come to rest in the first half of {length}, in design {design}"
    return Problem(
        "run.steady", what, f"write 'for: {format_duration(4 * scenario.run.for_)}', or a warm_up instead"
    )
