"""Limits that failed requests stand out from those that only refused or delayed, drawn and in the table."""

from __future__ import annotations

import dataclasses

from matplotlib.axes import Axes

from simulator.measure.limits import LimitSummary
from simulator.measure.need import Late
from simulator.measure.statistics import Estimate
from simulator.measure.summary import Judged
from simulator.report.binding import reached_limit
from simulator.report.page import limits as tables
from simulator.report.palette import design_colour
from simulator.report.pictures.gallery import draw
from simulator.report.pictures.limits import MARKERS
from simulator.report.pictures.style import Picture
from simulator.report.reached import FAILED, HELD, REFUSED, WAITED, effect, note
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
READY = LATE._replace(service="ready")
"""All of its environments were there before anybody lacked one."""
BUSIEST = "busiest lane at work 96 % of the run, batches of 7.3, at most 50"
"""A lane is at work whatever its batches hold: small ones show that it has room."""
ALL = (IDLE, CALM, READY, LATE, AGAIN, MET, LANES, POLLERS)


def study() -> Study:
    """Two designs: one at every limit, one with lanes to spare, that asks for bytes that can be seen."""
    designs = small().summary.designs
    services = {
        "work": {"busiest_lane_share": 0.964, "batch_size_mean": 7.32, "batch_size_max": 50.0},
        "app": {"provisioned_spillover_invocations": 3.0},
        "ready": {"provisioned_spillover_invocations": 0.0},
    }
    full = dataclasses.replace(designs["small"], limits=ALL, services=services)
    spare = dataclasses.replace(
        designs["plain"], limits=(LANES._replace(demand=2.0), IDLE._replace(demand=15.0))
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
    full = study().summary.designs["full"]
    found = [effect(one, full) for one in ALL]
    assert found == [HELD, HELD, HELD, WAITED, REFUSED, FAILED, WAITED, WAITED]
    assert effect(LANES._replace(demand=3.9), full) == HELD
    assert effect(AGAIN._replace(in_turn=True), full) == WAITED


def test_environments_that_are_ready_before_the_surge_waited_for_nothing_that_is_told() -> None:
    full = study().summary.designs["full"]
    behind = dataclasses.replace(full, late=(Late("ready", 5, 70.0, "buyers", 60.0, 10.0),))
    assert effect(READY, behind) == WAITED
    assert "ready: provisioning rate" not in [label.get_text() for label in drawn()[1].get_yticklabels()]
    near, every = tables.limits(study().summary)
    assert not [row for row in near.rows if row.cells[0].text.startswith("ready")]
    (told,) = [row for row in every.rows if row.cells[0].text.startswith("ready")]
    assert (told.cells[2].note, told.cells[2].verdict) == ("all ready in time", "")


def test_what_failed_requests_is_drawn_above_what_refused_and_that_above_what_delayed() -> None:
    rows = [label.get_text() for label in drawn()[1].get_yticklabels()]
    assert rows[::-1] == [
        "app: workers", "app: connections", "app: provisioning rate", "ship: pollers of orders",
        "work: lanes of records", "app: rate", "app: bytes",
    ]  # fmt: skip


def test_markers_tell_the_effects_apart_and_an_arrow_what_is_less_than_the_axis_shows() -> None:
    made, panel = drawn()
    rows = dict(zip(panel.get_yticks(), [label.get_text() for label in panel.get_yticklabels()], strict=True))
    shapes = {
        rows[min(rows, key=lambda at: abs(at - line.get_ydata()[0]))]: line.get_marker()
        for line in panel.get_lines()
        if len(line.get_xdata()) == 1 and line.get_color() == design_colour(0).light
    }
    assert (shapes["app: workers"], shapes["app: connections"], shapes["app: bytes"]) == ("X", "D", "<")
    assert MARKERS[WAITED]["marker"] == MARKERS[HELD]["marker"]
    assert "markerfacecolor" in MARKERS[WAITED], "hollow"
    said = [text.get_text() for text in made.legends[0].get_texts()]
    assert said == [
        "full", "spare", "requests failed by it", "refused, no request failed by it",
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


def test_beside_a_limit_that_fails_no_request_stands_what_its_function_gave_up() -> None:
    full = study().summary.designs["full"]
    polled = POLLERS._replace(service="app")
    services = {**full.services, "orders": {"messages_dead_lettered": 6136.0}}
    found = dataclasses.replace(full, limits=(AGAIN, MET, polled), services=services)
    assert note(AGAIN, found) == "6,136 messages from orders were given up"
    assert note(MET, found) == "", "by which requests failed"
    assert note(AGAIN, full) == ""
    missed = Judged("buyers.latency", "p99 < 1 s", 1.0, "s", "fail", Estimate(2.0), False, None)
    said = reached_limit(AGAIN, [missed], found)
    assert "no request failed by it, but 6,136 messages from orders were given up" in said
    assert "given up" not in reached_limit(AGAIN, [missed], full)
