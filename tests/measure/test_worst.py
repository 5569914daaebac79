"""The worst ten seconds: where they lie, how bad they were, and when there are none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from simulator.measure.worst import Worst, worst
from tests.fabricate import timeline

CALM = [0.1] * 1000


def series(**columns: Sequence[float]) -> dict[str, np.ndarray]:
    """Bins of two seconds."""
    found = {f"buyers.{name}": np.asarray(values, dtype=float) for name, values in columns.items()}
    return {"time_s": 2.0 * np.arange(len(next(iter(found.values())))), **found}


def found(slices: Sequence[Sequence[float]], warm_up_s: float = 0.0, **columns: Sequence[float]) -> Worst:
    bins = columns or {"ok": [1.0] * 5 * len(slices)}
    return worst([timeline(slices)], [series(**bins)], "buyers", warm_up_s)


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
    p99 = worst(runs, [series(ok=[1.0] * 10)] * 2, "buyers", 0.0).p99
    assert p99 is not None
    assert p99.value.samples == pytest.approx((1.0, 2.0), rel=0.032)
    assert p99.value.has_interval


def test_the_ten_seconds_with_most_failures_tell_their_share_of_what_was_answered() -> None:
    ok, throttled, error = [10.0] * 10, [0, 0, 0, 5, 5, 5, 5, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 5, 0, 0]
    failed = found([CALM, CALM], ok=ok, throttled=throttled, error=error).failed
    assert failed is not None
    assert (failed.from_s, failed.length_s) == (6.0, 10.0)
    assert failed.value.value == pytest.approx(25 / 75)


def test_nothing_answered_and_nothing_failed_is_nothing_to_tell() -> None:
    assert found([[], []]) == Worst(None, None)


def test_a_run_shorter_than_ten_seconds_is_one_stretch() -> None:
    failed = found([CALM], ok=[1.0, 1.0], throttled=[1.0, 0.0]).failed
    assert failed is not None
    assert (failed.from_s, failed.value.value) == (0.0, pytest.approx(1 / 3))
