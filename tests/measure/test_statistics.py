"""Intervals over replications: right on known cases, honest where there is nothing to know."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.measure.statistics import Estimate, difference, estimate, share, t_interval, too_few


def test_the_interval_is_the_textbook_one() -> None:
    """Five values of mean 10 and standard deviation 1.5811: t(4) at 97.5 % is 2.7764."""
    low, high = t_interval([8, 9, 10, 11, 12])
    half = 2.776445 * 1.581139 / math.sqrt(5)
    assert (low, high) == pytest.approx((10 - half, 10 + half), rel=1e-6)


def test_ninety_five_of_a_hundred_intervals_hold_the_truth() -> None:
    """Coverage on 4,000 samples of five from a normal: four standard errors are 1.4 points."""
    draws = np.random.Generator(np.random.Philox(key=1)).normal(3.0, 2.0, size=(4000, 5))
    intervals = [t_interval(list(row)) for row in draws]
    covered = np.mean([low <= 3.0 <= high for low, high in intervals])
    assert abs(covered - 0.95) < 0.014


def test_one_replication_gives_a_value_and_no_interval() -> None:
    alone = estimate([3.0])
    assert alone.value == 3.0
    assert not alone.has_interval
    assert math.isnan(alone.half_width)


def test_replications_without_a_value_are_left_out() -> None:
    assert estimate([1.0, math.nan, 3.0]).value == 2.0
    assert t_interval([1.0, math.nan, 3.0]) == t_interval([1.0, 3.0])
    assert math.isnan(estimate([math.nan]).value)


def test_the_interval_lies_around_a_better_point_and_is_wider_for_being_away_from_the_mean() -> None:
    better, mean = estimate([1.0, 2.0, 3.0], 2.5), estimate([1.0, 2.0, 3.0])
    assert (better.low + better.high) / 2 == pytest.approx(2.5)
    assert better.half_width == pytest.approx(mean.half_width * math.sqrt((1 + 0.375) / 1))


def test_a_share_is_pooled_so_that_a_small_run_weighs_little() -> None:
    assert share([0, 100], [10_000, 100]).value == pytest.approx(100 / 10_100)


def test_no_failure_in_a_thousand_requests_does_not_prove_a_share_of_zero() -> None:
    """The rule of three says about 3 in 1,000; Wilson's interval 3.8."""
    none = share([0, 0, 0, 0], [250] * 4)
    assert none.value == none.low == 0
    assert 0.003 < none.high < 0.004


@given(st.integers(1, 10**9))
def test_the_interval_of_what_never_failed_begins_at_nothing_and_of_what_always_did_ends_at_all(
    many: int,
) -> None:
    assert share([0] * 3, [many] * 3).low == 0
    assert share([many] * 3, [many] * 3).high == 1


def test_a_share_is_as_uncertain_as_its_replications_disagree() -> None:
    """Ten thousand requests would give ±0.6 points if they were independent; whole runs fail together."""
    runs = share([0, 2000, 0, 0, 0], [2000] * 5)
    assert runs.high - runs.low > 0.2
    assert (runs.low < 0.02, runs.high > 0.7) == (True, True)


def test_a_share_of_nothing_is_unknown() -> None:
    assert math.isnan(share([0, 0], [0, 0]).value)
    assert not share([0, 0], [0, 0]).has_interval


def test_pairing_finds_a_small_difference_under_common_noise() -> None:
    noise = [0.0, 50.0, -30.0, 12.0, 7.0]
    first = estimate([100 + one for one in noise])
    second = estimate(
        [101 + one + shift for one, shift in zip(noise, (0.1, -0.1, 0.0, 0.1, -0.1), strict=True)]
    )
    paired = difference(first, second)
    assert 0 < paired.low < 1 < paired.high < 2
    assert first.high > second.low, "unpaired, the intervals overlap"


@pytest.mark.parametrize(
    ("count", "quantile", "few"),
    [(999, 0.99, True), (1000, 0.99, False), (9_999, 0.999, True), (10_000, 0.999, False), (20, 0.5, False)],
)
def test_a_percentile_wants_ten_requests_beyond_it(count: int, quantile: float, few: bool) -> None:
    assert too_few(count, quantile) is few


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_the_interval_of_a_mean_surrounds_it(values: list[float]) -> None:
    found = estimate(values)
    assert found.low <= found.value + 1e-6
    assert found.value <= found.high + 1e-6


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 90)), min_size=2, max_size=12))
def test_a_share_and_its_interval_stay_between_nothing_and_all(runs: list[tuple[int, int]]) -> None:
    found: Estimate = share([count for count, _ in runs], [total for _, total in runs])
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
