"""What receives from a queue or stream, and waits itself, names what it waits for."""

from __future__ import annotations

import re
from pathlib import Path

import simulator
from simulator.report.reasons import reasons

WAITING = """\
name: Waiting
traffic: {shops: {to: orders, shape: poisson, rate: 10/s, key: {keys: 50}}}
architecture:
  orders: {service: sqs}
  ship:
    service: lambda
    runtime: nodejs22
    memory: 1769 MB
    timeout: 25 s
    handler: [{call: stock}, {call: carrier}]
    events: &queue {orders: {from: orders, batch_size: 1, maximum_concurrency: 4}}
  stock: {service: rds, instance: db.m5.large, query: 200 ms, vcpus: 1}
  carrier: {service: external, latency: 10 ms}
designs:
  pollers: {}
  three-cpus: {stock: {vcpus: 3}}
  slow-carrier: {stock: {vcpus: 3}, carrier: {latency: 2 s}}
  long-carrier: {ship: {events: {orders: {maximum_concurrency: 9}}}, carrier: {latency: 1 s}}
  throttled: {ship: {reserved_concurrency: 4, events: {orders: {maximum_concurrency: null}}}}
  lanes:
    orders: {service: kinesis, shards: 2}
    ship:
      events: {orders: {batch_size: 1, maximum_concurrency: null, parallelization_factor: 2}}
objectives: {shops.completion: p90 < 10 s}
run: {for: 60 s, replications: 2}
"""


def test_receivers_that_wait_for_cpus_are_told_with_these_and_others_with_their_number(
    tmp_path: Path,
) -> None:
    file = tmp_path / "waiting.yaml"
    file.write_text(WAITING, "utf-8")
    summary = simulator.read(file).run(workers=1).summary
    said = dict(reasons(summary))
    assert set(said) == {"pollers", "slow-carrier", "long-carrier", "throttled", "lanes"}, "three suffice"
    waits = r"all of its 4 pollers \(batches at a time\) are at work, and wait for stock, vcpus, of which"
    assert re.search(rf"{waits} about [23] would keep up from ", said["pollers"])
    assert "all of its 4 pollers (batches at a time) are at work, about 2" in said["slow-carrier"]
    # a third of the time is waiting for the CPU, which every batch needs, and which is never idle
    assert "at work, and wait for stock, vcpus, of which about" in said["long-carrier"]
    assert "% of its invocations are throttled, by ship, reserved concurrency (demand " in said["throttled"]
    assert (
        " of 4.00 executions with what is sent again; full of what waits for stock, vcpus)"
        in said["throttled"]
    )
    assert "all of its 4 lanes (batches at a time) are at work, the busiest for " in said["lanes"]
    assert said["lanes"].endswith(" % of the run, and wait for stock, vcpus")


FLEET = """\
name: Workers
traffic: {shops: {to: orders, shape: poisson, rate: 10/s}}
architecture:
  orders: {service: sqs}
  ship:
    service: ecs
    cpu: 1024
    memory: 2 GB
    min_capacity: 2
    max_capacity: 2
    receives: {from: orders, batch_size: 1, receivers: 4}
    handler: [{work: 5 ms}, {call: stock}]
  stock: {service: rds, instance: db.m5.large, query: 200 ms, vcpus: 1}
designs:
  one-cpu: {}
  more-receivers: {ship: {receives: {receivers: 20}}}
  three-cpus: {stock: {vcpus: 3}}
objectives: {shops.completion: p90 < 10 s}
run: {for: 60 s, replications: 2}
"""


def test_receivers_of_a_fleet_that_wait_for_cpus_are_told_with_these(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(FLEET, "utf-8")
    said = dict(reasons(simulator.read(file).run(workers=1).summary))
    assert set(said) == {"one-cpu", "more-receivers"}
    for found in said.values():
        assert re.search(
            r"receivers .* are at work, and wait for stock, vcpus, of which about [23] would", found
        )
