"""Mistakes of merged designs stand where a design makes them; and what has no price is told with the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.writing import mistakes

TEXT = """\
name: Designs
traffic: {chat: {to: worker, shape: constant, rate: 10/s}}
architecture:
  worker: {service: lambda, runtime: nodejs22, handler: [call: table, call: db]}
  table: {service: dynamodb, reads: 1}
  db: {service: rds, instance: db.t3.micro, query: 1 ms}
designs:
  base: {}
  other: {worker: {memory: 1 GB}}
run: {for: 60 s, replications: 2}
"""
NO_CAPACITY = "says no provisioned capacity; write 'provisioned: {read: 100, write: 100}'"


def told(folder: Path, *changes: tuple[str, str]) -> list[str]:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return [line.removeprefix("scenario.yaml:") for line in mistakes(folder, text)]


@pytest.mark.parametrize(
    ("designs", "said"),
    [
        ("  other: {table: {mode: provisioned}}", ["9:11: designs.other.table"]),
        (
            "  other: {table: {mode: provisioned}}\n  more: {extends: other, worker: {memory: 2 GB}}",
            ["9:11: designs.other.table"],
        ),
        (
            "  other: {table: {mode: provisioned}}\n  more: {table: {mode: provisioned}}",
            ["9:11: designs.other.table", "10:10: designs.more.table"],
        ),
    ],
)
def test_what_a_design_makes_of_a_service_stands_at_its_line(
    tmp_path: Path, designs: str, said: list[str]
) -> None:
    found = told(tmp_path, ("  other: {worker: {memory: 1 GB}}", designs))
    assert found == [f"{place}: {NO_CAPACITY}" for place in said]


def test_what_all_designs_have_of_the_architecture_stands_there_once(tmp_path: Path) -> None:
    once = ("reads: 1", "reads: 1, mode: provisioned"), ("worker: {memory: 1 GB}", "table: {item: 1 KB}")
    assert told(tmp_path, *once) == [f"5:10: architecture.table: {NO_CAPACITY}"]


def test_what_has_no_price_is_told_with_the_other_mistakes_at_what_names_it(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        ("runtime: nodejs22", "runtime: nodejs18.x"),
        ("other: {worker: {memory: 1 GB}}", "other: {db: {instance: db.r6g.large}}"),
    )
    runtime, price = found
    assert runtime.startswith("4:38: architecture.worker.runtime: no cold starts of runtime 'nodejs18.x'")
    assert runtime.endswith("; did you mean 'nodejs20'?")
    assert price.startswith(
        "9:26: designs.other.db.instance: no price of instance 'db.r6g.large' with engine 'mysql' in"
        " us-east-1, aws-2026; write instance: db.m5.large, db.t3.large, db.m5.xlarge, "
    )
    assert price.endswith(", db.t3.small or engine: postgres")


def test_a_price_that_is_missing_is_told_where_the_instance_type_is_written(tmp_path: Path) -> None:
    (price,) = told(tmp_path, ("db.t3.micro", "db.t3.micro, engine: postgres"))
    assert price == (
        "6:32: architecture.db.instance: no price of instance 'db.t3.micro' with engine 'postgres' in"
        " us-east-1, aws-2026; write instance: db.t4g.micro, db.t3.large, db.r6g.large, db.t4g.medium,"
        " db.t4g.small or engine: mysql"
    )


def test_a_region_without_prices_hides_no_other_price_that_is_missing(tmp_path: Path) -> None:
    region, price = told(tmp_path, ("name: Designs", "region: eu-west-1"), ("db.t3.micro", "db.r6g.large"))
    assert region == (
        "1:9: region: no prices of Region 'eu-west-1' in the book aws-2026; write 'us-east-1', and read what"
        " is billed as that Region's"
    )
    assert price.startswith("6:32: architecture.db.instance: no price of instance 'db.r6g.large'")


@pytest.mark.parametrize(
    ("old", "new", "instead"),
    [
        ("service: dynamodb", "service: apigateway_http", "write http_api"),
        ("to: worker", "to: other", "write one of: db, table, worker"),
        ("call: table", "call: tabel", "did you mean 'table'?"),
        ("call: db", "call: dbs", "did you mean 'db'?"),
    ],
)
def test_what_is_not_near_is_not_proposed(tmp_path: Path, old: str, new: str, instead: str) -> None:
    assert any(line.endswith(f"; {instead}") for line in told(tmp_path, (old, new)))
