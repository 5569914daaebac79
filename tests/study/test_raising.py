"""Which of the design's own settings would hold what the peak needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.measure.need import Setting, raises
from simulator.report.capacity import render, to_json
from simulator.scenario.model import Scenario
from simulator.scenario.read import read
from simulator.services.fleet import BUSY
from simulator.services.service import MOST_BUSY
from simulator.study.capacity import Limits, capacity, limits
from simulator.study.raising import settings
from simulator.study.study import run

START = """\
name: Own
run: {for: 2 min, replications: 1}
traffic: {shops: {to: SERVICE, shape: constant, rate: 300/s}}
architecture:
"""
TABLE = """\
  api: {service: lambda, runtime: nodejs22, memory: 512 MB, handler: [{work: 200 ms}, {call: table}]}
  table: {service: dynamodb, writes: 1, item: 1 KB, provisioned: {read: 10, write: 30}}
"""
RESERVED = """\
  api: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 200 ms, reserved_concurrency: 40}
"""
SHORT = """\
  api: {service: lambda, runtime: nodejs22, memory: 1769 MB, duration: 5 ms, reserved_concurrency: 25,
        provisioned_concurrency: 20}
"""
SPILLING = """\
  api: {service: lambda, runtime: nodejs22, memory: 1769 MB, duration: 5 ms, provisioned_concurrency: 20}
"""
QUEUE = """\
  orders: {service: sqs}
  ship: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 500 ms,
         events: {orders: {from: orders, POLLERS}}}
"""
STREAM = """\
  clicks: {service: kinesis, shards: 1}
  count: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: {per_batch: 50 ms, per_record: WORK},
          events: {clicks: {from: clicks}}}
"""
DATABASE = """\
  api: {service: lambda, runtime: nodejs22, memory: 1769 MB, timeout: 30 s,
        handler: [{work: 20 ms}, {call: db}]}
  db: {service: rds, engine: mysql, instance: db.m5.large, vcpus: CPUS, query: 14 ms}
"""
FLEET = """\
  api: {service: ecs, cpu: 1024, memory: 2 GB, min_capacity: 2, max_capacity: 40, concurrency: PLACES,
        target_tracking: {target: 60%}, handler: [{work: {measured: 200 ms, at: 1769 MB, cpu: USED}}]}
"""
BOUGHT = """\
  api: {service: server, servers: 1, vcpus: 2, price_per_month: $310, handler: [{work: 20 ms}]}
"""
LOADED = START.replace("300/s", "4000/s, key: {keys: KEYS}")
CASES = {
    "table.provisioned.write": START + TABLE,
    "api.reserved_concurrency": START + RESERVED,
    "of requests: api.reserved_concurrency": START + SHORT,
    "api.provisioned_concurrency": START + SPILLING,
    "ship.events.orders.maximum_concurrency": START + QUEUE.replace("POLLERS", "maximum_concurrency: 3"),
    "ship.events.orders.provisioned_pollers.maximum": (START + QUEUE).replace(
        "POLLERS", "batch_size: 1, provisioned_pollers: {minimum: 2, maximum: 3}"
    ),
    "count.events.clicks.parallelization_factor": (START + STREAM).replace("WORK", "10 ms"),
    "db.vcpus": START + DATABASE.replace("CPUS", "2"),
    "api.min_capacity": START + FLEET.replace("PLACES", "200").replace("USED", "10%"),
    "of workers: api.min_capacity": START + FLEET.replace("PLACES", "20").replace("USED", "1%"),
    "api.servers": START + BOUGHT,
    "clicks.shards": (LOADED + STREAM).replace("WORK", "1 us").replace("KEYS", "100000"),
}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.yaml"
    entry = text.partition("architecture:\n")[2].partition(":")[0].strip()
    path.write_text(text.replace("SERVICE", entry), "utf-8")
    return path


@pytest.mark.parametrize("case", list(CASES))
def test_the_setting_that_holds_is_told_and_holds(tmp_path: Path, case: str) -> None:
    key, path = case.rpartition(": ")[2], written(tmp_path, CASES[case])
    found = capacity(read(path), "architecture")
    (setting,) = (one for one in found.settings if one.key == key)
    said = " ".join(render("Own", {"architecture": found}, 120).split())
    assert (setting.limit == "requests per second") is case.startswith("of requests")
    ahead = ", all the time or by scheduled_actions ahead of the peak" if setting.ahead else ""
    advice = f"Write {key}: {setting.value} or more, {setting.now} now{ahead}, to hold {setting.service}: "
    assert advice in said

    def ratio(value: int) -> float:
        needs = capacity(read(path, [f"{key}={value}"]), "architecture").needs
        return {(one.service, one.limit): one.ratio for one in needs}[setting.service, setting.limit]

    assert ratio(setting.now) > 1 >= ratio(setting.value)
    if key != "clicks.shards":  # where keys fall decides, too
        one_less, lanes = ratio(setting.value - 1), setting.limit.startswith("lanes of ")
        # of a fleet's servers as many as are all in use leave none for what waits
        fleet = key.startswith("api.") and setting.limit in BUSY
        assert one_less >= 1 if fleet else one_less > (MOST_BUSY if lanes else 1)


def test_more_shards_are_told_of_where_a_shard_has_all_its_lanes(tmp_path: Path) -> None:
    text = (START + STREAM).replace("WORK", "100 ms").replace("10 ms", "100 ms")
    path = written(tmp_path, text)
    (setting,) = capacity(read(path), "architecture").settings
    assert (setting.service, setting.limit, setting.key) == ("count", "lanes of clicks", "clicks.shards")
    assert setting.value > 30

    def exceeded(*told: Setting) -> set[str]:
        sets = [f"{one.key}={one.value}" for one in told]
        return {need.limit for need in capacity(read(path, sets), "architecture").needs if need.ratio > 1}

    assert exceeded() == {"lanes of clicks"}
    assert exceeded(setting) == set(), "nor the hottest lane"


@pytest.mark.parametrize(
    "text",
    [
        (LOADED + STREAM).replace("WORK", "1 us").replace("KEYS", "1"),
        START
        + QUEUE.replace("POLLERS", "maximum_concurrency: 900").replace("500 ms", "5 min, timeout: 6 min"),
    ],
    ids=["one key comes to one shard", "no more than AWS allows"],
)
def test_nothing_is_told_where_no_value_holds(tmp_path: Path, text: str) -> None:
    text = text.replace("{service: sqs}", "{service: sqs, visibility_timeout: 1 h}")
    found = capacity(read(written(tmp_path, text)), "architecture")
    assert any(
        need.ratio > 1 and (need.service, need.limit) != ("account", "concurrency") for need in found.needs
    )
    assert [one for one in found.settings if one.key != "count.events.clicks.parallelization_factor"] == []


BEHIND = """\
name: Behind
traffic: {shops: {to: orders, shape: poisson, rate: 100/s}}
architecture:
  orders: {service: sqs, visibility_timeout: 2 min}
  ship: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 100 ms, reserved_concurrency: 2,
         events: {orders: {from: orders, batch_size: 1, maximum_concurrency: 40}}}
