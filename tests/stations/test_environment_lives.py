"""Environment pool: how long environments stay, and what stands in their place."""

from __future__ import annotations

from simulator.stations.environment_pool import (
    AHEAD,
    COLD,
    PROCESS_ENDED,
    RESET,
    WARM,
    expire,
    look_again,
)
from tests.stations.test_environment_pool import KEEP_ALIVE, LIFETIME, Pool


def busy_pool(**settings: int) -> Pool:
    """Two environments idle since 10 and 20, a third busy since 0, made at the same time."""
    pool = Pool(**settings)
    for _ in range(3):
        pool.enter(0)
    pool.leave(10, created=0)
    pool.leave(20, created=0)
    return pool


def test_spare_environments_stay_longer_while_the_function_is_in_use() -> None:
    early, late = busy_pool(spare_keep_alive=250), busy_pool(spare_keep_alive=250)
    assert [early.enter(259) for _ in range(3)] == [WARM, WARM, COLD]
    assert [late.enter(260) for _ in range(3)] == [WARM, COLD, COLD]
    assert late.pool.ended == 1


def test_all_environments_are_gone_when_the_function_has_been_idle_for_its_keep_alive() -> None:
    early, late = busy_pool(spare_keep_alive=250), busy_pool(spare_keep_alive=250)
    for pool in (early, late):
        pool.leave(50, created=0)
    assert [early.enter(149) for _ in range(3)] == [WARM] * 3
    assert [late.enter(150) for _ in range(3)] == [COLD] * 3
    assert late.lives(150) == 3 * 150


def test_an_idle_environment_that_comes_to_its_end_has_an_heir_taken_when_no_other_is_free() -> None:
    pool = Pool(replaces=1, spare_keep_alive=250)
    for _ in range(3):
        pool.enter(0)
    for left, created in ((LIFETIME - 60, 90), (LIFETIME - 50, 0), (LIFETIME - 40, 0)):
        pool.leave(left, created)
    assert [pool.enter(LIFETIME + 10) for _ in range(3)] == [WARM, AHEAD, AHEAD]
    assert pool.pool.handed == LIFETIME  # when it began
    assert (pool.pool.ended, pool.pool.replaced, pool.pool.owed) == (2, 2, 0)
    assert (pool.pool.cold_starts, pool.pool.ahead_starts) == (5, 2)
    assert pool.enter(LIFETIME + 10) == COLD
    assert pool.lives(LIFETIME + 10) == 3 * (LIFETIME + 10)


def test_an_environment_that_comes_to_its_end_while_busy_has_an_heir_when_its_request_leaves() -> None:
    pool = Pool(replaces=1)
    pool.enter(0)
    assert not pool.leave(LIFETIME + 5, created=0)  # the heir takes over what it owned
    assert pool.enter(LIFETIME + 6) == AHEAD
    assert pool.pool.handed == LIFETIME + 5


def test_an_heir_that_nobody_needs_is_gone_after_its_keep_alive_and_owed_what_it_owned() -> None:
    early, late = Pool(replaces=1), Pool(replaces=1)
    for pool in (early, late):
        pool.enter(0)
        pool.enter(0)
        pool.leave(LIFETIME, created=0)
    assert early.enter(LIFETIME + KEEP_ALIVE - 1) == AHEAD
    assert late.enter(LIFETIME + KEEP_ALIVE) == COLD
    assert (late.pool.heirs, late.pool.owed, late.pool.ended) == (0, 1, 2)
    assert late.lives(LIFETIME + KEEP_ALIVE) == 2 * (LIFETIME + KEEP_ALIVE)


def test_an_heir_found_after_its_keep_alive_is_gone_and_owed_what_it_owned() -> None:
    pool = Pool(replaces=1, spare_keep_alive=250)
    pool.enter(0)
    pool.enter(0)
    pool.leave(980, created=20)  # comes to its end at 1020, its heir's keep-alive at 1120
    assert pool.enter(1120) == COLD
    assert (pool.pool.heirs, pool.pool.owed, pool.pool.ended, pool.pool.replaced) == (0, 1, 2, 1)


