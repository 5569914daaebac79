"""What is said of verdicts on what is left of the requests, where many are missing."""

from __future__ import annotations

import dataclasses
import math
from xml.etree import ElementTree as ET

import pytest

from simulator.measure.document import objective
from simulator.measure.statistics import Estimate
from simulator.measure.summary import Judged, Summary
from simulator.report import words
from simulator.report.grid import beside_judged
from simulator.report.junit import junit
from simulator.report.page.content import answer
from simulator.report.survivors import survivors
from simulator.report.terminal import render
from simulator.report.words import Glyphs
from tests.fabricate import THROTTLED
from tests.report.sale import PAYMENT, sale

SURGE = "buyers.order.latency@surge"
ILL = sale().designs["on-demand"]


def latency(verdict: str = "pass", key: str = SURGE) -> Judged:
    """A p99 of those 15 % that did not fail."""
    return Judged(key, "p99 < 9 s", 9.0, "s", verdict, Estimate(4.07, 2.47, 5.67), False, None, True, 0.85)


def share(key: str) -> Judged:
    return Judged(key, "< 99 %", 0.99, "share", "pass", Estimate(0.85), False, None)


def advised(*found: Judged) -> Summary:
    """A study of one design, which has these objectives."""
    design = dataclasses.replace(ILL, objectives={one.key: one for one in found})
    return dataclasses.replace(sale(), designs={"it": design})


def test_a_verdict_that_passes_by_survivors_says_how_many_are_missing() -> None:
    assert beside_judged(latency(), Glyphs()) == "±1.6, 85 % missing"
    assert beside_judged(latency()._replace(missing=0.99979), Glyphs()) == "±1.6, 99.98 % missing"
    one_run = latency()._replace(value=Estimate(4.07))
    assert beside_judged(one_run, Glyphs()) == "85 % missing"


@pytest.mark.parametrize(
    "other",
    [
        latency("fail"),
        latency("inconclusive"),
        latency()._replace(survivors=False, missing=0.002),
        latency()._replace(value=Estimate(math.inf)),
    ],
)
def test_no_other_verdict_says_it(other: Judged) -> None:
    assert "missing" not in beside_judged(other, Glyphs())
    assert list(survivors(advised(other))) == []


def test_it_is_said_wherever_the_verdict_is_read() -> None:
    summary = advised(latency())
    printed = render(summary, {}, 80)
    assert "✓ 4.1 s^ ±1.6, 85 % missing" in printed
    assert max(map(len, printed.splitlines())) <= 80
    (row,) = answer(summary, []).rows
    assert row.cells[1].note == "±1.6, 85 % missing"
    said = ET.fromstring(junit(summary)).findtext(".//system-out")  # noqa: S314
    assert said == ("4.1 s ±1.6, asked p99 < 9 s, without the 85 % of requests that are missing (failed)")
    assert objective(latency())["missing_share"] == 0.85
    assert objective(share("buyers.failed"))["missing_share"] is None


def test_it_is_said_of_designs_that_are_not_advised() -> None:
    cheap = dataclasses.replace(sale().designs["proxy"], cost_month=Estimate(1.0))
    summary = dataclasses.replace(advised(latency()), designs={**advised(latency()).designs, "cheap": cheap})
    assert summary.cheapest == "cheap"
    assert "✓  4.1 s^ ±1.6, 85 % missing" in render(summary, {}, 80)


def test_the_design_that_is_advised_says_which_objectives_would_say_how_many_may_be_missing() -> None:
    said = (
        "it meets buyers.order.latency@surge without the 85 % of requests that are missing (failed): say how"
        " many may be, in an objective on buyers.order.failed@surge."
    )
    summary = advised(latency())
    assert said in words.cautions(summary)
    assert said in " ".join(render(summary, {}, 80).split())


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        (["buyers.order.failed@surge"], True),
        (["buyers.order.failed"], True),
        (["buyers.failed"], True),
        (["buyers.ok@surge"], True),
        (["buyers.throttled", "buyers.error"], True),
        (["buyers.throttled"], False),
        (["buyers.timeout"], False),
        (["buyers.order.failed@before"], False),
        (["buyers.orderly.failed"], False),
        (["buyers.browse.failed@surge"], False),
        (["buyers.order.completion@surge"], False),
    ],
)
def test_it_advises_no_objective_where_there_is_one(asked: list[str], known: bool) -> None:
    """What failed in the surge was throttled or ended in an error."""
    of_surge = ILL.traffic["buyers.order"].windows["surge"]
    assert {one.cause for one in of_surge.failures} == {THROTTLED, PAYMENT}
    (said,) = survivors(advised(latency(), *map(share, asked)))
    assert said.endswith("missing (failed).") == known


def test_of_completion_it_names_what_is_lost_and_dead_lettered_and_may_be_as_much_as_one_likes() -> None:
    order = ILL.traffic["buyers.order"]
    undone = {**order.undone, "lost": Estimate(0.05), "dead_lettered": Estimate(0.01)}
    done = latency(key="buyers.order.completion")._replace(missing=0.4)

    def said(*asked: str) -> str:
        (design,) = advised(done, *map(share, asked)).designs.values()
        left = dataclasses.replace(
            design, traffic={"buyers.order": dataclasses.replace(order, undone=undone)}
        )
        return next(survivors(dataclasses.replace(sale(), designs={"it": left})))

    missing = "the 40 % of requests that are missing (failed, lost or dead-lettered)"
    without = f"it meets buyers.order.completion without {missing}"
    assert said("buyers.order.failed") == (
        f"{without}: say how many may be, in an objective on buyers.order.lost and"
        " buyers.order.dead_lettered."
    )
    assert said("buyers.failed", "buyers.lost", "buyers.dead_lettered") == f"{without}."
