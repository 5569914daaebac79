"""What provisioned environments take in a second, of what comes to their function."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np

from simulator.measure.need import Need, Span
from simulator.study.fluid import Floats, with_chance
from simulator.study.load import Load

TINY: Final = 1e-9


class KeptReady(NamedTuple):
    """The provisioned environments of a function over time."""

    service: str
    steady: Floats
    """Requests per second that come to them."""
    most: Floats
    """With chance, in a second."""
    with_burst: Floats
    """What they take in a second, and at once besides."""
    burst_s: float
    """How many seconds' worth that is."""

    def told(self, need: Need) -> Need:
        """A need of all that they take in a second, as that of a bucket."""
        allowed = need.allowed / (1 + self.burst_s)
        span = Span(1.0, need.steady, need.demand, need.allowed)
        return need._replace(allowed=allowed, burst=need.allowed - allowed, span=span)


def kept_ready(load: Load, held: Callable[[int], Floats]) -> Iterator[KeptReady]:
    """Of every function that has some and that requests come to; rate and burst grow with their number. No
    more comes to them than they can serve, where all are in use before their rate is: `held` says executions
    at a time."""
    entered = {place: rate for (_, place), rate in load.over_time("entered").items()}
    for place, ((service, _), plan) in enumerate(load.quiet.program.pools.items()):
        there = load.quiet.provisioned(service, load.time_s)
        rate = entered.get(place, load.nothing)
        if not there.any() or not rate.any():
            continue
        pool, held_s = plan.pool, held(place) / np.maximum(rate, TINY)
        each, burst_s = pool.allowance_rate * 1e9 / pool.allowance_per, pool.allowance_window / 1e9
        most = np.maximum(with_chance(rate), rate * (1 + burst_s))
        served = np.where(held_s * each < 1, math.inf, there / np.maximum(held_s, TINY))
        steady, most = (np.where(there > 0, np.minimum(one, served), 0.0) for one in (rate, most))
        yield KeptReady(service, steady, most, there * each * (1 + burst_s), burst_s)
