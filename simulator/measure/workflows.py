"""State machines as reports tell of them: each machine's executions, and what its states took."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from simulator.measure.summary import Summary

ENTERED = ".entered"


class StateTimes(NamedTuple):
    """One state: visits a run, and the time of a visit in seconds, waiting for tokens included; NaN where a
    state or its machine has no such number."""

    state: str
    """As its counters are named: in lower case."""
    entered: float
    retried: float
    failed: float
    throttled: float
    mean_s: float
    p50_s: float
    p95_s: float
    p99_s: float


class Workflow(NamedTuple):
    """One state machine of one design; counts are means per run."""

    design: str
    service: str
    executions: float
    failed: float
    """Of them, those that failed or ran out of time."""
    mean_s: float
    """Of an execution, from its start to its end, like the percentiles."""
    p50_s: float
    p99_s: float
    transitions: float
    """Of an execution, retries included; NaN for Express, which has none, like `events`."""
    events: float
    """Of an execution, in its history."""
    usd: tuple[tuple[str, float], ...]
    """Of an execution, by the bill's items, without what its tasks cost in other services."""
    states: tuple[StateTimes, ...]


def workflows(summary: Summary) -> Iterator[Workflow]:
    """Every state machine that was started, of every design, nested ones too, in the scenario's order."""
    for name, design in summary.designs.items():
        for service, counters in design.services.items():
            started = counters.get("executions_started", 0.0)
            if not started:
                continue
            usd = tuple(
                (charge.item.rpartition(".")[2], charge.amount_usd / started)
                for charge in design.bill
                if charge.service == service
            )
            called = [counter.removesuffix(ENTERED) for counter in counters if counter.endswith(ENTERED)]
            mean, p50, p99, transitions, events = (
                counters.get(counter, math.nan)
                for counter in (
                    *("duration_mean_s", "duration_p50_s", "duration_p99_s"),
                    *("state_transitions_per_execution", "events_per_execution"),
                )
            )
            states = tuple(
                StateTimes(
                    state,
                    *(
                        counters.get(f"{state}.{counter}", math.nan)
                        for counter in ("entered", "retried", "failed", "throttled")
                    ),
                    *(
                        counters.get(f"{state}.time_{statistic}_s", math.nan)
                        for statistic in ("mean", "p50", "p95", "p99")
                    ),
                )
                for state in called
            )
            failed = counters.get("executions_failed", 0.0) + counters.get("executions_timed_out", 0.0)
            yield Workflow(name, service, started, failed, mean, p50, p99, transitions, events, usd, states)
