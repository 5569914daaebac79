"""RDS Proxy and queries that compete for CPUs."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.values.units import HOUR, SECOND
from tests.harness import Load, Ran, Run, function, plain, service


def database(**settings: Any) -> dict[str, Any]:
    return {"service": "rds", "instance": "db.t3.micro", "query": "1 s", "max_connections": 4, **settings}


def functions(run: Run, at: list[float], db: dict[str, Any], **settings: Any) -> Ran:
    """Each request in an environment of its own, which keeps a connection."""
    handler = settings.pop("handler", [{"call": "db"}])
    caller = function(handler=handler, init={"connects": ["db"]}, timeout="60 s", **settings)
    return run({"f": caller, "db": db}, Load("f", at), until=120)


def test_many_clients_share_the_pool_and_wait_for_it(run: Run) -> None:
    """Half of four connections are two at a time, for as many environments as come."""
    ran = functions(run, [0] * 5, database(proxy={"max_connections_percent": 50}))
    assert ran.answers == [(1.0, "ok"), (1.0, "ok"), (2.0, "ok"), (2.0, "ok"), (3.0, "ok")]
    seen = ran.counters("db")
    assert seen["client_connections_max"] == 5
    assert seen["database_connections_max"] == 2
    assert seen["borrow_waiting_max"] == 3


def test_without_the_proxy_the_same_environments_are_refused(run: Run) -> None:
    ran = functions(run, [0] * 5, database())
    assert ran.outcomes == {"ok": 4, "error": 1}
    assert ran.causes == {"db: max_connections": 1}


def test_who_waits_too_long_for_a_connection_gets_an_error(run: Run) -> None:
    ran = functions(run, [0] * 3, database(max_connections=1, proxy={"borrow_timeout": "1500 ms"}))
    assert ran.answers == [(1.0, "ok"), (2.0, "ok"), (1.5, "error")]
    assert ran.causes == {"db: proxy connections": 1}
    assert ran.counters("db")["borrow_timeouts"] == 1
    (limit,) = [each for each in ran.limits if each.limit == "proxy connections"]
    assert (limit.demand, limit.allowed, limit.refused, limit.first_at_s) == (2, 1, 1, 1.5)


def test_a_connection_is_lent_for_the_query_and_not_for_the_handler(run: Run) -> None:
    """Two seconds of work around a query of one: one connection serves three at a time."""
    handler = [{"work": "1 s"}, {"call": "db"}, {"work": "1 s"}]
    ran = functions(run, [0, 1, 2], database(max_connections=1, proxy={}), handler=handler)
    assert ran.answers == [(3.0, "ok"), (4.0, "ok"), (5.0, "ok")]
    assert ran.counters("db")["client_connections_max"] == 3
    assert ran.counters("db")["borrow_waiting_max"] == 0


def test_pinned_sessions_keep_their_connection(run: Run) -> None:
    """The third environment waits in vain, and fails to start; a second later it would be so again."""
    proxy = {"pinned": True, "borrow_timeout": "2 s"}
    handler = [{"call": "db"}, {"work": "9 s"}]
    ran = functions(run, [0, 0, 0], database(max_connections=2, proxy=proxy), handler=handler)
    assert ran.answers == [(10.0, "ok"), (10.0, "ok"), (2.0, "error")]
    assert ran.causes == {"db: proxy connections": 1}
    assert ran.counters("db")["database_connections_max"] == 2


def test_what_one_service_pins_is_lost_to_the_others(run: Run) -> None:
    """Of two connections one stays with `report`'s environment: orders' queries go one after the other."""
    handler = [{"call": "db"}]
    services: dict[str, Any] = {
        "report": function(handler=handler, init={"connects": ["db"]}, timeout="60 s"),
        "order": function(handler=handler, init={"connects": ["db"]}, timeout="60 s"),
        "db": database(max_connections=2, proxy={"pinned": ["report"]}),
    }
    loads = (Load("report", [0]), Load("order", [5, 5, 5], name="orders"))

    def answered() -> list[float]:
        return sorted(second for second, _ in run(services, *loads).answers)

    assert answered() == [1.0, 6.0, 7.0, 8.0]
    services["db"] = database(max_connections=2, proxy={})
    assert answered() == [1.0, 6.0, 6.0, 7.0]
    db = service(database(proxy={"pinned": ["reprot"]}))
    (mistake,) = db.check({"db": db, "report": service(services["report"])}, plain("aws-2026"))
    assert (mistake.path, mistake.what) == (("proxy", "pinned", 0), "no service 'reprot'")


@pytest.mark.parametrize("pinned", [False, True])
def test_who_keeps_no_session_opens_one_for_each_call(run: Run, pinned: bool) -> None:
    """Opening takes a second; a pinned session has its connection from then on, others for the query."""
    proxy = {"pinned": pinned, "borrow_timeout": "2500 ms"}
    db = database(max_connections=1, connect="1 s", proxy=proxy)
    ran = run({"f": function(handler=[{"call": "db"}], timeout="60 s"), "db": db}, Load("f", [0, 0, 0]))
    lent = [(2.0, "ok"), (3.0, "ok"), (4.0, "ok")]
    kept = [(2.0, "ok"), (4.0, "ok"), (2.5, "error")]
    assert ran.answers == (kept if pinned else lent)


def test_the_proxy_adds_its_overhead_to_each_query(run: Run) -> None:
    ran = functions(run, [0], database(proxy={"overhead": "250 ms"}))
    assert ran.answers == [(1.25, "ok")]


def test_it_is_paid_by_the_vcpu_of_the_instance(run: Run) -> None:
    db = database(instance="db.m5.xlarge", proxy={})
    ran = run({"db": db}, Load("db"), until=HOUR / SECOND)
    assert ran.usage("db") == {"rds.mysql.db.m5.xlarge": 1.0, "rds.proxy": 4.0}


def test_a_fleet_connects_to_the_proxy_as_often_as_it_likes(run: Run) -> None:
    fleet = {"service": "server", "servers": 3, "vcpus": 1, "price_per_month": "$1",
             "handler": [{"call": "db"}], "init": {"connects": ["db"], "connections": 2}}  # fmt: skip
    ran = run({"s": fleet, "db": database(proxy={})}, Load("s", [0] * 6))
    assert ran.counters("db")["client_connections_max"] == 6
    assert ran.answers == [(1.0, "ok")] * 4 + [(2.0, "ok")] * 2


def test_the_eras_waiting_time_is_the_default(run: Run) -> None:
    era = plain("aws-2026", {"rds.proxy.borrow_timeout": "1 s", "rds.proxy.max_connections_percent": 25})
    caller = function(handler=[{"call": "db"}], timeout="60 s")
    services = {"f": caller, "db": database(query="3 s", proxy={})}
    assert run(services, Load("f", [0, 0]), era=era).answers == [(3.0, "ok"), (1.0, "error")]


def test_queries_compete_for_the_cpus_of_the_class_or_so_many(run: Run) -> None:
    """db.t3.micro has two: three queries of a second at a time take one, one and two seconds."""
    of_class = functions(run, [0, 0, 0], database(vcpus="of_class"))
    assert of_class.answers == [(1.0, "ok"), (1.0, "ok"), (2.0, "ok")]
    assert of_class.counters("db")["cpu_utilization_mean"] == pytest.approx(3 / 240)
    one = functions(run, [0, 0, 0], database(vcpus=1))
    assert one.answers == [(1.0, "ok"), (2.0, "ok"), (3.0, "ok")]


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValidationError, match="0 CPUs; write 'of_class', or 1 or more"):
        service(database(vcpus=0))
    for no_number in (1.5, "m5"):
        with pytest.raises(
            ValidationError, match=f"{no_number} CPUs; write 'of_class', or 1 or more, a whole"
        ):
            service(database(vcpus=no_number))
    with pytest.raises(ValidationError, match="max_connections_percent"):
        service(database(proxy={"max_connections_percent": 101}))
    db = service(database(proxy={"borrow_timeout": "10 min"}))
    assert not list(db.check({"db": db}, plain("aws-2026")))
    (mistake,) = db.check({"db": db}, plain("aws-2020-08"))
    assert (mistake.path, mistake.instead) == (("proxy", "borrow_timeout"), "write at most '5 min'")
