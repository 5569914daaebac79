"""When a design is itself again after a surge: slices of ten seconds, made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from simulator.measure.recovery import Recovery, recovery
from tests.fabricate import timeline

CALM, SLOW = [0.1] * 100, [0.1] * 90 + [0.5] * 10


def recovered(
    slices: Sequence[list[float]],
    arrived: Sequence[int],
    failed: Sequence[int] = (),
    warm_up_s: float = 0,
) -> Recovery | None:
    """So many that are answered arrive in each slice, and besides these so many that fail."""
    answered = [(one * (count // 100 + 1))[:count] for one, count in zip(slices, arrived, strict=True)]
    return recovery([timeline(answered, failed)], warm_up_s)


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


@pytest.mark.parametrize(("a_slice", "width_s"), [(25, 5.0), (7, 20.0), (2, 30.0)])
def test_slices_are_as_short_as_the_usual_one_has_a_p99_and_no_longer_than_a_picture_shows(
    a_slice: int, width_s: float
) -> None:
    """Four replications of an hour and a half in slices of 5 s; ten times as much comes for one of them."""
    slices = [[0.1] * a_slice for _ in range(1080)]
    slices[602] = [0.1] * (10 * a_slice)
    found = recovery([timeline(slices, width_s=5.0)] * 4, 0.0)
    assert found is not None
    assert found.until_s - found.from_s == width_s
    assert found.from_s == 3010 // width_s * width_s
