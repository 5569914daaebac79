"""How often each way of a machine was taken, from how often its functions ran.

What goes into a state comes out of it, a branch is entered as often as its Parallel state, and the tasks that
use a function ran as often as its log says. These are linear equations for how often each way was
taken; what they do not settle stays open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import null_space
from scipy.optimize import nnls

from simulator.workflows.machine import Choice, Machine, Map, Parallel, State, Task

Key = tuple[str, ...]
"""A way: `way`, state, following (empty: the end); `branch`, state, number; `items`, state; `again`,
state."""
EXECUTIONS: Key = ("executions",)
_CLOSE = 0.005
"""Part of a count that may be missing or too much."""


@dataclass
class Flows:
    """What the logs say about a machine."""

    executions: float
    choices: dict[str, dict[str, float]] = field(default_factory=dict)
    """By Choice state, the share of each way."""
    items: dict[str, float] = field(default_factory=dict)
    """By Map state, items in the mean."""
    failing: dict[str, float] = field(default_factory=dict)
    """By Task state that is tried again, the share of attempts that failed."""
    open: list[str] = field(default_factory=list)
    """States of which the counts do not tell."""
    off: float = 0.0
    """The largest part of a count by which the equations miss it."""


def estimate(machine: Machine, counts: Mapping[str, int], executions: int | None) -> Flows:
    """Shares, items and failures that explain how often each function (by name) ran."""
    plain = _flows(Balance(machine, list(counts), retries=False), counts, executions)
    if plain.off <= _CLOSE:
        return plain
    retried = _flows(Balance(machine, list(counts), retries=True), counts, executions)
    return retried if retried.off < plain.off else plain


class Balance:
    """The equations of a machine: its own balance, and a count for each function that is known."""

    def __init__(self, machine: Machine, functions: Sequence[str], retries: bool = False) -> None:
        self.rows: list[dict[Key, float]] = []
        self.states = {state.name: state for state in machine.every()}
        self.visits: dict[str, list[Key]] = {}
        self.machine(machine, EXECUTIONS)
        self.balances = len(self.rows)
        for function in functions:
            uses: dict[Key, float] = {}
            for state in self.states.values():
                if isinstance(state, Task) and state.target == function:
                    for way in self.visits[state.name]:
                        uses[way] = uses.get(way, 0.0) + 1.0
                    if retries and state.retry:
                        uses["again", state.name] = 1.0
            self.rows.append(uses)
        self.rows.append({EXECUTIONS: 1.0})
        self.places: dict[Key, int] = {}
        for row in self.rows:
            for key in row:
                self.places.setdefault(key, len(self.places))
        self.matrix = np.zeros((len(self.rows), len(self.places)))
        for number, row in enumerate(self.rows):
            for key, factor in row.items():
                self.matrix[number, self.places[key]] += factor

    def machine(self, machine: Machine, began: Key) -> None:
        """The balance of every state, and of the machines inside."""
        into: dict[str, list[Key]] = {name: [] for name in machine.states}
        into[machine.start].append(began)
        out: dict[str, list[Key]] = {}
        for name, state in machine.states.items():
            ways: list[Key] = [("way", name, following) for following in dict.fromkeys(state.exits)]
            if not isinstance(state, Choice) and state.next is None:
                ways.append(("way", name, ""))
            out[name] = list(ways)
            for way in ways:
                if way[2]:
                    into[way[2]].append(way)
        for name, state in machine.states.items():
            balance = dict.fromkeys(into[name], 1.0)
            for way in out[name]:
                balance[way] = balance.get(way, 0.0) - 1.0
            self.rows.append(balance)
            self.visits[name] = into[name]
            if isinstance(state, Parallel):
                for number, branch in enumerate(state.branches):
                    inner: Key = ("branch", name, str(number))
                    self.rows.append({inner: -1.0, **dict.fromkeys(into[name], 1.0)})
                    self.machine(branch, inner)
            elif isinstance(state, Map):
                self.machine(state.body, ("items", name))

    def solve(
        self, counts: Sequence[float], executions: float | None
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], float]:
        """How often each way was taken, which are not settled, and the largest part of a count that is
        missed; `counts` are those of the functions, in order."""
        rows = len(self.rows) - (executions is None)
        matrix = self.matrix[:rows]
        due = np.array([0.0] * self.balances + list(counts) + [executions or 0.0])[:rows]
        found, _ = nnls(matrix, due)
        loose = np.abs(null_space(matrix)).max(axis=1, initial=0.0) > 1e-6
        missed = np.abs(matrix @ found - due) / np.maximum(np.maximum(due, np.abs(matrix) @ found), 1.0)
        return found, loose, float(missed.max(initial=0.0))

    def whole(self, counts: Sequence[int]) -> dict[Key, int] | None:
        """How often each way was taken in one execution; None unless whole numbers explain the counts."""
        found, loose, off = self.solve(counts, 1.0)
        numbers = np.rint(found)
        if off > 1e-6 or loose.any() or np.abs(found - numbers).max() > 1e-6:
            return None
        return {key: int(numbers[place]) for key, place in self.places.items()}


def _flows(balance: Balance, counts: Mapping[str, int], executions: int | None) -> Flows:
    found, loose, off = balance.solve(list(counts.values()), executions)
    flows = Flows(float(found[balance.places[EXECUTIONS]]), off=off)
    for state in balance.states.values():
        _tell(balance, state, found, loose, flows)
    return flows


def _tell(
    balance: Balance, state: State, found: NDArray[np.float64], loose: NDArray[np.bool_], flows: Flows
) -> None:
    """What was found of one state."""
    name = state.name
    visits = sum(float(found[balance.places[way]]) for way in balance.visits[name])
    if isinstance(state, Choice) and len(state.targets) > 1:
        ways = [balance.places["way", name, target] for target in state.targets]
        if visits <= 0 or loose[ways].any():
            flows.open.append(name)
        else:
            shares = found[ways] / found[ways].sum()
            flows.choices[name] = dict(zip(state.targets, map(float, shares), strict=True))
    elif isinstance(state, Map):
        items = balance.places["items", name]
        if visits <= 0 or loose[items]:
            flows.open.append(name)
        else:
            flows.items[name] = float(found[items]) / visits
    elif isinstance(state, Task) and visits > 0:
        caught = {("way", name, catcher.next) for catcher in state.catch} - {("way", name, state.next)}
        places = [balance.places[key] for key in (("again", name), *caught) if key in balance.places]
        failures = float(found[places].sum())
        if failures / visits > _CLOSE and not loose[places].any():
            again = float(found[balance.places["again", name]]) if ("again", name) in balance.places else 0.0
            flows.failing[name] = failures / (visits + again)
