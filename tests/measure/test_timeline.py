"""Percentiles over time: coarse, mergeable, and silent where there is too little to say."""

from __future__ import annotations

import math
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.measure.timeline import KeptTimeline, Timeline, drawn_width, fine_width
from simulator.values.units import DAY, SECOND
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
        assert same(merged, together)


@given(st.lists(st.lists(st.floats(1e-6, 1e3), max_size=5), min_size=1, max_size=9), st.integers(1, 5))
def test_slices_put_together_are_counted_together(slices: list[list[float]], together: int) -> None:
    failed = list(range(len(slices)))
    found = timeline(slices, failed)
    firsts = range(0, len(slices), together)
    wider = [list(chain(*slices[first : first + together])) for first in firsts]
    lost = [sum(failed[first : first + together]) for first in firsts]
    assert same(found.wider(together * found.width_ns), timeline(wider, lost, 10.0 * together))
    length = min(together, len(slices))
    firsts = range(len(slices) - length + 1)
    each = [list(chain(*slices[first : first + length])) for first in firsts]
    lost = [sum(failed[first : first + length]) for first in firsts]
    assert same(found.stretches(together), timeline(each, lost))
    assert same(found.between(firsts[-1], len(slices)), timeline(each[-1:], lost[-1:]))


@given(st.integers(1, 40 * DAY // SECOND))
def test_slices_are_at_most_five_seconds_for_a_day_and_those_in_pictures_are_made_of_them(
    seconds: int,
) -> None:
    horizon = seconds * SECOND
    fine, drawn = fine_width(horizon), drawn_width(horizon)
    assert drawn % fine == 0
    assert -(-horizon // drawn) <= 200
    assert -(-horizon // fine) <= 24 * 3600 // 5
    assert fine <= 5 * SECOND or horizon > DAY
    assert 10 * SECOND % fine == 0 or horizon > 2 * DAY
    width = fine_width(horizon)
    made = Timeline(
        width, *[np.zeros(-(-horizon // width), dtype=np.int64)] * 2, *[np.zeros(0, dtype=np.int64)] * 2
    )
    assert made.drawn().width_ns == drawn


def same(one: Timeline, other: Timeline) -> bool:
    return all(
        getattr(one, part).tolist() == getattr(other, part).tolist()
        for part in ("arrived", "failed", "places", "counts")
    )


def test_nothing_counted_is_a_timeline_too() -> None:
    empty = Timeline.merge([timeline([[], []])])
    assert empty.requests.tolist() == [0, 0]
    assert np.isnan(empty.quantile(0.5)).all()


def test_what_is_kept_of_a_timeline_is_all_of_it_in_less_room() -> None:
    luck = np.random.default_rng(1)
    whole = timeline([luck.lognormal(-2.0, 0.5, 125).tolist() for _ in range(1000)], [1, 0] * 500)
    kept = KeptTimeline.of(whole)
    again = kept.opened()
    for name in ("arrived", "failed", "places", "counts"):
        assert (getattr(again, name) == getattr(whole, name)).all(), name
    assert again.width_ns == whole.width_ns
    assert sum(map(len, kept.packed)) * 5 < whole.places.nbytes + whole.counts.nbytes
    empty = KeptTimeline.of(timeline([[], []])).opened()
    assert (len(empty.places), empty.requests.tolist()) == (0, [0, 0])


def test_a_part_is_the_slices_in_it() -> None:
    whole = timeline([[1.0], [2.0] * 2, [3.0] * 3, []])
    part = whole.part(1, 3)
    assert part.requests.tolist() == [2, 3]
    assert part.arrived.tolist() == whole.arrived[1:3].tolist()
