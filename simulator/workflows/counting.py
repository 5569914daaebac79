"""What a machine counts as: events of its history, and the memory of an Express execution."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.workflows.counts import Counts
from simulator.workflows.machine import CALL, Fail, Machine, Map, Parallel, State, Task

AROUND = 2
"""Events at the start and at the end of an execution."""


ENTERED = EXITED = 1
"""Events of a visit; a state whose failure is not caught is not exited."""


def visit(state: State) -> int:
    """Events that a visit of a state leaves in the history."""
    return ENTERED if isinstance(state, Fail) else ENTERED + EXITED


def attempt(state: State) -> int:
    """Events of every attempt: scheduled, started, succeeded or failed, and submitted where more is
    waited for than an answer; of a Parallel or Map state started, succeeded or failed."""
    if isinstance(state, Task):
        return 3 + (state.pattern != CALL or state.starts)
    return 2 if isinstance(state, Parallel | Map) else 0


ITERATION = 2
"""Events of each item of a Map besides those of its states: started, succeeded."""


def side_by_side(machine: Machine, items: Mapping[str, Counts]) -> float:
    """Branches of Parallel states and items of Map states, in the mean; `items` are those that stand beside
    the definition. The items of a distributed Map have executions of their own."""
    total = 0.0
    for state in machine.states.values():
        if isinstance(state, Parallel):
            total += len(state.branches) + sum(side_by_side(branch, items) for branch in state.branches)
        elif isinstance(state, Map):
            counts = items.get(state.name, state.items)
            each = 1.0 if counts is None else counts.mean
            inner = side_by_side(state.body, items)
            total += inner if state.distributed else each * (1 + inner)
    return total
