"""What of a run is counted is told once: warm-up beside it, and no window that is all of the requests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.report.terminal import render
from tests.report.sale import sale


def lines(full: bool = False, all_in_surge: bool = False, warm_up_s: float = 0.0) -> list[str]:
    summary, designs = sale(), {}
    for name, design in summary.designs.items():
        traffic = {
            key: replace(one.windows["surge"], windows=one.windows) if all_in_surge else one
            for key, one in design.traffic.items()
        }
        designs[name] = replace(design, traffic=traffic)
    return render(replace(summary, designs=designs, warm_up_s=warm_up_s), {}, 160, full=full).splitlines()


def test_the_headline_says_what_of_a_run_is_warm_up() -> None:
    assert lines()[0].startswith("Flash sale: 4 designs, 10 runs of 35 min, ")
    said = lines(warm_up_s=300.0)[0]
    assert said.startswith("Flash sale: 4 designs, 10 runs of 35 min + 5 min warm-up, ")


def test_a_window_in_which_all_requests_come_is_the_whole_run_and_has_no_block() -> None:
    assert [line for line in lines() if line.startswith("buyers.order")] == [
        "buyers.order, 1,500 requests", "buyers.order @surge, 600 requests",
    ]  # fmt: skip
    (only,) = [line for line in lines(all_in_surge=True) if line.startswith("buyers.order ")]
    assert only == "buyers.order (all come in window surge), 600 requests"
    assert not [line for line in lines(all_in_surge=True) if line.startswith("buyers.order @surge, 6")]
    full = [line for line in lines(full=True, all_in_surge=True) if ": latency of ok answers" in line]
    assert full == ["buyers.order (all come in window surge): latency of ok answers, 600 requests"]


def test_points_of_time_say_from_when_they_count_and_the_worst_seconds_what_they_are_the_worst_of() -> None:
    worst = (
        "worst 10 s: of all the counted time; they may begin before a surge or a window; "
        "failed: those in which most came that failed, a share of all that came"
    )
    found = lines(warm_up_s=300.0)
    place = found.index("times count from the start of a run, its 5 min of warm-up included")
    assert found[place + 1] == worst
    assert found[place - 1], "below the other notes"
    assert "times count from the start of a run" in lines()


def test_where_no_point_of_time_is_told_nothing_is_said_of_them() -> None:
    summary = sale()
    designs = {name: replace(design, worst={}) for name, design in summary.designs.items()}
    assert "times count" not in render(replace(summary, designs=designs), {}, 160)


@pytest.mark.parametrize(
    ("warm_up_s", "cold", "told"), [(0.0, 4.0, True), (0.0, 0.0, False), (60.0, 4.0, False)]
)
def test_that_a_run_begins_cold_is_said_once_where_it_counts(
    warm_up_s: float, cold: float, told: bool
) -> None:
    summary = sale()
    designs = {
        name: replace(
            design,
            services={"checkout": {"invocations": 1000.0, "cold_starts": cold, "concurrency_max": 9.0}},
        )
        for name, design in summary.designs.items()
    }
    run = replace(summary, warm_up_s=warm_up_s, designs=designs)
    assert render(run, {}, 160).count("a run begins with nothing warm") == told