def test_heirs_go_by_their_own_age_in_whatever_order_their_predecessors_are_found() -> None:
    pool = Pool(replaces=1, spare_keep_alive=250)
    for _ in range(3):
        pool.enter(0)
    for left, created in ((960, 20), (970, 40), (980, 0)):
        pool.leave(left, created)  # they come to their ends at 1020, 1040, 1000
    assert pool.enter(1050) == AHEAD  # the youngest; found were 1000, 1040, 1020
    assert pool.pool.handed == 1040
    expire(pool.pool, pool.ring, 1110)
    assert (pool.pool.heirs, pool.pool.due) == (1, 1120)


def test_one_whose_process_ended_has_no_heir() -> None:
    pool = Pool(replaces=1)
    pool.enter(0)
    pool.leave(LIFETIME - 5, created=0, becomes=PROCESS_ENDED)
    assert pool.enter(LIFETIME) == COLD


def test_an_environment_that_has_come_free_meanwhile_is_taken_and_the_new_one_dropped() -> None:
    pool = Pool()
    pool.enter(0)
    assert pool.enter(5) == COLD
    pool.leave(8, created=0, start=COLD)
    assert look_again(pool.pool, pool.ring, 10) == WARM
    assert pool.pool.handed == LIFETIME
    assert (pool.pool.cold_starts, pool.pool.warm_starts) == (1, 1)
    assert (pool.pool.cold_busy, pool.pool.dropped) == (0, 1)
    assert (pool.pool.busy, pool.pool.idle, pool.pool.reused_ns, pool.quota.in_use) == (1, 0, 2, 1)
    assert pool.lives(10) == 10 + 5


def test_an_heir_is_taken_too_and_nothing_changes_if_there_is_none() -> None:
    pool = Pool(replaces=1)
    pool.enter(0)
    assert pool.enter(LIFETIME - 5) == COLD
    assert look_again(pool.pool, pool.ring, LIFETIME) == COLD
    pool.leave(LIFETIME, created=0)
    assert look_again(pool.pool, pool.ring, LIFETIME + 1) == AHEAD
    assert (pool.pool.cold_starts, pool.pool.ahead_starts, pool.pool.heirs) == (2, 1, 0)


def test_one_that_must_initialise_anew_is_not_taken_instead_of_a_new_one() -> None:
    pool = Pool()
    pool.enter(0)
    pool.enter(0)
    pool.leave(1, created=0, becomes=PROCESS_ENDED)
    assert look_again(pool.pool, pool.ring, 2) == COLD
    assert pool.enter(3) == RESET


def test_nothing_is_due_before_an_environment_may_have_been_idle_for_too_long() -> None:
    pool = busy_pool(spare_keep_alive=250)
    found = []
    for now in (30, 200, 260):
        expire(pool.pool, pool.ring, now)
        found.append((pool.pool.due, pool.pool.idle))
    assert found == [(30 + KEEP_ALIVE, 2), (260, 2), (270, 1)]  # one is busy
    pool.leave(265, created=0)
    for now in (270, 365):
        expire(pool.pool, pool.ring, now)
        found.append((pool.pool.due, pool.pool.idle))
    assert found[3:] == [(265 + KEEP_ALIVE, 1), (365 + KEEP_ALIVE, 0)]


def test_what_is_due_next_lies_ahead_though_an_heir_was_found_when_it_was_gone() -> None:
    pool = busy_pool(replaces=1, spare_keep_alive=2 * LIFETIME)
    expire(pool.pool, pool.ring, LIFETIME + 500)
    assert pool.pool.due == LIFETIME + 500 + KEEP_ALIVE
    pool.leave(LIFETIME + 550, created=LIFETIME)
    expire(pool.pool, pool.ring, LIFETIME + 550 + KEEP_ALIVE)
    assert (pool.pool.ended, pool.pool.replaced) == (5, 2)
    assert pool.pool.due > LIFETIME + 550 + KEEP_ALIVE
