"""DynamoDB: capacity of tables and items, what is saved up, how a table on demand grows; and ElastiCache."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.values.units import SECOND
from tests.harness import Load, Run, Watch, plain, service


def table(**settings: Any) -> dict[str, Any]:
    return {"service": "dynamodb", **settings}


def test_provisioned_capacity_is_saved_up_for_five_minutes(run: Run) -> None:
    """One unit a second, 300 of them saved: 300 consistent reads at once, then one each second."""
    services = {"t": table(consistent=True, provisioned={"read": 1, "write": 1})}
    ran = run(services, Load("t", [0] * 301 + [0.9, 1.0, 1.5]))
    assert ran.outcomes == {"ok": 301, "throttled": 3}
    assert ran.causes == {"t: read capacity": 3}
    assert ran.counters("t")["throttled_requests"] == 3


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        (
            {"mode": "on_demand", "provisioned": {"read": 1, "write": 1}},
            "a mode 'on_demand' beside provisioned capacity; remove one of them, in a design by 'prov",
        ),
        ({"mode": "provisioned"}, "says no provisioned capacity; write 'provisioned: {"),
    ],
)
def test_its_mode_may_be_said_if_it_is_true(settings: dict[str, Any], what: str) -> None:
    service(table(mode="on_demand"))
    service(table(mode="provisioned", provisioned={"read": 1, "write": 1}))
    with pytest.raises(ValidationError, match=what):
        service(table(**settings))


@pytest.mark.parametrize(
    ("settings", "served"),
    [
        ({"reads": 1, "writes": 0}, 600),  # half a unit each
        ({"reads": 1, "writes": 0, "consistent": True}, 300),
        ({"reads": 1, "writes": 0, "consistent": True, "item": "9 KB"}, 100),  # three units of 4 KB
        ({"reads": 0, "writes": 1}, 300),
        ({"reads": 0, "writes": 1, "item": "2.5 KB"}, 100),  # three units of 1 KB
    ],
)
def test_units_go_by_size_and_consistency(run: Run, settings: dict[str, Any], served: int) -> None:
    services = {"t": table(**settings, provisioned={"read": 1, "write": 1})}
    assert run(services, Load("t", [0] * 700)).outcomes["ok"] == served


def test_a_call_reads_and_writes_one_after_the_other(run: Run) -> None:
    ran = run({"t": table(reads=2, writes=1, latency="10 ms", item="5 KB")}, Load("t", [0]))
    assert ran.answers == [(0.03, "ok")]
    assert ran.usage("t") == {"dynamodb.on_demand.read": 2.0, "dynamodb.on_demand.write": 5.0,
                              "dynamodb.storage": 0.0}  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "reads", "writes"),
    [
        ({}, 1, 0),
        ({"reads": 2}, 2, 0),
        ({"writes": 2}, 0, 2),
        ({"reads": 1, "writes": 2}, 1, 2),
    ],
)
def test_a_call_makes_what_it_names_and_one_read_if_it_names_nothing(
    run: Run, settings: dict[str, Any], reads: int, writes: int
) -> None:
    counters = run({"t": table(consistent=True, **settings)}, Load("t", [0])).counters("t")
    assert counters["consumed_read_capacity_units"] == reads
    assert counters["consumed_write_capacity_units"] == writes


def test_what_it_throttles_is_tried_again_if_the_call_has_retries(run: Run) -> None:
    """300 reads are saved up and one comes each second: of 301 at once one is throttled."""
    table_ = table(consistent=True, provisioned={"read": 1, "write": 1})
    arrivals = Load("c", [0] * 301)
    again = {"backoff": "2 s", "jitter": "none"}
    for retries, outcomes in ((None, {"ok": 300, "throttled": 1}), (again, {"ok": 301})):
        client = {"service": "client", "to": "t", **({"retries": retries} if retries else {})}
        assert run({"c": client, "t": table_}, arrivals).outcomes == outcomes


def test_a_hot_item_is_throttled_though_the_table_has_room(run: Run) -> None:
    """One item takes 1,000 writes a second, however long it had none, of 40,000 that are bought and saved."""
    settings = {"reads": 0, "writes": 1, "keys": 1, "provisioned": {"read": 1, "write": 40_000}}
    ran = run({"t": table(**settings)}, Load("t", np.zeros(1500, dtype=np.int64)))
    assert ran.outcomes == {"ok": 1000, "throttled": 500}
    assert ran.causes == {"t: write capacity of an item": 500}
    spread = run({"t": table(**settings | {"keys": 100})}, Load("t", np.zeros(1500, dtype=np.int64)))
    assert spread.outcomes == {"ok": 1500}


@pytest.mark.parametrize(
    ("peak", "served"),
    [(None, 4000), ({"read": 1, "write": 3000}, 6000), ({"read": 1, "write": 30_000}, 8000)],
)
def test_on_demand_a_table_takes_twice_its_previous_peak(
    run: Run, peak: dict[str, int] | None, served: int
) -> None:
    services = {"t": table(reads=0, writes=1, previous_peak=peak)}
    ran = run(services, Load("t", np.zeros(8000, dtype=np.int64)), rows=False)
    assert ran.outcomes["ok"] == served


def test_after_half_an_hour_it_takes_twice_the_peak_of_that(run: Run) -> None:
    """20 a second at first; a minute of 15 a second makes it 30, and a quiet half hour leaves it so."""
    era = plain("aws-2026", {"dynamodb.on_demand_write": 20})
    at = [60 + number / 15 for number in range(900)]
    watch = Watch([1799, 1801, 3601], lambda world: world.buckets[0].rate * 1e9 / world.buckets[0].per / 2)
    ran = run(
        {"t": table(reads=0, writes=1)},
        Load("t", [*at, *[1799.9] * 40, *[1801.1] * 40]),
        era=era,
        until=3602,
        warm_up=90.0,
        controls=[watch],
    )
    assert watch.found == [20, 30, 30]
    assert ran.load.outcomes["throttled"] == 20 + 10 + (40 - 30 - 10)


def test_provisioned_capacity_and_storage_are_billed_by_the_hour(run: Run) -> None:
    services = {"t": table(provisioned={"read": 30, "write": 20}, stored="73 GB")}
    assert run(services, Load("t"), until=3600).usage("t") == {
        "dynamodb.provisioned.rcu": 30.0,
        "dynamodb.provisioned.wcu": 20.0,
        "dynamodb.storage": pytest.approx(0.1),
    }


def test_a_global_table_writes_and_stores_in_each_of_its_regions(run: Run) -> None:
    """Ten writes of two units each, in three Regions; and backups, by the month of 730 h."""
    each = {"reads": 0, "writes": 1, "item": "2 KB", "replicas": 2, "stored": "73 GB"}
    kept = {"point_in_time_recovery": True, "backups": "146 GB", "restored": "730 GB"}
    assert run({"t": table(**each, **kept)}, Load("t", [0] * 10), until=3600).usage("t") == {
        "dynamodb.on_demand.read": 0.0,
        "dynamodb.on_demand.replicated_write": 10 * 2 * 3,
        "dynamodb.storage": pytest.approx(3 * 0.1),
        "dynamodb.point_in_time_recovery": pytest.approx(0.1),
        "dynamodb.backups": pytest.approx(0.2),
        "dynamodb.restored": pytest.approx(1.0),
    }
    bought = table(**each, provisioned={"read": 30, "write": 20})
    usage = run({"t": bought}, Load("t"), until=3600).usage("t")
    assert usage["dynamodb.provisioned.rcu"] == 30
    assert usage["dynamodb.provisioned.replicated_wcu"] == 60


def test_what_others_than_lambda_read_of_a_table_s_stream_is_billed(run: Run) -> None:
    stream = {"service": "dynamodb_stream", "shards": 1}
    assert run({"s": stream | {"other_reads": "5/s"}}, Load("s"), until=3600).usage("s") == {
        "dynamodb_stream.reads": 5 * 3600
    }
    assert run({"s": stream}, Load("s"), until=3600).usage("s") == {}


def test_what_cannot_be_is_said() -> None:
    units = {"read": 1, "write": 1}
    for settings, said in (
        ({"reads": 0}, "neither reads nor writes"),
        ({"writes": 0}, "neither reads nor writes"),
        ({"provisioned": units, "previous_peak": units}, "previous_peak is of tables on demand"),
    ):
        with pytest.raises(ValidationError, match=said):
            service(table(**settings))
    large = service(table(provisioned={"read": 50_000, "write": 1}))
    (mistake,) = large.check({"t": large}, plain())
    assert mistake.instead == "write at most 40000"


def test_a_cache_answers_its_share_and_asks_for_the_rest(run: Run) -> None:
    services = {
        "c": {"service": "elasticache", "node": "cache.t4g.small", "nodes": 2, "hits": "75%", "to": "t",
              "latency": "1 ms"},
        "t": table(latency="9 ms"),
    }  # fmt: skip
    ran = run(services, Load("c", np.arange(4000, dtype=np.int64) * SECOND // 100), until=3600)
    hits = ran.counters("c")["cache_hits"]
    assert hits == pytest.approx(3000, abs=4 * (4000 * 0.75 * 0.25) ** 0.5)
    assert sorted({round(row.answered - row.arrived, -3) for row in ran.log}) == [1_000_000, 10_000_000]
    assert ran.usage("c") == {"elasticache.cache.t4g.small": 2.0}
    with pytest.raises(ValidationError, match="who answers what is not in the cache"):
        service(services["c"] | {"to": None})


def test_limits_are_told_in_units_and_not_in_halves(run: Run) -> None:
    """Of 3,000 reads of half a unit in a second one item asks for 1,500 units, of the 3,000 it may."""
    settings = {"keys": 1, "provisioned": {"read": 5000, "write": 1}}
    ran = run({"t": table(**settings)}, Load("t", [number / 3000 for number in range(3000)]))
    told = {limit.limit: (limit.unit, limit.demand, limit.allowed) for limit in ran.limits}
    assert told["read capacity of an item"] == ("read units/s", 1500, 3000)
    assert told["read capacity"] == ("read units/s", 1500, 5000)
    few = {"keys": 1, "provisioned": {"read": 1, "write": 1}}  # 300 units are saved up, 600 halves
    ran = run({"t": table(**few)}, Load("t", [0.0] * 607))
    (refused,) = (limit.refused for limit in ran.limits if limit.limit == "read capacity")
    assert (ran.outcomes["throttled"], refused) == (7, 4)
