"""What is said where so many requests are unfinished that their completion is infinite."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from simulator.measure.result import Counted
from simulator.measure.sketch import BINS, Sketch
from simulator.measure.statistics import Estimate
from simulator.measure.summary import Judged, TrafficSummary
from simulator.report import words
from simulator.report.grid import beside
from simulator.report.pictures import requests
from simulator.report.terminal import render
from simulator.report.unfinished import not_done
from tests.report.sale import sale
from tests.report.test_reasons import failing

ENDLESS = Estimate(math.inf, math.inf, math.inf)


def left_undone(verdict: str, value: Estimate) -> tuple[Judged, dict[str, TrafficSummary]]:
    """An objective on the completion of orders, and their traffic with 9 % of 5,000 unfinished."""
    order = sale().designs["on-demand"].traffic["buyers.order"]
    shares = {**order.undone, "unfinished": Estimate(0.09)}
    left = dataclasses.replace(order, requests=Estimate(5000.0), undone=shares)
    late = Judged("buyers.order.completion", "p99 < 60 s", 60.0, "s", verdict, value, False, None)
    return late, {**sale().designs["on-demand"].traffic, "buyers.order": left}


def test_an_objective_that_unfinished_requests_miss_says_how_many_there_are() -> None:
    late, traffic = left_undone("fail", ENDLESS)
    assert failing(late, traffic=traffic, limits=()) == (
        "fails buyers.order.completion (infinite, not p99 < 60 s): 450 requests a run, 9.0 % of all, are"
        " unfinished at its end and count as infinite"
    )


def test_an_objective_that_unfinished_requests_leave_open_says_how_many_there_are() -> None:
    late, traffic = left_undone("inconclusive", Estimate(20.0, 18.0, math.inf))
    assert failing(late, traffic=traffic) == (
        "is undecided: buyers.order.completion (450 requests a run, 9.0 % of all, are unfinished at its end"
        " and count as infinite)"
    )
    assert beside(late.value, "s", words.Glyphs()) == "±infinite"


def test_the_others_show_their_own_interval_where_the_first_design_has_no_end() -> None:
    summary = sale()
    order = summary.designs["on-demand"].traffic["buyers.order"]
    never = dict.fromkeys(order.completion.statistics, ENDLESS)
    endless = dataclasses.replace(order, completion=dataclasses.replace(order.completion, statistics=never))
    first = dataclasses.replace(
        summary.designs["on-demand"], traffic={"buyers": endless, "buyers.order": endless}
    )
    proxy = summary.designs["proxy"]
    own = beside(proxy.traffic["buyers.order"].completion["p99"], "s", words.Glyphs())
    text = render(dataclasses.replace(summary, designs={"first": first, "proxy": proxy}), {}, 160)
    assert own.startswith("±")
    assert f"587 ms {own}" in " ".join(text.split())


def test_what_is_unfinished_at_the_end_of_a_run_is_told_in_percent_as_objectives_ask_for_it() -> None:
    order = sale().designs["proxy"].traffic["buyers.order"]
    half = Estimate(0.0005, 0.0001, 0.0009, (0.0004, 0.0006))
    left = dataclasses.replace(order, undone={**order.undone, "unfinished": half})
    design = dataclasses.replace(sale().designs["proxy"], traffic={"buyers": left, "buyers.order": left})
    alone = dataclasses.replace(sale(), designs={"it": design})
    for full in (False, True):
        text = " ".join(render(alone, {}, 200, full=full).split())
        assert "unfinished at" in text
        assert f"the end of a run{'' if full else ','} %" in text
        assert "0.050 ±0.040" in text


def test_a_completion_that_is_infinite_is_told_as_that() -> None:
    late, traffic = left_undone("fail", ENDLESS)
    order = traffic["buyers.order"]
    never = dict.fromkeys(order.completion.statistics, late.value)
    endless = dataclasses.replace(order, completion=dataclasses.replace(order.completion, statistics=never))
    design = dataclasses.replace(
        sale().designs["on-demand"], objectives={late.key: late}, traffic={**traffic, "buyers.order": endless}
    )
    text = render(dataclasses.replace(sale(), designs={"it": design}), {}, 160)
    assert "infinite 9.0 % unfinished" in " ".join(text.split())
    assert "✗ infinite" in text


def test_the_picture_of_requests_says_what_of_the_ok_answers_is_unfinished() -> None:
    summary, (_, traffic) = sale(), left_undone("fail", ENDLESS)
    half = dataclasses.replace(traffic["buyers.order"], undone={"unfinished": Estimate(0.5)})
    left = dataclasses.replace(summary.designs["proxy"], traffic={**traffic, "buyers": half})
    named = dataclasses.replace(summary, designs={**summary.designs, "proxy": left})
    assert requests.named(named, "proxy") == "proxy (50 % unfinished)"
    assert requests.named(named, "scheduled") == "scheduled"


def test_what_a_line_of_completion_leaves_out_is_said_where_it_is_much() -> None:
    done = Sketch.of(np.bincount([1], [1000], BINS).astype(np.int64), 1000, 1)

    def said(answered: int, lost: int = 0, dead_lettered: int = 0) -> str:
        found = Counted(answered, {"ok": answered}, {}, answered, done, done, lost, dead_lettered)
        return not_done([found, found])

    assert said(1000) == said(1005, lost=5) == ""
    assert said(2000, lost=200, dead_lettered=800) == "40 % dead-lettered, 10 % lost"
    assert said(2000, lost=200) == "44 % infinite, 10 % lost", "800 of the 1,800 that are not lost"
