"""Percentiles over time: coarse, mergeable, and silent where there is too little to say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.measure.timeline import Timeline
from tests.fabricate import sketch, timeline


@given(st.lists(st.floats(1e-6, 1e5), min_size=100, max_size=200), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_percentile_is_at_most_3_2_percent_off(seconds: list[float], share: float) -> None:
    exact = sketch(seconds).quantile(share)
    assert timeline([seconds]).quantile(share)[0] == pytest.approx(exact, rel=0.032 + 0.001)


def test_each_slice_has_its_own_percentiles() -> None:
    found = timeline([[0.1] * 50, [0.1] * 25 + [4.0] * 25, []])
    np.testing.assert_allclose(found.quantile(0.5), [0.1, 0.1, math.nan], rtol=0.032)
    np.testing.assert_allclose(found.quantile(0.9), [0.1, 4.0, math.nan], rtol=0.032)
    assert found.requests.tolist() == [50, 50, 0]
    assert found.time_s.tolist() == [0.0, 10.0, 20.0]


def test_a_percentile_that_would_be_the_slowest_request_is_not_given() -> None:
    assert math.isnan(timeline([[0.1] * 99]).quantile(0.99)[0])
    assert not math.isnan(timeline([[0.1] * 100]).quantile(0.99)[0])


@given(
    st.lists(
        st.lists(st.lists(st.floats(1e-6, 1e3), max_size=5), min_size=3, max_size=3), min_size=1, max_size=4
    )
)
def test_merging_counts_all_in_any_order(runs: list[list[list[float]]]) -> None:
    together = timeline([[one for run in runs for one in run[place]] for place in range(3)])
    for order in (runs, runs[::-1]):
        merged = Timeline.merge([timeline(run) for run in order])
        assert (merged.first, merged.counts.tolist()) == (together.first, together.counts.tolist())


def test_nothing_counted_is_a_timeline_too() -> None:
    empty = Timeline.merge([timeline([[], []])])
    assert empty.requests.tolist() == [0, 0]
    assert np.isnan(empty.quantile(0.5)).all()
