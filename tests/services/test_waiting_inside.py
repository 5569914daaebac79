"""What is full of requests that wait for something else names that as the limit to raise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from simulator.measure.result import Limit
from tests.engine.test_equivalence import FAST, everything
from tests.harness import Load, Ran, Run, function, plain
from tests.harness import run as run_on


def server(**settings: Any) -> dict[str, Any]:
    fleet = {"service": "server", "servers": 1, "vcpus": 1, "price_per_month": "$73", "backlog": 0}
    return {**fleet, **settings}


def database(**settings: Any) -> dict[str, Any]:
    few = {"max_connections": 2, "connect": "0 s", "query": "1 s", "vcpus": 1}
    return {"service": "rds", "instance": "db.t3.micro", **few, **settings}


def limit(ran: Ran, name: str) -> Limit:
    return next(one for one in ran.limits if one.limit == name)


def test_places_that_fill_with_what_waits_for_a_cpu_wait_for_cpus(run: Run) -> None:
    """Of three that are in one computes; two more are turned away, who would compute for a second each."""
    ran = run({"s": server(duration="1 s", concurrency=3)}, Load("s", [0, 0, 0, 0.5, 0.5]))
    places, cpus = limit(ran, "workers"), limit(ran, "vcpus")
    assert (places.refused, places.demand, places.allowed, places.waits_for) == (2, 5, 3, "s.vcpus")
    assert (cpus.refused, cpus.demand, cpus.allowed, cpus.waits_for) == (0, 3, 1, "")


def test_work_in_two_parts_asks_for_the_cpu_as_long_as_both(run: Run) -> None:
    twice = server(handler=[{"work": "500 ms"}, {"work": "500 ms"}], concurrency=3)
    assert limit(run({"s": twice}, Load("s", [0, 0, 0, 0.3, 0.3])), "vcpus").demand == 3


def test_places_that_fill_with_what_waits_for_an_answer_are_short_themselves(run: Run) -> None:
    services = {
        "s": server(handler=[{"work": "100 ms"}, {"call": "bank"}], concurrency=3),
        "bank": {"service": "external", "latency": "2 s"},
    }
    ran = run(services, Load("s", [0, 0, 0, 0.5, 0.5]))
    assert (limit(ran, "workers").refused, limit(ran, "workers").waits_for) == (2, "")
    assert (limit(ran, "vcpus").demand, limit(ran, "vcpus").allowed) == (1, 1)


@pytest.mark.parametrize(("during", "named"), [(9, "s.vcpus"), (8, "")])
def test_nine_refusals_in_ten_while_there_is_a_line_name_it(run: Run, during: int, named: str) -> None:
    """The second request waits until the first has had its second of the CPU, and has it then to itself."""
    services = {
        "s": server(handler=[{"work": "1 s"}, {"call": "bank"}], concurrency=2),
        "bank": {"service": "external", "latency": "5 s"},
    }
    places = limit(run(services, Load("s", [0, 0, *[0.5] * during, 1.5])), "workers")
    assert (places.refused, places.waits_for) == (during + 1, named)


@pytest.mark.parametrize(
    ("to", "settings", "full"),
    [
        ("db", {}, "max_connections"),
        ("f", {}, "max_connections"),
        ("db", {"proxy": {"max_connections_percent": 100, "borrow_timeout": "250 ms"}}, "proxy connections"),
    ],
)
def test_connections_that_fill_with_queries_wait_for_the_databases_cpus(
    run: Run, to: str, settings: dict[str, Any], full: str
) -> None:
    """Opened for each call, kept by environments, lent by a proxy: of two, one computes and one waits."""
    f = function(handler=[{"call": "db"}], init={"connects": ["db"]}, timeout="9 s")
    era = plain("aws-2026", {"rds.proxy.overhead": "0 s"})
    ran = run({"f": f, "db": database(**settings)}, Load(to, [0, 0, 0.5]), era=era)
    found, cpus = limit(ran, full), limit(ran, "vcpus")
    assert (found.refused, found.waits_for) == (1, "db.vcpus")
    assert (cpus.demand, cpus.allowed) == (2, 1)


def test_what_was_held_up_in_the_warm_up_is_forgotten(run: Run) -> None:
    load = Load("s", [0, 0, 0, 0.5, 20])
    ran = run({"s": server(duration="1 s", concurrency=3)}, load, warm_up=10)
    assert (limit(ran, "workers").refused, limit(ran, "workers").waits_for) == (0, "")
    assert limit(ran, "vcpus").demand == 1


@pytest.mark.parametrize("seed", range(3))
def test_all_engines_find_the_same_cause(seed: int) -> None:
    services = {
        "s": server(handler=[{"work": {"exponential": {"mean": "1 s"}}}, {"call": "db"}], concurrency=6),
        "db": database(query={"exponential": {"mean": "1 s"}}, max_connections=3),
    }
    at: Sequence[float] = [second / 4 for second in range(160)]
    results = [
        everything(run_on(services, Load("s", at), engine=engine, seed=seed, warm_up=5))
        for engine in ("simpy", *FAST)
    ]
    assert results[0] == results[1] == results[2]
    assert {one.limit: one.waits_for for one in results[0]["limits"]}["workers"] == "s.vcpus"


def calling(
    at: Sequence[float], run: Run, latency: str = "0 s", refill: str = "99/s", **settings: Any
) -> Ran:
    """A function that keeps an environment while it computes for a second at a database, and calls a bank."""
    services = {
        "f": function(handler=[{"call": "db"}, {"call": "bank"}], timeout="99 s", **settings),
        "db": database(max_connections=99),
        "bank": {"service": "external", "latency": latency},
    }
    rate = {"lambda.scaling.bucket": 4, "lambda.scaling.refill": refill}
    return run(services, Load("f", at), era=plain(overrides=rate))


@pytest.mark.parametrize(
    ("full", "settings"),
    [("reserved concurrency", {"reserved_concurrency": 4}), ("scaling rate", {"refill": "1/min"})],
)
def test_executions_that_wait_for_another_services_cpus_wait_for_these(
    run: Run, full: str, settings: dict[str, Any]
) -> None:
    """Four take turns, for a second each; two more are refused, who would compute for a second each."""
    ran = calling([0, 0, 0, 0, 0.5, 0.5], run, **settings)
    found, cpus = limit(ran, full), limit(ran, "vcpus")
    assert (found.refused, found.waits_for) == (2, "db.vcpus")
    assert (cpus.refused, cpus.demand, cpus.allowed) == (0, 3, 1)


@pytest.mark.parametrize(("at_s", "named"), [(1.5, "db.vcpus"), (2.5, "db.vcpus"), (3.5, "")])
def test_executions_that_all_need_a_cpu_wait_for_it_while_anybody_does(
    run: Run, at_s: float, named: str
) -> None:
    """Four come; one after the other computes for a second and is then at the bank for a minute."""
    found = limit(
        calling([0, 0, 0, 0, at_s], run, latency="60 s", reserved_concurrency=4), "reserved concurrency"
    )
    assert (found.refused, found.waits_for) == (1, named)


def test_places_of_a_fleet_that_fill_with_what_waits_for_a_database_wait_for_that(run: Run) -> None:
    services = {
        "s": server(handler=[{"work": "1 ms"}, {"call": "db"}], concurrency=3),
        "db": database(max_connections=99),
    }
    ran = run(services, Load("s", [0, 0.1, 0.2, 0.5]))
    assert (limit(ran, "workers").refused, limit(ran, "workers").waits_for) == (1, "db.vcpus")
