"""Who waits for a server, in the compiled loop: one doubly linked line per server pool; and, in lines behind
those, who waits for an answer that is under way to an entry of a cache."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

from simulator.engine.heap import push
from simulator.engine.machine import IN_LINE, Ties, Walker
from simulator.engine.steps import Order
from simulator.stations.environment_pool import EnvironmentPool
from simulator.stations.inside import Inside, blame_for_server
from simulator.stations.rule import rule
from simulator.stations.server_pool import ServerPool, free, renege

Integers = MutableSequence[int]
STEP = int(Order.STEP)


@rule
def join_line(
    state: Integers, requests: Sequence[Walker], heads: Integers, tails: Integers, place: int, who: int
) -> None:
    """Stand in line, behind all others."""
    request = requests[who]
    request.line = place
    request.next = -1
    request.previous = tails[place]
    if tails[place] >= 0:
        requests[tails[place]].next = who
    else:
        heads[place] = who
    tails[place] = who
    state[IN_LINE] += 1


@rule
def step_out(state: Integers, requests: Sequence[Walker], heads: Integers, tails: Integers, who: int) -> None:
    """Stand in line no more."""
    request = requests[who]
    before = request.previous
    behind = request.next
    if before >= 0:
        requests[before].next = behind
    else:
        heads[request.line] = behind
    if behind >= 0:
        requests[behind].previous = before
    else:
        tails[request.line] = before
    request.line = -1
    state[IN_LINE] -= 1


@rule
def leave_line(
    state: Integers,
    requests: Sequence[Walker],
    servers: Sequence[ServerPool],
    insides: Sequence[Inside],
    begins: Sequence[int],
    heads: Integers,
    tails: Integers,
    who: int,
    now: int,
) -> None:
    """Give up waiting."""
    if requests[who].line < len(servers):
        renege(servers[requests[who].line], now)
        blame_for_server(servers, insides, begins, requests[who].line)
    step_out(state, requests, heads, tails, who)


@rule
def grant(
    state: Integers,
    heap: Integers,
    requests: Sequence[Walker],
    heads: Integers,
    tails: Integers,
    place: int,
    now: int,
) -> None:
    """Whoever waits longest has the server now, and goes on after what is under way."""
    who = heads[place]
    step_out(state, requests, heads, tails, who)
    requests[who].wake = push(state, heap, now, STEP, who)


@rule
def give_back(
    state: Integers,
    heap: Integers,
    requests: Sequence[Walker],
    servers: Sequence[ServerPool],
    heads: Integers,
    tails: Integers,
    place: int,
    now: int,
) -> None:
    """Free a server."""
    if free(servers[place], now):
        grant(state, heap, requests, heads, tails, place, now)


@rule
def settle_owed(
    state: Integers,
    heap: Integers,
    requests: Sequence[Walker],
    servers: Sequence[ServerPool],
    heads: Integers,
    tails: Integers,
    pool: EnvironmentPool,
    ties: Ties,
    owned: Sequence[int],
    now: int,
) -> None:
    """Free what the environments that have ended owned."""
    while pool.owed > 0:
        pool.owed -= 1
        for place in range(ties.owned_from, ties.owned_from + ties.owned):
            give_back(state, heap, requests, servers, heads, tails, owned[place], now)
