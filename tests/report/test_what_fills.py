"""A pool that is full of what waits for something else is told with that; to raise that mends the design."""

from __future__ import annotations

import dataclasses

import pytest

from simulator.report import words
from simulator.report.page import limits as tables
from simulator.report.pictures.gallery import draw
from simulator.report.reasons import reasons
from simulator.scenario.model import Scenario
from simulator.scenario.read import read
from simulator.study.headroom import headroom
from simulator.study.study import Study, run

TEXT = """\
name: What fills the places
traffic: {buyers: {to: shop, shape: poisson, rate: 20/s}}
architecture:
  shop: {service: server, servers: 1, vcpus: 1, price_per_month: $73, concurrency: 10, backlog: 0,
         handler: [work: 100 ms]}
designs:
  computing: {}
  more-places: {shop: {concurrency: 40}}
  more-cpus: {shop: {vcpus: 4}}
  calling:
    shop: {handler: [{work: 1 ms}, {call: bank}]}
    bank: {service: external, latency: 1 s}
  calling-more-cpus: {extends: calling, shop: {vcpus: 4}}
  calling-more-places: {extends: calling, shop: {concurrency: 40}}
objectives: {buyers.failed: < 10%}
run: {for: 60 s, warm_up: 10 s, replications: 2, engine: simpy}
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    path = tmp_path_factory.mktemp("fills") / "fills.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return read(path)


@pytest.fixture(scope="module")
def study(scenario: Scenario) -> Study:
    return run(scenario, workers=1)


def test_the_cause_is_told_and_what_it_fills(study: Study) -> None:
    said = dict(reasons(study.summary))
    found = said["computing"]
    assert "first to bind is shop, vcpus (needs some 2.0 of 1.00 vcpus, demand " in found
    assert ", from before the end of the warm-up on)" in found
    assert ": what waits for it fills" in found
    assert "fills shop, workers (" in found
    assert said["computing"].endswith(" requests failed by it)")
    assert "first to bind is shop, workers (demand " in said["calling"]
    assert "vcpus" not in said["calling"]


def test_more_of_what_is_named_mends_it_and_more_of_the_other_does_not(study: Study) -> None:
    verdicts = {name: design.verdict for name, design in study.summary.designs.items()}
    assert verdicts == {
        "computing": "fail",
        "more-places": "fail",
        "more-cpus": "pass",
        "calling": "fail",
        "calling-more-cpus": "fail",
        "calling-more-places": "pass",
    }


def test_what_was_asked_of_the_cause_is_what_came_and_not_what_was_let_in(study: Study) -> None:
    """Of 20/s the worst second has about 30, each of a tenth of a second."""
    (cpus,) = (one for one in study.summary.designs["computing"].limits if one.limit == "vcpus")
    assert 2 < cpus.demand < 4
    assert (cpus.allowed, cpus.refused, words.waited(cpus)) == (1, 0, True)


def test_headroom_names_the_cause(scenario: Scenario) -> None:
    found = headroom(scenario, ["computing", "calling"], workers=1)
    assert [one.limit for one in found.values()] == [("shop", "vcpus"), ("shop", "workers")]


def test_the_table_and_the_picture_of_limits_say_what_it_is_full_of(study: Study) -> None:
    designs = {name: study.summary.designs[name] for name in ("computing", "calling")}
    _, every = tables.limits(dataclasses.replace(study.summary, designs=designs))
    notes = {(row.cells[0].text, row.name): row.cells[2].note for row in every.rows}
    assert notes["shop: workers", "computing"] == "full of what waits for vcpus"
    assert notes["shop: workers", "calling"] == ""
    made = draw(study, "limits")
    assert made is not None
    said = [text.get_text() for text in made.axes[0].texts]
    assert sum("full of what waits for vcpus" in text for text in said) == 2


def test_a_limit_that_was_only_reached_says_what_it_is_full_of(study: Study) -> None:
    design = study.summary.designs["computing"]
    limits = tuple(one._replace(requests_lost=0.0) for one in design.limits)
    calm = study.summary.designs["more-cpus"].traffic
    reached = dataclasses.replace(design, limits=limits, traffic=calm)
    said = dict(reasons(dataclasses.replace(study.summary, designs={"it": reached})))["it"]
    assert "reached is shop, workers (demand " in said
    assert "full of what waits for vcpus, refused" in said
