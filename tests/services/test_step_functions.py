"""Step Functions by hand: transitions that wait, refused starts, retries, branches, items, the bill."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.services.step_functions_books import memory_mb
from simulator.services.step_functions_settings import StateMachineSettings
from tests.harness import Load, Ran, Run, function, plain, service
from tests.harness import run as run_on

BANK = {"service": "external", "latency": "100 ms"}
BROKEN = {**BANK, "fails": "100%"}


def machine(*states: Any, **settings: Any) -> dict[str, Any]:
    return {"service": "step_functions", "states": list(states), **settings}


def express(*states: Any, **settings: Any) -> dict[str, Any]:
    return machine(*states, type="express", start="synchronous", **settings)


PASS = {"pass": True}
"""Entered and exited: two events. The start and the end of an execution are two more."""


def branches(*numbers: int) -> dict[str, Any]:
    """Of so many states; entered, started, succeeded and exited are four events besides theirs."""
    return {"parallel": [[PASS] * number for number in numbers]}


def items(number: int, *states: Any, **settings: Any) -> dict[str, Any]:
    """Items of a Map, as many events as branches, and two more for each."""
    return {"map": {"items": number, "do": states or [PASS], **settings}}


def fast(*args: Any, **settings: Any) -> Ran:
    """Many requests, where theory is asked."""
    return run_on(*args, engine="compiled", **settings)


def durations(ran: Ran) -> tuple[float, float]:
    """Mean and p99 of executions."""
    counters = ran.counters("m")
    return counters["duration_mean_s"], counters["duration_p99_s"]


# ---------------------------------------------------------------------------------------- starting and ending


def test_a_start_is_answered_at_once_and_complete_when_the_execution_has_ended(run: Run) -> None:
    ran = run({"m": machine({"wait": "2 s"}, {"call": "bank"}), "bank": BANK}, Load("m", [0, 1]))
    assert ran.answers == [(0.0, "ok"), (1.0, "ok")]
    assert ran.load.completion.max == 2.1
    assert ran.counters("m")["executions_succeeded"] == 2


def test_a_synchronous_express_execution_is_waited_for(run: Run) -> None:
    ran = run({"m": express({"wait": "2 s"}, {"call": "bank"}), "bank": BANK}, Load("m", [0, 1]))
    assert ran.answers == [(2.1, "ok"), (3.1, "ok")]


def test_a_machine_that_fails_loses_what_nobody_waits_for(run: Run) -> None:
    ran = run({"m": machine({"call": "bank"}), "bank": BROKEN}, Load("m", [0]))
    assert ran.outcomes == {"ok": 1}
    assert ran.load.lost == 1
    assert ran.counters("m")["executions_failed"] == 1


def test_starts_beyond_the_bucket_are_refused_those_of_all_standard_machines_together(run: Run) -> None:
    limits = {"step_functions_start_rate": "1/s", "step_functions_start_burst": 2}
    ran = run(
        {"app": {"service": "http_api", "routes": {"a": {"to": "m"}, "b": {"to": "n"}}},
         "m": machine({"pass": True}), "n": machine({"pass": True})},
        Load("app", [0, 0], name="a"), Load("app", [0, 0, 0.5, 1.0], name="b"), account=limits,
    )  # fmt: skip
    started = [ran.counters(name)["executions_started"] for name in "mn"]
    refused = [ran.counters(name)["executions_throttled"] for name in "mn"]
    assert started == [2, 1]
    assert refused == [0, 3]


def test_synchronous_express_starts_have_no_quota(run: Run) -> None:
    limits = {"step_functions_express_start_rate": "1/s", "step_functions_express_start_burst": 1}
    for start, refused in (("synchronous", 0), ("asynchronous", 4)):
        settings = machine({"pass": True}, type="express", start=start)
        ran = run({"m": settings}, Load("m", [0.0] * 5), account=limits)
        assert ran.counters("m")["executions_throttled"] == refused


def test_an_express_execution_ends_after_five_minutes_and_a_machine_at_its_timeout(run: Run) -> None:
    ran = run({"m": express({"wait": "10 min"})}, Load("m", [0]), until=1000)
    assert ran.answers == [(300.0, "timeout")]
    ran = run({"m": express({"wait": "10 min"}, timeout="7 s")}, Load("m", [0]), until=1000)
    assert ran.answers == [(7.0, "timeout")]
    assert ran.counters("m")["executions_timed_out"] == 1


def test_a_share_of_asynchronous_express_executions_runs_twice() -> None:
    settings = machine({"call": "f"}, type="express", duplicates="25%")
    at = np.arange(2000) * 10_000_000
    ran = fast({"m": settings, "f": function(duration="1 ms")}, Load("m", at))
    twice = ran.counters("m")["duplicates"]
    assert abs(twice - 500) < 4 * (2000 * 0.25 * 0.75) ** 0.5
    assert ran.counters("f")["invocations"] == 2000 + twice
    assert ran.usage("m")["step_functions.express.requests"] == 2000 + twice


# ---------------------------------------------------------------------------------------- transitions


@pytest.mark.parametrize(("rate", "burst"), [("50/s", 20), ("7/s", 4)])
def test_transitions_of_many_executions_drain_as_the_bucket_and_then_its_refill(
    run: Run, rate: str, burst: int
) -> None:
    limits = {"step_functions_transition_rate": rate, "step_functions_transition_burst": burst}
    states = [{"pass": True, "name": f"s{number}"} for number in range(4)]
    ran = run({"m": machine(*states)}, Load("m", [0.0] * 30), account=limits)
    counters = ran.counters("m")
    assert counters["state_transitions"] == 120
    assert counters["throttled_events"] == 120 - burst
    last = -(-(120 - burst) * 1_000_000_000 // int(rate.removesuffix("/s"))) / 1e9
    assert ran.load.completion.max == pytest.approx(last, abs=1e-8)
    waited = sum(counters[f"s{number}.time_mean_s"] * 30 for number in range(4))
    behind = 30 - burst // 4  # the others have all their transitions at once
    due = sum(3 * behind + place for place in range(1, behind + 1)) / int(rate.removesuffix("/s"))
    assert waited == pytest.approx(due, rel=1e-6)


def test_the_rates_of_the_talk_can_be_chosen() -> None:
    states = [{"pass": True, "name": f"s{number}"} for number in range(10)]
    for quotas, era, last in (("documented", "aws-2020-08", 10 / 3), ("talk", "aws-2020-08", 8700 / 1300)):
        ran = fast(
            {"m": machine(*states)},
            Load("m", [0.0] * 1000),
            era=plain(era),
            account={"step_functions_quotas": quotas},
        )
        assert ran.load.completion.max == pytest.approx(last, abs=1e-6)


def test_express_has_no_limit_of_transitions(run: Run) -> None:
    limits = {"step_functions_transition_rate": "1/s", "step_functions_transition_burst": 1}
    states = [{"pass": True, "name": f"s{number}"} for number in range(4)]
    ran = run({"m": express(*states)}, Load("m", [0.0] * 30), account=limits)
    assert ran.answers == [(0.0, "ok")] * 30


# ---------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("retry", "seconds"),
    [
        ({"attempts": 3}, 0.4 + 1 + 2 + 4),
        ({"attempts": 2, "interval": "2 s", "backoff_rate": 1.5}, 0.3 + 2 + 3),
        ({"attempts": 3, "interval": "2 s", "backoff_rate": 3.0, "max_delay": "5 s"}, 0.4 + 2 + 5 + 5),
        ({"attempts": 3, "on": ["States.Timeout"]}, 0.1),
        ([{"attempts": 5, "on": ["Lambda.TooManyRequestsException"]}, {"attempts": 1}], 0.2 + 1),
        ([{"attempts": 1, "on": ["States.TaskFailed"]}, {"attempts": 5}], 0.2 + 1),
    ],
)
def test_what_fails_is_tried_again_as_the_retriers_say(run: Run, retry: Any, seconds: float) -> None:
    ran = run({"m": express({"call": "bank", "retry": retry}), "bank": BROKEN}, Load("m", [0]))
    assert ran.answers == [(pytest.approx(seconds), "error")]
    assert ran.causes == {"bank: fails": 1}


def test_full_jitter_takes_a_random_part_of_each_pause() -> None:
    retry = {"attempts": 1, "interval": "1 s", "jitter": "full"}
    ran = fast(
        {"m": express({"call": "bank", "retry": retry}), "bank": BROKEN}, Load("m", np.arange(400) * 1000)
    )
    pauses = np.array([row.answered - row.arrived for row in ran.log]) / 1e9 - 0.2
    assert 0 <= pauses.min() < pauses.max() <= 1
    assert abs(pauses.mean() - 0.5) < 4 * (1 / 12 / 400) ** 0.5


def test_every_attempt_is_a_transition(run: Run) -> None:
    ran = run({"m": machine({"call": "bank", "retry": {"attempts": 2}}), "bank": BROKEN}, Load("m", [0]))
    counters = ran.counters("m")
    assert counters["bank.entered"] == 1
    assert counters["bank.retried"] == 2
    assert counters["state_transitions"] == 3
    assert ran.usage("m") == {"step_functions.transitions": 3}


def test_a_throttle_is_caught_by_its_name_and_a_timeout_by_its_own(run: Run) -> None:
    catch = [
        {"on": ["Lambda.TooManyRequestsException"], "do": [{"wait": "3 s"}]},
        {"on": ["States.Timeout"], "do": [{"wait": "5 s"}]},
        {"do": [{"wait": "7 s"}]},
    ]
    full = function(duration="10 s", reserved_concurrency=0)
    state = {"call": "f", "timeout": "1 s", "catch": catch}
    assert run({"m": express(state), "f": full}, Load("m", [0])).answers == [(3.0, "ok")]
    slow = function(duration="10 s", timeout="30 s")
    assert run({"m": express(state), "f": slow}, Load("m", [0])).answers == [(6.0, "ok")]
    assert run({"m": express(state), "f": BROKEN}, Load("m", [0])).answers == [(7.1, "ok")]


def test_a_task_that_is_given_up_on_runs_on(run: Run) -> None:
    services = {"m": express({"call": "f", "timeout": "1 s"}), "f": function(duration="2 s")}
    ran = run(services, Load("m", [0]))
    assert ran.answers == [(1.0, "timeout")]
    assert ran.counters("f")["invocations"] == 1
    assert ran.usage("f")["lambda.duration.x86_64"] == 0.25
    assert ran.causes == {"m: f: TimeoutSeconds": 1}


def test_a_callback_is_waited_for_after_the_answer(run: Run) -> None:
    ran = run({"m": machine({"call": "bank", "callback": "5 s"}), "bank": BANK}, Load("m", [0]))
    assert ran.load.completion.max == 5.1


# ---------------------------------------------------------------------------------------- side by side


def test_a_parallel_state_takes_as_long_as_its_longest_branch(run: Run) -> None:
    branches = [[{"wait": "1 s"}], [{"wait": "2 s"}, {"call": "bank"}]]
    ran = run({"m": express({"parallel": branches}), "bank": BANK}, Load("m", [0]))
    assert ran.answers == [(2.1, "ok")]


def test_the_longest_of_n_exponential_branches_takes_the_harmonic_number_of_means() -> None:
    branches = [[{"wait": {"exponential": {"mean": "1 s"}}}] for _ in range(5)]
    ran = fast({"m": express({"parallel": branches})}, Load("m", np.arange(4000) * 1000))
    mean = sum(1 / k for k in range(1, 6))
    deviation = sum(1 / k**2 for k in range(1, 6)) ** 0.5
    assert abs(durations(ran)[0] - mean) < 4 * deviation / 4000**0.5


def test_a_map_takes_as_long_as_the_longest_of_its_items() -> None:
    each = {"items": 20, "do": [{"wait": {"exponential": {"mean": "1 s"}}}]}
    ran = fast({"m": express({"map": each})}, Load("m", np.arange(2000) * 1000))
    mean = sum(1 / k for k in range(1, 21))
    deviation = sum(1 / k**2 for k in range(1, 21)) ** 0.5
    assert abs(durations(ran)[0] - mean) < 4 * deviation / 2000**0.5
    assert ran.counters("m")["wait.entered"] == 40_000


@pytest.mark.parametrize(
    ("items", "at_once", "seconds"), [(10, 3, 4), (10, 0, 1), (80, 0, 2), (80, 60, 2), (0, 2, 0)]
)
def test_a_map_runs_so_many_items_at_a_time_forty_at_most(
    run: Run, items: int, at_once: int, seconds: int
) -> None:
    each = {"items": items, "max_concurrency": at_once, "do": [{"wait": "1 s"}]}
    assert run({"m": express({"map": each})}, Load("m", [0])).answers == [(float(seconds), "ok")]


def test_the_number_of_items_is_drawn_by_its_shares() -> None:
    numbers = [{"number": 2, "share": "75%"}, {"number": 6, "share": "25%"}]
    ran = fast(
        {"m": express({"map": {"items": numbers, "do": [{"pass": True}]}})}, Load("m", np.arange(2000))
    )
    entered = ran.counters("m")["pass.entered"]
    assert abs(entered - 6000) < 4 * (2000 * 3.0) ** 0.5
    assert entered % 2 == 0


def test_a_failed_branch_fails_the_state_at_once_and_stops_the_others(run: Run) -> None:
    branches = [[{"call": "bank"}], [{"wait": "1 s"}, {"call": "other"}]]
    catch = {"do": [{"wait": "2 s"}]}
    services = {
        "m": express({"parallel": branches, "catch": catch}),
        "bank": BROKEN,
        "other": function(duration="1 s"),
    }
    ran = run(services, Load("m", [0]))
    assert ran.answers == [(2.1, "ok")]
    assert ran.counters("other")["invocations"] == 0


def test_items_of_a_distributed_map_are_executions_dispatched_at_a_rate(run: Run) -> None:
    each = {"items": 250, "distributed": "standard", "do": [{"wait": "1 s"}]}
    ran = run({"m": machine({"map": each})}, Load("m", [0]))
    assert ran.load.completion.max == pytest.approx(2.5)  # a bucket of 100, then 100 a second
    assert ran.usage("m") == {"step_functions.transitions": 251}
    ran = run({"m": machine({"map": {**each, "distributed": "express"}})}, Load("m", [0]))
    usage = ran.usage("m")
    assert usage["step_functions.transitions"] == 1
    assert usage["step_functions.express.requests"] == 250
    assert usage["step_functions.express.duration"] == pytest.approx(250 / 3600 * 64 / 1024)


# ---------------------------------------------------------------------------------------- nested; the bill


def test_a_nested_execution_is_started_and_billed_as_its_own_kind(run: Run) -> None:
    child = express({"wait": "120 ms"})
    parent = machine({"call": "child"}, {"send": "grand"})
    ran = run({"m": parent, "child": child, "grand": machine({"wait": "9 s"})}, Load("m", [0]))
    assert ran.counters("m")["duration_mean_s"] == pytest.approx(0.12)
    assert ran.load.completion.max == pytest.approx(9.12)
    assert ran.usage("m") == {"step_functions.transitions": 2}
    assert ran.usage("grand") == {"step_functions.transitions": 1}
    usage = ran.usage("child")
    assert usage["step_functions.express.requests"] == 1
    assert usage["step_functions.express.duration"] == pytest.approx(0.2 / 3600 * 64 / 1024)


def test_a_throttled_nested_start_is_tried_again(run: Run) -> None:
    limits = {"step_functions_start_rate": "1/s", "step_functions_start_burst": 1}
    state = {"call": "child", "retry": {"attempts": 5, "interval": "300 ms", "backoff_rate": 1.0}}
    ran = run({"m": express(state), "child": machine({"pass": True})}, Load("m", [0, 0]), account=limits)
    assert sorted(ran.answers) == [(0.0, "ok"), (1.2, "ok")]


def test_memory_of_express_is_that_of_awss_example() -> None:
    """50 MB, a definition of 50 KB, and 32 KB for each of 400 Map steps are 62.85 MB, billed as 64 (AWS)."""

    def memory(state: Any, payload: str = "32 KB") -> int:
        made = service(express(state, payload=payload))
        assert isinstance(made, StateMachineSettings)
        return memory_mb(made)

    assert memory(items(400)) == 64
    assert memory(items(449)) == 128
    assert memory(items(223, branches(1))) == 64
    assert memory(items(224, branches(1))) == 128
    assert memory(branches(1, 1), "6 MB") == 64
    assert memory(branches(1, 1, 1), "6 MB") == 128
    assert memory(PASS, "15 MB") == 128
