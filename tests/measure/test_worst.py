"""The worst ten seconds: where they lie, how bad they were, and when there are none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from simulator.measure import worst as worst_of
from simulator.measure.timeline import fine_width
from simulator.measure.worst import Worst, worst
from simulator.values.units import SECOND
from tests.fabricate import timeline

CALM = [0.1] * 1000


def found(slices: Sequence[Sequence[float]], warm_up_s: float = 0.0, failed: Sequence[int] = ()) -> Worst:
    return worst([timeline(slices, failed)], warm_up_s)


def test_the_slowest_ten_seconds_are_found_by_their_own_p99() -> None:
    p99 = found([CALM, [*CALM, *[4.0] * 50], CALM]).p99
    assert p99 is not None
    assert (p99.from_s, p99.length_s, p99.few) == (10.0, 10.0, False)
    assert p99.value.value == pytest.approx(4.0, rel=0.032)


def test_a_stretch_with_few_requests_counts_only_where_there_is_no_fuller_one() -> None:
    lonely = [9.0] * 100
    fuller = found([CALM, lonely, [0.2] * 1000]).p99
    assert fuller is not None
    assert (fuller.from_s, fuller.few) == (20.0, False)
    alone = found([[], lonely]).p99
    assert alone is not None
    assert (alone.from_s, alone.few) == (10.0, True)


def test_the_warm_up_is_not_the_worst() -> None:
    p99 = found([[4.0] * 1000, CALM], warm_up_s=10.0).p99
    assert p99 is not None
    assert p99.from_s == 10.0


def test_each_replication_has_its_say_on_the_same_stretch() -> None:
    runs = [timeline([CALM, [seconds] * 1000]) for seconds in (1.0, 2.0)]
    p99 = worst(runs, 0.0).p99
    assert p99 is not None
    assert p99.value.samples == pytest.approx((1.0, 2.0), rel=0.032)
    assert p99.value.has_interval


def test_the_ten_seconds_in_which_most_came_that_failed_tell_how_many_and_their_share_of_all_that_came() -> (
    None
):
    """Slices of two seconds; a share of 5 in 6 elsewhere is of fewer requests."""
    ok = [[0.1] * count for count in (10, 10, 10, 10, 10, 10, 10, 10, 10, 1)]
    failed = worst([timeline(ok, [0, 0, 0, 5, 5, 5, 5, 5, 0, 5], 2.0)] * 2, 0.0).failed
    assert failed is not None
    assert (failed.from_s, failed.length_s, failed.failed) == (6.0, 10.0, 25.0)
    assert failed.value.value == pytest.approx(25 / 75)


def test_what_comes_in_the_warm_up_and_fails_is_not_the_worst() -> None:
    failed = found([CALM] * 3, 10.0, [9, 0, 1]).failed
    assert failed is not None
    assert (failed.from_s, failed.failed) == (20.0, 1.0)


def test_nothing_answered_and_nothing_failed_is_nothing_to_tell() -> None:
    assert found([[], []]) == Worst(None, None)


def test_a_run_shorter_than_ten_seconds_is_one_stretch() -> None:
    failed = worst([timeline([[1.0], [1.0]], [1, 0], 2.0)], 0.0).failed
    assert failed is not None
    assert (failed.from_s, failed.value.value) == (0.0, pytest.approx(1 / 3))


@pytest.mark.parametrize("hours", [0.25, 0.5, 2, 10, 24, 48])
def test_ten_seconds_are_ten_seconds_however_long_the_run(hours: float) -> None:
    """Of a calm run ten seconds are bad, and begin where no slice of a picture does."""
    width = fine_width(round(hours * 3600 * SECOND))
    bad = slice(round(330 * SECOND / width), round(340 * SECOND / width))
    slices, failed = [[0.1] * 1000] * 200, [1] * 200
    slices[bad] = [[3.0] * 1000 for _ in slices[bad]]
    failed[bad] = [90 for _ in failed[bad]]
    p99, failing = worst([timeline(slices, failed, width / SECOND)], 0.0)
    assert p99 is not None
    assert failing is not None
    assert (p99.length_s, failing.from_s, failing.length_s) == (10.0, 330.0, 10.0)
    assert abs(p99.from_s - 330.0) < 10.0


def test_a_part_of_the_run_after_the_other_gives_what_all_of_it_at_once_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    luck = np.random.default_rng(3)
    slices = [luck.gamma(2.0, 0.1, 200).tolist() for _ in range(50)]
    runs = [timeline(slices[:25], [0] * 20 + [3] * 5), timeline(slices[25:], [1] * 25)]
    at_once = worst(runs, 20.0)
    monkeypatch.setattr(worst_of, "AT_ONCE", 4)
    assert worst(runs, 20.0) == at_once
