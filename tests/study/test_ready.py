"""Provisioned concurrency as the remedy of a surge whose cold starts are too many."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.measure.need import exceeded
from simulator.report.capacity import render, to_json
from simulator.report.numbers import significant
from simulator.scenario.model import Scenario
from simulator.scenario.read import read
from simulator.services.provisioning import ProvisionedConcurrency
from simulator.study.capacity import capacity
from simulator.study.raising import with_values
from simulator.study.study import run

SURGE = """\
name: Surge
traffic:
  shops: {to: api, shape: flash_sale, baseline: 0.1/s, peak: 250/s, starts: 3 min, ramp: 2 s, hold: 1 min,
          half_life: 20 s}
architecture:
  account: {lambda_concurrency: 1000, used_elsewhere: 860}
  api: {service: lambda, runtime: nodejs22, memory: 1 GB, duration: 200 ms, init: {work: 2 s}}
designs:
  cold: {}
  restored: {api: {snap_start: {restore: 1 s}, runtime: python3.13}}
  brief: {api: {duration: 10 ms}}
  busy: {api: {duration: 1 s}}
  database:
    account: {used_elsewhere: 0}
    api: {duration: null, init: {work: 2 s, connects: [stock]}, handler: [{work: 190 ms}, {call: stock}]}
    stock: {service: rds, engine: mysql, instance: db.t3.small, query: 10 ms}
  at-once: {account: {lambda_concurrency: 5000, used_elsewhere: 0}, api: {init: {work: 9 s}}}
  table:
    api: {duration: null, handler: [{work: 190 ms}, {call: seats}]}
    seats: {service: dynamodb, writes: 1, item: 1 KB, provisioned: {read: 5, write: 20}}
  crowded: {extends: database, account: {used_elsewhere: 860}, stock: {max_connections: 40}}
run: {for: 6 min, replications: 2}
"""
CONCURRENCY = "account: concurrency"


@pytest.fixture
def surge(tmp_path: Path) -> Scenario:
    path = tmp_path / "surge.yaml"
    path.write_text(SURGE, "utf-8")
    return read(path)


def kept(scenario: Scenario, design: str, amount: int) -> Scenario:
    values = {"provisioned_concurrency": ProvisionedConcurrency(amount=amount)}
    return with_values(scenario, design, "api", (), values)


@pytest.mark.parametrize("design", ["cold", "brief", "database", "at-once"])
def test_with_what_is_told_a_run_refuses_nothing_that_it_refuses_without(
    surge: Scenario, design: str
) -> None:
    found = capacity(surge, design).ready
    assert found is not None
    ((key, amount),) = found.settings
    assert key == "api.provisioned_concurrency"
    assert not any(map(exceeded, found.then))
    names = {need.name for need in found.then}
    for scenario, refused in ((surge, True), (kept(surge, design, amount), False)):
        limits = run(scenario, [design], workers=1).summary.designs[design].limits
        assert any(one.refused for one in limits if f"{one.service}: {one.limit}" in names) is refused


def test_its_price_is_that_of_keeping_so_many_for_an_hour(surge: Scenario) -> None:
    found = capacity(surge, "cold").ready
    assert found is not None
    ((_, amount),) = found.settings
    # us-east-1, x86: $0.0000041667 for each GB-second
    assert found.usd_an_hour == pytest.approx(amount * 3600 * 4.1667e-6, rel=1e-4)


def test_of_short_requests_as_many_are_told_as_take_their_rate(surge: Scenario) -> None:
    found = capacity(surge, "brief").ready
    assert found is not None
    ((_, amount),) = found.settings
    assert amount >= 25, "each takes ten requests a second"


@pytest.mark.parametrize("design", ["restored", "busy"])
def test_nothing_is_told_where_aws_refuses_it_or_those_at_work_are_too_many(
    surge: Scenario, design: str
) -> None:
    found = capacity(surge, design)
    assert any(need.name == CONCURRENCY and exceeded(need) for need in found.needs)
    assert found.ready is None
    assert "provisioned_concurrency" not in render("Surge", {design: found}, 100)


def test_it_is_told_beside_what_to_ask_for(surge: Scenario) -> None:
    found = capacity(surge, "cold")
    said = " ".join(render("Surge", {"cold": found}, 100).split())
    assert found.ready is not None
    ((key, amount),) = found.ready.settings
    assert f"Or write {key}: {amount} for $" in said
    assert " an hour, or a schedule of as much around the peak" in said
    (then,) = found.ready.then
    assert f"then account: concurrency {significant(then.demand)} of 140 executions are needed." in said
    document = json.loads(to_json("Surge", {"cold": found}))["designs"]["cold"]["ready"]
    assert document["settings"] == {key: amount}
    assert [need["limit"] for need in document["then"]] == ["concurrency"]


def test_what_is_exceeded_all_the_same_is_said(surge: Scenario) -> None:
    found = capacity(surge, "table")
    assert found.ready is not None
    assert found.ready.besides == ("seats: write capacity",)
    assert "That alone is not enough: seats: write capacity would be exceeded then." in " ".join(
        render("Surge", {"table": found}, 100).split()
    )


def test_nothing_is_told_where_so_many_would_not_get_the_connections_that_they_start_with(
    surge: Scenario,
) -> None:
    found = capacity(surge, "crowded")
    exceeded_now = {need.name for need in found.needs if exceeded(need)}
    assert exceeded_now == {CONCURRENCY, "stock: max_connections"}
    assert found.ready is None


def test_one_that_would_not_get_its_connections_does_not_stand_in_the_way_of_another(tmp_path: Path) -> None:
    first, second = SURGE.partition("architecture:\n")[::2]
    shape = "shape: flash_sale, baseline: 0.1/s, peak: 200/s, starts: 3 min, ramp: 2 s, hold: 1 min"
    view = "{service: lambda, runtime: nodejs22, memory: 1 GB, duration: 200 ms, init: {work: 2 s}}"
    text = f"{first}  browsers: {{to: view, {shape}, half_life: 20 s}}\narchitecture:\n{second}"
    text = text.replace("designs:\n", f"  view: {view}\ndesigns:\n").replace(
        "used_elsewhere: 860}, stock", "used_elsewhere: 600}, stock"
    )
    path = tmp_path / "two.yaml"
    path.write_text(text, "utf-8")
    found = capacity(read(path), "crowded").ready
    assert found is not None
    assert [key for key, _ in found.settings] == ["view.provisioned_concurrency"]
    assert found.besides == ("stock: max_connections",)
