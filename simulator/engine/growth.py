"""More room for a machine that asks for it: what is nearly full is doubled, and what is in it stays."""

from __future__ import annotations

from typing import Any

from simulator.engine.families import Family, Group
from simulator.engine.heap import MOST_PUSHES, MOST_REQUESTS, NOTHING, PENDING, SEQUENCE, SPARE
from simulator.engine.machine import (
    FREE_FAMILIES,
    FREE_GROUPS,
    FREE_REQUESTS,
    HEAP_ROOM,
    IN_LINE,
    NEEDED,
    RESUME,
    Frame,
    Machine,
    Walker,
)
from simulator.engine.storage import Storage
from simulator.errors import ModelError
from simulator.stations.mailbox import Item
from simulator.stations.station import MOST_PLACES


def more_room(machine: Machine, storage: Storage) -> Machine:
    """Room for requests, families, groups and the heap, wherever there is little left."""
    state = machine.state
    _check(machine)
    while state[FREE_REQUESTS] < 2 + state[NEEDED]:
        _check(machine)
        count = len(machine.requests)
        machine = machine._replace(
            requests=storage.grown(machine.requests, Walker),
            frames=storage.grown(machine.frames, Frame),
            accounts=storage.joined((machine.accounts, [0] * len(machine.accounts))),
            free_requests=_refilled(machine, machine.free_requests, count, FREE_REQUESTS, storage),
        )
    # who waits for a batch may have two things due, so that more may come than there are requests
    due = max(len(machine.requests), state[IN_LINE] + state[NEEDED])
    state[NEEDED] = 0
    families, groups = len(machine.families), len(machine.groups)
    if state[FREE_FAMILIES] < 1:
        _check_places(families)
        machine = machine._replace(
            families=storage.grown(machine.families, Family),
            free_families=_refilled(machine, machine.free_families, families, FREE_FAMILIES, storage),
        )
    if state[FREE_GROUPS] < 1:
        machine = machine._replace(
            groups=storage.grown(machine.groups, Group),
            free_groups=_refilled(machine, machine.free_groups, groups, FREE_GROUPS, storage),
        )
    if machine.spare[1] < 1:
        machine = machine._replace(items=_more_items(machine, storage))
    room = int(state[HEAP_ROOM])
    while state[PENDING] + due + 8 > room:
        room *= 2
    if room > state[HEAP_ROOM]:
        grown = storage.integers([NOTHING] * (2 * room + SPARE))
        grown[: len(machine.heap)] = machine.heap
        machine = machine._replace(heap=grown)
        state[HEAP_ROOM] = room
    return machine


def _check(machine: Machine) -> None:
    if 2 * len(machine.requests) > MOST_REQUESTS or machine.state[SEQUENCE] > MOST_PUSHES // 2:
        raise ModelError(f"more than {MOST_REQUESTS // 2} requests at a time, or too many events in one run")


def _check_places(count: int) -> None:
    if 2 * count > MOST_PLACES:
        raise ModelError(f"more than {MOST_PLACES} messages, or requests with effects, at a time")


def _more_items(machine: Machine, storage: Storage) -> Any:
    """The items, none of which is free, and as many free ones in a chain."""
    count = len(machine.items)
    _check_places(count)
    items = storage.grown(machine.items, Item)
    storage.chain(items, count)
    machine.spare[0], machine.spare[1] = count, count
    return items


def _refilled(machine: Machine, free: Any, count: int, place: int, storage: Storage) -> Any:
    """Places count to 2 count - 1 are free now, besides those that still were."""
    still = int(machine.state[place])
    machine.state[place] = still + count
    return storage.joined((free[:still], range(count, 2 * count), [0] * (count - still)))


def more_environments(machine: Machine, storage: Storage) -> Machine:
    """Twice the room for the idle environments of the pool that is full: a new ring behind the others."""
    request = storage.view(machine.requests, machine.state[RESUME] - 1)
    pool = storage.view(machine.pools, storage.view(machine.rows, request.at).a)
    ring, places = machine.ring, pool.mask + 1
    first, heirs, behind = pool.base, pool.base + 2 * places, pool.base + 3 * places
    oldest, eldest = first + 2 * (pool.bottom & pool.mask), heirs + (pool.eldest & pool.mask)
    parts = (
        *(ring, ring[oldest:heirs], ring[first:oldest], [0] * (2 * places)),
        *(ring[eldest:behind], ring[heirs:eldest], [0] * places),
    )
    pool.base, pool.mask = len(ring), 2 * places - 1
    pool.bottom = pool.eldest = 0
    return machine._replace(ring=storage.joined(parts))
