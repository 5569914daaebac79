"""Headroom: where a design breaks, found by multiplying its traffic, against capacity that is known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from simulator.errors import ScenarioError
from simulator.measure.headroom import Headroom, Missed
from simulator.report import headroom as told
from simulator.scenario.model import Scenario
from simulator.scenario.read import read
from simulator.study.headroom import at_traffic, headroom
from tests.report.sale import sale

TEXT = """\
name: Known capacity
traffic: {buyers: {to: bank, shape: poisson, rate: 20/s}}
architecture: {bank: {service: external, latency: 10 ms, capacity: 50/s}}
designs: {plain: {}, small: {bank: {capacity: 10/s}}, endless: {bank: {capacity: null}}}
objectives: {buyers.failed: < 10%, cost.run: < $0.000001}
run: {for: 60 s, replications: 5, engine: simpy}
"""


WAITS = """\
name: Waits
traffic: {buyers: {to: app, shape: poisson, rate: 20/s}}
architecture:
  app: {service: server, servers: 1, vcpus: 1, price_per_month: $50, handler: [{work: 20 ms}]}
objectives: {buyers.latency: p99 < 300 ms}
run: {for: 2 min, replications: 2}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    path = tmp_path / "known.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return read(path)


def test_a_design_breaks_where_its_capacity_is_used_up(scenario: Scenario) -> None:
    """Of f × 20/s, 50/s pass: a tenth fails at f = 50 / 20 / 0.9 = 2.78, a little later with the burst."""
    found = headroom(scenario, ["plain"], workers=1)["plain"]
    assert found.holds is not None
    assert found.breaks is not None
    assert found.holds < found.breaks <= found.holds * 1.05
    assert found.holds <= 2.9
    assert found.breaks >= 2.7
    (missed,) = found.missed
    assert (missed.key, missed.text) == ("buyers.failed", "< 10%")
    assert missed.value > 0.1
    assert (found.limit, found.replications) == (("bank", "capacity"), 3)


def test_what_requests_wait_for_is_what_a_design_breaks_on_where_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "waits.yaml"
    path.write_text(WAITS, encoding="utf-8")
    found = headroom(read(path), ["architecture"], workers=1)["architecture"]
    assert found.limit == ("app", "vcpus")


def test_a_design_that_is_too_small_already_is_told_what_it_bears(scenario: Scenario) -> None:
    """10/s of f × 20/s: a tenth fails at f = 10 / 20 / 0.9 = 0.56."""
    found = headroom(scenario, ["small"], workers=1)["small"]
    assert found.breaks == pytest.approx(0.57, rel=0.1)


def test_what_nothing_limits_holds_at_the_most_that_is_tried(scenario: Scenario) -> None:
    found = headroom(at_traffic(scenario, 0.01), ["endless"], workers=1)["endless"]
    assert found == Headroom(16.0, None, (), None, 3)


def test_cost_alone_does_not_break(scenario: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "cost.yaml"
    path.write_text(TEXT.replace("buyers.failed: < 10%, ", ""), encoding="utf-8")
    with pytest.raises(ScenarioError, match="objectives: nothing but cost to break"):
        headroom(read(path))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            Headroom(1.61, 1.682, (Missed("k", "< 0.5%", 0.00607, "share"),), ("a", "b"), 3),
            "proxy bears 1.61 times the traffic, and breaks at 1.68 times: k (0.607 %, not < 0.5%), at a, b.",
        ),
        (
            Headroom(None, 0.0625, (Missed("k", "p99 < 2 s", 4.05, "s"),), None, 3),
            "proxy misses its objectives even at 0.0625 times the traffic: k (4.05 s, not p99 < 2 s).",
        ),
        (
            Headroom(16.0, None, (), None, 3),
            "proxy meets its objectives up to 16.0 times the traffic, the most that was tried.",
        ),
    ],
)
def test_headroom_reads_as_a_sentence(found: Headroom, said: str) -> None:
    assert next(told.headroom(dataclasses.replace(sale(), headroom={"proxy": found}))) == said
