"""Intervals beside their values: half a width, or the two ends where half a width would hide one."""

from __future__ import annotations

from simulator.measure.statistics import Estimate
from simulator.report.page.metrics import Metric, value


def test_an_interval_that_reaches_far_to_one_side_is_said_by_its_ends() -> None:
    far = Metric("wait", "buyers", "wait", "s", [Estimate(0.498, 0.42, 2.31, (0.45, 1.0))], [""])
    assert value(far, 0) == "500 ms 420…2,400 ms"
    near = Metric("wait", "buyers", "wait", "s", [Estimate(0.498, 0.42, 0.58, (0.45, 0.55))], [""])
    assert value(near, 0) == "498 ms ±80"
