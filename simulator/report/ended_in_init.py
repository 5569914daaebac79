"""Environments that end in their init since a service refuses them a connection: what is sent again needs new
ones, which is how the limits in front of the function come to be reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from simulator.measure.limits import LimitSummary
from simulator.measure.summary import DesignSummary

FAILED_INITS = "failed_inits."
"""How the counters begin that say by whom."""
MOST = 0.5
"""Of the environments that a function begins: as many as that decide how many it needs."""


class EndedInInit(NamedTuple):
    """Most environments of a function, which one limit ended."""

    function: str
    share: float
    """Of all that it began."""
    service: str
    """Whose limit it is."""


def share_ended(counters: Mapping[str, float]) -> float:
    """The share of a function's cold starts that ended in their init, whoever refused."""
    ended = sum(count for name, count in counters.items() if name.startswith(FAILED_INITS))
    return ended / counters["cold_starts"] if ended else 0.0


def ended_in_init(reached: LimitSummary, design: DesignSummary) -> EndedInInit | None:
    """If a limit of a function, or of the account, was reached by environments of which most ended so."""
    found = [
        EndedInInit(function, ended / counters["cold_starts"], name.removeprefix(FAILED_INITS))
        for function, counters in design.services.items()
        if reached.service in (function, "account")
        for name, ended in counters.items()
        if name.startswith(FAILED_INITS) and ended >= MOST * counters["cold_starts"] > 0
    ]
    return max(found, key=lambda one: one.share, default=None)
