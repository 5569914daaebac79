"""Inside: a refusal is put down to the line in which those who hold everything stand."""

from __future__ import annotations

import pytest

from simulator.stations.demand import Limited
from simulator.stations.environment_pool import ConcurrencyQuota
from simulator.stations.inside import Inside, blame, blame_for_server
from simulator.stations.server_pool import ENDLESS, ServerPool, seize, turn_away
from simulator.values.units import SECOND


def pool(waiting: int, capacity: int = 1) -> ServerPool:
    """All busy, and so many in line."""
    made = ServerPool(capacity=capacity, bound=ENDLESS)
    for _ in range(capacity + waiting):
        seize(made, 0)
    return made


def refusing(servers: list[ServerPool], insides: list[Inside], begins: list[int], busy: int) -> list[int]:
    """How often each is the cause, after the last limit has refused, of which so many are in use."""
    quota = ConcurrencyQuota(in_use=busy)
    last = len(begins) - 2
    blame(servers, insides, begins, last, last, busy, quota)
    return [inside.refusals for inside in insides]


def test_in_a_service_s_own_pool_one_in_line_will_do() -> None:
    outer, inner = servers = [pool(0, capacity=9), pool(0)]
    insides, begins = [Inside(pool=1, needed=1)], [0, 1, 1]
    turn_away(outer, 0)
    blame_for_server(servers, insides, begins, 0)
    assert insides[0].refusals == 0, "one is served inside, and nobody waits"
    seize(inner, 0)
    for capacity in (1, 4):
        inner.capacity = capacity
        turn_away(outer, SECOND)
        blame_for_server(servers, insides, begins, 0)
    assert (insides[0].refusals, insides[0].first_capacity, insides[0].capacity) == (2, 1, 4)
    blame_for_server(servers, insides, begins, 1)
    assert insides[0].refusals == 2, "nothing is inside of that one"


@pytest.mark.parametrize(("waiting", "refusals"), [(5, 1), (4, 0)])
def test_elsewhere_half_of_those_who_hold_it_stand_in_line(waiting: int, refusals: int) -> None:
    """Whatever else they do, at other services perhaps."""
    assert refusing([pool(waiting)], [Inside(pool=0)], [0, 0, 1], busy=10) == [refusals]


@pytest.mark.parametrize(("function", "refusals"), [(2, 1), (3, 0)])
def test_one_in_line_will_do_for_a_function_that_always_needs_the_pool(function: int, refusals: int) -> None:
    """And not for another one of the same account."""
    servers, insides = [pool(1)], [Inside(pool=0), Inside(pool=0, needed=1), Inside(pool=0)]
    blame(servers, insides, [0, 0, 1, 2, 3], 1, function, 10, ConcurrencyQuota(in_use=10))
    assert insides[0].refusals == refusals


def test_those_in_several_lines_count_together_and_the_longest_is_the_cause() -> None:
    insides = [Inside(pool=0), Inside(pool=1)]
    assert refusing([pool(2), pool(3)], insides, [0, 0, 0, 2], busy=10) == [0, 1]


@pytest.mark.parametrize(("computing", "refusals"), [(1, [1, 0]), (0, [0, 1])])
def test_what_the_longest_line_waits_for_is_the_cause(computing: int, refusals: list[int]) -> None:
    """Twenty wait for one of a proxy's connections, and whoever has one may wait for a CPU."""
    proxy, cpus = pool(20, capacity=5), pool(computing)
    insides = [Inside(pool=1, needed=1), Inside(pool=1), Inside(pool=0)]
    assert refusing([proxy, cpus], insides, [0, 1, 1, 3], busy=30)[1:] == refusals


def test_the_capacity_of_the_worst_second_is_remembered() -> None:
    inner, insides = pool(9), [Inside(pool=0)]
    for lost, capacity in ((5, 1), (7, 2), (3, 4)):
        inner.capacity = capacity
        limit = Limited(lost_in_second=lost, lost_peak=max(lost, 7 if lost == 3 else 0))
        blame([inner], insides, [0, 0, 1], 1, 1, 4, limit)
    assert (insides[0].refusals, insides[0].first_capacity, insides[0].capacity) == (3, 1, 2)
