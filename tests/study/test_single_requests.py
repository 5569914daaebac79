"""Requests that are picked and followed: the same on every engine, and the slowest there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import simulator
from simulator.errors import ScenarioError, SimulatorError
from simulator.measure.rows import ANSWERED, ARRIVED, IDENTITY, OUTCOME, SENT, TYPE, WIDTH, Block
from simulator.measure.spans import Traced
from simulator.study.pick import Picker, Wanted
from simulator.study.trace import trace
from tests.harness import ENGINES
from tests.study.test_rows import SCENARIO


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> simulator.Experiment:
    path = tmp_path_factory.mktemp("trace") / "shop.yaml"
    text = SCENARIO.replace("run: {", "windows: {late: {from: 20 s, for: 5 s}}\nrun: {")
    path.write_text(text, encoding="utf-8")
    return simulator.read(path)


def told(found: list[Traced]) -> list[object]:
    """All that a trace says."""
    return [
        (one.identity, one.picked, one.latency, [(d, replace(s, children=[])) for d, s in one.root.walk()])
        for one in found
    ]


def test_all_engines_follow_the_same_requests_and_say_the_same(experiment: simulator.Experiment) -> None:
    wanted = Wanted(slowest=3, failed=2, sample=3)
    first, *others = (told(trace(experiment.scenario, "small", wanted, engine=engine)) for engine in ENGINES)
    assert len(first) == 8
    assert others == [first, first]


def test_the_slowest_are_the_slowest_of_the_rows(experiment: simulator.Experiment) -> None:
    rows = experiment.run(designs=["small"], rows=True, workers=1).rows()
    rows = rows[(rows["replication"] == 1) & (rows["traffic"] == "buyers.order")]
    late = rows[rows["arrived_ns"].between(20e9, 25e9, "left")]
    wanted = Wanted(slowest=2, failed=2)
    found = trace(experiment.scenario, "small", wanted, of="buyers.order@late", number=1)
    ok = late[late["outcome"] == "ok"].nlargest(2, "latency_s")
    assert [one.identity for one in found if one.picked == "slowest"] == ok["identity"].tolist()
    assert [one.latency / 1e9 for one in found if one.picked == "slowest"] == ok["latency_s"].tolist()
    failed = [one for one in found if one.picked == "failed"]
    assert {one.identity for one in failed} <= set(late[late["outcome"] != "ok"]["identity"])
    assert all(one.traffic == "buyers.order" and one.cause != ("", "") for one in failed)


def test_a_request_is_followed_in_another_design_by_its_identity(experiment: simulator.Experiment) -> None:
    (failed,) = trace(experiment.scenario, "small", Wanted(failed=1), of="buyers")
    (same,) = trace(experiment.scenario, "free", Wanted(identities=[failed.identity]))
    assert (same.identity, same.arrived, same.picked) == (failed.identity, failed.arrived, "asked for")
    assert (failed.outcome, same.outcome) == ("throttled", "ok")


def test_requests_of_one_user_are_kept_apart(experiment: simulator.Experiment) -> None:
    found = trace(experiment.scenario, "free", Wanted(sample=20), of="staff")
    assert len({one.identity for one in found}) == 20
    for one in found:
        assert (one.root.start, one.root.end) == (one.arrived, one.answered)
        assert [span.name for depth, span in one.root.walk() if depth == 1] == ["shop"]


@pytest.mark.parametrize(
    ("of", "message"),
    [
        ("sellers", "no traffic named 'sellers'; write one of: buyers, staff, buyers.browse, buyers.order"),
        ("buyers@early", "no window named 'early'; write one of: late"),
    ],
)
def test_what_is_not_there_is_refused(experiment: simulator.Experiment, of: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        trace(experiment.scenario, "small", Wanted(slowest=1), of=of)


QUEUED = """\
name: queued
run: {for: 60 s, replications: 2}
traffic: {shops: {to: orders, shape: poisson, rate: 4/s}}
architecture:
  orders: {service: sqs, visibility_timeout: 6 s, dead_letter: {to: dead, max_receives: 2}}
  dead: {service: sqs}
  ship:
    service: lambda
    runtime: nodejs22
    timeout: 5 s
    handler: [{work: {lognormal: {median: 900 ms, p99: 3 s}}}, {fail: 30%}]
    events: {orders: {from: orders, batch_size: 1, maximum_concurrency: 6}}
"""


def test_by_completion_the_slowest_are_those_that_are_done_last(tmp_path: Path) -> None:
    path = tmp_path / "queued.yaml"
    path.write_text(QUEUED, encoding="utf-8")
    experiment = simulator.read(path)
    wanted = Wanted(slowest=3, failed=2, by="completion")
    first, *others = (trace(experiment.scenario, "architecture", wanted, engine=engine) for engine in ENGINES)
    assert [told(other) for other in others] == [told(first), told(first)]
    slow, failed = first[:3], first[3:]
    assert [(one.picked, one.completed) for one in slow] == [("slowest", "ok")] * 3
    assert [(one.picked, one.completed) for one in failed] == [("failed", "dead-lettered")] * 2
    run = experiment.run(workers=1).replications["architecture"][0].traffic["shops"]
    assert (slow[0].done - slow[0].sent) / 1e9 == run.completion.max > run.latency.max
    assert slow == sorted(slow, key=lambda one: one.sent - one.done)


def test_an_unknown_design_or_request_is_refused(experiment: simulator.Experiment) -> None:
    with pytest.raises(ScenarioError, match="no design named 'big'; write one of: small, free"):
        trace(experiment.scenario, "big", Wanted(slowest=1))
    with pytest.raises(SimulatorError, match="no request 7 was answered in this run; take identities from"):
        trace(experiment.scenario, "small", Wanted(identities=[7]))


NO_BOOKS: list[int] = []
"""By latency nobody asks them."""


def block(count: int, offset: int = 0) -> Block:
    """Requests with latencies that repeat, a fifth of them failed."""
    made = np.zeros((count, WIDTH), np.int64)
    made[:, IDENTITY] = np.arange(offset, offset + count)
    made[:, ARRIVED] = made[:, SENT] = made[:, IDENTITY] * 10
    made[:, OUTCOME] = np.where(made[:, IDENTITY] % 5 == 0, 2, 0)
    made[:, ANSWERED] = made[:, SENT] + made[:, IDENTITY] % 7
    return made


def test_the_same_are_picked_however_the_rows_come_and_no_more_are_kept() -> None:
    def picked(sizes: list[int]) -> list[tuple[int, str]]:
        picker, start = Picker(Wanted(3, 4, 5), [0], (0, 10_000)), 0
        for size in sizes:
            picker.take(block(size, start))
            start += size
            assert sum(map(len, picker._kept.values())) <= 12
        return list(picker.picked(NO_BOOKS).items())

    whole = picked([1000])
    assert picked([1, 99, 400, 500]) == picked([500, 500]) == whole
    assert [identity for identity, why in whole if why == "slowest"] == [6, 13, 27], "of equals the first"


def test_requests_of_other_types_or_outside_the_window_are_not_picked() -> None:
    picker = Picker(Wanted(slowest=100, sample=100), [0], (500, 600))
    rows = block(100)
    rows[::2, TYPE] = 1
    picker.take(rows)
    assert sorted(picker.picked(NO_BOOKS)) == [51, 53, 55, 57, 59]
