"""Two clocks: latency until the client has its answer, completion until all effects are done."""

from __future__ import annotations

from typing import Any

from tests.harness import Load, Run, function

IMPATIENT = {"attempts": 2, "on": ["timeout"], "backoff": "200 ms", "jitter": "none"}


def slow_to_start(attempts: int = 2) -> dict[str, Any]:
    """A cold start takes 2 s, a client waits 1 s: tries at 0, 1.2 and 2.6 s; the first is done at 2.1 s,
    so the third finds its environment warm, and the second is done at 3.3 s."""
    return {
        "app": {
            "service": "client",
            "to": "f",
            "timeout": "1 s",
            "retries": {**IMPATIENT, "attempts": attempts},
        },
        "f": function(duration="100 ms", cold_start="2 s"),
    }


def test_completion_is_latency_when_nothing_runs_on(run: Run) -> None:
    ran = run({"f": function(duration="100 ms")}, Load("f", [0, 1]))
    assert ran.load.completion.count == 2
    assert ran.load.completion.mean == ran.load.latency.mean == 0.1


def test_completion_waits_for_what_runs_on_after_the_answer(run: Run) -> None:
    ran = run(slow_to_start(), Load("app", [0]))
    assert ran.answers == [(2.7, "ok")]
    assert ran.load.latency.max == 2.7
    assert ran.load.completion.max == 3.3


def test_a_request_whose_effects_are_not_done_at_the_horizon_is_not_complete(run: Run) -> None:
    ran = run(slow_to_start(), Load("app", [0]), until=3)
    assert ran.outcomes == {"ok": 1}
    assert ran.load.completion.count == 0


def test_a_failed_request_has_no_completion(run: Run) -> None:
    ran = run(slow_to_start(attempts=0), Load("app", [0]))
    assert ran.outcomes == {"timeout": 1}
    assert ran.load.completion.count == ran.load.latency.count == 0


def test_what_runs_on_of_what_runs_on_is_waited_for_too(run: Run) -> None:
    services = {
        "app": {"service": "client", "to": "f", "timeout": "1 s", "retries": IMPATIENT},
        "f": function(handler=[{"call": "g"}], timeout="1500 ms"),
        "g": function(duration="100 ms", cold_start="5 s", timeout="9 s"),
    }
    # each try is given up by the client after 1 s, by f after 1.5 s, while g goes on until 5.1 s after
    ran = run(services, Load("app", [0, 10]))
    assert ran.answers == [(3.6, "timeout"), (10.1, "ok")]
    assert ran.load.completion.count == 1
    assert ran.counters("g")["invocations"] == 4
    assert ran.counters("f")["timeouts"] == 3
