"""What limits refuse, as words; and those that make its invocations fail behind a function."""

from __future__ import annotations

from simulator.measure.limits import LimitSummary
from simulator.measure.summary import DesignSummary
from simulator.report.numbers import clock, count, significant
from simulator.report.words import asked, place

AMOUNTS = ("MB", "bytes", "read units", "write units")
"""Units of which what comes at a time asks for many."""
MANY = 0.1
"""Of invocations that fail: a limit behind their function that refused so often is told with them."""
AGAIN = " with what is sent again"
"""Of demand on what a consumer asks: who polls sends it again until it is taken or given up."""


def refused(limit: LimitSummary) -> str:
    """`refused 12 times`, `refused 2,300 bytes`, `made 310 MB wait`."""
    what = limit.unit.partition("/")[0]
    if limit.spilled:
        return f"{count(limit.refused, 'request')} spilled over"
    amount = f"{significant(limit.refused)} {what}" if what in AMOUNTS else ""
    if limit.in_turn:
        return f"made {amount} wait" if amount else f"made wait {count(limit.refused, 'time')}"
    return f"refused {amount or count(limit.refused, 'time')}"


def refusing(service: str, design: DesignSummary) -> list[LimitSummary]:
    """The limits behind a function that takes batches that refused many of the invocations that fail, the
    one that did most first."""
    met = {(one.service, one.limit) for one in design.behind if one.receivers.startswith(f"{service}: ")}
    errors = design.services.get(service, {}).get("errors", 0.0)
    many = [
        limit
        for limit in design.limits
        if limit[:2] in met and limit.refused > MANY * errors and not limit.in_turn
    ]
    return sorted(many, key=lambda limit: -limit.refused) if errors else []


def refused_by(service: str, design: DesignSummary, brief: bool) -> str:
    """`partner, capacity refused 120 times from 3m4s (demand 80.0 of 50.0 requests/s …)`; `brief`: without
    what is asked of it."""

    def told(limit: LimitSummary) -> str:
        numbers = "" if brief else f" ({asked(limit, AGAIN)})"
        return f"{place(limit)} {refused(limit)} from {clock(limit.first_at_s or 0.0)}{numbers}"

    return " and ".join(map(told, refusing(service, design)))
