"""A file of finished runs: an interrupted study goes on where it was, and nothing else is taken for a run."""

from __future__ import annotations

import dataclasses
import os
import pickle
import sqlite3
import zlib
from pathlib import Path

import pytest

from simulator.eras.era import Era
from simulator.errors import SimulatorError
from simulator.measure.result import Replication
from simulator.scenario.model import Scenario
from simulator.study import store, tasks
from simulator.study.store import Store, key
from simulator.study.study import run
from simulator.study.tasks import Task
from tests.study.made import scenario
from tests.study.test_study import perform

DONE: list[Task] = []


def counting(made: Scenario, task: Task) -> Replication:
    DONE.append(task)
    if len(DONE) == 4:
        raise KeyboardInterrupt
    return perform(made, task)


@pytest.fixture(autouse=True)
def performing(monkeypatch: pytest.MonkeyPatch) -> None:
    DONE.clear()
    monkeypatch.setattr(tasks, "perform", counting)


def test_an_interrupted_study_goes_on_where_it_was_and_gives_the_same_bytes(tmp_path: Path) -> None:
    file = tmp_path / "runs"
    first = run(scenario(), workers=1, resume=file)
    assert first.interrupted
    second = run(scenario(), workers=1, resume=file)
    assert len(DONE) == 7, "three finished, the fourth broken off and done again, two more"
    assert second.to_json() == run(scenario(), workers=1).to_json()


def test_another_objective_or_more_replications_find_the_finished_runs(tmp_path: Path) -> None:
    file = tmp_path / "runs"
    DONE.extend([Task("", 0, "")] * 4)
    run(scenario(), workers=1, resume=file)
    before = len(DONE)
    run(scenario({"buyers.failed": "< 1%"}, replications=5), workers=1, resume=file)
    assert [(task.design, task.number) for task in DONE[before:]] == [
        ("plain", 3), ("better", 3), ("plain", 4), ("better", 4),
    ]  # fmt: skip


def test_the_key_is_of_all_that_a_run_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made, task = scenario(), Task("plain", 0, "simpy")
    plain = made.designs["plain"]
    longer = made.run.model_copy(update={"for_": 1})
    owned = dataclasses.replace(plain, era=Era.load(plain.era.name, {"lambda.keep_alive": "1 s"}))
    other = {
        key(made, task._replace(number=1)),
        key(made, task._replace(baseline=True)),
        key(dataclasses.replace(made, shared="other traffic"), task),
        key(dataclasses.replace(made, run=longer), task),
        key(dataclasses.replace(made, designs={"plain": dataclasses.replace(plain, written={"a": 1})}), task),
        key(dataclasses.replace(made, designs={"plain": owned}), task),
    }
    same = {key(made, task), key(made, task._replace(engine="compiled"))}
    monkeypatch.setattr(store, "code", lambda: "of another version")
    assert (len(other), len(same)) == (6, 1)
    assert not (other | {key(made, task)}) & same


def test_a_run_with_its_time_booked_serves_who_does_not_ask_for_it_not_the_reverse(tmp_path: Path) -> None:
    made, booked = scenario(), Task("plain", 0, "simpy")
    bare = booked._replace(where=False)
    for kept, other, found in ((booked, bare, True), (bare, booked, False)):
        runs = Store(tmp_path / f"{found}")
        runs.put(made, kept, perform(made, kept))
        assert (runs.get(made, other) is not None) == found
        runs.close()


def test_what_is_no_file_of_runs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a table of something, long enough to be looked at " * 30)
    with pytest.raises(SimulatorError, match="no file of finished runs"):
        Store(tmp_path / "text")
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE addresses (name TEXT)")
    other.close()
    with pytest.raises(SimulatorError, match="a database of something else"):
        Store(tmp_path / "other")
    with pytest.raises(SimulatorError, match="resume: "):
        Store(tmp_path / "nowhere" / "runs")


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("pwned",)


@pytest.mark.parametrize(
    "blob",
    [b"torn", zlib.compress(b"torn"), zlib.compress(pickle.dumps(Evil())), zlib.compress(pickle.dumps(7))],
)
def test_what_cannot_be_a_run_is_done_again_and_never_carried_out(
    tmp_path: Path, blob: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made, task = scenario(), Task("plain", 0, "simpy")
    kept = Store(tmp_path / "runs")
    kept._database.execute("INSERT INTO runs VALUES (?, ?)", (key(made, task), blob))
    assert kept.get(made, task) is None
    assert not (tmp_path / "pwned").exists()
    kept.put(made, task, perform(made, task))
    assert kept.get(made, task).traffic["buyers"].latency.count == 960
    kept.close()
