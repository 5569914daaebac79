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
    needed: int
    """1: whoever holds the server, environment or batch outside needs one of these, too."""
    refusals: int
    first_capacity: int
    """The capacity of the pool at the first of these."""
    capacity: int
    """The same in the second in which most were refused."""


@rule
def longest_line(
    servers: Sequence[ServerPool], insides: Sequence[Inside], first: int, last: int, busy: int
) -> int:
    """The one of `insides` from first up to last for which most wait, if at least half of `busy` wait for any
    of them; else -1."""
    waiting, longest, found = 0, 0, -1
    for place in range(first, last):
        line = servers[insides[place].pool].waiting
        waiting += line
        if line > longest:
            longest, found = line, place
    return found if 2 * waiting >= busy else -1


@rule
def longest_needed(servers: Sequence[ServerPool], insides: Sequence[Inside], first: int, last: int) -> int:
    """Of those that are needed in any case one in line will do: such a pool does all it can then, and so
    whoever is refused would only stand in line as well. The pool of the longest; -1: there is none."""
    longest, found = 0, -1
    for place in range(first, last):
        line = servers[insides[place].pool].waiting
        if insides[place].needed > 0 and line > longest:
            longest, found = line, insides[place].pool
    return found


@rule
def place_of(insides: Sequence[Inside], first: int, last: int, pool: int, otherwise: int) -> int:
    """Where a pool stands among those from first up to last."""
    for place in range(first, last):
        if insides[place].pool == pool:
            return place
    return otherwise


@rule
def deeper(servers: Sequence[ServerPool], insides: Sequence[Inside], begins: Sequence[int], pool: int) -> int:
    """The pool itself, or the deepest one inside of it with a line of its own."""
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
    wanted: int,
    busy: int,
    refusing: Limited,
) -> None:
    """To be called after a refusal of what `busy` hold: put it down to the pool inside for which they wait.
    `insides` from `begins[outer]` on are those of the limit that refused, deepest first; those of `wanted`
    belong to the servers or environments of which one was asked for: a part of what it limits, perhaps."""
    first, last = begins[outer], begins[outer + 1]
    found = longest_line(servers, insides, first, last, busy)
    if found < 0:
        needed = longest_needed(servers, insides, begins[wanted], begins[wanted + 1])
        found = place_of(insides, first, last, needed, -1)
    if found < 0:
        return
    deepest = deeper(servers, insides, begins, insides[found].pool)
    if deepest != insides[found].pool:
        found = place_of(insides, first, last, deepest, found)
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
    blame(servers, insides, begins, place, place, servers[place].busy, servers[place])
