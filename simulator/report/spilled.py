"""Why requests of a function with provisioned concurrency start cold all the same."""

from __future__ import annotations

import math

from simulator.measure.measured import SPILLOVERS
from simulator.measure.summary import DesignSummary
from simulator.report.numbers import significant, whole
from simulator.report.time_spent import Largest
from simulator.report.words import asked, place

MOSTLY = 0.5
"""Of spillover: what as much of it is for is named as its cause."""
TINY = 1e-9


def spilled(part: Largest, design: DesignSummary) -> str:
    """Of a function's cold starts: how many of its requests spilled over from its provisioned environments,
    whether because all were in use or because of their request rate, and how many would do. Empty of other
    parts, and where none spilled over."""
    counters = design.services.get(part.service, {})
    over = counters.get(SPILLOVERS, 0.0)
    if part.cause != "cold start" or not over:
        return ""
    share = significant(100 * over / counters["invocations"], 2)
    said = f"; {share} % of its requests in the whole run spilled over from provisioned environments"
    limit = next((one for one in design.limits if one.service == part.service and one.spilled), None)
    by_rate, there = counters["provisioned_rate_spillovers"], counters["provisioned_environments_peak"]
    if limit is None or by_rate < MOSTLY * over:
        most = whole(counters["concurrency_max"])
        enough = design.ready.get(part.service, 0)
        would = f"; some {whole(enough)} would do" if enough > there else ""
        return f"{said}, all of which were in use (up to {most} executions at a time){would}"
    each = limit.allowed / there
    said += f" at {place(limit)} ({asked(limit)}): {whole(there)} of them take {each:g} a second each"
    needed = math.ceil((limit.unrefused or 0.0) / each - TINY)
    return f"{said}, some {whole(needed)} would do" if needed > there else said
