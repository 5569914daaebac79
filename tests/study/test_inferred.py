"""What is inferred about AWS is told of the designs that use it, with its source, and can be replaced."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from simulator.eras.era import Era
from simulator.report.page.page import page
from simulator.report.terminal import render
from simulator.scenario.read import read
from simulator.study.inferred import inferred
from simulator.study.study import Study, run

SCENARIO = """\
name: Orders
era: aws-2026
traffic: {buyers: {to: front, shape: poisson, rate: 5/s}}
architecture:
  front: {service: http_api, routes: {default: {to: ship}}}
  ship: {service: lambda, runtime: nodejs22, memory: 512 MB, timeout: 5 s, duration: 50 ms}
designs:
  direct: {}
  queued:
    orders: {service: sqs, visibility_timeout: 30 s}
    front: {routes: {default: {to: orders}}}
    ship: {duration: {per_batch: 50 ms, per_record: 1 ms}, events: {orders: {from: orders}}}
run: {for: 1 min, replications: 1, engine: simpy}
"""
HALVE = "sqs.failures_halve"


def scenario(folder: Path, *sets: str) -> dict[str, tuple[str, ...]]:
    """The designs that use each inferred value."""
    path = folder / "orders.yaml"
    path.write_text(SCENARIO, "utf-8")
    found = read(path, sets)
    return {one.key: one.designs for one in inferred(found, found.designs)}


@cache
def study(folder: Path) -> Study:
    scenario(folder)
    return run(read(folder / "orders.yaml"), workers=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(tmp_path_factory.mktemp("inferred"))


def test_only_designs_that_use_a_value_are_told_and_no_value_that_is_documented(tmp_path: Path) -> None:
    found, era = scenario(tmp_path), Era.load("aws-2026")
    assert found[HALVE] == ("queued",)
    assert found["lambda.platform_start"] == ("direct", "queued")
    assert {era.fact(key).confidence for key in found} == {"inferred"}
    assert not [key for key in found if key.startswith("kinesis.")]


def test_a_value_of_the_scenarios_own_is_inferred_no_more(tmp_path: Path) -> None:
    assert HALVE not in scenario(tmp_path, f"era.{HALVE}=1%")


def test_the_document_says_from_what_and_how(made: Study) -> None:
    (told,) = (one for one in json.loads(made.to_json())["inferred"] if one["key"] == HALVE)
    fact = Era.load("aws-2026").fact(HALVE)
    assert told == {
        "key": HALVE, "value": "3.1%", "era": "aws-2026", "source": fact.source, "date": fact.date,
        "note": fact.note, "designs": ["queued"],
    }  # fmt: skip


def test_the_terminal_lists_them_in_full_and_the_page_with_their_sources(made: Study) -> None:
    full = render(made.summary, {}, 120, full=True)
    (line,) = (line for line in full.splitlines() if line.startswith(HALVE))
    assert line.split() == [HALVE, "3.1%", "queued"]
    assert "--set era.KEY=VALUE" in full
    assert HALVE not in render(made.summary, {}, 120)
    html = page(made)
    assert f"{len(made.summary.inferred)} values" in html
    assert Era.load("aws-2026").fact(HALVE).note.split(",")[0] in html
