"""What state machines are billed for, and their counters in CloudWatch's words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.measure.usage import Usage
from simulator.services.step_functions_settings import StateMachineSettings
from simulator.workflows.counting import side_by_side
from simulator.workflows.machine import Guarded, counter_names

if TYPE_CHECKING:
    from simulator.measure.measured import Measured

_BASE_MB, _BLOCK_MB = 50, 64
"""AWS's estimate of an Express execution's memory, and the blocks it is billed in (its pricing page)."""


def memory_mb(machine: StateMachineSettings) -> int:
    """Billed memory of an Express execution, in blocks of 64 MB: 50 MB, the definition, and the payload for
    each item of a Map and branch of a Parallel state (in AWS's example 400); once if there are none."""
    steps = side_by_side(machine._machine, machine.items) if machine._machine else 0.0
    used = _BASE_MB + (machine._size + machine.payload * max(steps, 1.0)) / 1024**2
    return math.ceil(used / _BLOCK_MB) * _BLOCK_MB


def usage(machine: StateMachineSettings, measured: Measured) -> Iterator[Usage]:
    """Quantities of the price book's items; a distributed Map's executions by their own kind."""
    standard = machine.type == "standard" or measured["items_standard"] > 0
    express = machine.type == "express" or _spreads(machine, "express")
    if standard or _spreads(machine, "standard"):
        yield Usage(measured.name, "step_functions.transitions", measured["state_transitions"])
    if express:
        runs = measured["express_execution.count"]
        gb_h = measured["express_execution.rounded_ns"] / 3.6e12 * memory_mb(machine) / 1024
        yield Usage(measured.name, "step_functions.express.requests", runs)
        yield Usage(measured.name, "step_functions.express.duration", gb_h)


def _spreads(machine: StateMachineSettings, kind: str) -> bool:
    return machine._machine is not None and any(
        getattr(state, "distributed", "") == kind for state in machine._machine.every()
    )


def counters(machine: StateMachineSettings, measured: Measured) -> Mapping[str, float]:
    """The machine's own numbers, and those of its states."""
    started = measured["executions_started"]
    ended = measured["execution.count"]
    found = {
        name: measured[name]
        for name in (
            *("executions_started", "executions_succeeded", "executions_failed", "executions_timed_out"),
            "executions_throttled",
        )
    }
    if machine.type == "standard":
        found |= {name: measured[name] for name in ("state_transitions", "throttled_events")}
        found["state_transitions_per_execution"] = measured["state_transitions"] / max(started, 1)
        found["events_per_execution"] = measured["history_events"] / max(started, 1)
    else:
        found["billed_memory_mb"] = float(memory_mb(machine))
        found["duplicates"] = measured["duplicates"]
    found |= _durations(measured, "execution", "duration") if ended else {}
    for state, called in counter_names(machine._machine).items() if machine._machine else ():
        prefix = f"state.{state.name}"
        entered = measured[f"{prefix}.entered"]
        found[f"{called}.entered"] = entered
        if isinstance(state, Guarded):
            found[f"{called}.retried"] = max(measured[f"{prefix}.attempts"] - entered, 0.0)
            found[f"{called}.failed"] = measured[f"{prefix}.failed"]
        if machine.type == "standard":
            found[f"{called}.throttled"] = measured[f"{prefix}.throttled"]
        found |= _durations(measured, prefix, f"{called}.time")
    return found


def _durations(measured: Measured, name: str, called: str) -> Mapping[str, float]:
    statistics = ("mean_s", "p50_s", "p95_s", "p99_s")
    return {f"{called}_{statistic}": measured[f"{name}.{statistic}"] for statistic in statistics}
