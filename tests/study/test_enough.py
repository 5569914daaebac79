"""What is said of a stream that is not read fast enough: of all lanes, the hottest, one key, and poison."""

from __future__ import annotations

import re
from pathlib import Path

from simulator.report.capacity import render
from simulator.report.reasons import reasons
from simulator.scenario.model import Scenario
from simulator.scenario.read import read
from simulator.study.capacity import capacity
from simulator.study.study import run

SENSORS = """\
name: Sensors
traffic: {sensors: {to: stream, shape: poisson, rate: 200/s, key: {keys: 5000, hot: {share: HOT}}}}
architecture:
  stream: {service: kinesis, shards: 4}
  forward:
    service: lambda
    runtime: nodejs22
    memory: 1769 MB
    timeout: 30 s
    poison: POISON
    duration: {per_batch: 400 ms, per_record: 2 ms}
    events: {stream: {from: stream, batch_size: 10, maximum_retry_attempts: 2}}
objectives: {forward.iterator_age: max < 5 s}
run: {for: 1 min, warm_up: 5 s, replications: 1}
"""
FORWARD = "forward.events.stream"


def sensors(tmp_path: Path, hot: str, poison: str, *sets: str) -> Scenario:
    file = tmp_path / "sensors.yaml"
    file.write_text(SENSORS.replace("HOT", hot).replace("POISON", poison), "utf-8")
    return read(file, sets)


def told(scenario: Scenario) -> tuple[str, str]:
    """The sentence of a run, and what `explain` says."""
    said = dict(reasons(run(scenario, workers=1).summary))["architecture"]
    return said, render("", {"architecture": capacity(scenario, "architecture")}, 1000)


def passes(tmp_path: Path, hot: str, *sets: str) -> bool:
    return run(sensors(tmp_path, hot, "0%", *sets), workers=1).summary.cheapest is not None


def test_of_even_keys_the_run_and_explain_tell_one_number_that_does_and_four_fifths_do_not(
    tmp_path: Path,
) -> None:
    said, explained = told(sensors(tmp_path, "0.1%", "0%"))
    enough = re.search(
        r"enough is parallelization_factor: (\d+), or shards: \d+, or batch_size: (\d+)$", said
    )
    assert enough, said
    assert f"Write {FORWARD}.parallelization_factor: {enough[1]} or more" in explained
    assert "hottest key" not in said + explained
    for key, value in (("parallelization_factor", int(enough[1])), ("batch_size", int(enough[2]))):
        found = [passes(tmp_path, "0.1%", f"{FORWARD}.{key}={many}") for many in (value * 4 // 5, value)]
        assert found == [False, True], (key, value)


def test_one_key_that_is_more_than_a_lane_can_do_asks_for_no_lanes_but_larger_batches(tmp_path: Path) -> None:
    """40 % of 200 records a second are 80, and a lane reads 23 in batches of ten."""
    said, explained = told(sensors(tmp_path, "40%", "0%"))
    assert "one key alone, which is in one lane, asks for " in said
    assert all("no more lanes or shards help" in one for one in (said, explained))
    assert "forward: hottest key of stream" in explained
    assert not re.search("parallelization_factor:|shards:", said)
    (many,) = re.findall(r"enough is batch_size: (\d+)$", said)
    assert f"Write {FORWARD}.batch_size: {many} or more" in explained
    longer = "run.for=2 min"
    assert passes(tmp_path, "40%", f"{FORWARD}.batch_size={many}", longer)
    assert not passes(tmp_path, "40%", f"{FORWARD}.batch_size={int(many) * 4 // 5}", longer)
    assert not passes(tmp_path, "40%", f"{FORWARD}.parallelization_factor=10", "stream.shards=10")


def test_poison_is_told_with_its_share_of_the_lanes_time_and_what_makes_it_less(tmp_path: Path) -> None:
    said, explained = told(sensors(tmp_path, "0.1%", "0.5%"))
    share = re.search(r"batches that fail take (\S+) % of the time of lanes at work: poison makes", said)
    assert share, said
    assert 5 < float(share[1]) < 25
    assert "with maximum_retry_attempts: 0)" in said
    assert "Of 200 records one always fails, and makes its lane work 1.2 s more" in explained
    assert "batch_size:" not in said, "it would hold up a lane for longer"
    blocked = told(sensors(tmp_path, "0.1%", "0.5%", f"{FORWARD}.maximum_retry_attempts=10000"))
    assert "poison blocks its lane until after the run" in blocked[0]
    assert "which is not counted here" in blocked[1]
