"""Deadlines: the caller is answered at its timeout; what it called runs on and is paid for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.engine.build import Build
from simulator.engine.steps import (
    OK,
    TIMEOUT,
    Answer,
    Await,
    Deadline,
    Free,
    IfDuring,
    Jump,
    LookUp,
    Mark,
    Piece,
    Seize,
    Store,
    Wake,
)
from simulator.values.distributions import distribution
from simulator.values.population import Population
from simulator.values.units import SECOND
from tests.harness import Line, Load, Run, Script, function


def client(**settings: Any) -> dict[str, Any]:
    return {"service": "client", **settings}


def external(latency: str, **settings: Any) -> dict[str, Any]:
    return {"service": "external", "latency": latency, **settings}


def test_a_caller_is_answered_at_exactly_its_timeout(run: Run) -> None:
    services = {"app": client(to="f", timeout="1 s"), "f": function(duration="2 s")}
    ran = run(services, Load("app", [0, 0.25]))
    assert ran.answers == [(1.0, "timeout"), (1.25, "timeout")]
    assert ran.causes == {"app: timeout": 2}


def test_what_it_called_runs_on_holds_its_place_and_is_billed(run: Run) -> None:
    services = {
        "app": client(to="f", timeout="1 s"),
        "f": function(duration="3 s", timeout="10 s", reserved_concurrency=1),
    }
    ran = run(services, Load("app", [0, 2.999, 3.0]))
    assert [outcome for _, outcome in ran.answers] == ["timeout", "throttled", "timeout"]
    assert ran.counters("f")["invocations"] == 2
    assert ran.usage("f")["lambda.duration.x86_64"] == 6 * 128 / 1024


def test_a_deadline_equal_to_the_end_of_the_work_lets_the_work_win(run: Run) -> None:
    services = {"app": client(to="f", timeout="1 s"), "f": function(duration="1 s", timeout="1 s")}
    ran = run(services, Load("app", [0]))
    assert ran.answers == [(1.0, "ok")]
    assert ran.counters("f")["timeouts"] == 0


def test_what_takes_no_time_still_fits_at_the_deadline(run: Run) -> None:
    services = {
        "app": client(to="f", timeout="1 s"),
        "f": function(handler=[{"work": "1 s"}, {"call": "bank"}]),
        "bank": external("0 s"),
    }
    assert run(services, Load("app", [0])).answers == [(1.0, "ok")]


def test_a_nanosecond_more_does_not_fit(run: Run) -> None:
    services = {
        "app": client(to="f", timeout="1 s"),
        "f": function(handler=[{"work": "1 s"}, {"call": "bank"}]),
        "bank": external("1 ns"),
    }
    assert run(services, Load("app", [0])).answers == [(1.0, "timeout")]


def test_a_killed_function_stops_and_what_it_called_runs_on(run: Run) -> None:
    services = {
        "f": function(handler=[{"call": "g"}, {"work": "9 s"}], timeout="1 s"),
        "g": function(duration="3 s", timeout="10 s"),
    }
    ran = run(services, Load("f", [0]))
    assert ran.answers == [(1.0, "timeout")]
    assert ran.usage("f")["lambda.duration.x86_64"] == 1 * 128 / 1024
    assert ran.usage("g")["lambda.duration.x86_64"] == 3 * 128 / 1024
    assert ran.counters("f")["timeouts"] == 1
    assert ran.counters("g")["errors"] == 0


def test_the_environment_of_a_killed_function_is_used_again_and_initialises_anew(run: Run) -> None:
    ran = run({"f": function(duration="5 s", timeout="1 s")}, Load("f", [0, 2]))
    counters = ran.counters("f")
    assert (counters["cold_starts"], counters["suppressed_inits"], counters["invocations"]) == (1, 1, 2)


def test_nested_deadlines_each_hold_for_their_own_part(run: Run) -> None:
    services = {
        "app": client(to="api", timeout="1 s"),
        "api": {"service": "http_api", "routes": {"default": {"to": "f"}}, "timeout": "2 s"},
        "f": function(duration="9 s", timeout="3 s"),
    }
    ran = run(services, Load("app", [0]))
    assert ran.answers == [(1.0, "timeout")]
    assert ran.causes == {"app: timeout": 1}
    assert ran.counters("api")["5xx"] == 1  # it gave up by itself a second later
    assert ran.counters("f")["timeouts"] == 1  # and the function another second later
    assert ran.usage("f")["lambda.duration.x86_64"] == 3 * 128 / 1024


def test_of_two_deadlines_at_one_instant_the_callers_answers_and_both_expire(run: Run) -> None:
    services = {
        "app": client(to="api", timeout="1 s"),
        "api": {"service": "http_api", "routes": {"default": {"to": "f"}}, "timeout": "1 s"},
        "f": function(duration="9 s", timeout="1 s"),
    }
    ran = run(services, Load("app", [0]))
    assert ran.causes == {"app: timeout": 1}
    assert ran.counters("api")["5xx"] == 1
    assert ran.usage("f")["lambda.duration.x86_64"] == 1 * 128 / 1024


def test_an_inner_deadline_that_comes_first_answers_first(run: Run) -> None:
    services = {
        "app": client(to="api", timeout="2 s"),
        "api": {"service": "http_api", "routes": {"default": {"to": "f"}}, "timeout": "1 s"},
        "f": function(duration="9 s", timeout="10 s"),
    }
    ran = run(services, Load("app", [0]))
    assert ran.answers == [(1.0, "timeout")]
    assert ran.causes == {"api: integration timeout": 1}


def test_a_deadline_that_was_met_does_not_haunt_what_comes_after(run: Run) -> None:
    call = {"call": {"to": "bank", "timeout": "1 s"}}
    services = {
        "f": function(handler=[call, {"work": "2 s"}, call], timeout="10 s"),
        "bank": external("900 ms"),
    }
    assert run(services, Load("f", [0])).answers == [(3.8, "ok")]


def test_a_request_given_up_in_line_keeps_its_place_and_is_served(run: Run) -> None:
    services = {"app": client(to="line", timeout="1 s"), "line": Line(work="5 s")}
    ran = run(services, Load("app", [0, 0]))
    assert ran.answers == [(1.0, "timeout"), (1.0, "timeout")]
    assert ran.seen("line")["servers.busy_ns"] == 10e9
    assert ran.seen("line")["servers.refused"] == 0


def test_a_function_killed_while_what_it_called_waits_in_line_leaves_it_there(run: Run) -> None:
    services = {"f": function(handler=[{"call": "line"}], timeout="1 s"), "line": Line(work="5 s")}
    ran = run(services, Load("f", [0, 0]))
    assert ran.seen("line")["servers.busy_ns"] == 10e9


def test_a_handlers_own_retries_die_with_its_environment(run: Run) -> None:
    retries = {"attempts": 9, "on": ["timeout"], "backoff": "0 s"}
    services = {
        "f": function(
            handler=[{"call": {"to": "bank", "timeout": "400 ms", "retries": retries}}], timeout="1 s"
        ),
        "bank": external("5 s", capacity="100/s"),
    }
    ran = run(services, Load("f", [0]))
    assert ran.answers == [(1.0, "timeout")]
    assert ran.seen("bank")["capacity.asked"] == 3  # at 0, 0.4 and 0.8 s


def test_a_handlers_call_that_times_out_fails_the_function_at_once(run: Run) -> None:
    services = {
        "f": function(handler=[{"call": {"to": "bank", "timeout": "1 s"}}, {"work": "1 s"}]),
        "bank": external("2 s"),
    }
    ran = run(services, Load("f", [0, 5]))
    assert [second for second, _ in ran.answers] == [1.0, 6.0]
    counters = ran.counters("f")
    assert (counters["errors"], counters["timeouts"], counters["cold_starts"]) == (2, 0, 1)


def test_who_sets_itself_a_deadline_leaves_the_line_when_it_passes(run: Run) -> None:
    """One counter, 10 s each: the second in line gives up at 5 s, and the one behind moves up."""

    def say(build: Build) -> Iterator[Piece]:
        given_up, done = build.labels(2)
        counter = build.servers("counter", 1, 9)
        if build.source == "hasty":
            yield Deadline(3 * SECOND, given_up)
        yield Seize(counter, done)
        yield build.delay(distribution("10 s"), "work")
        yield Free(counter)
        yield Answer(OK)
        yield Jump(done)
        yield given_up
        yield Answer(TIMEOUT, 504)
        yield done

    calm, hasty = Load("desk", [0, 1, 3], name="calm"), Load("desk", [2], name="hasty")
    ran = run({"desk": Script(say=say)}, calm, hasty)
    assert ran.answers == [(10.0, "ok"), (20.0, "ok"), (5.0, "timeout"), (30.0, "ok")]
    assert ran.seen("desk")["counter.refused"] == 1
    assert ran.seen("desk")["counter.waiting_ns"] == (9 + 3 + 17) * SECOND


def test_who_waits_for_a_cache_s_entry_gives_up_when_its_deadline_passes(run: Run) -> None:
    """The first fetches for 4 s, and wakes who is still there."""

    def say(build: Build) -> Iterator[Piece]:
        wait, given_up, done = build.labels(3)
        entries = build.cache("objects", 1)
        key = build.key(Population(count=1), "object")
        if build.source == "hasty":
            yield Deadline(SECOND, given_up)
        yield LookUp(entries, key, wait)
        yield Store(entries, key, 10 * SECOND)
        yield build.delay(distribution("4 s"), "fetch")
        yield Wake(entries, key)
        yield Answer(OK)
        yield Jump(done)
        yield wait
        yield Await(entries, key)
        yield Answer(OK)
        yield Jump(done)
        yield given_up
        yield Answer(TIMEOUT, 504)
        yield done

    calm, hasty = Load("desk", [0, 3], name="calm"), Load("desk", [1], name="hasty")
    assert run({"desk": Script(say=say)}, calm, hasty).answers == [(4.0, "ok"), (2.0, "timeout"), (4.0, "ok")]


def test_a_deadline_can_count_from_a_time_remembered_and_be_over_at_once(run: Run) -> None:
    def say(build: Build) -> Iterator[Piece]:
        late, too_late, done = build.labels(3)
        yield Mark()
        yield build.delay(distribution("2 s"), "before")
        yield Deadline(3 * SECOND, late, since_mark=True)
        yield build.delay(distribution("9 s"), "work")
        yield late
        yield Deadline(SECOND, too_late, since_mark=True)
        yield build.delay(distribution("9 s"), "more work")
        yield too_late
        yield Answer(TIMEOUT, 504)
        yield done

    assert run({"s": Script(say=say)}, Load("s", [0])).answers == [(3.0, "timeout")]


def test_some_steps_are_taken_only_during_a_span_of_the_run(run: Run) -> None:
    def say(build: Build) -> Iterator[Piece]:
        during, done = build.labels(2)
        yield IfDuring(SECOND, 2 * SECOND, during)
        yield Answer(OK)
        yield Jump(done)
        yield during
        yield Answer(TIMEOUT, 504)
        yield done

    ran = run({"s": Script(say=say)}, Load("s", [0.5, 1, 1.999, 2]))
    assert [outcome for _, outcome in ran.answers] == ["ok", "timeout", "timeout", "ok"]
