"""Where the time of requests goes: by hand, and exactly, whatever the design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

from simulator.engine.steps import OK, Answer, Delay
from simulator.measure.rows import NOTED
from simulator.measure.where import Spent
from simulator.values.distributions import distribution
from simulator.values.units import SECOND
from tests.engine.test_conservation import ARRIVALS, ERA, designs
from tests.harness import Line, Load, Ran, Run, Script, examples, function

BANK = {"service": "external", "latency": "250 ms"}


def seconds(spent: Spent) -> dict[str, float]:
    """By `service: cause, detail`."""
    said = {part: f"{part.service}: {part.cause}{part.detail and ', ' + part.detail}" for part in spent.ns}
    return {said[part]: ns / SECOND for part, ns in spent.ns.items()}


def client(to: str, **settings: Any) -> Mapping[str, Any]:
    return {"service": "client", "to": to, **settings}


def test_waiting_and_work_are_told_apart_in_the_mean_and_in_the_tail(run: Run) -> None:
    line = Line(work=distribution("1 s"))
    found = run({"line": line}, Load("line", [0, 0, 10]), trace="where").where["load"][""]
    assert (found.mean.requests, found.tail.requests) == (3, 1)
    assert seconds(found.mean) == {"line: work": 3, "line: waiting, servers": 1}
    assert seconds(found.tail) == {"line: waiting, servers": 1, "line: work": 1}


def test_a_cold_start_is_one_cause_with_its_phases(run: Run) -> None:
    f = function(cold_start="2 s", duration="250 ms", init={"work": "1 s"})
    found = run({"f": f}, Load("f", [0, 10]), trace="where").where["load"][""]
    assert seconds(found.mean) == {
        "f: cold start, init": 2,
        "f: cold start, init work": 1,
        "f: work": 0.5,
    }


def test_what_an_attempt_took_that_is_made_again_is_waste_and_so_is_the_pause(run: Run) -> None:
    services = {
        "app": client("f", retries={"attempts": 2, "on": ["5xx"], "backoff": "1 s", "jitter": "none"}),
        "f": function(handler=[{"work": "500 ms"}, {"call": "bank"}]),
        "bank": {**BANK, "capacity": "1/s"},
    }
    found = run(services, Load("app", [0, 0]), trace="where").where["load"][""]
    assert seconds(found.mean) == {
        "f: work": 1,
        "app: back-off": 1,
        "bank: latency": 0.5,
        "app: earlier attempts": 0.5,
    }


def test_attempts_that_are_made_again_are_told_by_what_ended_them(run: Run) -> None:
    """The first is given up while it calls the bank, the second refused by it, and the third is the last."""
    retries = {"attempts": 2, "on": ["timeout", "5xx"], "backoff": "1 s", "jitter": "none"}
    services = {
        "app": client("f", timeout="1 s", retries=retries),
        "f": function(cold_start="250 ms", handler=[{"work": "600 ms"}, {"call": "bank"}], timeout="9 s"),
        "bank": {**BANK, "capacity": "1/h"},
    }
    windows = {"early": (0, 10), "late": (20, 30)}
    found = run(services, Load("app", [0]), trace="where", windows=windows).where["load"]
    again = {how: (each.requests, seconds(each)) for how, each in found[""].again.items()}
    assert again == {
        ("timeout", "app", "timeout"): (
            1,
            {"f: work": 0.6, "f: cold start, init": 0.25, "bank: latency": 0.15},
        ),
        ("error", "bank", "capacity"): (1, {"f: work": 0.6}),
    }
    assert (found["early"].again, found["late"].again) == (found[""].again, {})


def test_loops_inside_one_another_write_off_what_is_theirs(run: Run) -> None:
    """The function tries the bank twice in each of the client's two attempts; the fourth try succeeds."""
    retries = {"on": [429, "5xx"], "backoff": "1 s", "jitter": "none"}
    call = {"to": "bank", "retries": {**retries, "attempts": 1}}
    services = {
        "app": client("f", retries={**retries, "attempts": 1}),
        "f": function(handler=[{"work": "500 ms"}, {"call": call}], timeout="9 s"),
        "bank": {**BANK, "capacity": "1/h"},
    }
    inner = run(services, Load("app", [0]), Load("app", [0.25], name="late"), trace="where").where["late"][""]
    # two attempts of 0.5 s work, a refusal, a pause of 1 s and a refusal; between them the client's pause
    assert seconds(inner.failed) == {
        "app: earlier attempts": 1.5,
        "app: back-off": 1,
        "f: back-off": 1,
        "f: work": 0.5,
    }


