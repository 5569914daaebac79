"""Environment pool: which environment a request gets, and when environments end."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.engine import steps
from simulator.stations.environment_pool import (
    COLD,
    ENDED,
    KEPT,
    NO_CONCURRENCY,
    NO_SCALING,
    PROCESS_ENDED,
    PROVISIONED,
    RESET,
    STOPPED,
    UNUSED,
    WARM,
    ConcurrencyQuota,
    EnvironmentPool,
    adopt,
    alive,
    charge,
    enter,
    expire,
    leave,
    provide,
    request,
    withdraw,
)
from simulator.stations.token_bucket import TokenBucket, token_bucket

KEEP_ALIVE, LIFETIME = 100, 1000


@dataclass
class Pool:
    """A pool with its quota, its scaling rate and room for 16 idle environments."""

    limit: int = 10
    scaling: TokenBucket = field(default_factory=lambda: token_bucket(0, 1, 100))
    provisioned: int = 0

    rate: int = 1
    """Requests per 10 time units for each provisioned environment."""
    spare_keep_alive: int = KEEP_ALIVE
    replaces: int = 0
    used: bool = True
    """Whether provisioned environments have been used before."""

    def __post_init__(self) -> None:
        self.pool = EnvironmentPool(
            keep_alive=KEEP_ALIVE,
            spare_keep_alive=self.spare_keep_alive,
            replaces=self.replaces,
            mask=15,
            allowance_rate=self.rate,
            allowance_per=10,
            allowance_window=10 * 10**6,
        )
        self.quota = ConcurrencyQuota(limit=self.limit)
        self.ring = [0] * 48
        for _ in range(self.provisioned):
            self.provide()

    def provide(self) -> None:
        request(self.pool, self.quota, 1, 0)
        if not adopt(self.pool, self.quota):
            provide(self.pool)
            if self.used:
                self.pool.unused -= 1

    def enter(self, now: int) -> int:
        return enter(self.pool, self.quota, self.scaling, self.ring, now)

    def leave(self, now: int, created: int, start: int = WARM, becomes: int = KEPT) -> bool:
        """Leave an environment that comes to its end LIFETIME after it was created."""
        return leave(self.pool, self.quota, self.ring, start, created + LIFETIME, becomes, now)

    def lives(self, now: int) -> int:
        """How long the environments have lived by `now`, added up."""
        return self.pool.environment_ns + alive(self.pool) * now


def test_the_first_request_starts_cold_and_the_next_finds_it_warm() -> None:
    pool = Pool()
    assert pool.enter(0) == COLD
    pool.leave(10, created=0)
    assert pool.enter(20) == WARM
    assert pool.pool.handed == LIFETIME


def test_the_most_recently_used_environment_is_taken() -> None:
    pool = Pool()
    for now in (0, 1, 2):
        pool.enter(now)
    pool.leave(10, created=1)
    pool.leave(11, created=0)
    pool.leave(12, created=2)
    created = [(pool.enter(20), pool.pool.handed - LIFETIME) for _ in range(3)]
    assert created == [(WARM, 2), (WARM, 0), (WARM, 1)]
    assert pool.enter(20) == COLD


def test_an_idle_environment_is_gone_at_the_instant_its_keep_alive_ends() -> None:
    early, late = Pool(), Pool()
    for pool in (early, late):
        pool.enter(0)
        pool.leave(10, created=0)
    assert early.enter(10 + KEEP_ALIVE - 1) == WARM
    assert late.enter(10 + KEEP_ALIVE) == COLD
    assert late.pool.ended == 1
    assert late.lives(10 + KEEP_ALIVE) == 10 + KEEP_ALIVE


def test_the_longest_idle_expire_first_while_the_others_stay() -> None:
    pool = Pool()
    for now in (0, 1, 2):
        pool.enter(now)
    for now, created in ((10, 0), (50, 1), (90, 2)):
        pool.leave(now, created)
    expire(pool.pool, pool.ring, 10 + KEEP_ALIVE)
    assert (pool.pool.idle, pool.pool.ended) == (2, 1)
    expire(pool.pool, pool.ring, 90 + KEEP_ALIVE)
    assert (pool.pool.idle, pool.pool.ended) == (0, 3)


def test_an_environment_past_its_lifetime_is_not_used_again() -> None:
    young, old = Pool(), Pool()
    for pool in (young, old):
        pool.enter(0)
        pool.leave(LIFETIME - 50, created=0)
    assert young.enter(LIFETIME - 1) == WARM
    assert old.enter(LIFETIME) == COLD
    assert old.lives(LIFETIME) == LIFETIME


def test_an_environment_too_old_ends_when_its_request_leaves() -> None:
    pool = Pool()
    pool.enter(0)
    assert pool.leave(LIFETIME, created=0)
    assert pool.pool.idle == 0


def test_an_environment_not_to_be_kept_ends_at_once() -> None:
    pool = Pool()
    pool.enter(0)
    assert pool.leave(5, created=0, becomes=ENDED)
    assert (pool.pool.idle, pool.pool.ended, pool.pool.environment_ns) == (0, 1, 5)


def test_an_environment_whose_process_ended_is_used_again_and_must_initialise_anew_once() -> None:
    pool = Pool()
    pool.enter(0)
    assert pool.leave(5, created=0, becomes=PROCESS_ENDED)  # what it owned is free
    assert (pool.pool.idle, pool.pool.ended) == (1, 0)
    assert (pool.enter(6), pool.pool.handed) == (RESET, LIFETIME)
    assert not pool.leave(7, created=0, start=RESET)
    assert pool.enter(8) == WARM
    assert (pool.pool.cold_starts, pool.pool.reset_starts, pool.pool.warm_starts) == (1, 1, 1)


def test_one_whose_process_ended_owes_nothing_when_it_expires_or_is_too_old() -> None:
    idle, old = Pool(), Pool()
    for pool, left in ((idle, 5), (old, LIFETIME - 1)):
        pool.enter(0)
        pool.leave(left, created=0, becomes=PROCESS_ENDED)
    assert idle.enter(5 + KEEP_ALIVE) == COLD
    assert old.enter(LIFETIME) == COLD
    for pool, lived in ((idle, 5 + KEEP_ALIVE), (old, LIFETIME)):
        assert (pool.pool.owed, pool.pool.ended, pool.lives(lived)) == (0, 1, lived)


def test_the_concurrency_quota_refuses_and_starts_nothing() -> None:
    pool = Pool(limit=2)
    assert [pool.enter(0) for _ in range(3)] == [COLD, COLD, NO_CONCURRENCY]
    assert pool.quota.refused == 1
    assert pool.pool.cold_starts == 2


def test_the_scaling_rate_refuses_new_environments_and_not_warm_ones() -> None:
    pool = Pool(scaling=token_bucket(0, 1, 1))
    assert [pool.enter(0), pool.enter(0)] == [COLD, NO_SCALING]
    pool.leave(5, created=0)
    assert pool.enter(6) == WARM
    assert pool.quota.in_use == 1


def test_provisioned_environments_come_first_and_then_it_spills_over() -> None:
    pool = Pool(provisioned=2)
    assert [pool.enter(0) for _ in range(3)] == [PROVISIONED, PROVISIONED, COLD]
    assert pool.pool.spillovers == 1
    assert pool.quota.in_use == 1


def test_the_first_use_of_a_provisioned_environment_is_told_and_used_ones_come_first() -> None:
    pool = Pool(provisioned=3, used=False)
    assert pool.enter(0) == UNUSED
    pool.leave(1, created=0, start=PROVISIONED)
    assert [pool.enter(2) for _ in range(4)] == [PROVISIONED, UNUSED, UNUSED, COLD]
    pool.leave(3, created=0, start=PROVISIONED)
    assert pool.enter(4) == PROVISIONED


def test_of_provisioned_environments_withdrawn_those_that_were_not_used_end_first() -> None:
    pool = Pool(provisioned=3, used=False)
    pool.enter(0)
    pool.leave(1, created=0, start=PROVISIONED)
    withdraw(pool.pool, pool.quota)
    assert [pool.enter(2), pool.enter(2)] == [PROVISIONED, UNUSED]
    withdraw(pool.pool, pool.quota)  # one that is busy
    pool.provide()
    assert (pool.pool.provisioned, pool.pool.unused) == (2, 0), "which becomes the next that is provisioned"
    pool.provide()
    assert pool.enter(3) == UNUSED


def test_a_provisioned_environment_is_kept_however_old() -> None:
    pool = Pool(provisioned=1)
    pool.enter(0)
    assert not pool.leave(LIFETIME * 9, created=0, start=PROVISIONED)
    assert pool.enter(LIFETIME * 9) == PROVISIONED


def test_a_provisioned_environment_whose_process_ended_is_taken_next_and_initialises_anew_once() -> None:
    pool = Pool(provisioned=2)
    pool.enter(0)
    assert pool.leave(1, created=0, start=PROVISIONED, becomes=PROCESS_ENDED), "what it owned is free"
    assert [pool.enter(2), pool.enter(2)] == [STOPPED, PROVISIONED]
    assert not pool.leave(3, created=0, start=PROVISIONED)
    assert pool.enter(4) == PROVISIONED
    assert (pool.pool.stopped_starts, pool.pool.provisioned_starts) == (1, 4)


def test_one_whose_process_ended_is_withdrawn_last_and_gives_nothing_back_twice() -> None:
    pool = Pool(provisioned=2)
    pool.enter(0)
    pool.leave(1, created=0, start=PROVISIONED, becomes=PROCESS_ENDED)
    assert withdraw(pool.pool, pool.quota)
    assert not withdraw(pool.pool, pool.quota)
    assert (pool.pool.stopped, pool.quota.provisioned, pool.enter(2)) == (0, 0, COLD)


def test_provisioned_environments_cost_no_scaling_and_no_quota_of_their_own() -> None:
    pool = Pool(provisioned=1, limit=1, scaling=token_bucket(0, 1, 0))
    assert [pool.enter(0), pool.enter(0)] == [PROVISIONED, NO_CONCURRENCY]


def test_expired_environments_are_owed_what_they_owned() -> None:
    pool = Pool()
    pool.enter(0)
    pool.enter(1)
    pool.leave(2, created=0)
    pool.leave(3, created=1)
    expire(pool.pool, pool.ring, 3 + KEEP_ALIVE)
    assert pool.pool.owed == 2


def test_too_old_environments_found_on_entering_are_owed_too() -> None:
    pool = Pool()
    pool.enter(0)
    pool.leave(LIFETIME - 1, created=0)
    pool.enter(LIFETIME)
    assert pool.pool.owed == 1


def test_time_in_use_is_an_integral() -> None:
    pool = Pool()
    pool.enter(0)
    pool.enter(10)
    pool.leave(30, created=0)
    pool.leave(35, created=10)
    assert pool.quota.held_ns == 30 + 25
    assert (pool.quota.most, pool.quota.entered) == (2, 2)


def test_executions_on_provisioned_environments_count_among_those_of_the_quota() -> None:
    pool = Pool(provisioned=1)
    assert [pool.enter(0), pool.enter(10)] == [PROVISIONED, COLD]
    pool.leave(30, created=0, start=PROVISIONED)
    pool.leave(35, created=10)
    assert (pool.quota.held_ns, pool.quota.entered) == (30 + 25, 2)


def test_what_becomes_of_an_environment_has_the_same_numbers_in_steps() -> None:
    named = (steps.ENDED, steps.KEPT, steps.PROCESS_ENDED)
    assert named == (ENDED, KEPT, PROCESS_ENDED) == (0, 1, 2)


def test_requests_beyond_the_rate_of_provisioned_environments_spill_over() -> None:
    pool = Pool(provisioned=2)
    pool.pool.allowance_window = 10  # worth one request of each
    pool.pool.allowance = 20
    for now in (0, 0, 4, 5, 9, 10):
        start = pool.enter(now)
        expected = COLD if now == 4 else WARM if now == 9 else PROVISIONED
        assert start == expected, now
        pool.leave(now, created=pool.pool.handed, start=start)
    assert (pool.pool.provisioned_starts, pool.pool.spillovers) == (4, 2)


def test_an_environment_brings_its_share_of_the_rate_and_takes_it_along() -> None:
    pool = Pool(provisioned=1)
    pool.pool.allowance_window = pool.pool.allowance = 10
    assert pool.enter(0) == PROVISIONED
    pool.leave(0, created=0, start=PROVISIONED)
    pool.provide()
    assert pool.enter(0) == PROVISIONED
    pool.leave(0, created=0, start=PROVISIONED)
    withdraw(pool.pool, pool.quota)
    assert [pool.enter(now) for now in (9, 10)] == [COLD, PROVISIONED]


def test_a_rate_of_less_than_one_at_once_still_lets_one_through() -> None:
    pool = Pool(provisioned=1)
    pool.pool.allowance_window, pool.pool.allowance = 3, 0
    assert [pool.enter(now) for now in (3, 9, 10)] == [COLD, COLD, PROVISIONED]
    pool.leave(11, created=0, start=PROVISIONED)
    assert pool.enter(10**18) == PROVISIONED


def test_what_is_provisioned_is_off_the_quota_until_it_has_ended() -> None:
    pool = Pool(provisioned=2, limit=3)
    assert [pool.enter(0) for _ in range(4)] == [PROVISIONED, PROVISIONED, COLD, NO_CONCURRENCY]
    assert pool.quota.most == 3
    assert not withdraw(pool.pool, pool.quota)
    assert pool.enter(0) == NO_CONCURRENCY  # it is still busy
    assert pool.leave(1, created=0, start=PROVISIONED)
    assert pool.enter(1) == COLD


def test_one_withdrawn_while_busy_becomes_the_next_that_is_provisioned() -> None:
    pool = Pool(provisioned=1, limit=5)
    pool.enter(0)
    withdraw(pool.pool, pool.quota)
    pool.provide()
    assert (pool.pool.provisioned, pool.quota.provisioned) == (1, 1)
    assert not pool.leave(1, created=0, start=PROVISIONED)


def test_provisioned_ones_are_usable_as_far_as_the_quota_has_room() -> None:
    pool = Pool(limit=5)
    assert [pool.enter(0) for _ in range(4)] == [COLD] * 4
    for _ in range(3):
        pool.provide()
    assert [pool.enter(0), pool.enter(0)] == [PROVISIONED, NO_CONCURRENCY]
    pool.leave(1, created=0)
    assert pool.enter(1) == PROVISIONED


def test_what_was_asked_for_is_an_integral() -> None:
    pool = Pool()
    for more, now in ((3, 10), (2, 20), (-4, 25)):
        request(pool.pool, pool.quota, more, now)
    charge(pool.pool, 0, 100)
    assert pool.pool.requested_ns == 3 * 10 + 5 * 5 + 1 * 75
    assert (pool.pool.requested, pool.quota.provisioned) == (1, 1)


def test_each_start_while_some_are_provisioned_is_a_sample_of_their_executions() -> None:
    pool = Pool()
    pool.enter(0)
    assert pool.pool.samples == 0
    pool.provide()
    pool.provide()
    assert [pool.enter(0) for _ in range(3)] == [PROVISIONED, PROVISIONED, COLD]
    assert (pool.pool.samples, pool.pool.samples_sum, pool.pool.samples_most) == (3, 1 + 2 + 2, 2)
