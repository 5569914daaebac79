"""Token bucket: burst at once, rate steadily, never more, exact to the nanosecond."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.stations.token_bucket import (
    BILLION,
    ONE,
    OTHER,
    TAKEN,
    borrow,
    refill,
    restore,
    take,
    take_both,
    token_bucket,
)
from simulator.values.units import DAY, HOUR, MINUTE, SECOND

RATES = st.tuples(st.integers(0, 10_000), st.sampled_from([1, 7, SECOND // 10, SECOND, MINUTE, HOUR]))
GAPS = st.one_of(st.integers(0, 10), st.integers(0, SECOND), st.integers(0, 3 * HOUR))


def test_a_new_bucket_gives_its_burst_at_once_and_no_more() -> None:
    bucket = token_bucket(10, SECOND, 5)
    assert [take(bucket, 1, 0) for _ in range(7)] == [True] * 5 + [False] * 2
    assert bucket.asked == 7
    assert bucket.refused == 2
    assert bucket.first_refused == 0


def test_500_a_minute_gives_exactly_500_in_every_minute() -> None:
    bucket = token_bucket(500, MINUTE, 500)
    while take(bucket, 1, 0):
        pass
    for minute in range(1, 6):
        taken = 0
        while take(bucket, 1, minute * MINUTE):
            taken += 1
        assert taken == 500


def test_a_token_is_there_at_its_nanosecond_and_not_before() -> None:
    bucket = token_bucket(3, SECOND, 1)
    assert take(bucket, 1, 0)
    assert not take(bucket, 1, 333_333_333)
    assert take(bucket, 1, 333_333_334)


def test_refused_tokens_are_not_taken() -> None:
    bucket = token_bucket(1, SECOND, 10)
    assert not take(bucket, 11, 0)
    assert take(bucket, 10, 0)


def test_asking_often_does_not_lose_the_fractions_between() -> None:
    patient, busy = token_bucket(7, SECOND, 100), token_bucket(7, SECOND, 100)
    take(patient, 100, 0)
    take(busy, 100, 0)
    for now in range(0, 10 * SECOND, 12_345_679):
        refill(busy, now)
    refill(busy, 10 * SECOND)
    refill(patient, 10 * SECOND)
    assert busy.level == patient.level == 70 * SECOND


def test_a_rate_of_nothing_never_refills() -> None:
    bucket = token_bucket(0, SECOND, 1)
    assert take(bucket, 1, 0)
    assert not take(bucket, 1, 100 * 365 * DAY)


def test_a_hundred_years_idle_fill_the_bucket_without_leaving_64_bits() -> None:
    bucket = token_bucket(1_000_000, SECOND, 5)
    take(bucket, 5, 0)
    century = 36_500 * DAY
    passed = century * bucket.rate  # the product that must not be formed
    assert passed > 2**63
    assert [take(bucket, 1, century) for _ in range(6)] == [True] * 5 + [False]
    assert bucket.level < 2**63


def test_a_bucket_too_large_for_64_bits_is_refused() -> None:
    token_bucket(1, DAY, 2**63 // DAY)
    with pytest.raises(OverflowError, match="does not fit into 64 bits"):
        token_bucket(1, DAY, 2**63 // DAY + 1)


def test_the_worst_second_is_remembered() -> None:
    bucket = token_bucket(1, SECOND, 2)
    for now in (0, 1, 2, 3 * SECOND, 10 * SECOND, 10 * SECOND + 1, 10 * SECOND + 2, 10 * SECOND + 3):
        take(bucket, 1, now)
    assert bucket.peak == 4
    assert bucket.lost_peak == 2
    assert bucket.first_refused == 2


@given(RATES, st.integers(1, 50), st.lists(st.tuples(GAPS, st.integers(1, 5)), max_size=60))
def test_over_any_interval_no_more_is_taken_than_burst_plus_rate_x_time(
    rate: tuple[int, int], burst: int, asked: list[tuple[int, int]]
) -> None:
    count, per = rate
    bucket = token_bucket(count, per, burst)
    times = list(accumulate(gap for gap, _ in asked))
    taken = [amount * take(bucket, amount, now) for now, (_, amount) in zip(times, asked, strict=True)]
    for first in range(len(times)):
        for last in range(first, len(times)):
            total = sum(taken[first : last + 1])
            assert total * per <= burst * per + count * (times[last] - times[first])


@given(RATES, st.integers(1, 50), st.lists(st.tuples(GAPS, st.integers(1, 5)), max_size=60))
def test_what_is_refused_was_not_there(
    rate: tuple[int, int], burst: int, asked: list[tuple[int, int]]
) -> None:
    count, per = rate
    bucket = token_bucket(count, per, burst)
    level, now = burst * per, 0
    for gap, amount in asked:
        now += gap
        level = min(burst * per, level + gap * count)
        assert take(bucket, amount, now) == (amount * per <= level)
        level -= amount * per * (amount * per <= level)
        assert bucket.level == level


@given(
    st.integers(1, 1000), st.integers(1, 30), st.integers(0, 20), st.integers(0, 200),
    st.lists(GAPS, max_size=80),
)  # fmt: skip
def test_a_larger_bucket_or_a_faster_one_has_never_given_less(
    rate: int, burst: int, larger: int, faster: int, gaps: list[int]
) -> None:
    small, large = token_bucket(rate, SECOND, burst), token_bucket(rate + faster, SECOND, burst + larger)
    given_small = given_large = 0
    for now in accumulate(gaps):
        given_small += take(small, 1, now)
        given_large += take(large, 1, now)
        assert given_large >= given_small


def test_what_is_borrowed_comes_in_before_anybody_gets_more() -> None:
    bucket = token_bucket(10, SECOND, 5)
    borrow(bucket, 8, 0)
    assert bucket.level == -3 * bucket.per
    assert not take(bucket, 1, SECOND * 4 // 10 - 1)
    assert take(bucket, 1, SECOND * 4 // 10)
    refill(bucket, 36_500 * DAY)
    assert bucket.level == bucket.burst


def test_what_is_borrowed_was_asked_for() -> None:
    bucket = token_bucket(10, SECOND, 5)
    borrow(bucket, 8, 0)
    take(bucket, 1, SECOND - 1)
    assert (bucket.asked, bucket.peak, bucket.refused) == (9, 9, 0)


def test_a_bucket_without_a_burst_lends_at_its_rate() -> None:
    bucket = token_bucket(6000, MINUTE, 0)
    borrow(bucket, 100, SECOND)
    refill(bucket, 2 * SECOND - 1)
    assert bucket.level < 0
    refill(bucket, 2 * SECOND)
    assert bucket.level == 0
    refill(bucket, 9 * SECOND)
    assert bucket.level == 0


def test_tokens_that_were_taken_for_nothing_come_back_but_not_beyond_the_burst() -> None:
    bucket = token_bucket(1, SECOND, 2)
    assert [take(bucket, 1, 0) for _ in range(3)] == [True, True, False]
    restore(bucket, 1)
    assert take(bucket, 1, 0)
    restore(bucket, 5)
    assert [take(bucket, 1, 0) for _ in range(3)] == [True, True, False]


def test_two_buckets_give_both_or_neither() -> None:
    records, size = token_bucket(1, SECOND, 2), token_bucket(1, SECOND, 10)
    assert take_both(records, size, 8, 0) == TAKEN
    assert take_both(records, size, 8, 0) == OTHER
    assert take(records, 1, 0), "what the first gave came back"
    assert take_both(records, size, 1, 0) == ONE
    assert take(size, 2, 0)


def tightest(asked: list[tuple[int, int]], rate: int, per: int, burst: int) -> Fraction:
    """Of all spans, the most that is asked for of the burst and what comes meanwhile; by trying them all."""
    return max(
        Fraction(sum(amount for _, amount in asked[first : last + 1]) * per)
        / (burst * per + rate * (asked[last][0] - asked[first][0]))
        for first in range(len(asked))
        for last in range(first, len(asked))
    )


@given(
    st.integers(1, 1000), st.integers(1, 50), st.floats(0.3, 1.2), st.floats(0.1, 5.0),
    st.lists(st.tuples(st.floats(0, 2), st.integers(1, 5)), min_size=1, max_size=60),
)  # fmt: skip
def test_half_and_nine_tenths_of_a_bucket_are_told_exactly_when_they_are_asked_for(
    rate: int, burst: int, load: float, bursty: float, asked: list[tuple[float, int]]
) -> None:
    """Traffic of about this load, so that spans of all lengths come near these shares."""
    now, times = 0.0, []
    for gap, amount in asked:
        now += gap**bursty * amount / (load * rate) * SECOND
        times.append((int(now), amount))
    bucket = token_bucket(rate, SECOND, burst)
    for time, amount in times:
        borrow(bucket, amount, time)
    true, told = tightest(times, rate, SECOND, burst), bucket.tightest / BILLION
    assert told <= true + 1e-9
    for share in (0.5, 0.9):
        if abs(true - share) > 1e-6:
            assert (told > share) == (true > share)


def test_a_span_that_uses_up_nearly_all_is_told_whatever_came_before() -> None:
    """3 of 10 a second for 1,000 s, then 290 of the 300 at once: of 300 and what came in no time."""
    bucket = token_bucket(10, SECOND, 300)
    for second in range(1000):
        assert take(bucket, 3, second * SECOND)
    assert take(bucket, 290, 1000 * SECOND)
    assert bucket.tightest / BILLION == pytest.approx(290 / 300)


def test_a_rate_that_is_nearly_used_for_long_is_told_though_the_burst_is_never_touched() -> None:
    """60 every second of 100 a second and 3,000, then 97: in 2,000 s of these 194,000 and 97, of 203,000."""
    bucket = token_bucket(100, SECOND, 3000)
    for second in range(7001):
        assert take(bucket, 97 if second >= 5000 else 60, second * SECOND)
    assert bucket.level >= bucket.burst - 97 * bucket.per
    assert bucket.tightest / BILLION == pytest.approx(97 * 2001 / 203_000)


def test_what_comes_back_is_not_asked_for_again() -> None:
    bucket = token_bucket(1, SECOND, 10)
    for _ in range(50):
        assert take(bucket, 1, 0)
        restore(bucket, 1)
    assert bucket.tightest / BILLION == pytest.approx(1 / 10)


def test_what_is_refused_for_long_counts_as_asked_for_within_64_bits() -> None:
    bucket = token_bucket(1, SECOND, 1_000_000_000)
    assert [take(bucket, 900_000_000, 0) for _ in range(10)] == [True] + [False] * 9
    assert 0 < bucket.most_lacks < 2**63
    assert bucket.tightest / BILLION > 1