def test_what_runs_on_after_its_caller_gave_up_is_counted_from_then_on(run: Run) -> None:
    services = {"app": client("f", timeout="1 s"), "f": function(duration="2500 ms")}
    found = run(services, Load("app", [0, 5]), trace="where").where["load"][""]
    assert seconds(found.failed) == {"f: work": 2}
    assert found.left.requests == 2
    assert seconds(found.left) == {"f: work": 3}


def test_what_a_client_holds_back_is_not_felt(run: Run) -> None:
    services = {"app": client("bank", spread="3 s"), "bank": BANK}
    found = run(services, Load("app", [0, 1, 2]), trace="where").where["load"][""]
    assert seconds(found.mean) == {"bank: latency": 0.75}


def test_types_and_windows_are_told_apart_and_the_warm_up_does_not_count(run: Run) -> None:
    services = {
        "api": {"service": "http_api", "routes": {"a": {"to": "bank"}, "b": {"to": "f"}}},
        "bank": BANK,
        "f": function(duration="1 s"),
    }
    load = Load("api", [second / 4 for second in range(200)], mix={"a": 0.5, "b": 0.5})
    ran = run(services, load, trace="where", warm_up=10, windows={"late": (30, 40)})
    for key, by_window in ran.where.items():
        for window, found in by_window.items():
            counted = ran.traffic[key].windows[window] if window else ran.traffic[key]
            assert found.mean.requests == counted.latency.count > 0
            assert found.mean.total_ns == counted.latency.total_ns
    assert seconds(ran.where["load.a"]["late"].mean).keys() == {"bank: latency"}
    assert seconds(ran.where["load.b"]["late"].mean).keys() == {"f: work"}
    assert set(seconds(ran.where["load"]["late"].mean)) == {"bank: latency", "f: work"}


def test_users_of_a_closed_loop_begin_anew_with_each_request(run: Run) -> None:
    load = Load("bank", name="users", users=2, think=distribution("1 s"))
    found = run({"bank": BANK}, load, until=5, trace="where").where["users"][""]
    assert found.mean.requests == 8
    assert seconds(found.mean) == {"bank: latency": 2}


def test_a_wait_that_nobody_has_named_is_called_after_its_step_and_the_service(run: Run) -> None:
    nameless = Script(say=lambda build: [Delay(distribution("1 s"), 1), Answer(OK)])
    found = run({"s": nameless}, Load("s", [0]), trace="where").where["load"][""]
    assert seconds(found.mean) == {"s: delay": 1}


def test_notes_that_nobody_wants_are_not_taken(run: Run) -> None:
    ran = run({"bank": BANK}, Load("bank", [0, 1]), trace="spans", rows=False)
    assert (ran.load.latency.count, ran.blocks) == (2, [])


def without_notes(ran: Ran) -> dict[str, Any]:
    return {
        "log": [row for row in ran.log if row.type != NOTED],
        "measured": ran._measured,
        "traffic": {
            key: (one.outcomes, one.causes, one.latency.total_ns) for key, one in ran.traffic.items()
        },
        "events": ran.world.events,
        "limits": ran.limits,
    }


@pytest.mark.parametrize("trace", ["where", "spans"])
@examples(15)
@given(services=designs(), at=ARRIVALS)
def test_tracing_changes_no_answer_and_every_nanosecond_is_somewhere(
    run: Run, trace: Any, services: dict[str, Any], at: list[float]
) -> None:
    ran = run(services, Load("app", at), until=40, era=ERA, trace=trace)
    assert without_notes(ran) == without_notes(run(services, Load("app", at), until=40, era=ERA))
    for key, by_window in ran.where.items():
        counted, found = ran.traffic[key], by_window[""]
        assert found.mean.requests == counted.latency.count
        assert found.mean.total_ns == counted.latency.total_ns
        assert found.failed.requests == counted.failed
        failed = [row for row in ran.log if row.outcome]
        assert found.failed.total_ns == sum(row.answered - row.sent for row in failed)
        slowest = sorted(row.answered - row.sent for row in ran.log if not row.outcome)[-1:]
        assert found.tail.requests == len(slowest)
        assert found.tail.total_ns == pytest.approx(sum(slowest), rel=0.032)
        assert min([*found.mean.ns.values(), *found.left.ns.values()], default=1) > 0
