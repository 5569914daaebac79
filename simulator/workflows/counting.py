"""What a machine counts as: events of its history, and the memory of an Express execution."""

from __future__ import annotations

import heapq

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


def events(state: State) -> int:
    """Events of a visit that goes well at once."""
    return visit(state) + attempt(state)


ITERATION = 2
"""Events of each item of a Map besides those of its states: started, succeeded."""


def round_trip(machine: Machine, last: str, first: str) -> int:
    """The fewest events of a round that goes from `first` to `last` and back."""
    best = {first: events(machine.states[first])}
    heap = [(best[first], first)]
    while heap:
        passed, name = heapq.heappop(heap)
        if name == last:
            return passed
        for following in machine.states[name].exits:
            sum_ = passed + events(machine.states[following])
            if sum_ < best.get(following, sum_ + 1):
                best[following] = sum_
                heapq.heappush(heap, (sum_, following))
    return best[first]


def side_by_side(machine: Machine) -> int:
    """Parallel and Map states, at least 1: for each of them an Express execution holds its data once."""
    return max(sum(isinstance(state, Parallel | Map) for state in machine.every()), 1)
