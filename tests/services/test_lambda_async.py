"""Events that are sent to a function: retries, ages, back-off, destinations, dead letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.engine.build import Build
from simulator.engine.steps import OK, Answer, Piece
from simulator.values.units import MINUTE
from tests.harness import Load, Ran, Run, Script, function, plain

MINUTES = MINUTE / 10**9
ERA = plain("aws-2026", {"lambda.async.queue_latency": "0 s"})


def sender(*names: str) -> Script:
    def say(build: Build) -> Iterator[Piece]:
        for name in names:
            yield from build.send(name)
        yield Answer(OK)

    return Script(say=say)


def flaky(**outages: Any) -> dict[str, Any]:
    return {"service": "external", "latency": "100 ms", "outages": outages}


def caller(**config: Any) -> dict[str, Any]:
    return function(handler=[{"call": "bank"}], timeout="10 s", event_invoke_config=config)


def send(run: Run, services: dict[str, Any], at: list[float], until: float = 7 * 3600, **others: Any) -> Ran:
    return run({"app": sender("f"), **services}, Load("app", at), until=until, era=ERA, **others)


def test_the_sender_has_its_answer_at_once_and_the_event_is_complete_later(run: Run) -> None:
    ran = send(run, {"f": caller(queue_latency="50 ms"), "bank": flaky()}, [0])
    assert ran.answers == [(0.0, "ok")]
    assert ran.load.completion.max == pytest.approx(0.15)
    counters = ran.counters("f")
    assert (counters["invocations"], counters["async_events_received"]) == (1, 1)
    assert counters["async_event_age_max_s"] == pytest.approx(0.05)


def test_errors_are_retried_after_one_and_after_two_more_minutes(run: Run) -> None:
    ran = send(run, {"f": caller(), "bank": flaky(one={"at": "0 s", "for": "2 min"})}, [0])
    assert ran.load.completion.max == pytest.approx(3 * MINUTES + 0.1)
    assert ran.counters("f")["errors"] == 2
    ran = send(run, {"f": caller(), "bank": flaky(one={"at": "0 s", "for": "30 s"})}, [0])
    assert ran.load.completion.max == pytest.approx(MINUTES + 0.1)


def test_an_event_that_fails_three_times_is_lost_without_a_destination(run: Run) -> None:
    ran = send(run, {"f": caller(), "bank": flaky(one={"at": "0 s", "for": "1 h"})}, [0])
    counters = ran.counters("f")
    assert (counters["invocations"], counters["async_events_dropped"]) == (3, 1)
    assert (ran.load.lost, ran.load.dead_lettered, ran.load.unfinished) == (1, 0, 0)


def test_an_event_that_is_poison_fails_every_time_and_one_that_is_not_never(run: Run) -> None:
    services = {"f": function(duration="100 ms", poison="30%")}
    ran = send(run, services, [float(number) for number in range(100)])
    counters = ran.counters("f")
    assert counters["errors"] == 3 * counters["async_events_dropped"]
    assert 15 < counters["async_events_dropped"] < 45
    assert counters["invocations"] == 100 + 2 * counters["async_events_dropped"]


@pytest.mark.parametrize("attempts", [0, 1, 2])
def test_retries_can_be_fewer(run: Run, attempts: int) -> None:
    services = {"f": caller(maximum_retry_attempts=attempts), "bank": flaky(one={"at": "0 s", "for": "1 h"})}
    assert send(run, services, [0]).counters("f")["invocations"] == 1 + attempts


@pytest.mark.parametrize("key", ["on_failure", "dead_letter"])
def test_what_fails_for_good_is_kept_by_a_destination_or_a_dead_letter_queue(run: Run, key: str) -> None:
    down = flaky(one={"at": "0 s", "for": "1 h"})
    services = {"f": caller(**{key: "kept"}), "bank": down, "kept": {"service": "external", "latency": "0 s"}}
    ran = send(run, services, [0])
    assert (ran.load.lost, ran.load.dead_lettered) == (0, 1)
    kept = {"on_failure": "destination_deliveries", "dead_letter": "dead_letters"}[key]
    assert ran.counters("f")[kept] == 1
    services["kept"] = {"service": "external", "latency": "0 s", "fails": "100%"}
    ran = send(run, services, [0])
    assert (ran.load.lost, ran.load.dead_lettered) == (1, 0)
    refused = {"on_failure": "destination_delivery_failures", "dead_letter": "dead_letter_errors"}[key]
    assert ran.counters("f")[refused] == 1


@pytest.mark.parametrize(
    ("queue", "target", "lost"), [("0%", "100%", 0), ("100%", "0%", 0), ("100%", "100%", 1)]
)
def test_of_a_queue_and_a_destination_one_is_enough(run: Run, queue: str, target: str, lost: int) -> None:
    def kept(fails: str) -> dict[str, Any]:
        return {"service": "external", "latency": "0 s", "fails": fails}

    services = {
        "f": caller(on_failure="target", dead_letter="queue"),
        "bank": flaky(one={"at": "0 s", "for": "1 h"}),
        "queue": kept(queue),
        "target": kept(target),
    }
    ran = send(run, services, [0])
    assert (ran.load.lost, ran.load.dead_lettered) == (lost, 1 - lost)


def test_successes_go_on_and_complete_the_request_there(run: Run) -> None:
    services = {"f": caller(on_success="g"), "bank": flaky(), "g": function(duration="1 s", timeout="2 s")}
    ran = send(run, services, [0])
    assert ran.load.completion.max == pytest.approx(1.1)
    assert ran.counters("f")["destination_deliveries"] == 1
    assert ran.counters("g")["async_events_received"] == 1
    services["g"] = {"service": "external", "latency": "0 s", "fails": "100%"}
    ran = send(run, services, [0])
    assert (ran.load.lost, ran.counters("f")["destination_delivery_failures"]) == (1, 1)


def test_throttles_are_tried_again_from_one_second_on_and_use_up_no_retry(run: Run) -> None:
    """Of two events one waits: after 1, 2, 4 and 8 s the function is free, and fails three times."""
    f = function(handler=[{"work": "14 s"}, {"call": "bank"}], timeout="20 s", reserved_concurrency=1)
    services = {"f": f, "bank": flaky(one={"at": "0 s", "for": "1 h"})}
    ran = send(run, services, [0, 0])
    counters = ran.counters("f")
    assert (counters["throttles"], counters["invocations"], counters["async_events_dropped"]) == (4, 6, 2)


def test_an_event_that_is_too_old_is_dropped_while_it_waits(run: Run) -> None:
    f = function(duration="2 min", timeout="3 min", reserved_concurrency=1)
    f["event_invoke_config"] = {"maximum_event_age": "60 s"}
    ran = send(run, {"f": f}, [0, 0])
    assert (ran.load.lost, ran.load.completion.count) == (1, 1)
    assert ran.counters("f")["throttles"] == 6, "at 0, 1, 3, 7, 15 and 31 s; 63 s would be too late"
    assert ran.load.completion.max == 2 * MINUTES, "what runs is not too old"


def test_a_retry_that_would_come_too_late_never_comes(run: Run) -> None:
    services = {"f": caller(maximum_event_age="2 min"), "bank": flaky(one={"at": "0 s", "for": "1 h"})}
    assert send(run, services, [0]).counters("f")["invocations"] == 2


def test_without_reserved_concurrency_events_go_straight_to_the_destination(run: Run) -> None:
    f = function(duration="1 s", reserved_concurrency=0, event_invoke_config={"on_failure": "kept"})
    ran = send(run, {"f": f, "kept": {"service": "external", "latency": "0 s"}}, [0], until=1)
    assert (ran.load.dead_lettered, ran.counters("f")["throttles"]) == (1, 0)


def test_attempts_are_billed_and_a_synchronous_call_knows_nothing_of_events(run: Run) -> None:
    services = {"f": caller(), "bank": flaky(one={"at": "0 s", "for": "1 h"})}
    assert send(run, services, [0]).usage("f")["lambda.requests"] == 3
    ran = run({"f": function(duration="1 s")}, Load("f", [0]))
    assert "async_events_received" not in ran.counters("f")


def test_a_handler_sends_and_goes_on(run: Run) -> None:
    services = {
        "front": function(handler=[{"send": "f"}, {"work": "1 s"}]),
        "f": function(duration="2 s", timeout="9 s"),
    }
    ran = run(services, Load("front", [0]), era=ERA)
    assert (ran.answers, ran.load.completion.max) == ([(1.0, "ok")], 2.0)


def test_branches_of_a_handler_go_on_together_and_fail_with_the_first(run: Run) -> None:
    def handler(*last: dict[str, Any]) -> list[Any]:
        branches = [[{"work": "1 s"}, *last], [{"work": "2 s"}, {"call": "bank"}]]
        return [{"parallel": branches}, {"work": "1 s"}]

    services = {"f": function(handler=handler(), timeout="9 s"), "bank": flaky()}
    assert run(services, Load("f", [0])).answers == [(3.1, "ok")]
    services["f"] = function(handler=handler({"fail": "100%"}), timeout="9 s")
    ran = run(services, Load("f", [0]))
    assert (ran.answers, ran.causes) == ([(1.0, "error")], {"f: fail": 1})
    services["f"] = function(handler=handler(), timeout="1500 ms")
    ran = run(services, Load("f", [0]))
    assert (ran.answers, ran.causes) == ([(1.5, "timeout")], {"f: timeout": 1})
