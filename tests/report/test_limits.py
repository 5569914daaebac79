"""Limits that failed requests stand out from those that only refused or delayed, drawn and in the table."""

from __future__ import annotations

import dataclasses

from matplotlib.axes import Axes

from simulator.measure.limits import LimitSummary
from simulator.report.page import limits as tables
from simulator.report.pictures.gallery import draw
from simulator.report.pictures.limits import MARKERS
from simulator.report.pictures.style import Picture
from simulator.report.reached import FAILED, HELD, REFUSED, WAITED, effect
from simulator.study.study import Study
from tests.report.small import small

MET = LimitSummary("app", "workers", "requests", 170.0, 100.0, 9.0, 4.0, 3, 5.0)
AGAIN = MET._replace(limit="connections", demand=180.0, first_at_s=2.0, requests_lost=0.0)
LATE = MET._replace(
    limit="provisioning rate", demand=200.0, refused=0.0, first_at_s=None, runs=0, requests_lost=0.0
)
LANES = LATE._replace(service="work", limit="lanes of records", unit="lanes", demand=4.0, allowed=4.0)
POLLERS = LANES._replace(service="ship", limit="pollers of orders", unit="pollers")
CALM = LATE._replace(limit="rate", demand=50.0)
IDLE = LATE._replace(limit="bytes", demand=0.1)
BUSIEST = "busiest lane at work 96 % of the run, batches of 7.3, at most 50"
"""A lane is at work whatever its batches hold: small ones show that it has room."""
ALL = (IDLE, CALM, LATE, AGAIN, MET, LANES, POLLERS)


def study() -> Study:
    """Two designs: one at every limit, one with lanes to spare, that asks for bytes that can be seen."""
    designs = small().summary.designs
    services = {"work": {"busiest_lane_share": 0.964, "batch_size_mean": 7.32, "batch_size_max": 50.0}}
    full = dataclasses.replace(designs["small"], limits=ALL, services=services)
    spare = dataclasses.replace(
        designs["plain"], limits=(LANES._replace(demand=2.0), IDLE._replace(demand=5.0))
    )
    summary = dataclasses.replace(small().summary, designs={"full": full, "spare": spare})
    runs = dict(zip(summary.designs, small().replications.values(), strict=False))
    made = dataclasses.replace(small(), replications=runs)
    vars(made)["summary"] = summary
    return made


def drawn() -> tuple[Picture, Axes]:
    made = draw(study(), "limits")
    assert made is not None
    return made, made.axes[0]


def test_each_limit_has_the_worst_effect_that_it_had() -> None:
    assert [effect(one) for one in ALL] == [HELD, HELD, WAITED, REFUSED, FAILED, WAITED, WAITED]
    assert effect(LANES._replace(demand=3.9)) == HELD
    assert effect(AGAIN._replace(in_turn=True)) == WAITED


def test_what_failed_requests_is_drawn_above_what_refused_and_that_above_what_delayed() -> None:
    rows = [label.get_text() for label in drawn()[1].get_yticklabels()]
    assert rows[::-1] == [
        "app: workers", "app: connections", "app: provisioning rate", "ship: pollers of orders",
        "work: lanes of records", "app: rate", "app: bytes",
    ]  # fmt: skip


def test_markers_tell_the_effects_apart_and_an_arrow_what_is_less_than_the_axis_shows() -> None:
    made, panel = drawn()
    shapes = {
        panel.get_yticklabels()[round(line.get_ydata()[0])].get_text(): line.get_marker()
        for line in panel.get_lines()
        if len(line.get_xdata()) == 1 and line.get_color() == panel.get_lines()[0].get_color()
    }
    assert (shapes["app: workers"], shapes["app: connections"], shapes["app: bytes"]) == ("X", "D", "<")
    assert MARKERS[WAITED]["marker"] == MARKERS[HELD]["marker"]
    assert "markerfacecolor" in MARKERS[WAITED], "hollow"
    said = [text.get_text() for text in made.legends[0].get_texts()]
    assert said == [
        "full", "spare", "requests failed by it", "refused, none failed by it",
        "none refused, what came waited", "less than 1 %",
    ]  # fmt: skip


def test_beside_lanes_that_are_all_at_work_stands_how_much_of_the_run_the_busiest_was() -> None:
    said = {text.get_text().strip() for text in drawn()[1].texts}
    assert {f"100 %, {BUSIEST}", "100 %, all pollers at work", "200 %, waited"} <= said


def test_in_the_table_what_failed_requests_is_first_and_red_and_what_only_refused_is_not() -> None:
    near, every = tables.limits(study().summary)
    rows = [(row.cells[0].text, row.cells[2].verdict, row.cells[2].note) for row in every.rows]
    assert rows[:3] == [
        ("app: workers", "fail", ""),
        ("app: connections", "inconclusive", ""),
        ("app: bytes", "", ""),
    ]
    assert ("work: lanes of records", "", BUSIEST) in rows
    assert ("app: provisioning rate", "", "waited") in rows
    assert "(red)" in near.caption
