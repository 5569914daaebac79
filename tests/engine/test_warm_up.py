"""The warm-up is simulated and not counted: what was counted is forgotten, what decides anything is not."""

from __future__ import annotations

from tests.harness import Change, Line, Load, Run, Watch, function


def test_requests_of_the_warm_up_are_not_counted_even_if_they_end_after_it(run: Run) -> None:
    ran = run({"f": function(duration="2 s")}, Load("f", [1, 9, 10, 20]), warm_up=10)
    assert ran.load.requests == 2
    assert ran.outcomes == {"ok": 2}
    assert ran.load.latency.count == ran.load.completion.count == 2


def test_environments_stay_warm_and_their_making_is_forgotten(run: Run) -> None:
    ran = run({"f": function(duration="1 s", cold_start="3 s")}, Load("f", [0, 20]), warm_up=10)
    counters = ran.counters("f")
    assert (counters["invocations"], counters["cold_starts"]) == (1, 0)
    assert counters["init_duration_mean_s"] == 0
    assert ran.usage("f")["lambda.requests"] == 1


def test_tokens_taken_in_the_warm_up_stay_taken(run: Run) -> None:
    services = {"bank": {"service": "external", "latency": "0 s", "capacity": "1/min"}}
    ran = run(services, Load("bank", [9, 11, 70]), until=100, warm_up=10)
    assert ran.outcomes == {"ok": 1, "throttled": 1}


def test_a_limit_that_refused_only_in_the_warm_up_did_not_refuse(run: Run) -> None:
    services = {"bank": {"service": "external", "latency": "0 s", "capacity": "1/s"}}
    ran = run(services, Load("bank", [1, 1, 1, 20]), warm_up=10)
    (limit,) = ran.limits
    assert (limit.refused, limit.first_at_s, limit.demand) == (0, None, 1)


def test_peaks_begin_with_what_is_there_when_counting_begins(run: Run) -> None:
    ran = run({"f": function(duration="5 s", timeout="9 s")}, Load("f", [1, 1, 1, 8, 8]), warm_up=10)
    assert ran.counters("f")["concurrency_max"] == 2
    assert next(limit.demand for limit in ran.limits if limit.limit == "concurrency") == 2


def test_servers_that_still_work_when_counting_begins_are_there_though_the_fleet_has_shrunk(run: Run) -> None:
    shrink = Change(5, lambda world: world.set_capacity(0, 1))
    ran = run({"line": Line(work="15 s", servers=3)}, Load("line", [1, 1, 1]), warm_up=10, controls=[shrink])
    (limit,) = ran.limits
    assert (limit.demand, limit.allowed, limit.refused) == (3, 3, 0)


def test_time_averages_are_over_the_counted_time(run: Run) -> None:
    ran = run({"f": function(duration="1 s")}, Load("f", [0, 0]), until=30, warm_up=10)
    assert ran.counters("f")["environments_mean"] == 2
    late = run({"f": function(duration="1 s")}, Load("f", [15]), until=30, warm_up=10)
    assert late.counters("f")["environments_mean"] == 0.75


def test_environments_that_end_in_the_counted_time_are_averaged_rightly(run: Run) -> None:
    services = {"f": function(duration="1 s", keep_alive="19 s")}  # alive from 0 to 20 s
    assert run(services, Load("f", [0]), until=30, warm_up=10).counters("f")["environments_mean"] == 0.5


def test_waiting_that_began_in_the_warm_up_counts_from_its_end_on(run: Run) -> None:
    ran = run({"line": Line(work="15 s")}, Load("line", [0, 0]), until=40, warm_up=10)
    seen = ran.seen("line")
    assert (seen["servers.busy_ns"], seen["servers.waiting_ns"]) == (20e9, 5e9)


def test_what_is_billed_is_what_ends_in_the_counted_time(run: Run) -> None:
    ran = run({"f": function(duration="2 s")}, Load("f", [1, 9, 20]), warm_up=10)
    assert ran.usage("f")["lambda.duration.x86_64"] == 4 / 8


def test_the_run_itself_is_the_same_with_and_without_it(run: Run) -> None:
    services = {
        "f": function(duration={"exponential": {"mean": "3 s"}}, reserved_concurrency=2, timeout="60 s")
    }
    load = Load("f", [second / 3 for second in range(90)])
    watch = Watch([10, 20], lambda world: None)
    assert run(services, load, warm_up=20, controls=[watch]).log == run(services, load).log


def test_a_window_holds_the_requests_that_arrive_in_it(run: Run) -> None:
    ran = run(
        {"f": function(duration="2 s")}, Load("f", [1, 5, 9, 10, 12, 15, 59]), windows={"surge": (10, 15)}
    )
    surge = ran.load.windows["surge"]
    assert (surge.requests, surge.outcomes["ok"], surge.attempts) == (2, 2, 2)
    assert ran.load.requests == 7