run: {for: 3 min, warm_up: 1 min, replications: 1}
"""


def test_what_one_setting_holds_is_not_said_to_be_exceeded_all_the_same(tmp_path: Path) -> None:
    """Units that are enough for executions allow requests per second enough, too: a run refuses none."""
    path = tmp_path / "behind.yaml"
    path.write_text(BEHIND, "utf-8")
    found = capacity(read(path), "architecture")
    (setting,) = found.settings
    both = "ship: reserved concurrency", "ship: requests per second"
    assert {need.name for need in found.needs if need.ratio > 1} == {*both} == {*setting.holds}
    said = " ".join(render("Behind", {"architecture": found}, 120).split())
    assert f"now, to hold {both[0]} and {both[1]}." in said
    assert "That alone is not enough" not in said

    def refused(value: int) -> float:
        limits = run(read(path, [f"{setting.key}={value}"]), workers=1).summary.designs["architecture"].limits
        return sum(one.refused for one in limits if one.limit == "requests per second")

    assert refused(setting.now) > 0 == refused(setting.value)


QUICK = """\
name: Quick
traffic: {shops: {to: api, shape: poisson, rate: 3000/s}}
architecture:
  account: {lambda_concurrency: 200}
  api: {service: lambda, runtime: nodejs22, memory: 1769 MB, timeout: 30 s, duration: 5 ms}
