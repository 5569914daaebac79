"""The limits of server pools: how many were asked for of how many there were, and which pool is the cause."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.measure.result import Limit
from simulator.stations.demand import Limited
from simulator.stations.server_pool import ENDLESS, ServerPool

if TYPE_CHECKING:
    from simulator.engine.program import Program
    from simulator.engine.world import World

NEARLY_ALL = 0.9
"""Of refusals: if at so many there was a line for the pool inside, that one is the cause. It did nine tenths
of what it can, or more, so that without any limit before it a ninth more would be served at most."""


def of_servers(world: World, program: Program) -> Iterator[Limit]:
    """The limit of each server pool that has one."""
    names = [name for _, name in program.servers]
    causes = {pool.inside: pool for pool in world.servers if _waits(pool)}
    for place, ((service, name), pool) in enumerate(zip(program.servers, world.servers, strict=True)):
        if pool.capacity == ENDLESS:
            continue
        demand, capacity, at_first = float(pool.demand), pool.demand_capacity, pool.first_capacity
        if place in causes:
            outer = causes[place]
            capacity, at_first = outer.inside_capacity, outer.inside_first
            demand = capacity + outer.lost_peak * _each_s(outer, pool)
        allowed = float(capacity if demand else pool.capacity)
        then = float(at_first) if (pool.refused or place in causes) and at_first < allowed else None
        waits_for = limit_of_servers(names[pool.inside]) if _waits(pool) else ""
        limit, first = limit_of_servers(name), first_at_s(pool)
        yield Limit(
            service,
            limit,
            name,
            demand,
            allowed,
            pool.refused,
            first,
            allowed_at_first=then,
            waits_for=waits_for,
        )


def limit_of_servers(name: str) -> str:
    """What the limit of a server pool is called."""
    return "max_connections" if name == "connections" else name


def first_at_s(station: Limited) -> float | None:
    """When a station first refused."""
    return None if station.first_refused < 0 else station.first_refused / 1e9


def _waits(pool: ServerPool) -> bool:
    return pool.held_up > 0 and pool.held_up >= NEARLY_ALL * pool.refused


def _each_s(outer: ServerPool, inner: ServerPool) -> float:
    """How long what was refused would have been served inside: as long as what was not, on average."""
    served = inner.asked - inner.waiting if outer.kept else outer.asked - outer.refused - outer.waiting
    return inner.busy_ns / 1e9 / max(served, 1)
