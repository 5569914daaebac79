"""The limits of server pools: how many were asked for of how many there were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.engine.causes import Causes, Causing, limit_of_servers
from simulator.engine.visits import SERVERS
from simulator.measure.result import Limit
from simulator.stations.demand import Limited
from simulator.stations.server_pool import ENDLESS, ServerPool

if TYPE_CHECKING:
    from simulator.engine.program import Program
    from simulator.engine.world import World


def of_servers(world: World, program: Program, causes: Causes) -> Iterator[Limit]:
    """The limit of each server pool that has one."""
    causing = causes.by_server()
    for place, ((service, name), pool) in enumerate(zip(program.servers, world.servers, strict=True)):
        if pool.capacity == ENDLESS:
            continue
        demand, capacity, at_first = _asked(pool, causing.get(place))
        allowed = float(capacity if demand else pool.capacity)
        then = float(at_first) if (pool.refused or place in causing) and at_first < allowed else None
        yield Limit(
            service,
            limit_of_servers(name),
            name,
            demand,
            allowed,
            pool.refused,
            first_at_s(pool),
            allowed_at_first=then,
            waits_for=causes.of(SERVERS, place),
        )


def _asked(pool: ServerPool, causing: Causing | None) -> tuple[float, int, int]:
    """Demand and the capacity then; and the capacity when something was first refused."""
    if causing is None:
        return float(pool.demand), pool.demand_capacity, pool.first_capacity
    then = causing.inside.capacity
    return then + causing.lost_peak * causing.each_s, then, causing.inside.first_capacity


def first_at_s(station: Limited) -> float | None:
    """When a station first refused."""
    return None if station.first_refused < 0 else station.first_refused / 1e9
