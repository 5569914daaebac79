"""State machines on a terminal: executions and their cost, and what each state took."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from simulator.measure.summary import Summary
from simulator.measure.workflows import StateTimes, Workflow
from simulator.measure.workflows import workflows as found
from simulator.report.grid import plain
from simulator.report.numbers import significant, whole, with_unit

ITEMS = 1000
"""Executions that the cost is told of: of one it has too many zeros."""
EXECUTIONS = (
    *("executions", "failed", "mean", "p50", "p99", "transitions", "events"),
    f"cost of {ITEMS:,}",
)
STATES = ("entered", "retried", "failed", "throttled", "mean", "p99")


def workflows(summary: Summary) -> Iterator[RenderableType]:
    """One table of all machines, and one of the states of each; nothing without machines."""
    machines = list(found(summary))
    if not machines:
        return
    table = plain("", *EXECUTIONS, right=len(EXECUTIONS))
    for one in machines:
        table.add_row(Text(title(one)), *map(Text, executions(one)))
    parts: list[RenderableType] = [
        Text("State machines, from start to end of an execution", style="bold"),
        table,
    ]
    for one in machines:
        shown = columns(one.states)
        states = plain(title(one), *shown, right=len(shown))
        for state in one.states:
            states.add_row(Text(f"  {state.state}"), *(Text(cell(state, name)) for name in shown))
        parts += [Text(""), states]
    yield Group(*parts)


def title(one: Workflow) -> str:
    """A machine and its design."""
    return f"{one.design}: {one.service}"


def executions(one: Workflow) -> list[str]:
    """What stands below EXECUTIONS; where the bill has several items, each of them after the sum."""
    times = [_time(value) for value in (one.mean_s, one.p50_s, one.p99_s)]
    usd = with_unit(ITEMS * sum(amount for _, amount in one.usd), "usd") if one.usd else "-"
    items = [f"{item} {with_unit(ITEMS * amount, 'usd')}" for item, amount in one.usd]
    said = "\n".join([usd, *items]) if len(items) > 1 else usd
    kept = (significant(one.transitions), significant(one.events))
    return [whole(one.executions), whole(one.failed), *times, *kept, said]


def columns(states: Sequence[StateTimes]) -> list[str]:
    """Those of STATES that any of these states has."""
    return [name for name in STATES if any(math.isfinite(_value(state, name)) for state in states)]


def cell(state: StateTimes, column: str) -> str:
    """One of the STATES of a state."""
    value = _value(state, column)
    return _time(value) if column in ("mean", "p99") else whole(value)


def _value(state: StateTimes, column: str) -> float:
    found: float = getattr(state, f"{column}_s" if column in ("mean", "p99") else column)
    return found


def _time(seconds: float) -> str:
    return with_unit(seconds, "s") if math.isfinite(seconds) else "-"
