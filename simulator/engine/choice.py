"""Which engine runs a study: whichever is done sooner, since all give the same answers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import numpy as np

from simulator.engine.kernel import is_compiled, numba_version

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario

EngineName = Literal["simpy", "compiled", "interpreted"]

SOON = 3_000
"""Requests that the `simpy` engine carries in the time that loading the compiled loop takes, or about that:
one that goes through a queue is as much work as four that do not."""
LATER = 30_000
"""Requests that take it some seconds, for which it is worth while to compile the loop once and for all."""


def choose(scenario: Scenario, wanted: str | None = None, times: int = 1) -> EngineName:
    """The engine for a whole study: as wanted, or as the number of expected requests says.

    Wanted is `auto`, `simpy`, `compiled` or `interpreted` (the compiled engine's loop without Numba);
    None means what the scenario says. `times` is how many such studies there will be. Says so on
    standard error when it compiles or cannot.
    """
    wanted = wanted or scenario.run.engine
    if wanted in ("simpy", "interpreted"):
        return "interpreted" if wanted == "interpreted" else "simpy"
    if numba_version() is None:
        sys.stderr.write("note: Numba is not installed; running on the simpy engine, slower, same answers\n")
        return "simpy"
    ready = is_compiled()
    if wanted == "auto" and times * expected_requests(scenario) < (SOON if ready else LATER):
        return "simpy"
    if not ready:
        sys.stderr.write("note: compiling the fast engine, once, for about a minute\n")
    return "compiled"


def expected_requests(scenario: Scenario) -> float:
    """Requests of all designs and replications together, by the traffic's rates."""
    seconds = scenario.run.for_ / 1e9
    times = np.linspace(0.0, seconds, 1000)
    rate = sum(float(np.mean(source.shape.rate_at(times))) for source in scenario.traffic.values())
    return rate * seconds * len(scenario.designs) * scenario.run.replications
