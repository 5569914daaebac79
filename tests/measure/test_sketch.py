"""The sketch: every duration within 1 part in 2,048, merging is adding, quantiles are those of the data."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.measure.sketch import BINS, Sketch, bin_of, middle_of

DURATIONS = st.one_of(st.integers(0, 5000), st.integers(0, 2**40), st.integers(0, 2**54 - 1))
SHARES = (0.5, 0.9, 0.95, 0.99, 0.999)


def sketch(values: list[int]) -> Sketch:
    histogram = np.bincount([bin_of(value) for value in values], minlength=BINS)
    return Sketch.of(histogram, sum(values), max(values, default=0))


@numba.njit
def compiled_bin_of(value: int) -> int:
    return bin_of(value)


@given(DURATIONS)
def test_a_duration_is_reported_within_one_part_in_2048(value: int) -> None:
    middle = float(middle_of(np.array([bin_of(value)]))[0])
    assert abs(middle - value) <= value / 2048


@given(DURATIONS, DURATIONS)
def test_a_longer_duration_is_never_in_an_earlier_bin(one: int, other: int) -> None:
    assert (bin_of(one) <= bin_of(other)) == (one <= other) or bin_of(one) == bin_of(other)


@given(st.integers(-(2**62), 2**62))
def test_bins_are_the_same_compiled_and_never_leave_the_table(value: int) -> None:
    assert compiled_bin_of(value) == bin_of(value)
    assert 0 <= bin_of(value) < BINS


@pytest.mark.parametrize("power", range(1, 54))
def test_bins_meet_at_powers_of_two(power: int) -> None:
    assert bin_of(2**power) == bin_of(2**power - 1) + 1


def test_short_durations_are_exact_and_what_is_out_of_range_goes_to_the_ends() -> None:
    assert [bin_of(value) for value in (0, 1, 1023)] == [0, 1, 1023]
    assert middle_of(np.arange(1024)).tolist() == list(range(1024))
    assert bin_of(-5) == 0
    assert bin_of(2**60) == BINS - 1


@given(st.lists(DURATIONS, min_size=1, max_size=60))
def test_count_mean_and_maximum_are_exact(values: list[int]) -> None:
    found = sketch(values)
    assert found.count == len(values)
    assert found.mean == sum(values) / len(values) / 1e9
    assert found.max == max(values) / 1e9


@given(st.lists(DURATIONS, min_size=1, max_size=200), st.sampled_from(SHARES))
def test_a_quantile_is_that_of_the_data_within_the_same_error(values: list[int], share: float) -> None:
    exact = float(np.quantile(values, share, method="inverted_cdf"))
    assert sketch(values).quantile(share) * 1e9 == pytest.approx(exact, rel=1 / 2048, abs=1e-6)


def test_of_a_hundred_durations_k_percent_is_the_kth() -> None:
    found = sketch(list(range(1, 101)))
    assert [round(found.quantile(k / 100) * 1e9) for k in range(1, 101)] == list(range(1, 101))


def test_the_largest_quantile_is_the_maximum_and_never_beyond() -> None:
    found = sketch([1_000_001] * 3)
    assert found.quantile(1.0) == found.max
    assert found.quantile(0.5) <= found.max


@given(st.lists(st.lists(DURATIONS, max_size=20), max_size=5))
def test_merging_is_as_if_all_had_been_counted_together_in_any_order(parts: list[list[int]]) -> None:
    whole = sketch([value for part in parts for value in part])
    for order in (parts, parts[::-1]):
        merged = Sketch.merge(sketch(part) for part in order)
        assert merged.bins.tolist() == whole.bins.tolist()
        assert merged.counts.tolist() == whole.counts.tolist()
        assert (merged.total_ns, merged.max_ns) == (whole.total_ns, whole.max_ns)


def test_nothing_counted_has_no_numbers() -> None:
    empty = sketch([])
    assert empty.count == 0
    assert all(math.isnan(number) for number in (empty.mean, empty.max, empty.quantile(0.5)))


def test_a_month_of_nanoseconds_is_counted_without_leaving_64_bits() -> None:
    found = sketch([30 * 86_400 * 10**9] * 1000)
    assert found.total_ns < 2**63
    assert found.quantile(0.99) == pytest.approx(30 * 86_400, rel=1 / 2048)
