"""Numbers as people read them."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.measure.statistics import Estimate
from simulator.report.numbers import (
    SECONDS,
    added,
    elapsed,
    estimated,
    outwards,
    significant,
    unit_of_seconds,
    with_unit,
)


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
    ("value", "half", "unit", "text"),
    [
        (1298.99, 0.066, "usd", "$1,298.99"),
        (1298.99, 0.0, "usd", "$1,298.99"),
        (1298.99, math.nan, "usd", "$1,298.99"),
        (3.7529, 0.025, "s", "3.753 s"),
        (4.07, 1.6, "s", "4.1 s"),
        (0.0567, 0.0997, "share", "5.7 %"),
        (1234.5, 3000.0, "usd", "$1,200"),
        (0.0123456789, 1e-12, "s", "12.35 ms"),
        (266.3249, 0.0086, "usd", "$266.32"),
        (0.00416881, 0.0000065, "usd", "$0.004169"),
        (0.0, 0.5, "usd", "$0"),
        (math.inf, math.nan, "s", "infinite"),
    ],
)
def test_a_value_ends_where_its_interval_does(value: float, half: float, unit: str, text: str) -> None:
    assert estimated(Estimate(value, value - half, value + half), unit) == text


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (93.4, 142.0, (93.0, 150.0)),
        (0.291, 2.71, (0.29, 2.8)),
        (0.29, 0.57, (0.29, 0.57)),
        (0.0, 1234.0, (0.0, 1300.0)),
        (1300.0, math.inf, (1300.0, math.inf)),
    ],
)
def test_no_end_of_an_interval_is_cut_off(low: float, high: float, shown: tuple[float, float]) -> None:
    assert outwards(low, high) == shown


@given(st.lists(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), min_size=1, max_size=3))
def test_dollars_add_up_as_shown(columns: list[list[float]]) -> None:
    for column, shown in zip(columns, added(columns), strict=True):
        *parts, total = (Decimal(text.replace("$", "").replace(",", "")) for text in shown)
        assert sum(parts) == total
        assert float(total) == pytest.approx(sum(column), abs=0.006)


def test_dollars_have_cents_or_four_digits_of_the_smallest_total() -> None:
    assert added([[1.004, 2.004, 0.0]]) == [["$1.004", "$2.004", "$0.000", "$3.008"]]
    assert added([[1004.0, 0.004, 0.004]]) == [["$1,004.00", "$0.00", "$0.01", "$1,004.01"]]
    assert added([[]]) == [["$0.00"]]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.4123, "s", "412 ms"),
        (0.0013, "share", "0.130 %"),
        (667.8, "usd", "$667.80"),
        (1640, "executions", "1,640 executions"),
        (math.nan, "share", "-"),
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
