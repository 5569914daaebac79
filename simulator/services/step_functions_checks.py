"""What is wrong with a state machine among the other services, or under its era."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.services.service import Mistake, Service
from simulator.services.step_functions_settings import StateMachineSettings
from simulator.values.units import format_size
from simulator.workflows.machine import CALLBACK, SEND, Map, Task

if TYPE_CHECKING:
    from simulator.eras.era import Era


def mistakes(machine: StateMachineSettings, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
    """All that is wrong; of a definition with the state and the line of its file."""
    found = list(machine.definition_mistakes(services))
    yield from found
    if found or machine._machine is None:
        return
    largest = era["step_functions.payload_maximum"]
    if machine.payload > largest:
        what = f"data beyond the {format_size(largest)} that an execution may carry"
        yield Mistake(("payload",), what, f"write at most '{format_size(largest)}'")
    synchronous = era["step_functions.synchronous"]
    if machine.start == "synchronous":
        if machine.type == "standard":
            yield Mistake(
                ("start",), "a Standard machine that is started synchronously", "write type: express"
            )
        elif not synchronous:
            yield Mistake(("start",), f"no StartSyncExecution in era {era.name}", "write start: asynchronous")
    for state in machine.machine(services).every():
        if isinstance(state, Task):
            yield from _task(machine, state, services, synchronous, era.name)
        if isinstance(state, Map) and state.distributed and not era["step_functions.map.distributed"]:
            yield _at(
                machine, state.line, state.name, f"no distributed Map in era {era.name}", "let it be inline"
            )


def _task(
    machine: StateMachineSettings, state: Task, services: Mapping[str, Service], synchronous: bool, era: str
) -> Iterator[Mistake]:
    target = services[str(state.target)]
    if not target.callable:
        yield _at(
            machine, state.line, state.name, f"{state.target!r} takes no requests", "name one that does"
        )
    nested = isinstance(target, StateMachineSettings)
    if state.starts and not nested:
        yield _at(machine, state.line, state.name, f"{state.target!r} is no state machine", "name one")
    waits = nested and state.pattern != SEND
    if machine.type == "express" and (state.pattern == CALLBACK or (waits and _standard(target))):
        what = "an Express machine waits for no job and no token"
        yield _at(machine, state.line, state.name, what, "write type: standard, or send instead of call")
    if waits and not _standard(target) and not synchronous:
        what = f"it waits for an Express machine, which era {era} cannot"
        yield _at(machine, state.line, state.name, what, "send instead of call, or let the child be standard")


def _standard(service: Service) -> bool:
    return isinstance(service, StateMachineSettings) and service.type == "standard"


def _at(machine: StateMachineSettings, line: int, state: str, what: str, instead: str) -> Mistake:
    where = f"line {line}, " if line else ""
    place = ("definition",) if machine.definition else ("states",)
    return Mistake(place, f"{where}state {state!r}: {what}", instead)
