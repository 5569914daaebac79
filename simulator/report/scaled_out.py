"""Why a fleet that follows its load was short of servers all the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from simulator.measure.measured import CPUS
from simulator.measure.scaled_out import ScaledOut
from simulator.measure.summary import DesignSummary, Judged
from simulator.report.numbers import clock, elapsed, whole
from simulator.report.subject import concerns

BUSY = {CPUS: 0.9}
"""How much of what servers have may be in use at the peak; of CPUs less, since what comes waits in line."""
TINY = 1e-9


def scaled_too_late(missed: Sequence[Judged], design: DesignSummary) -> Iterator[str]:
    """Of each fleet on the way of what is missed that had fewer servers than the peak needs, and than it may
    have: when it scaled out first, what it waited for, and what helps."""
    for one in design.scaled_out:
        short = [
            limit
            for limit in design.limits
            if limit.service == one.service and limit.unit in one.each and limit.ratio >= 1
        ]
        wanted = [
            math.ceil((limit.unrefused or 0.0) / BUSY.get(limit.unit, 1.0) / one.each[limit.unit] - TINY)
            for limit in short
            if any(concerns(limit, judged, design) for judged in missed)
        ]
        needed = max(wanted, default=0)
        if one.servers < needed and one.most < one.allowed:
            yield _said(one, needed)


def _said(one: ScaledOut, needed: int) -> str:
    servers = f"{whole(one.servers)} of at most {one.allowed} servers"
    many = f"{one.service} has {servers} and never scales out"
    if one.first_at_s is not None and one.first_by_s is not None:
        soonest, latest = clock(one.first_at_s), clock(one.first_by_s)
        when = f"at {soonest}" if soonest == latest else f"between {soonest} and {latest}, by run"
        many = f"{one.service} has {servers}, and more first {when}, {whole(one.most)} at the most"
    points = f"{one.points} data points of {elapsed(one.period_s)}" if one.points > 1 else "a data point"
    bounds = "min_capacity" if needed <= one.allowed else "min_capacity and max_capacity"
    alarm = f"its alarm needs {points} beyond the goal, and a new server {elapsed(one.ready_s)} more"
    why = f"a new server needs {elapsed(one.ready_s)}" if one.scheduled else alarm
    enough = f"enough is {bounds}: {needed}, all the time or by scheduled_actions ahead of the peak"
    return f"{many}: {why}; {enough}" + "; detailed_monitoring makes it sooner" * one.coarse
