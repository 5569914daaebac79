"""The ways that single executions went, from how often each function ran in each of them.

Every execution has its own equations (see `flows`), solved by whole numbers where its logs are complete.
A walk through the machine lays them in order: a Choice that leads back does so first, as often as it did;
otherwise the order of ways does not change how long an execution takes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from simulator.importers.flows import Balance, Key
from simulator.importers.lambda_logs import Executions
from simulator.workflows.machine import Choice, Machine, Parallel

Ways = dict[str, list[str]]
"""By Choice state, the states that followed: at first, and after each time that a way had led back."""
MOST_STEPS = 10_000


def sessions(executions: Executions) -> list[tuple[int, int]]:
    """The first and the last execution of every session: one ends with a pause of more than ten times the
    usual one."""
    gaps = np.diff(executions.starts_s)
    ends = np.flatnonzero(gaps > 10 * np.median(gaps)).tolist() if len(gaps) else []
    bounds = [-1, *ends, len(executions.starts_s) - 1]
    return [(before + 1, last) for before, last in pairwise(bounds)]


def select(executions: Executions, trim: int) -> list[int]:
    """The executions that count: without the first and last `trim` of every session."""
    if not trim:
        return list(range(len(executions.starts_s)))
    return [place for first, last in sessions(executions) for place in range(first + trim, last + 1 - trim)]


def assigned(executions: Executions, at_s: Sequence[float | None]) -> list[int] | None:
    """The execution in which each of these was logged, to the second; None if executions overlap too much to
    tell, or times are missing."""
    starts, ends = executions
    overlaps = sum(end > start for end, start in zip(ends, starts[1:], strict=False))
    if overlaps > len(starts) / 100 or any(instant is None for instant in at_s):
        return None
    return [max(bisect_right(starts, float(instant or 0.0) + 1.0) - 1, 0) for instant in at_s]


def paths(
    machine: Machine,
    executions: Sequence[int],
    counts: Mapping[str, Sequence[int]],
    retries: bool = False,
) -> list[Ways] | None:
    """The ways of each of these executions, given the executions in which each function ran; None if the
    machine or the logs leave them open."""
    balance = Balance(machine, list(counts), retries)
    inside = levels(machine)
    chosen = [
        state
        for level in inside
        for state in level.states.values()
        if isinstance(state, Choice) and len(state.targets) > 1
    ]
    tally = [np.bincount(places, minlength=max(executions) + 1) for places in counts.values()]
    known: dict[tuple[int, ...], Ways | None] = {}
    found: list[Ways] = []
    for place in executions if chosen else ():
        ran = tuple(int(times[place]) for times in tally)
        if ran not in known:
            flows = balance.whole(ran)
            known[ran] = _walked(machine, chosen, flows) if flows is not None else None
        if (ways := known[ran]) is not None:
            found.append(ways)
    return found if found and len(found) > 0.95 * len(executions) else None


def levels(machine: Machine) -> list[Machine]:
    """The machine and its branches, those of branches too; what runs for the items of a Map is none."""
    inner = [level for branch, _ in branches(machine) for level in levels(branch)]
    return [machine, *inner]


def branches(machine: Machine) -> list[tuple[Machine, Key]]:
    """The branches of a machine's own states, and how the equations call them."""
    return [
        (branch, ("branch", state.name, str(number)))
        for state in machine.states.values()
        if isinstance(state, Parallel)
        for number, branch in enumerate(state.branches)
    ]


def _walked(machine: Machine, chosen: Sequence[Choice], flows: Mapping[Key, int]) -> Ways | None:
    """The ways of one execution in order; None if they do not lead to its end, or a branch comes twice."""
    left = {
        (state.name, target): flows["way", state.name, target] for state in chosen for target in state.targets
    }
    ways: Ways = {state.name: [] for state in chosen}
    todo = [machine]
    while todo:
        level = todo.pop()
        if not _level(level, left, ways):
            return None
        for branch, key in branches(level):
            if flows[key] > 1:
                return None
            if flows[key]:
                todo.append(branch)
    return None if any(left.values()) else ways


def _level(level: Machine, left: dict[tuple[str, str], int], ways: Ways) -> bool:
    """Walk one machine or branch to its end."""
    back, rounds, at = level.loops(), 0, level.start
    for _ in range(MOST_STEPS):
        state = level.states[at]
        following = next(iter(state.exits), "")
        if isinstance(state, Choice) and len(state.targets) > 1:
            open_ = [way for way in state.targets if left[at, way] > 0]
            if not open_:
                return False
            following = next((way for way in open_ if (at, way) in back), open_[0])
            left[at, following] -= 1
            laid = ways[at]
            laid += [laid[-1] if laid else following] * (rounds - len(laid)) + [following]
        if not following:
            return True
        rounds += (at, following) in back
        at = following
    return False
