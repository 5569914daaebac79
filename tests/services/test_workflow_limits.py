"""What a state machine gives up at: a full history, a token that does not come back, items that fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.harness import Load, Run, function, plain
from tests.services.test_step_functions import BANK, BROKEN, PASS, branches, express, fast, items, machine

SHORT = plain(overrides={"step_functions.standard.history_events": 20})


@pytest.mark.parametrize(
    ("fits", "too_long"),
    [
        ([PASS] * 9, [PASS] * 10),
        ([branches(3, 4)], [branches(4, 4)]),
        ([items(3)], [items(4)]),
        ([PASS, items(1, branches(1, 1)), PASS], [PASS, items(1, branches(2, 1)), PASS]),
        ([{"send": "n"}] * 3, [{"send": "n"}] * 4),
        ([items(500, distributed="standard")], [items(500, *[PASS] * 10, distributed="standard")]),
    ],
)  # fmt: skip
def test_an_execution_fails_when_its_history_is_full_whatever_fills_it(
    run: Run, fits: list[Any], too_long: list[Any]
) -> None:
    ends = []
    for states in (fits, too_long):
        ran = run({"m": machine(*states), "n": machine(PASS)}, Load("m", [0, 0]), era=SHORT)
        counters = ran.counters("m")
        started = ran.seen("m")["items_standard"] + 2
        assert counters["events_per_execution"] <= 20 * started / 2
        ends.append((counters["executions_succeeded"] == started, counters["executions_failed"] > 0))
    assert ends == [(True, False), (False, True)]


def test_a_full_history_is_tried_again_and_caught_by_nobody_but_the_machine_that_called(run: Run) -> None:
    guard = {"retry": {"attempts": 2}, "catch": {"do": []}}
    child = machine({**items(9, {"call": "bank", **guard}), **guard})
    ran = run({"m": machine({"call": "n", **guard}), "n": child, "bank": BANK}, Load("m", [0]), era=SHORT)
    assert ran.counters("n")["executions_failed"] == 3
    assert ran.counters("m")["executions_succeeded"] == 1
    assert ran.counters("n")["map.retried"] == 0


def test_a_loop_goes_round_until_the_history_is_full_in_express_for_ever(run: Run) -> None:
    again = {"repeat": {"share": "99.99999999%", "do": [PASS, PASS]}}
    ran = run({"m": machine(again)}, Load("m", [0]), era=SHORT)
    counters = ran.counters("m")
    assert counters["executions_failed"] == 1
    assert counters["events_per_execution"] == 20
    assert counters["state_transitions"] == 9
    again = {"repeat": {"share": "99.99999999%", "do": [{"wait": "1 s"}]}}
    assert run({"m": express(again)}, Load("m", [0]), until=301).answers == [(300.0, "timeout")]


# ---------------------------------------------------------------------------------------- callbacks


def test_a_token_must_be_back_within_the_heartbeat_of_who_sends_none(run: Run) -> None:
    def ends(back: str, **settings: Any) -> tuple[float, int]:
        """When, and how many effects are lost."""
        catch = [{"on": ["States.HeartbeatTimeout"], "do": [{"wait": "100 s"}]}]
        state = {"call": "bank", "callback": back, "heartbeat": "5 s", "catch": catch, **settings}
        ran = run({"m": machine({"call": "n"}), "n": machine(state), "bank": BANK}, Load("m", [0]), until=900)
        return round(ran.counters("n")["duration_mean_s"], 6), ran.load.lost

    assert ends("4 s") == (4.1, 0)
    assert ends("6 s") == (105.1, 0)
    assert ends("6 s", heartbeats="100%") == (6.1, 0)
    assert ends("6 s", catch=[{"on": ["States.Timeout"], "do": [{"wait": "3 s"}]}]) == (8.1, 0)
    assert ends("6 s", catch=[{"on": ["States.TaskFailed"], "do": []}]) == (5.1, 1)


def test_a_share_of_workers_sends_heartbeats() -> None:
    state = {"call": "bank", "callback": "6 s", "heartbeat": "5 s", "heartbeats": "75%"}
    ran = fast({"m": machine(state), "bank": BANK}, Load("m", np.arange(1000)))
    assert abs(ran.counters("m")["executions_succeeded"] - 750) < 4 * (1000 * 0.25 * 0.75) ** 0.5


# ---------------------------------------------------------------------------------------- open at a time


def test_a_standard_start_is_refused_while_as_many_executions_are_open_as_may_be(run: Run) -> None:
    """Those of all Standard machines, nested ones too; Express has no such limit."""
    limits = {"step_functions_open_executions": 2}
    services = {
        "app": {"service": "http_api", "routes": {name: {"to": name} for name in "mnx"}},
        "m": machine({"wait": "2 s"}),
        "n": machine({"call": "m"}),
        "x": express({"wait": "2 s"}),
    }
    loads = (Load("app", [0, 1, 2.5], name="m"), Load("app", [0.5], name="n"), Load("app", [1] * 3, name="x"))
    ran = run(services, *loads, account=limits)
    counters = {name: ran.counters(name) for name in services if name != "app"}
    assert counters["n"]["executions_failed"] == 1, "its child found no place at 0.5 s"
    assert [counters["m"][f"executions_{what}"] for what in ("started", "throttled")] == [3, 1]
    assert counters["x"]["executions_succeeded"] == 3
    ran = run({"m": machine({"wait": "2 s"})}, Load("m", [0, 0, 1, 2, 3]), account=limits)
    assert ran.outcomes == {"ok": 4, "throttled": 1}
    assert ran.causes == {"account: open executions": 1}


RUNS = plain(overrides={"step_functions.map.open_runs": 2})
"""Two runs of distributed Maps at a time."""


def test_runs_of_distributed_maps_wait_for_one_another_whosever_they_are(run: Run) -> None:
    """Two waves and a half of Maps whose items take a second each; inline ones do not wait."""
    for distributed, longest in (("express", 3.0), ("standard", 3.0), (None, 1.0)):
        each = items(3, {"wait": "1 s"}, **({"distributed": distributed} if distributed else {}))
        services = {
            "app": {"service": "http_api", "routes": {"m": {"to": "m"}, "n": {"to": "n"}}},
            "m": machine(each),
            "n": machine(each),
        }
        ran = run(services, Load("app", [0] * 3, name="m"), Load("app", [0] * 2, name="n"), era=RUNS)
        took = [ran.counters(name)["duration_p99_s"] for name in "mn"]
        assert max(took) == pytest.approx(longest, rel=0.01), distributed


@pytest.mark.parametrize(
    ("does", "settings", "ends"), [({"wait": "1 h"}, {"timeout": "1 s"}, 1.0), ({"call": "bank"}, {}, 0.1)]
)
def test_a_map_run_is_open_until_it_ends_be_it_by_a_timeout_or_a_failure(
    run: Run, does: dict[str, Any], settings: dict[str, Any], ends: float
) -> None:
    """The first two end early; without their places the others would wait for an hour, or for ever."""
    services = {
        "app": {"service": "http_api", "routes": {"m": {"to": "m"}, "n": {"to": "n"}}},
        "m": machine(items(2, does, distributed="express"), **settings),
        "n": machine(items(2, {"wait": "1 s"}, distributed="express")),
        "bank": BROKEN,
    }
    loads = (Load("app", [0, 0], name="m"), Load("app", [0.05, 0.05], name="n"))
    ran = run(services, *loads, era=RUNS, until=60)
    assert ran.seen("m")["execution.count"] == ran.seen("n")["execution.count"] == 2
    assert ran.seen("m")["execution.mean_s"] == ends
    assert ran.seen("n")["execution.mean_s"] == pytest.approx(ends - 0.05 + 1)


def test_who_gives_up_in_line_for_a_map_run_leaves_its_place_to_others(run: Run) -> None:
    each = items(1, {"wait": "3 s"}, distributed="express")
    services = {
        "app": {"service": "http_api", "routes": {"m": {"to": "m"}, "n": {"to": "n"}}},
        "m": machine(each),
        "n": machine(each, timeout="1 s"),
    }
    ran = run(services, Load("app", [0, 0, 1.5], name="m"), Load("app", [0], name="n"), era=RUNS, until=60)
    assert ran.counters("n")["executions_timed_out"] == 1
    assert ran.counters("m")["duration_mean_s"] == pytest.approx((3 + 3 + 4.5) / 3)


# ---------------------------------------------------------------------------------------- items


@pytest.mark.parametrize(
    ("tolerated", "failing", "fails"),
    [
        ({"tolerated_failure_count": 3}, 3, False),
        ({"tolerated_failure_count": 3}, 4, True),
        ({"tolerated_failure_percentage": "30%"}, 3, False),
        ({"tolerated_failure_percentage": "30%"}, 4, True),
        ({"tolerated_failure_count": 5, "tolerated_failure_percentage": "30%"}, 4, True),
        ({"tolerated_failure_count": 1, "tolerated_failure_percentage": "30%"}, 2, True),
        ({"tolerated_failure_percentage": "100%"}, 10, False),
        ({}, 1, True),
    ],
)
def test_so_many_items_of_a_distributed_map_may_fail(
    run: Run, tolerated: dict[str, Any], failing: int, fails: bool
) -> None:
    """The function takes 10 - `failing` of ten items at a time; the others are refused."""
    catch = {"on": ["States.ExceedToleratedFailureThreshold"], "do": [{"wait": "9 s"}]}
    each = items(10, {"call": "f"}, distributed="express", **tolerated)
    full = function(duration="1 s", reserved_concurrency=10 - failing)
    ran = run({"m": machine({**each, "catch": catch}), "f": full}, Load("m", [0]))
    assert ran.counters("f")["throttles"] == failing
    assert ran.load.completion.max == (9.0 if fails else 1.0 if failing < 10 else 0.0)
