"""Who waits for a CPU holds a connection, a worker, an execution meanwhile, and is told of with them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from simulator.measure.need import Need, exceeded
from simulator.report.capacity import render
from simulator.scenario.read import read
from simulator.study.capacity import capacity
from simulator.study.queueing import Waiting, waiting
from simulator.study.study import run
from tests.theory.formulas import erlang_c

NEAR = """\
name: Near
traffic: {shops: {to: api, shape: poisson, rate: 95/s}}
architecture:
  api:
    service: lambda
    runtime: nodejs22
    memory: 1769 MB
    timeout: 30 s
    handler: &work [{work: 100 ms}, {call: database}]
  database: {service: rds, engine: mysql, instance: db.t3.medium, vcpus: 2, query: QUERY}
designs:
  function: {}
  constant: {database: {query: 20 ms}}
  connected: {api: {init: {work: 1 s, connects: [database]}}}
  servers:
    api: {service: ecs, cpu: 1024, memory: 2 GB, min_capacity: 20, max_capacity: 20, handler: *work}
  few-servers:
    api: {service: ecs, cpu: 1024, memory: 2 GB, min_capacity: 10, max_capacity: 10, handler: *work}
    database: {vcpus: 4}
  proxied: {database: {proxy: {}}}
  too-few: {extends: servers, database: {vcpus: 1}}
run: {for: 10 min, warm_up: 1 min, replications: 3}
"""
NEAR = NEAR.replace("QUERY", "{exponential: {mean: 20 ms}}")
PEAK = "shape: flash_sale, baseline: 20/s, peak: 97/s, starts: 2 min, ramp: 1 s, hold: 20 s, half_life: 10 s}"
POLLED = """\
name: Polled
traffic: {shops: {to: orders, shape: poisson, rate: 95/s}}
architecture:
  orders: {service: sqs, visibility_timeout: 3 min}
  api: {service: lambda, runtime: nodejs22, memory: 1769 MB, timeout: 30 s,
        handler: [{work: 100 ms}, {call: database}],
        events: {orders: {from: orders, batch_size: 1, maximum_concurrency: 25}}}
  database: {service: rds, engine: mysql, instance: db.t3.medium, vcpus: 2, query: 20 ms}
run: {for: 10 min, warm_up: 3 min, replications: 2}
"""
HOLDERS = ("executions", "connections", "workers")


def compared(tmp_path: Path, text: str, design: str) -> dict[str, tuple[Need, float]]:
    """By its unit, a limit of what is held while one waits: as told, and the demand of the runs."""
    path = tmp_path / "near.yaml"
    path.write_text(text, encoding="utf-8")
    near = read(path)
    told = {(need.service, need.limit): need for need in capacity(near, design).needs}
    limits = run(near, [design], workers=1).summary.designs[design].limits
    return {ran.unit: (told[ran.service, ran.limit], ran.demand) for ran in limits if ran.unit in HOLDERS}


@pytest.mark.parametrize("design", ["function", "constant", "connected", "servers", "few-servers"])
def test_near_saturation_what_waits_is_told(tmp_path: Path, design: str) -> None:
    """Without the line 24 executions and 9 connections would be told."""
    found = compared(tmp_path, NEAR, design)
    assert len(found) == 2
    for unit, (need, ran) in found.items():
        assert need.demand == pytest.approx(ran, rel=0.25), unit
        assert need.at_least == ()
    assert max(need.demand for need, _ in found.values()) > 70


def test_in_a_short_peak_no_line_gets_as_long_as_a_stationary_one(tmp_path: Path) -> None:
    text = NEAR.replace("shape: poisson, rate: 95/s}", PEAK).replace("10 min, warm_up: 1 min", "5 min")
    need, ran = compared(tmp_path, text, "function")["executions"]
    assert need.demand == pytest.approx(ran, rel=0.25)


def test_of_what_waits_for_cpus_that_are_too_few_only_the_least_is_told(tmp_path: Path) -> None:
    path = tmp_path / "near.yaml"
    path.write_text(NEAR, encoding="utf-8")
    found = capacity(read(path), "too-few")
    needs = {need.name: need for need in found.needs}
    assert needs["database: vcpus"].occupied == ("api: workers", "database: max_connections")
    for name in needs["database: vcpus"].occupied:
        assert needs[name].at_least == ("database: vcpus",)
        assert needs[name].demand < 30
    assert needs["api: vcpus"].at_least == (), "it has been given back by then"
    proxied = {need.name for need in capacity(read(path), "proxied").needs}
    assert {"database: vcpus", "database: proxy connections"} < proxied
    assert "database: client connections" not in proxied, "of which there is no end"
    said = " ".join(render("Near", {"too-few": found}, 100).split())
    assert (
        "Requests wait for database: vcpus, each with one of api: workers and one of database: max"
        " connections in hand"
    ) in said


def test_no_more_is_polled_than_there_are_pollers_however_long_it_waits(tmp_path: Path) -> None:
    need, ran = compared(tmp_path, POLLED, "architecture")["executions"]
    assert need.demand == pytest.approx(25)
    assert ran == pytest.approx(25, abs=3)


@pytest.mark.parametrize(("most", "cpus"), [(60, 2), (25, 2), (25, 1)])
def test_pollers_are_told_with_the_time_for_which_their_batches_wait(
    tmp_path: Path, most: int, cpus: int
) -> None:
    """Without the line 16 would be; of 25 all are at work now and then, and are enough."""
    path = tmp_path / "polled.yaml"
    text = POLLED.replace("concurrency: 25", f"concurrency: {most}").replace("vcpus: 2", f"vcpus: {cpus}")
    path.write_text(text, encoding="utf-8")
    polled = read(path)
    (need,) = (one for one in capacity(polled, "architecture").needs if one.limit == "pollers of orders")
    assert not exceeded(need)
    assert need.at_least == (("database: vcpus",) if cpus == 1 else ())
    services = run(polled, workers=1).summary.designs["architecture"].services["orders"]
    if most == 60:
        assert need.demand == pytest.approx(services["pollers_in_use_mean"], rel=0.2)
    elif cpus == 2:
        assert need.demand == 25
        assert services["age_of_oldest_message_max_s"] < 2
    else:
        assert need.demand < 20
        assert services["pollers_in_use_mean"] == pytest.approx(25, abs=1.5)


def steady(servers: int, used: float, cv: float = 1.0) -> Waiting:
    """For an hour of requests that take a second each."""
    busy = np.full(36_000, used * servers)
    return waiting(busy, busy * (1 + cv * cv), busy, np.full(len(busy), float(servers)), 0.1)


@pytest.mark.parametrize(("servers", "used"), [(1, 0.5), (1, 0.9), (2, 0.95), (8, 0.8), (8, 0.95)])
def test_a_stationary_line_is_as_long_as_erlang_says(servers: int, used: float) -> None:
    line = erlang_c(servers, used * servers) * used / (1 - used)
    assert steady(servers, used).mean[-1] == pytest.approx(line, rel=0.1)


def test_times_that_vary_less_make_shorter_lines_and_idle_servers_none() -> None:
    varied, even = (steady(2, 0.9, cv) for cv in (1.0, 0.0))
    assert even.mean[-1] == pytest.approx(varied.mean[-1] / 2, rel=0.01), "Pollaczek and Khinchine"
    assert varied.more[-1] / 2 < even.more[-1] < varied.more[-1], "and more of them"
    assert math.isclose(steady(64, 0.3).mean[-1] + steady(64, 0.3).more[-1], 0.0, abs_tol=0.01)
