"""What is needed of a limit, made of what is asked of it over time; who waits for it, who asks it again."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Final

import numpy as np

from simulator.engine.causes import limit_of_servers
from simulator.engine.visits import BUCKET, POOL, SERVERS, Held
from simulator.measure.need import Need
from simulator.stations.server_pool import ENDLESS
from simulator.study.fluid import Floats
from simulator.study.least import rates
from simulator.study.load import Load

TINY: Final = 1e-9
MOST_ATTEMPTS: Final = 1000
"""That are told of: pollers have no end of them."""


def need_of(
    load: Load, service: str, limit: str, unit: str, steady: Floats, most: Floats, allowed: Floats | float
) -> Need:
    """`steady` is asked for on average, `most` with chance. `allowed` may change over time; then all numbers
    are told of when there is least room."""
    exceeded = most > allowed
    steady, most = (np.where(load.counted, each, 0.0) for each in (steady, most))
    ratios = most / np.maximum(allowed, TINY)
    nearly = 1 - TINY if np.ndim(allowed) else 0.99  # from where on it counts as reached
    reached = ratios >= nearly * ratios.max(initial=0.0)
    if np.ndim(allowed):  # where no more are asked for than there are, most come while most are held
        reached &= steady >= nearly * steady[reached].max(initial=0.0)
    peak = int(reached.argmax())
    over = np.flatnonzero(ratios > 1)
    binds = None
    if len(over):  # from when on it is exceeded without a pause, be it in the warm-up
        within = np.flatnonzero(~exceeded[: over[0]])
        binds = float(load.time_s[within[-1] + 1 if len(within) else 0])
    there = float(np.broadcast_to(allowed, most.shape)[peak])
    ratio = float(ratios.max(initial=0.0)) if there else math.inf * bool(most[peak])
    at_s = float(load.time_s[peak])
    mean, demand = (float(each[peak] if np.ndim(allowed) else each.max()) for each in (steady, most))
    return Need(service, limit, unit, mean, demand, there, ratio, at_s, binds)


def services_of(load: Load, pools: Collection[int]) -> tuple[str, ...]:
    """The functions whose pools they are."""
    return tuple(service for pool, (service, _) in enumerate(load.quiet.program.pools) if pool in pools)


def waited_for(load: Load, kind: str, place: int, need: Need) -> Need:
    """What is held by those who wait there."""
    found = set().union(*(flow.within.get((kind, place), set()) for flow in load.flows))
    servers = enumerate(load.quiet.program.servers.items())
    return need._replace(
        waiting=services_of(load, {held.place for held in found if held.kind == POOL}),
        occupied=tuple(
            f"{service}: {limit_of_servers(name)}"
            for number, ((service, name), pool) in servers
            if Held(SERVERS, number) in found and pool.capacity != ENDLESS
        ),
    )


def tried_again(load: Load, kind: str, place: int, need: Need) -> Need:
    """How often what a limit refuses is sent at most, and who holds what meanwhile."""
    found = [flow for flow in load.flows if (kind, place) in flow.again]
    again = set().union(*(flow.upstream[kind, place] for flow in found))
    by_pollers = load.asked_by_pollers
    least = found and need.ratio > 1 and (kind, place) not in by_pollers
    attempts = max((flow.attempts[kind, place] for flow in found), default=1)
    return need._replace(
        attempts=attempts if attempts <= MOST_ATTEMPTS else None,
        retrying=services_of(load, set().union(*(flow.again[kind, place] for flow in found))),
        upstream=rates(
            load.quiet.program, {bucket for bucket in again if (BUCKET, bucket) not in by_pollers}
        ),
        at_least=(need.name,) if least else (),
    )
