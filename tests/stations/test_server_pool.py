"""Server pool: so many at a time, the rest in one line, counted as time goes by."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.stations.server_pool import (
    GRANTED,
    REFUSED,
    WAIT,
    ServerPool,
    admit,
    free,
    renege,
    seize,
    tally,
    turn_away,
)
from simulator.values.units import SECOND


def test_servers_first_then_the_line_then_the_door() -> None:
    servers = ServerPool(capacity=2, bound=1)
    assert [seize(servers, 0) for _ in range(4)] == [GRANTED, GRANTED, WAIT, REFUSED]
    assert (servers.busy, servers.waiting, servers.refused) == (2, 1, 1)


def test_a_freed_server_goes_straight_to_who_waits() -> None:
    servers = ServerPool(capacity=1, bound=5)
    seize(servers, 0)
    seize(servers, 0)
    assert free(servers, 10)
    assert (servers.busy, servers.waiting) == (1, 0)
    assert not free(servers, 20)
    assert servers.busy == 0


def test_nobody_overtakes_the_line() -> None:
    servers = ServerPool(capacity=1, bound=5)
    seize(servers, 0)
    seize(servers, 0)
    servers.capacity = 2
    assert seize(servers, 1) == WAIT
    assert [admit(servers, 1), admit(servers, 1)] == [True, False]


def test_more_capacity_serves_as_many_waiters_as_it_adds() -> None:
    servers = ServerPool(capacity=1, bound=9)
    for _ in range(6):
        seize(servers, 0)
    servers.capacity = 4
    assert [admit(servers, 5) for _ in range(5)] == [True, True, True, False, False]
    assert (servers.busy, servers.waiting, servers.most_busy) == (4, 2, 4)


def test_less_capacity_lets_servers_go_as_they_come_free() -> None:
    servers = ServerPool(capacity=3, bound=9)
    for _ in range(4):
        seize(servers, 0)
    servers.capacity = 1
    assert [free(servers, 1), free(servers, 2)] == [False, False]
    assert (servers.busy, servers.waiting) == (1, 1)
    assert free(servers, 3)


def test_the_most_ever_busy_is_remembered_when_capacity_comes_back() -> None:
    servers = ServerPool(capacity=3, bound=9)
    for _ in range(4):
        seize(servers, 0)
    servers.capacity = 1
    assert [free(servers, 1), free(servers, 2)] == [False, False]
    servers.capacity = 2
    assert admit(servers, 3)
    assert (servers.busy, servers.waiting, servers.most_busy) == (2, 0, 3)


def test_who_loses_patience_leaves_the_line_and_counts_as_refused() -> None:
    servers = ServerPool(capacity=1, bound=9)
    seize(servers, 0)
    seize(servers, 0)
    renege(servers, 7)
    assert (servers.waiting, servers.refused, servers.first_refused, servers.waiting_ns) == (0, 1, 7, 7)


def test_the_capacity_of_the_first_refusal_is_remembered() -> None:
    servers = ServerPool(capacity=2)
    for capacity in (2, 2, 2, 3, 3):
        servers.capacity = capacity
        seize(servers, 0)
    assert (servers.refused, servers.first_capacity, servers.capacity) == (2, 2, 3)


def test_the_most_asked_for_and_the_capacity_are_of_one_moment() -> None:
    """Five want one of three; later, of one that is left, two."""
    servers = ServerPool(capacity=3)
    for _ in range(5):
        seize(servers, 0)
    for _ in range(3):
        free(servers, SECOND)
    servers.capacity = 1
    for _ in range(2):
        seize(servers, 2 * SECOND)
    assert (servers.demand, servers.demand_capacity) == (5, 3)
    grown = ServerPool(capacity=1)
    for capacity in (1, 1, 5, 5):
        grown.capacity = capacity
        seize(grown, 0)
    assert (grown.demand, grown.demand_capacity) == (3, 5)


def test_what_still_works_of_a_fleet_that_has_shrunk_is_there_too() -> None:
    servers = ServerPool(capacity=3)
    for _ in range(3):
        seize(servers, 0)
    servers.capacity = 1
    seize(servers, 1)
    assert (servers.demand, servers.demand_capacity) == (4, 3)


def test_who_cannot_wait_is_counted_as_asking_and_as_refused() -> None:
    servers = ServerPool(capacity=0)
    turn_away(servers, 3)
    assert (servers.asked, servers.refused, servers.busy, servers.waiting) == (1, 1, 0, 0)


def test_server_time_and_waiting_time_are_integrals() -> None:
    servers = ServerPool(capacity=1, bound=9)
    seize(servers, 10)
    seize(servers, 20)
    free(servers, 50)
    free(servers, 60)
    tally(servers, 1000)
    assert (servers.busy_ns, servers.waiting_ns) == (50, 30)


@given(
    st.integers(1, 4), st.integers(0, 3), st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=80)
)
def test_no_server_idles_while_somebody_waits_and_nobody_is_lost(
    capacity: int, bound: int, moves: list[tuple[bool, int]]
) -> None:
    servers = ServerPool(capacity=capacity, bound=bound)
    now = served = 0
    for comes, gap in moves:
        now += gap
        if comes:
            seize(servers, now)
        elif servers.busy:
            free(servers, now)
            served += 1
        assert servers.busy == capacity or servers.waiting == 0
        assert 0 <= servers.busy <= capacity
        assert 0 <= servers.waiting <= bound
        assert servers.asked == served + servers.busy + servers.waiting + servers.refused
