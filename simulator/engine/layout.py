"""A machine as it is before anything has happened: a program laid out in sequences, with little room."""

from __future__ import annotations

from typing import Any

from simulator.engine.families import Family, Group
from simulator.engine.heap import NOTHING, SPARE
from simulator.engine.machine import (
    DEPTHS,
    FREE_FAMILIES,
    FREE_GROUPS,
    FREE_REQUESTS,
    HEAP_ROOM,
    LOG,
    LOG_ROOM,
    NEVER,
    REPLICATION,
    ROOM,
    SEED,
    STATE,
    Frame,
    Machine,
    Ties,
    Walker,
)
from simulator.engine.program import Program
from simulator.engine.random import request_identity
from simulator.engine.spent import room_for
from simulator.engine.steps import Op
from simulator.engine.storage import Storage
from simulator.stations.environment_pool import EnvironmentPool
from simulator.stations.mailbox import Item, Lane, Mailbox, empty_lanes

ENVIRONMENTS = 16
"""Idle environments of a pool that there is room for at first."""


def lay_out(
    program: Program, books: Any, seed: int, replication: int, storage: Storage, little: int, log_room: int
) -> Machine:
    """Room for `little` requests, twice as many things due and `log_room` rows; 0: none are wanted."""
    plans = list(program.pools.values())
    state = [0] * STATE
    state[SEED], state[REPLICATION], state[DEPTHS] = seed, replication, program.depth + 1
    state[FREE_REQUESTS] = state[FREE_FAMILIES] = state[FREE_GROUPS] = little
    state[HEAP_ROOM] = 2 * little
    state[LOG_ROOM] = log_room or NEVER
    state[ROOM] = room_for(program.width)
    pools: list[EnvironmentPool] = []
    ties: list[Ties] = []
    owned: list[int] = []
    for place, plan in enumerate(plans):
        pool = plan.pool.copy()
        pool.base, pool.mask = 3 * ENVIRONMENTS * place, ENVIRONMENTS - 1
        pools.append(pool)
        ties.append(
            Ties(quota=plan.quota, scaling=plan.scaling, owned_from=len(owned), owned=len(plan.owned))
        )
        owned += plan.owned
    mailboxes, lanes = mail(program)
    lines = len(program.servers)
    if any(row.op == Op.AWAIT for row in program.rows):
        lines += program.cached
    whole, records, tuples = storage.integers, storage.records, storage.tuples
    return Machine(
        state=whole(state),
        heap=whole([NOTHING] * (4 * little + SPARE)),
        rows=tuples(program.rows, "rows"),
        distributions=tuples(program.distributions, "distributions"),
        table=storage.floats(program.table),
        shares=storage.floats([share for share, _ in program.choices]),
        targets=whole([target for _, target in program.choices]),
        records=whole(program.records),
        backoffs=tuples(program.backoffs, "backoffs"),
        ties=records(ties, "ties"),
        owned=whole(owned),
        roundings=whole(list(program.meters.values())),
        prefixes=whole([request_identity(source.name, 0) for source in program.sources]),
        entries=whole([source.entry for source in program.sources]),
        times=whole([]),
        sources=whole([]),
        numbers=whole([]),
        requests=records([Walker() for _ in range(little)], "requests"),
        frames=records([Frame() for _ in range(little * (program.depth + 1))], "frames"),
        accounts=whole([0] * (little * state[ROOM])),
        families=records([Family() for _ in range(little)], "families"),
        groups=records([Group() for _ in range(little)], "groups"),
        free_requests=whole(list(range(little))),
        free_families=whole(list(range(little))),
        free_groups=whole(list(range(little))),
        buckets=records(
            [plan.bucket.copy() for plan in program.buckets.values() for _ in range(plan.clients)], "buckets"
        ),
        fresh_until=whole([0] * program.cached),
        quotas=records([quota.copy() for quota in program.quotas.values()], "quotas"),
        pools=records(pools, "pools"),
        ring=whole([0] * (3 * ENVIRONMENTS * len(pools))),
        servers=records([servers.copy() for servers in program.servers.values()], "servers"),
        insides=records([inside.copy() for inside in program.nesting.insides], "insides"),
        begins=whole(program.nesting.begins),
        heads=whole([-1] * lines),
        tails=whole([-1] * lines),
        mailboxes=records(mailboxes, "mailboxes"),
        lanes=records(lanes, "lanes"),
        items=records(spare_items(little), "items"),
        spare=whole([0, little]),
        places=storage.places(program.places),
        counters=whole([0] * len(program.counters)),
        meters=whole([0] * (3 * len(program.meters))),
        books=whole(books),
        log=whole([0] * (LOG * log_room)),
    )


def mail(program: Program) -> tuple[list[Mailbox], list[Lane]]:
    """All mailboxes, and their lanes one after the other."""
    mailboxes: list[Mailbox] = []
    lanes = 0
    for plan in program.mailboxes.values():
        first = len(mailboxes)
        for _ in range(plan.copies):
            mailbox = plan.mailbox.copy()
            mailbox.first = first
            mailbox.base = lanes
            lanes += mailbox.lanes
            mailboxes.append(mailbox)
    return mailboxes, empty_lanes(lanes)


def spare_items(count: int) -> list[Item]:
    """Room for so many items, as one chain."""
    return [Item(next=place + 1) for place in range(count)]
