"""Lanes of a stream: one batch at a time is a line before one server; a window gathers what comes in it."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.values.keys import Keys
from tests.harness import Load, Ran, Run, function, plain
from tests.theory.agreement import agrees, poisson
from tests.theory.formulas import line_of_one_server

REPLICATIONS = 24
ERA = plain("aws-2026", {"kinesis.put": "0 s", "kinesis.push": "0 s"})


def runs(run: Run, rate: float, records: int, duration: str, event: dict[str, Any]) -> list[Ran]:
    """Independent replications of so many records, pushed to a function; the first fifth is warm-up."""
    until = records / rate
    services = {
        "s": {"service": "kinesis"},
        "f": function(
            duration=duration, timeout="60 s", events={"r": {"from": "s", "enhanced_fan_out": True, **event}}
        ),
    }
    traffic = [Load("s", poisson(rate, until, number), key=Keys(keys=1)) for number in range(REPLICATIONS)]
    return [
        run(services, load, until=until, warm_up=until / 5, era=ERA, number=number, rows=False)
        for number, load in enumerate(traffic)
    ]


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_a_lane_of_single_records_is_the_line_before_a_server_that_always_takes_as_long(
    run: Run, longer: int, load: float
) -> None:
    ran = runs(run, load, 500 * longer, "1 s", {"batch_size": 1})
    waiting = [each.seen("f")["lanes of r.waiting_ns"] / each.counted_ns for each in ran]
    agrees(f"records that wait, M/D/1 at {load}", waiting, line_of_one_server(load, 0.0))
    busy = [each.seen("f")["lanes of r.receivers_ns"] / each.counted_ns for each in ran]
    agrees(f"lane in use, M/D/1 at {load}", busy, load)


def test_a_window_begins_with_a_record_and_holds_back_what_comes_in_it(run: Run, longer: int) -> None:
    rate, window = 2.0, 3.0
    ran = runs(run, rate, 600 * longer, "0 s", {"batch_size": 10_000, "batch_window": "3 s"})
    mean = (window + rate * window * window / 2) / (1 + rate * window)
    agrees("wait for the window", [each.load.completion.mean for each in ran], mean)
    size = [each.counters("f")["batch_size_mean"] for each in ran]
    agrees("records in a window", size, 1 + rate * window)
