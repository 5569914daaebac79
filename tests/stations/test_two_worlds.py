"""One text of the rules, two worlds: Python objects with slots, and NumPy records under Numba.

Random sequences of operations are played in both, and after every operation the answer and every
field must be the same whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, MutableSequence, Sequence
from typing import Any

import numba
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.stations.environment_pool import (
    AHEAD,
    COLD,
    NO_CONCURRENCY,
    NO_SCALING,
    WARM,
    ConcurrencyQuota,
    EnvironmentPool,
    adopt,
    charge,
    enter,
    expire,
    hold,
    leave,
    look_again,
    provide,
    request,
    withdraw,
)
from simulator.stations.server_pool import ServerPool, admit, free, renege, seize, tally, turn_away
from simulator.stations.station import Station
from simulator.stations.token_bucket import TokenBucket, refill, take, token_bucket
from tests.harness import examples

GAPS = st.one_of(st.integers(0, 3), st.integers(0, 2_000_000_000), st.integers(0, 36_500 * 86_400 * 10**9))
SIZES = st.integers(0, 5)


def bucket_rules(buckets: Sequence[TokenBucket], operation: int, amount: int, now: int) -> int:
    if operation == 0:
        refill(buckets[0], now)
        return 0
    return int(take(buckets[0], amount, now))


def server_rules(pools: Sequence[ServerPool], operation: int, capacity: int, now: int) -> int:
    servers = pools[0]
    if operation == 0:
        return seize(servers, now)
    if operation == 1 and servers.busy > 0:
        return int(free(servers, now))
    if operation == 2 and servers.waiting > 0:
        renege(servers, now)
    elif operation == 3:
        servers.capacity = capacity
        return int(admit(servers, now))
    elif operation == 4:
        turn_away(servers, now)
    else:
        tally(servers, now)
    return 0


def pool_rules(
    pools: Sequence[EnvironmentPool],
    quotas: Sequence[ConcurrencyQuota],
    buckets: Sequence[TokenBucket],
    ring: MutableSequence[int],
    operation: int,
    start: int,
    created: int,
    now: int,
) -> int:
    if operation == 0:
        return enter(pools[0], quotas[0], buckets[0], ring, now)
    if operation <= 3:
        return int(leave(pools[0], quotas[0], ring, start, created, operation - 1, now))
    if operation == 5:
        request(pools[0], quotas[0], 1, now)
        if not adopt(pools[0], quotas[0]):
            provide(pools[0])
        return 0
    if operation == 6 and pools[0].provisioned > 0:
        charge(pools[0], -1, now)
        return int(withdraw(pools[0], quotas[0]))
    if operation == 7:
        return look_again(pools[0], ring, now)
    expire(pools[0], ring, now)
    hold(quotas[0], now)
    return 0


class Worlds:
    """The same stations as objects and as records, and one function on them, interpreted and compiled."""

    def __init__(self, rules: Callable[..., int], compiled: Callable[..., int], *stations: Station) -> None:
        self.rules, self.compiled = rules, compiled
        self.objects = [[station] for station in stations]
        self.records = [self.record(station) for station in stations]
        self.rings: list[tuple[list[int], np.ndarray]] = []

    @staticmethod
    def record(station: Station) -> np.ndarray:
        names = type(station).fields()
        array = np.zeros(1, dtype=[(name, np.int64) for name in names])
        array[0] = tuple(station.values()[name] for name in names)
        return array

    def ring(self, places: int) -> None:
        self.rings.append(([0] * places, np.zeros(places, np.int64)))

    def do(self, *numbers: int) -> int:
        """One operation in both worlds; the answer, if everything is the same."""
        answer = self.rules(*self.objects, *(ring for ring, _ in self.rings), *numbers)
        other = self.compiled(*self.records, *(ring for _, ring in self.rings), *numbers)
        assert answer == other
        for (station,), record in zip(self.objects, self.records, strict=True):
            seen = dict(zip(record.dtype.names or (), map(int, record[0]), strict=True))
            assert seen == station.values()
        for ring, array in self.rings:
            assert ring == array.tolist()
        return answer


compiled_bucket_rules: Any = numba.njit(bucket_rules)
compiled_server_rules: Any = numba.njit(server_rules)
compiled_pool_rules: Any = numba.njit(pool_rules)


@examples(40)
@given(
    st.integers(0, 10_000), st.sampled_from([1, 10**9, 60 * 10**9]), st.integers(0, 3000),
    st.lists(st.tuples(GAPS, st.integers(0, 1), st.integers(1, 4)), max_size=30),
)  # fmt: skip
def test_a_token_bucket_is_the_same_in_both_worlds(
    rate: int, per: int, burst: int, moves: list[tuple[int, int, int]]
) -> None:
    worlds = Worlds(bucket_rules, compiled_bucket_rules, token_bucket(rate, per, burst))
    now = 0
    for gap, operation, amount in moves:
        now = min(now + gap, 36_500 * 86_400 * 10**9)
        worlds.do(operation, amount, now)


@examples(40)
@given(SIZES, SIZES, st.lists(st.tuples(st.integers(0, 99), st.integers(0, 5), SIZES), max_size=40))
def test_a_server_pool_is_the_same_in_both_worlds(
    capacity: int, bound: int, moves: list[tuple[int, int, int]]
) -> None:
    worlds = Worlds(server_rules, compiled_server_rules, ServerPool(capacity=capacity, bound=bound))
    now = 0
    for gap, operation, more in moves:
        now += gap
        worlds.do(operation, more, now)


@examples(40)
@given(
    st.integers(0, 8), SIZES, st.integers(0, 2), st.integers(0, 3), st.integers(0, 100),
    st.integers(0, 1),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 7), st.integers(0, 99)), max_size=60),
)  # fmt: skip
def test_an_environment_pool_is_the_same_in_both_worlds(
    limit: int, rate: int, provisioned: int, allowed: int, window: int, replaces: int,
    moves: list[tuple[int, int, int]],
) -> None:  # fmt: skip
    pool = EnvironmentPool(
        keep_alive=100, spare_keep_alive=150, replaces=replaces, mask=15, provisioned=provisioned,
        allowance_rate=allowed, allowance_per=30, allowance_window=window,
    )  # fmt: skip
    scaling = token_bucket(rate, 50, 3)
    worlds = Worlds(pool_rules, compiled_pool_rules, pool, ConcurrencyQuota(limit=limit), scaling)
    worlds.ring(48)
    inside: list[tuple[int, int]] = []
    now = 0
    for gap, operation, which in moves:
        now += gap
        if operation == 0:
            start = worlds.do(0, 0, 0, now)
            if start not in (NO_CONCURRENCY, NO_SCALING):
                inside.append((start, now + 7 * which if start in (COLD, AHEAD) else pool.handed))
        elif operation == 7:
            cold = next((place for place, (start, _) in enumerate(inside) if start == COLD), None)
            if cold is not None and worlds.do(7, 0, 0, now) != COLD:
                inside[cold] = (WARM, now + 50)
        elif operation >= 4:
            worlds.do(operation, 0, 0, now)
        elif inside:
            start, created = inside.pop(which % len(inside))
            worlds.do(operation, start, created, now)