designs: {quick: {}, slow: {api: {duration: 90 ms}}}
run: {for: 25 s, warm_up: 5 s, replications: 1}
"""


@pytest.mark.parametrize(
    ("design", "why"),
    [
        ("quick", ": about 3,165 requests/s are needed, of which each allows 10"),
        ("slow", ""),
    ],
)
def test_one_quota_is_asked_for_where_concurrency_and_its_requests_are_exceeded(
    tmp_path: Path, design: str, why: str
) -> None:
    """Requests per second are no quota of their own: more concurrency allows more."""
    path = tmp_path / "quick.yaml"
    path.write_text(QUICK, "utf-8")
    found = capacity(read(path), design)
    ((need, more),) = raises(found.needs)
    said = " ".join(render("Quick", {design: found}, 100).split())
    asked = (
        f"Ask AWS for {need.quota:,.0f} executions or more (account: concurrency), {more:.0f} more than now"
    )
    assert f"{asked}{why}." in said
    assert "That alone" not in said
    (filed,) = json.loads(to_json("Quick", {design: found}))["designs"][design]["quota_raises"]
    assert (filed["limit"], filed["unit"], filed["quota"]) == ("concurrency", "executions", need.quota)

    def exceeded(quota: float) -> bool:
        needs = capacity(read(path, [f"account.lambda_concurrency={quota:.0f}"]), design).needs
        return any(need.ratio > 1 for need in needs)

    assert exceeded(need.quota - 1)
    assert not exceeded(need.quota)


@pytest.mark.parametrize(
    ("cpus", "engine", "sold"),
    [
        ("of_class", "mysql, instance: db.m5.large", ("db.instance", "db.m5.2xlarge", 8)),
        ("of_class", "postgres, instance: db.t3.large", None),
        ("3", "mysql, instance: db.m5.large", None),
    ],
    ids=["the next class", "none that has so many has a price", "a number of CPUs stays whatever the class"],
)
def test_a_class_that_has_cpus_enough_is_told_and_holds(
    tmp_path: Path, cpus: str, engine: str, sold: tuple[str, str, int] | None
) -> None:
    path = written(
        tmp_path, (START + DATABASE).replace("CPUS", cpus).replace("mysql, instance: db.m5.large", engine)
    )
    found = capacity(read(path), "architecture")
    (setting,) = found.settings
    assert (setting.key, setting.value, setting.sold) == ("db.vcpus", 5, sold)
    (filed,) = json.loads(to_json("Own", {"architecture": found}))["designs"]["architecture"]["settings"]
    assert filed["sold"] == (setting.sold and setting.sold._asdict())
    said = " ".join(render("Own", {"architecture": found}, 120).split())
    assert ("to hold db: vcpus, or db.instance: db.m5.2xlarge, which has 8." in said) is (sold is not None)
    if sold:
        key, name, _ = sold
        assert not capacity(read(path, [f"{key}={name}"]), "architecture").settings
        smaller = capacity(read(path, [f"{key}=db.m5.xlarge"]), "architecture").settings
        assert [one.key for one in smaller] == ["db.vcpus"]


DESIGNS = """\
designs:
  base: {}
  memory: {api: {memory: 1 GB}}
  own: {table: {provisioned: {write: 40}}}
  inherited: {extends: own}
  replaced:
    table: null
    api: {handler: [{call: other}]}
    other: {service: dynamodb, writes: 1, item: 1 KB, provisioned: {read: 10, write: 30}}
"""


@pytest.mark.parametrize(
    ("design", "key"),
    [
        ("base", "table.provisioned.write"),
        ("memory", "table.provisioned.write"),
        ("own", "designs.own.table.provisioned.write"),
        ("inherited", "designs.inherited.table.provisioned.write"),
        ("replaced", "designs.replaced.other.provisioned.write"),
    ],
)
def test_a_setting_of_the_design_itself_is_told_where_it_is_heard(
    tmp_path: Path, design: str, key: str
) -> None:
    path = written(tmp_path, START + TABLE + DESIGNS)
    (setting,) = capacity(read(path), design).settings
    assert setting.key == key
    heard = read(path, [f"{key}={setting.value}"])
    assert all(design not in names for names in heard.overruled.values())
    assert not capacity(heard, design).settings


def test_a_value_is_looked_at_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    scenario, looked = read(written(tmp_path, CASES["clicks.shards"])), list[str]()

    def look(changed: Scenario, design: str) -> Limits:
        looked.append(repr(changed.designs[design].services))
        return limits(changed, design)

    found, _ = settings(scenario, "architecture", limits(scenario, "architecture"), look)
    assert found
    assert len(looked) == len(set(looked)) > 1


@pytest.mark.parametrize("case", list(CASES))
def test_one_limit_is_as_tight_as_among_all(case: str, tmp_path: Path) -> None:
    found = limits(read(written(tmp_path, CASES[case])), "architecture")
    assert {need[:2]: need.ratio for need in found.tight} == {
        need[:2]: found.ratio(need[:2]) for need in found.needs
    }
    assert found.ratio(("nobody", "concurrency")) == 0


def test_servers_are_told_with_the_setting_by_which_they_are_there_for_the_peak_only(tmp_path: Path) -> None:
    found = capacity(read(written(tmp_path, CASES["api.min_capacity"])), "architecture")
    assert "or more, 2 now, all the time or by scheduled_actions ahead of the peak, to hold api: vcpus." in (
        " ".join(render("Own", {"one": found}, 100).split())
    )
    bought = capacity(read(written(tmp_path, CASES["api.servers"])), "architecture")
    assert "or more, 1 now, to hold api: vcpus." in " ".join(render("Own", {"one": bought}, 100).split())


def test_no_more_servers_are_told_than_the_fleet_may_have(tmp_path: Path) -> None:
    text = CASES["api.min_capacity"].replace("max_capacity: 40", "max_capacity: 4")
    assert capacity(read(written(tmp_path, text)), "architecture").settings == ()
