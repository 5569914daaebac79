"""Warm-up pings: what they keep warm, what they cost, and that no client's answer is among them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.harness import Load, Run, Watch, function, plain


def pinged(every: str = "5 min", at_once: int = 1, **settings: Any) -> dict[str, Any]:
    """A function of 100 ms with a cold start of 2 s that is pinged."""
    given = {key: settings.pop(key) for key in ("sleep",) if key in settings}
    pings = {"every": every, "at_once": at_once, **given}
    return function(
        **{"duration": "100 ms", "cold_start": "2 s", "memory": "1 GB", "pings": pings, **settings}
    )


def test_a_ping_starts_cold_so_that_a_client_does_not(run: Run) -> None:
    ran = run({"f": pinged()}, Load("f", [10, 3100]), until=3600)
    assert ran.answers == [(10.1, "ok"), (3100.1, "ok")]
    assert ran.counters("f")["cold_starts"] == 1
    assert ran.counters("f")["cold_share"] == 0


def test_pings_further_apart_than_environments_live_start_cold_themselves(run: Run) -> None:
    ran = run({"f": pinged("7 min")}, Load("f", [3340]), until=3600)
    # 378 s after a ping its environment is gone: eight pings and the client; the last ping finds the client's
    assert ran.counters("f")["cold_starts"] == 9
    assert ran.answers == [(3342.1, "ok")]
    assert ran.counters("f")["cold_share"] == 1


def test_clients_alone_make_the_answers(run: Run) -> None:
    ran = run({"f": pinged("1 s")}, Load("f", [3]), until=60)
    assert ran.load.requests == 1
    assert sum(counted.requests for counted in ran.traffic.values()) == 1
    assert len(ran.log) == 1
    assert ran.load.latency.count == 1


def test_pings_are_invocations_in_the_counters_and_on_the_bill(run: Run) -> None:
    ran = run({"f": pinged("10 s")}, Load("f", [5, 15]), until=60)
    counters, usage = ran.counters("f"), ran.usage("f")
    assert (counters["invocations"], counters["pings"]) == (8, 6)
    assert usage["lambda.requests"] == 8
    # two of 100 ms, one ping with its init of 2 s, five of 75 ms
    assert usage["lambda.duration.x86_64"] == pytest.approx(2 * 0.1 + 2.075 + 5 * 0.075)
    then = run({"f": pinged("10 s")}, Load("f", []), until=60, era=plain("aws-2020-08")).usage("f")
    assert then["lambda.duration.x86_64"] == pytest.approx(6 * 0.1)


def test_an_hour_of_pings_is_twelve_for_each_that_is_sent_at_once(run: Run) -> None:
    ran = run({"f": pinged(at_once=3)}, Load("f", []), until=3600)
    assert ran.counters("f")["pings"] == 36


def test_pings_at_once_keep_as_many_environments(run: Run) -> None:
    ran = run({"f": pinged(at_once=3)}, Load("f", [1000] * 4), until=1100)
    assert [answer for answer, _ in sorted(ran.answers)] == [1000.1, 1000.1, 1000.1, 1002.1]


@pytest.mark.parametrize(("sleep", "kept"), [("0 s", 1), ("75 ms", 3)])
def test_they_keep_several_only_if_they_sleep_longer_than_their_ways_differ(
    run: Run, sleep: str, kept: int
) -> None:
    # ways of 0 to 30 ms to an environment: pings that do not sleep meet the same one, one after the other
    ways = {"quantiles": {"p1": "1 ms", "p99": "30 ms"}}
    era = plain(overrides={"lambda.invoke_overhead": ways})
    watch = Watch([3599], lambda world: int(world.pools[0].idle))
    run({"f": pinged(at_once=3, sleep=sleep)}, Load("f", []), until=3600, era=era, controls=[watch])
    assert watch.found == [kept]


def test_a_client_that_comes_with_the_ping_may_find_the_environment_taken(run: Run) -> None:
    ran = run({"f": pinged("5 min")}, Load("f", [300.01]), until=400)
    assert ran.answers == [(302.11, "ok")]


def test_a_ping_beyond_the_quota_is_throttled_and_no_invocation(run: Run) -> None:
    services = {"f": pinged("10 s", duration="40 s", timeout="60 s", reserved_concurrency=1)}
    counters = run(services, Load("f", [12]), until=60).counters("f")
    assert counters["throttles"] == 4  # at 20, 30, 40 and 50 s
    assert (counters["pings"], counters["invocations"]) == (2, 3)


def test_pings_do_not_outlive_the_lifetime_of_an_environment(run: Run) -> None:
    ran = run({"f": pinged("5 min")}, Load("f", []), until=3.9 * 3600)
    assert ran.counters("f")["cold_starts"] == 2


def test_a_ping_that_meets_an_environment_initialised_ahead_is_no_client_s_cold_start(run: Run) -> None:
    era = plain(overrides={"lambda.replaces_ended": "true"})
    ran = run({"f": pinged("50 s", lifetime="100 s")}, Load("f", [10]), until=140, era=era)
    counters = ran.counters("f")
    # at 100 s the environment of the first ping has ended, and its heir stands in its place
    assert (counters["cold_starts"], counters["initialised_ahead"]) == (2, 1)
    assert counters["cold_share"] == 0


def test_every_ping_has_luck_of_its_own(run: Run) -> None:
    services = {"f": pinged("400 s", cold_start={"exponential": {"mean": "1 s"}})}
    one, ten = (
        run(services, Load("f", []), until=until).counters("f")["init_duration_mean_s"]
        for until in (100, 3999)
    )
    assert ten != pytest.approx(one)


def test_a_function_that_nobody_else_calls_is_pinged_all_the_same(run: Run) -> None:
    ran = run({"f": function(duration="1 s"), "g": pinged("10 s")}, Load("f", [0]), until=60)
    assert ran.usage("g")["lambda.requests"] == ran.counters("g")["pings"] > 0


def test_pings_use_provisioned_environments_first(run: Run) -> None:
    ran = run({"f": pinged("10 s", provisioned_concurrency=2)}, Load("f", []), until=60)
    assert ran.counters("f")["provisioned_invocations"] == 6


def test_two_functions_are_pinged_apart_and_with_luck_of_their_own(run: Run) -> None:
    slow = {"exponential": {"mean": "1 s"}}
    services = {name: pinged("400 s", cold_start=slow) for name in "fg"}
    loads = [Load(name, np.array([], dtype=np.int64), name=f"load {name}") for name in "fg"]
    ran = run(services, *loads, until=4000)
    f, g = (ran.counters(name)["init_duration_mean_s"] for name in "fg")
    assert f != g
