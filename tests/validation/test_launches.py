"""Thousands of tasks on Fargate: what binds their launch, beside what was measured in 2022."""

from __future__ import annotations

from functools import cache

import pytest

from validation import fleets
from validation.row import Row

FARGATE = "of 10,000 tasks running on Fargate, in five services"


@cache
def launches() -> dict[str, Row]:
    return {row.claim.removeprefix("Launch: "): row for row in fleets._launches()}


def test_five_services_are_launched_at_the_accounts_rate() -> None:
    """A hundred at once and 20 a second: 3,500 after 170 s, all 325 s later."""
    between = launches()[f"From 3,500 to all {FARGATE}"]
    assert between.predicted * 60 == pytest.approx((10_000 - 3500) / 20)
    assert (between.badge, between.allowed) == ("measured", 0.15)
    for count, what in ((3500, "3,500"), (10_000, "All")):
        row = launches()[f"{what} {FARGATE}, each 30 s after its launch"]
        assert row.predicted * 60 == pytest.approx(30 + (count - 100) / 20, abs=1)


def test_two_services_would_be_launched_at_their_own_rate_and_too_slowly() -> None:
    """Twice 500 a minute: 6,500 take 6.5 minutes, where 5.5 were measured."""
    two = fleets._containers("aws-2026", (5000, 5000), "12 min")
    found = fleets._launched(two, 10_000) - fleets._launched(two, 3500)
    assert found == pytest.approx(6.5, abs=1 / 60)
    assert abs(found / 5.5 - 1) > 0.15


def test_one_start_time_meets_both_points_and_is_called_assumed() -> None:
    met = [row for claim, row in launches().items() if "each 100 s after" in claim]
    assert [row.measured for row in met] == [4.5, 10]
    assert [row.error < 0.01 for row in met] == [True, True]
    assert {row.badge for row in launches().values() if "after its launch" in row.claim} == {"assumed"}
