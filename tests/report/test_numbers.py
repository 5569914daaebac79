"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.report.numbers import SECONDS, elapsed, significant, unit_of_seconds, with_unit


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0351, "0.0351"),
        (35.149, "35.1"),
        (999.6, "1,000"),
        (12_345, "12,300"),
        (0, "0"),
        (1, "1.00"),
        (-0.25, "-0.250"),
        (4.2e-9, "4.20e-9"),
        (math.nan, "-"),
        (math.inf, "-"),
    ],
)
def test_three_significant_digits(value: float, text: str) -> None:
    assert significant(value) == text


@given(st.floats(1e-6, 1e12))
def test_what_is_shown_is_within_half_a_percent(value: float) -> None:
    assert float(significant(value).replace(",", "")) == pytest.approx(value, rel=5.001e-3)


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        ([0.035, 12.0], "ms"),
        ([1.2, 30.0], "s"),
        ([4e-6, 8e-4], "µs"),
        ([5e-4, 900.0], "s"),
        ([math.nan, 0.0], "s"),
    ],
)
def test_a_column_of_durations_has_one_unit(values: list[float], unit: str) -> None:
    assert unit_of_seconds(values).name == unit


@given(st.lists(st.floats(1e-9, 1e7), min_size=1, max_size=9))
def test_no_duration_is_shown_as_a_hundred_thousand_of_a_unit_that_has_a_larger_one(
    values: list[float],
) -> None:
    unit = unit_of_seconds(values)
    assert max(values) / unit.size < 100_000 or unit == SECONDS[-1]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.4123, "s", "412 ms"),
        (0.0013, "share", "0.130 %"),
        (667.8, "usd", "$668"),
        (1640, "executions", "1,640 executions"),
    ],
)
def test_a_value_in_a_sentence_carries_its_unit(value: float, unit: str, text: str) -> None:
    assert with_unit(value, unit) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (603.2, "10 min 3 s"),
        (3600, "1 h"),
        (3905, "1 h 5 min 5 s"),
        (3.21, "3.21 s"),
        (0, "0 s"),
        (59.9, "1 min"),
    ],
)
def test_points_of_time_read_like_a_clock(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text
