"""RDS: so many connections and no more."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.values.units import HOUR, SECOND
from tests.harness import Load, Run, build, function, plain


def rds(**settings: Any) -> dict[str, Any]:
    return {"service": "rds", "instance": "db.t3.micro", "query": "1 s", **settings}


def limit(**settings: Any) -> int:
    """Connections that the database accepts."""
    (servers,) = build({"db": rds(**settings)}, Load("db")).servers.values()
    return servers.capacity


@pytest.mark.parametrize(
    ("instance", "mysql", "postgres"),
    [
        ("db.t3.micro", 76, 101),
        ("db.t3.small", 153, 202),
        ("db.t3.medium", 307, 405),  # a db.t3.medium with MySQL did show 307
        ("db.m5.large", 614, 811),
        ("db.r5.large", 1228, 1622),  # AWS: about 1,300 with MySQL
        ("db.r5.xlarge", 2457, 3244),
    ],
)
def test_max_connections_by_class(instance: str, mysql: int, postgres: int) -> None:
    """90 % of 1 to 32 GiB, by 12,582,880 bytes for a connection to MySQL and 9,531,392 to PostgreSQL."""
    assert abs(limit(engine="mysql", instance=instance) - mysql) <= 1
    assert abs(limit(engine="postgres", instance=instance) - postgres) <= 1


def test_engines_have_different_limits_on_one_class() -> None:
    assert limit(engine="postgres", instance="db.m5.large") > limit(engine="mysql", instance="db.m5.large")
    assert limit(engine="mariadb", instance="db.m5.large") < limit(engine="mysql", instance="db.m5.large")


def test_twice_the_memory_takes_twice_the_connections_up_to_the_engines_maximum() -> None:
    assert abs(limit(instance="db.m5.xlarge") - 2 * limit(instance="db.m5.large")) <= 1
    assert limit(max_connections=17, instance="db.m5.large") == 17


def test_beyond_max_connections_a_caller_is_refused_at_once(run: Run) -> None:
    ran = run({"db": rds(max_connections=2)}, Load("db", [0, 0, 0, 0.999, 1.0]))
    assert ran.answers == [(1.0, "ok"), (1.0, "ok"), (0.0, "error"), (0.999, "error"), (2.0, "ok")]
    assert ran.causes == {"db: max_connections": 2}
    assert ran.counters("db")["connections_refused"] == 2
    assert ran.counters("db")["connections_max"] == 2


def test_a_caller_without_a_connection_opens_one_for_each_call(run: Run) -> None:
    services = {
        "f": function(handler=[{"call": "db"}, {"call": "db"}], timeout="9 s"),
        "db": rds(connect="500 ms"),
    }
    assert run(services, Load("f", [0, 10])).answers == [(3.0, "ok"), (13.0, "ok")]


def test_an_environment_opens_its_connection_once(run: Run) -> None:
    services = {
        "f": function(handler=[{"call": "db"}, {"call": "db"}], timeout="9 s", init={"connects": ["db"]}),
        "db": rds(connect="500 ms"),
    }
    assert run(services, Load("f", [0, 10])).answers == [(2.5, "ok"), (12.0, "ok")]


def test_an_environment_that_is_refused_its_connection_ends_in_its_init(run: Run) -> None:
    services = {
        "f": function(handler=[{"call": "db"}], timeout="9 s", init={"connects": ["db"]}),
        "db": rds(max_connections=1),
    }
    ran = run(services, Load("f", [0, 0, 0, 10]))
    assert ran.causes == {"db: max_connections": 2}
    counters = ran.counters("f")
    assert (counters["cold_starts"], counters["failed_inits.db"]) == (3, 2)


def test_connections_held_are_averaged_over_the_run(run: Run) -> None:
    ran = run({"db": rds(max_connections=9)}, Load("db", [0, 0, 30]), until=60)
    assert ran.counters("db")["connections_mean"] == pytest.approx(3 / 60)


def test_the_limit_says_how_many_connections_would_have_been_needed(run: Run) -> None:
    (found,) = run({"db": rds(max_connections=2)}, Load("db", [0, 0, 0, 0])).limits
    assert (found.limit, found.unit, found.demand, found.allowed, found.refused) == (
        "max_connections",
        "connections",
        4,
        2,
        2,
    )


def test_it_is_billed_by_the_hour_whoever_calls(run: Run) -> None:
    ran = run({"db": rds(engine="postgres", instance="db.t3.large")}, Load("db", []), until=2 * HOUR / SECOND)
    assert ran.usage("db") == {"rds.postgres.db.t3.large": 2.0}


def test_opening_takes_the_eras_time_unless_said_otherwise(run: Run) -> None:
    era = plain("aws-2026", {"rds.connect": "250 ms"})
    assert run({"db": rds()}, Load("db", [0]), era=era).answers == [(1.25, "ok")]
    assert run({"db": rds(connect="1 s")}, Load("db", [0]), era=era).answers == [(2.0, "ok")]
