"""A limit that few pollers keep from being exceeded is told with the pollers that the peak needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.measure.need import Capacity, Need, raises
from simulator.report.capacity import render, to_json
from simulator.scenario.read import read
from simulator.study.capacity import capacity
from simulator.study.study import run

BURST = """\
name: Burst
traffic:
  shop: {to: orders, shape: flash_sale, baseline: 4/s, peak: 40/s, starts: 20 s, ramp: 2 s, hold: 2 min,
         half_life: 5 s}
architecture:
  orders: {service: sqs, visibility_timeout: 60 s, dead_letter: {to: dead, max_receives: 3}}
  dead: {service: sqs}
  ship: {service: lambda, runtime: python3.13, memory: 1769 MB, timeout: 10 s, duration: 1 s,
         events: {orders: {from: orders, batch_size: 1, maximum_concurrency: 20}}}
designs:
  reserved: {ship: {reserved_concurrency: 20}}
  account: {account: {lambda_concurrency: 20}}
  more-pollers: {ship: {reserved_concurrency: 20, events: {orders: {maximum_concurrency: 30}}}}
  free: {}
objectives: {shop.completion: p99 < 10 s, shop.dead_lettered: < 0.1%}
run: {for: 3 min, warm_up: 10 s, replications: 2}
"""
POLLERS = "ship.events.orders.maximum_concurrency"


@pytest.fixture
def burst(tmp_path: Path) -> Path:
    path = tmp_path / "burst.yaml"
    path.write_text(BURST, "utf-8")
    return path


def verdict(path: Path, design: str, sets: dict[str, float]) -> str:
    written = read(path, [f"{key}={value:.0f}" for key, value in sets.items()])
    return run(written, [design], workers=1).summary.designs[design].verdict


def needed_of(found: Capacity, limit: str) -> Need:
    (need,) = (one for one in found.needs if one.name == limit)
    return need


def test_a_reserved_concurrency_that_few_pollers_hide_is_told_with_them(burst: Path) -> None:
    found = capacity(read(burst), "reserved")
    assert needed_of(found, "ship: reserved concurrency").ratio <= 1
    sets = {one.key: one.value for one in found.settings}
    reserved = "designs.reserved.ship.reserved_concurrency"
    assert list(sets) == [POLLERS, reserved]
    assert found.hidden == {"ship: reserved concurrency"}
    said = " ".join(render("Burst", {"reserved": found}, 120).split())
    assert f"Write {POLLERS}: {sets[POLLERS]} or more, 20 now, to hold ship: pollers of orders." in said
    assert (
        f"With that alone ship: reserved concurrency ({sets[reserved]:.1f} of 20.0 executions) would be"
        f" exceeded instead: write {reserved}: {sets[reserved]} or more, 20 now, too."
    ) in said
    assert "all the same" not in said
    (filed,) = json.loads(to_json("Burst", {"it": found}))["designs"]["it"]["then"]
    assert (filed["service"], filed["limit"], filed["allowed"]) == ("ship", "reserved concurrency", 20.0)
    assert verdict(burst, "reserved", sets) == "pass"
    assert verdict(burst, "reserved", {POLLERS: sets[POLLERS]}) == "fail", "one alone helps nothing"
    assert verdict(burst, "reserved", {reserved: sets[reserved]}) == "fail"
    assert verdict(burst, "reserved", {key: 0.8 * value for key, value in sets.items()}) == "fail"


def test_a_quota_that_few_pollers_hide_is_told_with_them(burst: Path) -> None:
    found = capacity(read(burst), "account")
    assert raises(found.needs) == []
    (setting,) = found.settings
    (filed,) = json.loads(to_json("Burst", {"it": found}))["designs"]["it"]["quota_raises"]
    said = " ".join(render("Burst", {"account": found}, 120).split())
    assert "With that alone account: concurrency (" in said
    assert f"ask AWS for {filed['quota']:.0f} executions or more (account: concurrency), " in said
    quota = "designs.account.account.lambda_concurrency"
    assert verdict(burst, "account", {setting.key: setting.value, quota: filed["quota"]}) == "pass"
    assert verdict(burst, "account", {setting.key: setting.value}) == "fail"
    fewer = {setting.key: 0.8 * setting.value, quota: 0.8 * filed["quota"]}
    assert verdict(burst, "account", fewer) == "fail"


def test_a_concurrency_is_told_as_large_as_the_pollers_that_are_told_need_it(burst: Path) -> None:
    """Of 30 pollers and 20 executions both are exceeded, and 30 executions would not be enough."""
    found = capacity(read(burst), "more-pollers")
    sets = {one.limit: one for one in found.settings}
    pollers, reserved = sets["pollers of orders"], sets["reserved concurrency"]
    assert needed_of(found, "ship: reserved concurrency").demand == pytest.approx(30)
    assert (pollers.now, reserved.now, reserved.value) == (30, 20, pollers.value)
    assert found.hidden == frozenset()
    said = " ".join(render("Burst", {"it": found}, 120).split())
    assert f"to hold ship: reserved concurrency (then {reserved.value:.1f} executions)." in said


def test_nothing_more_is_told_where_nothing_is_hidden(burst: Path) -> None:
    found = capacity(read(burst), "free")
    assert [one.key for one in found.settings] == [POLLERS]
    assert found.then == ()
    assert "With that alone" not in render("Burst", {"free": found}, 120)
