"""Server pool: so many at a time, the rest in one first-come-first-served line, or turned away.

Database connections and CPUs, and fleets of servers, are made of it. The engines keep the line
itself; the rules count it.
"""

from __future__ import annotations

from simulator.stations.demand import Limited, ask, refuse
from simulator.stations.rule import rule

GRANTED, WAIT, REFUSED = 0, 1, 2
ENDLESS = 1 << 62
"""The capacity, or the bound, of a pool that has none."""


class ServerPool(Limited):
    """Servers, and the number in line."""

    capacity: int
    busy: int
    waiting: int
    bound: int
    """Places in line."""
    most_busy: int
    most_waiting: int
    fullest_busy: int
    """Busy at a time, at most since a control last looked."""
    fullest_waiting: int
    busy_ns: int
    """Server-time so far, up to `since`."""
    waiting_ns: int
    since: int
    used_ns: int
    """Server-time since a control last asked for it, up to `since`."""
    first_capacity: int
    """The capacity when it first refused: a fleet may have grown since."""
    demand: int
    """The most that was asked for at a time: the busy ones, and what was refused in that second."""
    demand_capacity: int
    """What there was then: a fleet may be smaller at the end, or have grown since."""
    kept: int
    """1: environments or machines keep the servers, for many requests each."""


@rule
def tally(servers: ServerPool, now: int) -> None:
    """Bring the integrals up to now; to be called before any change."""
    passed = now - servers.since
    servers.since = now
    servers.busy_ns += passed * servers.busy
    servers.used_ns += passed * servers.busy
    servers.waiting_ns += passed * servers.waiting


@rule
def serve(servers: ServerPool) -> None:
    """One more server is busy."""
    servers.busy += 1
    if servers.busy > servers.most_busy:
        servers.most_busy = servers.busy
        want(servers, servers.busy)  # so never less than the most that were busy
    if servers.busy > servers.fullest_busy:
        servers.fullest_busy = servers.busy


@rule
def want(servers: ServerPool, amount: int) -> None:
    """So many are asked for at this moment; what still works of a fleet that has shrunk is there as well."""
    if amount > servers.demand:
        servers.demand = amount
        servers.demand_capacity = max(servers.capacity, servers.busy)


@rule
def _refuse(servers: ServerPool, now: int) -> None:
    if servers.refused == 0:
        servers.first_capacity = servers.capacity
    refuse(servers, 1, now)
    want(servers, servers.busy + servers.lost_in_second)


@rule
def seize(servers: ServerPool, now: int) -> int:
    """Ask for a server: GRANTED, WAIT (now in line) or REFUSED (the line is full)."""
    ask(servers, 1, now)
    tally(servers, now)
    if servers.waiting == 0 and servers.busy < servers.capacity:
        serve(servers)
        return GRANTED
    if servers.waiting >= servers.bound:
        _refuse(servers, now)
        return REFUSED
    servers.waiting += 1
    if servers.waiting > servers.most_waiting:
        servers.most_waiting = servers.waiting
    if servers.waiting > servers.fullest_waiting:
        servers.fullest_waiting = servers.waiting
    return WAIT


@rule
def free(servers: ServerPool, now: int) -> bool:
    """Give a server back; True: it goes straight to who waits longest."""
    tally(servers, now)
    if servers.waiting > 0 and servers.busy <= servers.capacity:
        servers.waiting -= 1
        return True
    servers.busy -= 1
    return False


@rule
def admit(servers: ServerPool, now: int) -> bool:
    """After capacity has grown: True, once per waiter who is served now."""
    tally(servers, now)
    if servers.waiting == 0 or servers.busy >= servers.capacity:
        return False
    servers.waiting -= 1
    serve(servers)
    return True


@rule
def turn_away(servers: ServerPool, now: int) -> None:
    """Asked for by one who cannot wait, while none is free."""
    ask(servers, 1, now)
    _refuse(servers, now)


@rule
def renege(servers: ServerPool, now: int) -> None:
    """One in line gives up; counted as refused."""
    tally(servers, now)
    servers.waiting -= 1
    _refuse(servers, now)


@rule
def used(servers: ServerPool, now: int) -> int:
    """Server-time since this was last asked, ns: what an autoscaler's metric is made of."""
    tally(servers, now)
    passed = servers.used_ns
    servers.used_ns = 0
    return passed
