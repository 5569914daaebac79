"""What is waited for while something limited is held: the true cause of its refusals.

An execution that waits for a database's CPU keeps its environment; a fleet's place is taken by whoever waits
for a server behind it. If that is what fills a limit, more of it would only wait there as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.stations.demand import Limited
from simulator.stations.rule import rule
from simulator.stations.server_pool import ServerPool
from simulator.stations.station import Station


class Inside(Station):
    """A server pool for which who holds something else waits, and the refusals that are put down to it."""

    pool: int
    """Its place."""
    own: int
    """1: of the same service, so that whoever holds the one needs the other."""
    refusals: int
    first_capacity: int
    """The capacity of the pool at the first of these."""
    capacity: int
    """The same in the second in which most were refused."""


@rule
def longest_line(
    servers: Sequence[ServerPool], insides: Sequence[Inside], first: int, last: int, busy: int
) -> int:
    """The one of `insides` from first up to last for which most wait of `busy` that hold what is outside;
    -1: that is not what keeps them. Half of them must stand in line for any of these; but for a pool of the
    same service anybody in line will do, since it does all it can then, and for all of them."""
    waiting, longest, found, longest_own, own = 0, 0, -1, 0, -1
    for place in range(first, last):
        inside = insides[place]
        line = servers[inside.pool].waiting
        waiting += line
        if line > longest:
            longest, found = line, place
        if line > longest_own and inside.own > 0:
            longest_own, own = line, place
    return found if 2 * waiting >= busy else own


@rule
def deeper(
    servers: Sequence[ServerPool], insides: Sequence[Inside], begins: Sequence[int], found: int
) -> int:
    """The pool itself, or the deepest one inside of it with a line of its own."""
    pool = insides[found].pool
    for place in range(begins[pool], begins[pool + 1]):
        if servers[insides[place].pool].waiting > 0:
            return insides[place].pool
    return pool


@rule
def blame(
    servers: Sequence[ServerPool],
    insides: Sequence[Inside],
    begins: Sequence[int],
    outer: int,
    busy: int,
    refusing: Limited,
) -> None:
    """To be called after a refusal of what `busy` hold: put it down to the pool inside for which they wait.
    `insides` from `begins[outer]` on are those of the limit that refused, deepest first."""
    found = longest_line(servers, insides, begins[outer], begins[outer + 1], busy)
    if found < 0:
        return
    pool = deeper(servers, insides, begins, found)
    if pool != insides[found].pool:
        for place in range(begins[outer], begins[outer + 1]):
            if insides[place].pool == pool:
                found = place
    inside = insides[found]
    capacity = servers[inside.pool].capacity
    if inside.refusals == 0:
        inside.first_capacity = capacity
    if refusing.lost_in_second == refusing.lost_peak:
        inside.capacity = capacity
    inside.refusals += 1


@rule
def blame_for_server(
    servers: Sequence[ServerPool], insides: Sequence[Inside], begins: Sequence[int], place: int
) -> None:
    """After a server pool has refused."""
    blame(servers, insides, begins, place, servers[place].busy, servers[place])
