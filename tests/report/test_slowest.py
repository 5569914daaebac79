"""What makes requests slower than an objective allows: what takes longer than where it is met."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import simulator
from simulator.measure.statistics import Estimate
from simulator.measure.summary import DesignSummary, Judged
from simulator.measure.where import Part, Spent, Where
from simulator.report.reasons import reasons
from simulator.report.slowest import slowest
from tests.report.sale import sale
from tests.study.shop import write

LATENCY = Judged("buyers.order.latency@surge", "p99 < 2 s", 2.0, "s", "fail", Estimate(4.0), False, None)
MET = LATENCY._replace(verdict="pass", value=Estimate(1.0))
PARTNER, PLACES, COLD = (
    Part("partner", "latency"), Part("shop", "waiting", "workers"), Part("checkout", "cold start", "init")
)  # fmt: skip


def design(tail: dict[Part, float], mean: dict[Part, float] | None = None, of: Judged = MET) -> DesignSummary:
    """Of which orders spend so many seconds in the surge."""
    spent = [
        Spent.of(10, {part: 10e9 * seconds for part, seconds in found.items()})
        for found in (mean or tail, tail)
    ]
    where = {"buyers.order": {"surge": Where(*spent, Spent(0, {}), Spent(0, {}))}}
    return dataclasses.replace(
        sale().designs["scheduled"], where=where, objectives={of.key: of}, limits=(), kinds={}
    )


def said(
    slow: DesignSummary, others: dict[str, DesignSummary] | None = None, judged: Judged = LATENCY
) -> str:
    """Of the slow one beside the others."""
    return slowest(judged, slow, {"slow": slow, **(others or {})}, ())


SLOW = design({PARTNER: 3.0, PLACES: 2.0}, of=LATENCY)
LARGEST = "60 % of the slowest hundredth's time goes to partner's latency"


def test_alone_the_largest_part_is_named() -> None:
    assert said(SLOW) == LARGEST
    assert slowest(LATENCY, dataclasses.replace(SLOW, where={}), {}, ()) == ""


def test_what_a_design_that_meets_it_has_as_well_is_not_the_cause() -> None:
    found = said(SLOW, {"more-places": design({PARTNER: 2.9, PLACES: 0.02})})
    assert found == (
        "40 % of the slowest hundredth's time, 2.00 s, goes to shop's waiting, and 20.0 ms in more-places,"
        " where it is met; 60 % goes to partner's latency, there as well"
    )
    assert ", and none in more-places" in said(SLOW, {"more-places": design({PARTNER: 2.9})})


@pytest.mark.parametrize(
    "other",
    [
        design({PARTNER: 0.1, PLACES: 0.1}),
        design({PARTNER: 2.0, PLACES: 0.1}),
        design({PARTNER: 3.5, PLACES: 2.5}),
        design({PARTNER: 1.0, PLACES: 0.1}, of=LATENCY),
        design({PARTNER: 3.0}, of=MET._replace(survivors=True)),
    ],
    ids=["has less of both", "half as much less of it", "has more of both", "misses it", "by survivors"],
)
def test_the_largest_part_is_the_cause_beside_a_design_that(other: DesignSummary) -> None:
    assert said(SLOW, {"other": other}) == LARGEST


def test_of_those_that_meet_it_the_most_alike_is_beside() -> None:
    others = {"queue": design({Part("orders", "send"): 0.01}), "more-places": design({PARTNER: 3.0})}
    assert "none in more-places, where it is met" in said(SLOW, others)
    assert said(SLOW, {"queue": others["queue"]}) == LARGEST, "which has no partner"


@pytest.mark.parametrize(
    ("statistic", "part"),
    [
        ("p50", "all ok answers' time goes to checkout's cold start"),
        ("mean", "all ok answers' time goes to checkout's cold start"),
        ("p90", "the slowest hundredth's time goes to partner's latency"),
        ("p99.9", "the slowest hundredth's time goes to partner's latency"),
        ("max", "the slowest hundredth's time goes to partner's latency"),
    ],
)
def test_of_the_mean_and_low_percentiles_all_answers_decide(statistic: str, part: str) -> None:
    judged = LATENCY._replace(text=f"{statistic} < 2 s")
    assert said(design({PARTNER: 1.0}, {COLD: 1.0}, judged), judged=judged) == f"100 % of {part}"


def test_places_for_which_the_slowest_wait_are_told_with_how_many_the_peak_needs(tmp_path: Path) -> None:
    """Twenty requests a second that take a second each need 20 workers; most of it is the partner's."""
    found = dict(reasons(simulator.read(write(tmp_path, SCENARIO)).run(workers=1).summary))
    assert list(found) == ["few"]
    assert (
        "goes to waiting for shop, workers (of which there are 19.0, and the peak needs some 20), "
        in (found["few"])
    )
    assert "where it is met; " in found["few"]
    assert "goes to partner's latency, there as well" in found["few"]


SCENARIO = """\
name: Places
era: aws-2026
traffic: {buyers: {to: shop, shape: constant, rate: 20/s}}
architecture:
  shop: {service: server, servers: 1, vcpus: 8, concurrency: 19, backlog: 2000, price_per_month: $160,
    handler: [{work: 1 ms}, {call: partner}]}
  partner: {service: external, latency: 999 ms}
designs: {few: {}, enough: {shop: {concurrency: 25}}}
objectives: {buyers.latency: p99 < 1.5 s}
run: {for: 20 s, warm_up: 1 s, replications: 2}
"""
