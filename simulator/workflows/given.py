"""What stands beside a definition: shares, times and numbers that AWS would take from the data."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from simulator.values.share import format_share
from simulator.values.spec import Spec
from simulator.workflows.asl import Refusal
from simulator.workflows.machine import CALLBACK, Choice, Machine, Map, Parallel, State, Task, Wait


@dataclass(frozen=True)
class Given:
    """By the name of a state."""

    tasks: Mapping[str, str] = field(default_factory=dict)
    """The service of the design that a task uses."""
    choices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Share of each state that may follow."""
    waits: Mapping[str, Spec] = field(default_factory=dict)
    items: Mapping[str, Any] = field(default_factory=dict)
    callbacks: Mapping[str, Spec] = field(default_factory=dict)
    heartbeats: Mapping[str, float] = field(default_factory=dict)
    paths: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    """By Choice state: the states that followed in each of several executions."""


class Place(NamedTuple):
    """Where something that is given stands: the setting, and the state it is given for."""

    setting: str
    state: str


def completed(
    machine: Machine, given: Given, services: Collection[str]
) -> tuple[Machine, list[tuple[Place | None, Refusal]]]:
    """The machine with all that is given, and what lacks or is wrong; `services` are those of the design."""
    work = _Completion(given, services)
    whole = work.machine(machine)
    states = {state.name: state for state in machine.every()}
    wrong = list(work.wrong)
    for setting, kind in (
        ("choices", Choice),
        ("paths", Choice),
        ("waits", Wait),
        ("items", Map),
        ("callbacks", Task),
        ("heartbeats", Task),
        ("tasks", Task),
    ):
        for name in getattr(given, setting):
            if not isinstance(states.get(name), kind):
                fitting = [other for other, state in states.items() if isinstance(state, kind)]
                near = difflib.get_close_matches(name, fitting, n=1) or fitting[:1]
                instead = f"write {near[0]!r}" if near else "leave it out"
                what = f"no {kind.__name__} state named {name!r}"
                wrong.append((Place(setting, name), Refusal(0, "", what, instead)))
    return whole, wrong


class _Completion:
    def __init__(self, given: Given, services: Collection[str]) -> None:
        self.given = given
        self.services = services
        self.wrong: list[tuple[Place | None, Refusal]] = []
        self.items = 0
        """Map states around the state that is seen."""

    def machine(self, machine: Machine) -> Machine:
        return replace(machine, states={name: self.state(state) for name, state in machine.states.items()})

    def state(self, state: State) -> State:
        if isinstance(state, Parallel):
            return replace(state, branches=tuple(map(self.machine, state.branches)))
        kinds: Mapping[type[State], Callable[[Any], State]] = {
            Task: self.task,
            Choice: self.choice,
            Wait: self.wait,
            Map: self.map,
        }
        return kinds[type(state)](state) if type(state) in kinds else state

    def lacks(self, state: State, what: str, instead: str) -> None:
        self.wrong.append((None, Refusal(state.line, state.name, what, instead)))

    def task(self, state: Task) -> State:
        given = self.given.tasks.get(state.name)
        target = given or state.target
        if target not in self.services:
            what = f"no service named {state.target!r}" if state.target else "a service that is not named"
            self.lacks(state, what, f"add it, or write tasks: {{{state.name!r}: SERVICE}}")
        callback = self.given.callbacks.get(state.name, state.callback)
        if state.pattern == CALLBACK and callback is None:
            self.lacks(state, "when its token comes back", f"write callbacks: {{{state.name!r}: 5 min}}")
        heartbeats = self.given.heartbeats.get(state.name, state.heartbeats)
        if heartbeats and (state.pattern != CALLBACK or state.heartbeat is None):
            what = f"heartbeats of {state.name!r}, which has no HeartbeatSeconds or no task token"
            self.wrong.append((Place("heartbeats", state.name), Refusal(0, "", what, "leave them out")))
        return replace(state, target=target, callback=callback, heartbeats=heartbeats)

    def choice(self, state: Choice) -> State:
        if state.name in self.given.paths:
            return self.recorded(state)
        given = self.given.choices.get(state.name)
        if given is None and len(state.targets) > 1 and not state.shares:
            each = ", ".join(f"{target!r}: {100 // len(state.targets)}%" for target in state.targets)
            self.lacks(state, "the shares of its ways", f"write choices: {{{state.name!r}: {{{each}}}}}")
            return state
        if given is None:
            return state if state.shares else replace(state, shares=(1.0,))
        for name in given:
            if name not in state.targets:
                near = difflib.get_close_matches(name, state.targets, n=1) or state.targets
                what, instead = f"{name!r} does not follow {state.name!r}", f"write {near[0]!r}"
                self.wrong.append((Place("choices", state.name), Refusal(0, "", what, instead)))
        total = sum(given.values())
        if abs(total - 1) > 1e-9:
            what = f"the shares of {state.name!r} add up to {format_share(round(total, 9))}"
            self.wrong.append((Place("choices", state.name), Refusal(0, "", what, "make them 100%")))
        return replace(state, shares=tuple(given.get(target, 0.0) for target in state.targets))

    def recorded(self, state: Choice) -> State:
        """The ways that are on record; of an execution that did not come here any will do."""
        place = {name: number for number, name in enumerate(state.targets)}
        records = []
        for row, ways in enumerate(self.given.paths[state.name], start=2):
            strange = next((way for way in ways if way not in place), None)
            if strange is not None:
                what = f"line {row}: {strange!r} does not follow {state.name!r}"
                instead = f"write one of {', '.join(state.targets)}"
                self.wrong.append((Place("paths", state.name), Refusal(0, "", what, instead)))
                break
            records.append(tuple(place[way] for way in ways) or (0,))
        if self.items:
            what = f"ways of {state.name!r}, which items of a Map come to"
            self.wrong.append(
                (Place("paths", state.name), Refusal(0, "", what, "write its shares in choices"))
            )
        return replace(state, records=tuple(records))

    def wait(self, state: Wait) -> State:
        time = self.given.waits.get(state.name, state.time)
        if time is None:
            self.lacks(
                state, "how long it waits, which the data says", f"write waits: {{{state.name!r}: 10 s}}"
            )
        return replace(state, time=time)

    def map(self, state: Map) -> State:
        items = self.given.items.get(state.name, state.items)
        if items is None:
            self.lacks(state, "how many items there are", f"write items: {{{state.name!r}: 12}}")
        self.items += 1
        body = self.machine(state.body)
        self.items -= 1
        return replace(state, items=items, body=body)
