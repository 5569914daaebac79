"""A function's environments: which stay, which are replaced, and who waits for what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Load, Run, function, plain

REPLACES = {"lambda.replaces_ended": "true"}
ROOM = {"lambda.spare_keep_alive": "25 min", "lambda.keep_alive": "10 min"}


def test_who_meets_an_environment_initialised_ahead_waits_for_no_start(run: Run) -> None:
    services = {"f": function(duration="1 s", cold_start="2 s", lifetime="100 s", timeout="9 s")}
    ran = run(services, Load("f", [0, 50, 200]), until=3000, era=plain(overrides=REPLACES))
    assert [answered for answered, _ in ran.answers] == [3, 51, 201]
    counters = ran.counters("f")
    assert (counters["cold_starts"], counters["initialised_ahead"]) == (2, 1)
    assert counters["environments_used_mean"] == (51 + 1) / 3000  # to 51 s, and the other once


@pytest.mark.parametrize(("then", "warm", "reset"), [([], 2, 0), ([{"crash": "100%"}], 0, 2)])
def test_only_a_new_environment_takes_from_the_scaling_rate(
    run: Run, then: list[Any], warm: int, reset: int
) -> None:
    """Of two that may be made, the second is made at 10 s, after others were used again or anew."""
    rate = {"lambda.scaling.bucket": 2, "lambda.scaling.refill": "1/d"}
    f = function(handler=[{"work": "1 s"}, *then])
    ran = run({"f": f}, Load("f", [0, 5, 10, 10, 10]), era=plain(overrides=rate))
    assert ran.causes.get("f: scaling rate") == 1
    counters = ran.counters("f")
    assert (counters["cold_starts"], counters["suppressed_inits"]) == (2, reset)
    assert counters["invocations"] - 2 - reset == warm


def test_one_initialised_ahead_takes_nothing_from_the_scaling_rate(run: Run) -> None:
    """Of two environments that may be made, the first request takes one; at 200 s its heir is there, and the
    second of the two that come then takes the other."""
    rate = {"lambda.scaling.bucket": 2, "lambda.scaling.refill": "1/d"}
    services = {"f": function(duration="1 s", lifetime="100 s")}
    ran = run(services, Load("f", [0, 200, 200, 200]), until=300, era=plain(overrides=REPLACES | rate))
    assert [outcome for _, outcome in ran.answers] == ["ok", "ok", "ok", "throttled"]
    assert ran.causes == {"f: scaling rate": 1}


def test_a_function_with_reserved_concurrency_gets_none_ahead(run: Run) -> None:
    services = {"f": function(duration="1 s", lifetime="100 s", reserved_concurrency=5)}
    ran = run(services, Load("f", [0, 50, 200]), until=3000, era=plain(overrides=REPLACES))
    assert (ran.counters("f")["cold_starts"], ran.counters("f")["initialised_ahead"]) == (2, 0)


def test_the_first_run_of_an_environment_initialised_ahead_is_longer_too(run: Run) -> None:
    settings = {"cold_start": "2 s", "first_run": "4 s", "lifetime": "100 s", "timeout": "9 s"}
    services = {"f": function(duration="1 s", **settings)}
    ran = run(services, Load("f", [0, 200]), until=3000, era=plain(overrides=REPLACES))
    assert [answered for answered, _ in ran.answers] == [7, 205]


def test_the_first_run_of_a_provisioned_environment_is_longer_too_and_no_cold_start(run: Run) -> None:
    settings = {"cold_start": "2 s", "first_run": "4 s", "timeout": "9 s", "provisioned_concurrency": 2}
    ran = run({"f": function(duration="1 s", **settings)}, Load("f", [0, 10, 10, 20, 20]))
    assert [answered for answered, _ in ran.answers] == [5, 11, 15, 21, 21]
    counters = ran.counters("f")
    assert (counters["cold_starts"], counters["provisioned_invocations"]) == (0, 5)
    assert ran.seen("f")["provisioned.ns"] == (5 + 1 + 5 + 1 + 1) * 1e9, "its first run is Duration"


def test_provisioned_environments_on_arm_and_with_storage_are_billed_as_such(run: Run) -> None:
    settings = {"architecture": "arm64", "memory": "1 GB", "ephemeral_storage": "1536 MB"}
    services = {"f": function(duration="2 s", provisioned_concurrency=1, **settings)}
    usage = run(services, Load("f", [0, 0]), until=60).usage("f")
    assert usage == {
        "lambda.requests": 2,
        "lambda.duration.arm64": 2,
        "lambda.provisioned_concurrency.arm64": 60,
        "lambda.provisioned_duration.arm64": 2,
        "lambda.ephemeral_storage": (2 + 2) * 1.0,
    }


def test_what_crashes_on_provisioned_concurrency_is_billed_as_time_on_it(run: Run) -> None:
    services = {"f": function(handler=[{"work": "1 s"}, {"crash": "100%"}], provisioned_concurrency=1)}
    usage = run(services, Load("f", [0, 10]), until=60).usage("f")
    assert usage["lambda.provisioned_duration.x86_64"] == 2 * 128 / 1024
    assert usage["lambda.duration.x86_64"] == 0


def test_a_request_takes_what_comes_free_while_the_platform_makes_it_an_environment(run: Run) -> None:
    services = {"f": function(duration="500 ms", cold_start="2 s", timeout="9 s")}
    for looks, answered, cold in (("true", 4.3, 1), ("false", 6.3, 2)):
        era = plain(overrides={"lambda.looks_again": looks, "lambda.platform_start": "1 s"})
        ran = run(services, Load("f", [0, 2.8]), until=3000, era=era)  # the first is done at 3.5 s
        assert [second for second, _ in ran.answers] == [3.5, answered]
        assert ran.counters("f")["cold_starts"] == cold


def test_a_request_takes_the_successor_of_one_that_ended_while_the_platform_makes_it_an_environment(
    run: Run,
) -> None:
    services = {"f": function(duration="500 ms", cold_start="2 s", lifetime="100 s", timeout="9 s")}
    looks = {"lambda.looks_again": "true", "lambda.platform_start": "1 s"}
    ran = run(services, Load("f", [0, 99.8, 99.9]), until=3000, era=plain(overrides=REPLACES | looks))
    # the one of 99.8 s is done at 100.3 s, and its environment has come to its end by then
    assert [second for second, _ in ran.answers] == [3.5, 100.3, 101.4]
    counters = ran.counters("f")
    assert (counters["cold_starts"], counters["initialised_ahead"]) == (2, 1)


def test_who_looks_again_frees_what_an_environment_owned_that_ended_meanwhile(run: Run) -> None:
    owner = function(duration="500 ms", lifetime="100 s", init={"connects": ["db"]})
    database = {"service": "rds", "instance": "db.t3.micro", "query": "0 s", "max_connections": 1}
    era = plain(overrides={"lambda.looks_again": "true", "lambda.platform_start": "1 s"})
    ran = run({"f": owner, "db": database}, Load("f", [0, 99.2, 99.3]), until=3000, era=era)
    # the environment of 99.2 s is free at 99.7 s and ends at 100 s; at 100.3 s its connection can be had
    assert ran.answers == [(1.5, "ok"), (99.7, "ok"), (100.8, "ok")]


def test_spare_environments_outlive_the_idle_time_of_a_lonely_function(run: Run) -> None:
    services = {"f": function(duration="1 s")}
    busy = run(services, Load("f", [0, 0, 500, 1000, 1490, 1490]), until=3000, era=plain(overrides=ROOM))
    lonely = run(services, Load("f", [0, 0, 700, 700]), until=3000, era=plain(overrides=ROOM))
    assert (busy.counters("f")["cold_starts"], lonely.counters("f")["cold_starts"]) == (2, 4)


def test_a_keep_alive_of_ones_own_holds_for_all_environments(run: Run) -> None:
    own = {"f": function(duration="1 s", keep_alive="5 min")}
    more = {"f": function(duration="1 s", keep_alive="5 min", spare_keep_alive="20 min")}
    load = Load("f", [0, 0, 200, 400, 400])
    assert run(own, load, until=3000, era=plain(overrides=ROOM)).counters("f")["cold_starts"] == 3
    assert run(more, load, until=3000, era=plain(overrides=ROOM)).counters("f")["cold_starts"] == 2
