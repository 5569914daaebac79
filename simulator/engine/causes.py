"""Which server pool is the cause of what a limit refuses, and which may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.engine.nesting import receivers
from simulator.engine.visits import BUCKET, QUOTA, SERVERS
from simulator.measure.backlog import Waited
from simulator.stations.demand import Limited
from simulator.stations.environment_pool import entered
from simulator.stations.inside import Inside

if TYPE_CHECKING:
    from simulator.engine.program import Program
    from simulator.engine.world import World

NEARLY_ALL = 0.9
"""Of refusals: if at so many there was a line for a pool inside, that one is the cause. It did nine tenths
of what it can, or more, so that without any limit before it a ninth more would be served at most."""


class Causing(NamedTuple):
    """A pool inside of a limit that is the cause of what that one refused."""

    inside: Inside
    lost_peak: int
    """What was refused in the second in which most was."""
    each_s: float
    """How long what was refused would have been served inside: as long as what was not, on average."""


class Causes:
    """The pools that are causes of what limits refused."""

    def __init__(self, world: World, program: Program) -> None:
        self.world, self.begins = world, program.nesting.begins
        self.names = [f"{service}.{limit_of_servers(name)}" for service, name in program.servers]
        self.found: dict[tuple[str, int], Causing] = {}
        """By kind of limit and place."""
        for place, pool in enumerate(world.servers):
            served = 0 if pool.kept else pool.asked - pool.refused - pool.waiting
            self._find((SERVERS, place), pool, [place], served)
        for place, quota in enumerate(world.quotas):
            self._find((QUOTA, place), quota, [len(world.servers) + place], quota.entered)
        scaling: dict[int, list[int]] = {}
        for place, plan in enumerate(program.pools.values()):
            scaling.setdefault(plan.scaling, []).append(place)
        for bucket, pools in scaling.items():
            outers = [len(world.servers) + len(world.quotas) + place for place in pools]
            served = sum(entered(world.pools[place]) for place in pools)
            self._find((BUCKET, bucket), world.buckets[bucket], outers, served)

    def _find(self, limit: tuple[str, int], refusing: Limited, outers: Sequence[int], served: int) -> None:
        """Of a limit that so many have passed (0: they keep it for others), by all that is inside."""
        refusals: dict[int, int] = {}
        insides = [one for outer in outers for one in self._insides(outer)]
        for inside in insides:
            refusals[inside.pool] = refusals.get(inside.pool, 0) + inside.refusals
        if not (blamed := sum(refusals.values())) or blamed < NEARLY_ALL * refusing.refused:
            return
        most = max(refusals, key=lambda pool: refusals[pool])
        pool = self.world.servers[most]
        each_s = pool.busy_ns / 1e9 / max(served or pool.asked - pool.waiting, 1)
        inside = max((one for one in insides if one.pool == most), key=lambda one: one.refusals)
        self.found[limit] = Causing(inside, refusing.lost_peak, each_s)

    def _insides(self, outer: int) -> Sequence[Inside]:
        return self.world.insides[self.begins[outer] : self.begins[outer + 1]]

    def of(self, kind: str, place: int) -> str:
        """`service.limit`; empty: the limit itself is the cause."""
        found = self.found.get((kind, place))
        return self.names[found.inside.pool] if found else ""

    def by_server(self) -> dict[int, Causing]:
        """By server pool that is a cause: where it was most so."""
        worst = sorted(self.found.values(), key=lambda one: one.lost_peak * one.each_s)
        return {one.inside.pool: one for one in worst}


def inside(program: Program) -> dict[str, tuple[Waited, ...]]:
    """By mailbox: see `Replication.inside`."""
    servers, place, found = list(program.servers), receivers(program), {}

    def waited(one: Inside) -> Waited:
        service, name = servers[one.pool]
        return Waited(f"{service}.{limit_of_servers(name)}", f"{service}.{name} waiting", bool(one.needed))

    for (service, name), plan in program.mailboxes.items():
        found[f"{service}.{name}"] = tuple(map(waited, program.nesting.of(place)))
        place += plan.copies
    return found


def limit_of_servers(name: str) -> str:
    """What the limit of a server pool is called."""
    return "max_connections" if name == "connections" else name
