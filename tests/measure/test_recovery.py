"""When a design is itself again after a surge: slices of ten seconds, made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from simulator.measure.recovery import Recovery, recovery
from tests.fabricate import timeline

CALM, SLOW = [0.1] * 100, [0.1] * 90 + [0.5] * 10


def recovered(
    slices: Sequence[Sequence[float]],
    arrived: Sequence[int],
    failed: Sequence[int] = (),
    warm_up_s: float = 0,
) -> Recovery | None:
    series = {
        "time_s": np.arange(0.0, 10 * len(slices), 5.0),
        "a.requests": np.repeat(np.array(arrived) / 2, 2),
        "a.ok": np.repeat(np.array([len(one) / 2 for one in slices]), 2),
        "a.timeout": np.repeat(np.array(failed or [0] * len(slices)) / 2, 2),
    }
    return recovery([timeline(slices)], [series], "a", warm_up_s)


def test_recovered_is_who_stays_as_before_to_the_end() -> None:
    slices = [CALM, CALM, SLOW, CALM, SLOW, CALM, CALM]
    found = recovered(slices, [100, 100, 400, 200, 100, 100, 100])
    assert found == Recovery(20, 40, 50)
    assert found.disturbed_s == 30


def test_who_was_never_disturbed_has_recovered_when_the_surge_begins() -> None:
    found = recovered([CALM] * 5, [100, 100, 400, 100, 100])
    assert found == Recovery(20, 30, 20)
    assert found.disturbed_s == 0


def test_who_is_disturbed_to_the_end_has_not_recovered() -> None:
    found = recovered([CALM, CALM, CALM, SLOW, SLOW], [100, 100, 400, 100, 100])
    assert found is not None
    assert (found.recovered_s, found.disturbed_s) == (None, None)


def test_failures_disturb_too_from_one_percent_more_than_before() -> None:
    arrived = [100, 100, 400, 100, 100, 100]
    assert recovered([CALM] * 6, arrived, [2, 2, 0, 2, 3, 0]) == Recovery(20, 30, 20, 2 / 102)
    assert recovered([CALM] * 6, arrived, [2, 2, 0, 2, 4, 0]) == Recovery(20, 30, 50, 2 / 102)


def test_who_fails_before_a_surge_was_never_healthy() -> None:
    ill = recovered([CALM] * 6, [100, 100, 400, 100, 100, 100], [30, 30, 350, 30, 30, 30])
    assert ill is not None
    assert (ill.healthy, ill.failed_before) == (False, pytest.approx(30 / 130))
    well = recovered([CALM] * 6, [100, 100, 400, 100, 100, 100], [2, 2, 350, 2, 2, 2])
    assert well is not None
    assert well.healthy


def test_without_a_surge_or_anything_before_it_there_is_nothing_to_recover_from() -> None:
    assert recovered([CALM] * 4, [100, 150, 120, 100]) is None
    assert recovered([CALM] * 4, [400, 100, 100, 100]) is None
    assert recovered([CALM] * 4, [100, 400, 100, 100], warm_up_s=10) is None
    assert recovered([[]] * 3, [0, 0, 0]) is None
