"""How many pollers are said to keep up with a surge is about how many do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import simulator
from simulator.measure.summary import Summary
from simulator.report.reasons import reasons

SURGE = """\
name: Surge
traffic: {shops: {to: orders, shape: stages, start: 1/s, stages: {calm: {target: 1/s, for: 2 min},
         up: {target: 20/s, for: 1 s}, surge: {target: 20/s, for: 30 s}, down: {target: 1/s, for: 1 s},
         after: {target: 1/s, for: 6 min}}}}
architecture:
  orders: {service: sqs}
  ship: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 1 s,
         events: {orders: {from: orders, batch_size: 1, maximum_concurrency: 3}}}
objectives: {OBJECTIVE}
run: {for: 8 min, replications: 1, engine: simpy}
"""


def run(tmp_path: Path, pollers: int, objective: str) -> Summary:
    file = tmp_path / "surge.yaml"
    text = SURGE.replace("{OBJECTIVE}", f"{{{objective}}}")
    file.write_text(text.replace("concurrency: 3", f"concurrency: {pollers}"), "utf-8")
    return simulator.read(file).run(workers=1).summary


@pytest.mark.parametrize(
    "objective",
    ["shops.completion: max < 15 s", "orders.age_of_oldest_message: max < 15 s"],
)
def test_about_so_many_pollers_keep_up_and_fewer_do_not(tmp_path: Path, objective: str) -> None:
    """Over the whole run three are enough; twenty a second come in the surge."""
    ((_, said),) = reasons(run(tmp_path, 3, objective))
    assert re.search("ship falls behind orders from (1m5[89]s|2m[0-3]?s|2m), by up to ", said)
    found = re.search(r"about (\d+) would keep up from (\S+) to (\S+)", said)
    assert found is not None
    needed = int(found[1])
    verdicts = [run(tmp_path, many, objective).cheapest for many in (needed * 4 // 5, needed * 5 // 4)]
    assert verdicts == [None, "architecture"], f"{needed} for {objective}"


def of_stream(tmp_path: Path, *sets: str) -> Summary:
    file = tmp_path / "stream.yaml"
    text = SURGE.replace("{OBJECTIVE}", "{ship.iterator_age: max < 10 s}").replace(
        "orders: {service: sqs}", STREAM
    )
    text = text.replace(", maximum_concurrency: 3", "").replace("duration: 1 s", "duration: 400 ms")
    file.write_text(
        text.replace("for: 30 s", "for: 60 s").replace("to: orders,", "to: orders, key: {keys: 5000},")
    )
    return simulator.read(file, sets=sets).run(workers=1).summary


STREAM = "orders: {service: kinesis, shards: 4}"


def test_either_setting_that_is_told_of_lanes_keeps_up_and_four_fifths_do_not(tmp_path: Path) -> None:
    """Twenty a second in batches of one that take 400 ms ask for eight lanes; keys do not spread evenly."""
    ((_, said),) = reasons(of_stream(tmp_path))
    found = re.search(
        r"about (\d+) would keep up at .*enough is parallelization_factor: (\d+), or shards: (\d+)", said
    )
    assert found is not None, said
    lanes, factor, shards = map(int, found.groups())
    assert lanes == 9, "with what a poll adds"
    for key, value in {"ship.events.orders.parallelization_factor": factor, "orders.shards": shards}.items():
        verdicts = [of_stream(tmp_path, f"{key}={many}").cheapest for many in (value * 4 // 5, value)]
        assert verdicts == [None, "architecture"], (key, value)
