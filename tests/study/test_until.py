"""`--until`: more replications until a number is sure, few looks, and the reason why it stopped."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from simulator.measure.document import document
from simulator.measure.result import Replication
from simulator.measure.statistics import estimate
from simulator.measure.summary import Sureness
from simulator.report import words
from simulator.scenario.model import Scenario
from simulator.scenario.precision import parse_precision
from simulator.study import tasks
from simulator.study.study import run
from simulator.study.tasks import Task
from simulator.study.until import next_look
from tests.fabricate import counted, replication
from tests.study.made import NAMES, scenario

NOISE = np.random.Generator(np.random.Philox(key=9)).normal(size=500)


def perform(made: object, task: Task) -> Replication:
    """Mean latencies scatter by 10 % in one design, by 1 % in the other."""
    wide = 0.1 if task.design == "plain" else 0.01
    return replication(
        task.design, task.number, {"buyers": counted([1 + wide * float(NOISE[task.number])] * 10)}
    )


def asking(text: str, at_most: int = 100) -> Scenario:
    made = scenario(replications=3)
    settings = made.run.model_copy(update={"until": text, "at_most": at_most})
    return dataclasses.replace(made, run=settings, until=parse_precision(text, NAMES, ()))


@pytest.fixture(autouse=True)
def performing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "perform", perform)


def test_runs_are_added_until_the_least_sure_design_is_sure() -> None:
    study = run(asking("buyers.latency mean ± 3%"), workers=1)
    found = study.sureness
    assert found is not None
    assert found.reached
    assert found.design == "plain"
    assert found.reach <= 0.03 * found.value
    assert len(study.replications["plain"]) == len(study.replications["better"]) == found.replications
    assert 30 <= found.replications <= 80, "10 % of noise want about 45 runs for ± 3 %"
    assert words.stopped(study.summary, words.Glyphs()).startswith(
        f"Stopped after {found.replications} replications: buyers.latency mean ± 3% in every design; "
    )
    assert document(study.summary)["sureness"]["reached"] is True


def test_what_is_sure_at_the_first_look_stops_there() -> None:
    assert run(asking("buyers.latency mean ± 50%"), workers=1).summary.replications == 10


def test_at_the_most_it_stops_and_says_how_many_would_do() -> None:
    study = run(asking("buyers.latency mean ± 1%", at_most=20), workers=1)
    assert study.summary.replications == 20
    assert not study.sureness.reached
    said = words.stopped(study.summary, words.Glyphs())
    assert said.startswith(
        "Stopped at the most, 20 replications: buyers.latency mean ± 1% is not reached in plain"
    )
    assert "replications would do" in said


def test_a_share_of_nothing_can_never_be_sure_to_a_share_of_itself() -> None:
    study = run(asking("buyers.failed ± 10%", at_most=12), workers=1)
    assert "more replications may not do" in words.stopped(study.summary, words.Glyphs())
    assert run(asking("buyers.failed ± 5 points", at_most=12), workers=1).sureness.reached


def test_the_first_runs_are_those_of_a_study_without_an_end_of_its_own() -> None:
    longer, shorter = run(asking("buyers.latency mean ± 3%"), workers=1), run(scenario(), workers=1)
    mean = [study.summary.designs["plain"].traffic["buyers"].latency["mean"] for study in (longer, shorter)]
    assert mean[0].samples[:3] == mean[1].samples


@pytest.mark.parametrize("skewed", [False, True])
def test_stopping_when_it_looks_sure_keeps_what_95_percent_means(skewed: bool) -> None:
    """1,500 studies of numbers that scatter by 15 %; a standard error of 0.6 points."""
    luck = np.random.Generator(np.random.Philox(key=21))
    covered = []
    for _ in range(1500):
        drawn = luck.lognormal(0, 0.15, 400) / np.exp(0.15**2 / 2) if skewed else luck.normal(1, 0.15, 400)
        runs, enough = 0, 10
        while enough > runs:
            runs = enough
            found = estimate(list(drawn[:runs]))
            sure = Sureness("", "", "s", True, found.value, found.half_width, 0.05 * found.value, runs, 400)
            enough = next_look(sure)
        covered.append(found.low <= 1 <= found.high)
    assert 0.93 <= np.mean(covered) <= 0.97
