"""What waits over time: since when it only grew, and how many receivers would have kept up."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulator.measure.backlog import Backlog

MINUTES = 10
"""Of a run in bins of one second, in which one receiver takes one item a second."""


def behind(warm_up_s: float = 0.0, there: float = 2.0) -> Backlog:
    """One item a second, and twenty from 5 min to 6 min."""
    time_s = np.arange(60.0 * MINUTES)
    came = np.where((time_s >= 300) & (time_s < 360), 20.0, 1.0)
    waiting, taken = np.zeros_like(time_s), np.zeros_like(time_s)
    left = 0.0
    for second, new in enumerate(came):
        waiting[second] = left
        taken[second] = min(left + new, there)
        left += new - taken[second]
    run = {"time_s": time_s, "q waiting": waiting, "q taken": taken, "q there": np.full_like(time_s, there)}
    return Backlog.of([run, run], ["q"], "q there", warm_up_s)


def test_a_backlog_grows_from_the_last_time_at_which_hardly_anything_waited() -> None:
    assert behind().since_s == pytest.approx(300, abs=1)
    assert behind(warm_up_s=400).since_s == pytest.approx(300, abs=1), "which was before it is counted"
    assert behind().longest == 18 * 60
    assert behind().each_per_s == pytest.approx(1)


def test_what_keeps_up_is_what_the_worst_span_needs_and_less_if_it_may_be_late() -> None:
    """Twenty a second for a minute; the whole run asks for three."""
    at_once, late, ever = (behind().needed(late_s) for late_s in (0.0, 60.0, math.inf))
    assert at_once.receivers == pytest.approx(20)
    assert 300 <= at_once.from_s < at_once.until_s <= 360
    assert late.receivers == pytest.approx(1200 / 120, rel=0.02)
    assert (late.from_s, late.until_s) == pytest.approx((300, 360), abs=3)
    assert ever.receivers == pytest.approx((1200 + 239) / 300, rel=0.02), "until the run ends"
    assert (ever.from_s, ever.until_s) == pytest.approx((300, 599), abs=10)


def test_a_surge_that_is_over_before_anything_counts_asks_for_what_is_left_of_it() -> None:
    needed = behind(warm_up_s=400).needed(0.0)
    assert needed.receivers == pytest.approx((1200 + 40) / 100, rel=0.03)
    assert needed.from_s == pytest.approx(300, abs=3)
    assert needed.until_s == pytest.approx(401, abs=3)
