"""What is called once for a batch: told, unless the design says that it is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.commands.common import hints
from simulator.scenario.read import read

TEXT = """\
name: Batched
traffic: {chat: {to: stream, shape: constant, rate: 10/s}}
architecture:
  stream: {service: kinesis, shards: 1}
  table: {service: dynamodb, writes: 1}
  worker:
    service: lambda
    runtime: nodejs22
    handler: [{choose: [{share: 50%, do: [{call: table}]}, {share: 50%, do: [{work: 1 ms}]}]}]
    events: {main: {from: stream}}
run: {for: 60 s, replications: 2}
"""


def told(folder: Path, *changes: tuple[str, str]) -> list[str]:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = folder / "batched.yaml"
    file.write_text(text, encoding="utf-8")
    scenario = read(file)
    return list(hints(scenario, scenario.designs))


def test_a_table_that_a_batch_calls_once_is_told(tmp_path: Path) -> None:
    (said,) = told(tmp_path)
    assert said == (
        "design architecture: worker calls table once for each batch of stream, however many records it has:"
        " if it does for each of them, write batch_size: 1, or how many items under table.writes"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("writes: 1", "writes: 25"),
        ("writes: 1", "reads: 100"),
        ("{from: stream}", "{from: stream, batch_size: 1}"),
    ],
)
def test_who_says_what_a_batch_writes_is_told_nothing(tmp_path: Path, old: str, new: str) -> None:
    assert told(tmp_path, (old, new)) == []


def test_what_is_no_table_is_told_too(tmp_path: Path) -> None:
    (said,) = told(tmp_path, ("service: dynamodb, writes: 1", "service: external, latency: 100 ms"))
    assert said.endswith("if it does for each of them, write batch_size: 1")


@pytest.mark.parametrize(
    ("idle", "told_of"),
    [
        ("service: ecs, duration: 1 ms, min_capacity: 2, max_capacity: 4", True),
        ("service: ecs, duration: 1 ms, min_capacity: 0, max_capacity: 4", False),
        ("service: rds, instance: db.t3.micro, query: 1 ms", True),
        ("service: lambda, runtime: nodejs22, duration: 1 ms", False),
    ],
)
def test_what_is_billed_though_no_request_comes_to_it_is_told(
    tmp_path: Path, idle: str, told_of: bool
) -> None:
    once = ("{from: stream}", "{from: stream, batch_size: 1}")
    found = told(tmp_path, once, ("run: {", f"  other: {{{idle}}}\nrun: {{"))
    assert [said.partition(",")[0] for said in found] == [
        "design architecture: no request reaches other"
    ] * told_of


def test_provisioned_concurrency_that_no_request_comes_to_is_told(tmp_path: Path) -> None:
    other = "  other: {service: lambda, runtime: nodejs22, duration: 1 ms, provisioned_concurrency: 5}\n"
    (said,) = told(
        tmp_path, ("{from: stream}", "{from: stream, batch_size: 1}"), ("run: {", f"{other}run: {{")
    )
    assert said == (
        "design architecture: no request reaches other, which is billed all the same: leave it out (in a"
        " design by other: null), or send requests to it"
    )
