"""What a peak asks of limits that refused, or let wait too long, if nothing is refused, nor sent again.

A run counts what was asked for, with all that was sent again because it was refused: more than is needed; or,
where what comes waits in line before it asks, less.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.measure.backlog import OF_QUEUES
from simulator.measure.limits import LimitSummary
from simulator.measure.summary import DesignSummary

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.study.capacity import Limits


def with_unrefused(design: DesignSummary, look: Callable[[], Limits]) -> DesignSummary:
    """With `LimitSummary.unrefused`, where a limit that refused may be why the design fails an objective, or
    one for which requests waited until they timed out; and with that of pollers that are all at work."""
    causes = {limit.cause for limit in design.limits if limit.refused}
    missed = [one.key.partition("@")[0] for one in design.objectives.values() if one.verdict == "fail"]
    timeouts = any(one.cause.outcome == "timeout" for of in design.traffic.values() for one in of.failures)
    if timeouts or any(key.endswith((".latency", ".completion")) for key in missed):
        causes |= {limit[:2] for limit in design.limits if limit.ratio >= 1}
    if design.verdict != "fail" or not causes:
        return design
    causes |= {limit[:2] for limit in design.limits if limit.unit in OF_QUEUES and limit.ratio >= 1}
    needed = {
        (need.service, need.limit): need.ratio * need.allowed
        if need.burst
        else max(need.steady, need.demand)  # of what there is a line for, no more than there is can be in use
        for need in look().needs
    }

    def told(limit: LimitSummary) -> LimitSummary:
        reached = limit.refused or limit[:2] in causes
        return limit._replace(unrefused=needed.get(limit[:2])) if reached else limit

    return replace(design, limits=tuple(map(told, design.limits)))
