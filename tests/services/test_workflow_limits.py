"""What a state machine gives up at: a full history, a token that does not come back, items that fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.harness import Load, Run, function, plain
from tests.services.test_step_functions import BANK, PASS, branches, express, fast, items, machine

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
