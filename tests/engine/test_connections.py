"""What environments own: a connection each while it lives, freed however it ends."""

from __future__ import annotations

from typing import Any

from simulator.engine.world import World
from simulator.values.units import SECOND
from tests.harness import Change, Load, Run, Watch, function, plain


def rds(connections: int, **settings: Any) -> dict[str, Any]:
    plain = {"service": "rds", "instance": "db.t3.micro", "query": "10 ms"}
    return {**plain, "max_connections": connections, **settings}


def busy(world: World) -> int:
    return int(world.servers[0].busy)


def connected(**settings: Any) -> dict[str, Any]:
    """A function that keeps a connection and calls its database."""
    return function(
        **{"init": {"connects": ["db"]}, "handler": [{"work": "1 s"}, {"call": "db"}], **settings}
    )


SHORT = plain("aws-2026", {"lambda.keep_alive": "10 s"})


def test_an_environment_keeps_its_connection_while_it_is_idle(run: Run) -> None:
    watch = Watch([0.5, 5], busy)
    run({"f": connected(), "db": rds(9)}, Load("f", [0, 0, 0]), controls=[watch])
    assert watch.found == [3, 3]


def test_queries_over_an_owned_connection_take_no_other(run: Run) -> None:
    ran = run({"f": connected(), "db": rds(1)}, Load("f", [0, 2, 4]))
    assert ran.outcomes == {"ok": 3}
    assert ran.counters("db")["connections_max"] == 1


def test_a_connection_is_freed_at_the_instant_its_environment_expires(run: Run) -> None:
    services = {"f": connected(), "g": function(handler=[{"call": "db"}]), "db": rds(1)}
    # f is done at 1.01 s and expires 10 s later
    loads = [Load("f", [0], name="owner"), Load("g", [11.009, 11.01], name="other")]
    ran = run(services, *loads, era=SHORT)
    assert ran.traffic["other"].outcomes["error"] == 1
    assert ran.traffic["other"].outcomes["ok"] == 1


def test_expiry_frees_connections_whether_or_not_levels_are_sampled(run: Run) -> None:
    services, load = {"f": connected(), "db": rds(5)}, Load("f", [0, 0])
    samples = [Change(at, lambda world, now=at: world.tidy(round(now * SECOND))) for at in (5, 11.01, 30)]
    alone, sampled = run(services, load, era=SHORT), run(services, load, era=SHORT, controls=samples)
    assert alone.seen("db").values == sampled.seen("db").values
    assert alone.seen("f").values == sampled.seen("f").values


def test_a_reused_environment_expires_from_its_last_use_on(run: Run) -> None:
    watch = Watch([11.02, 16.005, 16.02], busy)
    run({"f": connected(), "db": rds(5)}, Load("f", [0, 5]), era=SHORT, controls=[watch])
    assert watch.found == [1, 1, 0]


def test_a_killed_environment_gives_its_connection_back_at_once(run: Run) -> None:
    services = {"f": connected(handler=[{"work": "5 s"}], timeout="1 s"), "db": rds(1)}
    ran = run(services, Load("f", [0, 1, 2]))
    assert [outcome for _, outcome in ran.answers] == ["timeout", "timeout", "timeout"]
    assert ran.counters("db")["connections_refused"] == 0


def test_an_environment_past_its_lifetime_gives_its_connection_to_its_successor(run: Run) -> None:
    services = {"f": connected(lifetime="5 s"), "db": rds(1)}
    ran = run(services, Load("f", [0, 3, 6]))
    assert ran.outcomes == {"ok": 3}
    assert ran.counters("f")["cold_starts"] == 2


def test_who_finds_the_database_full_fails_in_init_and_leaves_nothing_behind(run: Run) -> None:
    ran = run({"f": connected(), "db": rds(1)}, Load("f", [0, 0, 0.5]))
    assert [outcome for _, outcome in ran.answers] == ["ok", "error", "error"]
    assert ran.causes == {"db: max_connections": 2}
    assert ran.counters("db")["connections_refused"] == 2
    assert ran.counters("f")["errors"] == 2
    assert ran.counters("f")["environments_mean"] < 1.01


def test_a_failed_init_gives_back_the_connections_it_had_opened(run: Run) -> None:
    services = {
        "f": connected(init={"connects": ["db", "audit"]}, handler=[{"work": "1 s"}]),
        "db": rds(9),
        "audit": rds(1),
    }
    watch = Watch([0.5], lambda world: [int(servers.busy) for servers in world.servers])
    run(services, Load("f", [0, 0, 0]), controls=[watch])
    assert watch.found == [[1, 1]]


def test_a_failed_init_is_billed_where_init_is(run: Run) -> None:
    services = {"f": connected(cold_start="500 ms"), "db": rds(1)}
    loads = Load("f", [0, 0])
    now = run(services, loads)
    then = run(services, loads, era=plain("aws-2020-08"))
    assert now.usage("f")["lambda.duration.x86_64"] == (1.51 + 0.5) / 8
    assert then.usage("f")["lambda.duration.x86_64"] == 1.1 / 8


def test_a_run_in_which_no_init_succeeds_has_counters_too(run: Run) -> None:
    services = {"f": connected(), "g": function(handler=[{"call": "db"}]), "db": rds(1, query="2 s")}
    ran = run(services, Load("g", [0], name="first"), Load("f", [1], name="second"))
    assert ran.traffic["second"].outcomes["error"] == 1
    assert ran.counters("f")["init_duration_mean_s"] == 0


def test_a_function_that_is_still_starting_at_the_horizon_has_counters_too(run: Run) -> None:
    ran = run({"f": function(duration="1 s", cold_start="5 s")}, Load("f", [0]), until=2)
    assert ran.counters("f")["cold_starts"] == 1
    assert ran.counters("f")["init_duration_mean_s"] == 0


def test_provisioned_environments_hold_a_connection_each_until_the_span_ends(run: Run) -> None:
    span = {"at": "0 s", "for": "200 s", "amount": 3}
    services = {"f": connected(provisioned_concurrency={"schedule": {"day": span}}), "db": rds(9)}
    watch = Watch([50, 150, 199, 201], busy)
    run(services, Load("f", []), until=300, controls=[watch])
    assert watch.found == [0, 3, 3, 0]


def test_a_full_database_lets_fewer_environments_be_provisioned(run: Run) -> None:
    span = {"at": "0 s", "for": "200 s", "amount": 3}
    services = {"f": connected(provisioned_concurrency={"schedule": {"day": span}}), "db": rds(2)}
    watch = Watch([150, 250], lambda world: (int(world.pools[0].provisioned), busy(world)))
    ran = run(services, Load("f", []), until=300, controls=[watch])
    assert watch.found == [(2, 2), (0, 0)]
    assert ran.counters("db")["connections_refused"] == 1


def test_a_busy_provisioned_environment_keeps_its_connection_until_it_is_done(run: Run) -> None:
    services = {"f": connected(handler=[{"work": "20 s"}], timeout="60 s"), "db": rds(1)}
    provide = Change(1, lambda world: world.provide(0, 1))
    withdraw = Change(10, lambda world: world.withdraw(0, 1))
    watch = Watch([9, 11, 30], busy)
    run(services, Load("f", [5]), controls=[provide, withdraw, watch])
    assert watch.found == [1, 1, 0]
