"""Replications on executors: all of them, whatever happens to the processes."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator.errors import SimulatorError
from simulator.measure.result import Replication
from simulator.study import tasks
from simulator.study.tasks import Task, carry_out
from tests.study import workers

TASKS = [Task(design, number, "simpy") for number in range(3) for design in ("a", "b")]


@pytest.fixture
def performing(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Puts a stand-in where runs are performed."""
    return lambda stand_in: monkeypatch.setattr(tasks, "perform", stand_in)


def collect(scenario: object, **how: object) -> list[Task]:
    done: list[Task] = []

    def finished(task: Task, replication: Replication) -> None:
        assert (replication.design, replication.number) == (task.design, task.number)
        done.append(task)

    carry_out([scenario], TASKS, finished, **how)  # type: ignore[arg-type]
    return done


@pytest.mark.parametrize("count", [1, 2])
def test_every_task_is_done_once(performing: Callable[[object], None], count: int) -> None:
    performing(workers.answer)
    assert sorted(collect(None, workers=count)) == sorted(TASKS)


def test_any_executor_will_do_and_is_left_open(performing: Callable[[object], None]) -> None:
    performing(workers.late_first)
    with ThreadPoolExecutor(6) as pool:
        done = collect(None, executor=pool)
        assert sorted(done) == sorted(TASKS)
        assert done[0].number > 0, "the stand-in lets the first tasks finish last"
        assert pool.submit(int).result() == 0


def test_a_process_that_dies_costs_nothing_but_time(
    performing: Callable[[object], None], tmp_path: Path
) -> None:
    performing(workers.dies_once)
    assert sorted(collect(tmp_path, workers=2)) == sorted(TASKS)


def test_processes_that_always_die_are_given_up(performing: Callable[[object], None]) -> None:
    performing(workers.dies)
    with pytest.raises(SimulatorError, match="a worker process died twice"):
        collect(None, workers=2)


def test_a_mistake_in_one_run_ends_all_at_once(performing: Callable[[object], None]) -> None:
    performing(workers.mistaken)
    start = time.monotonic()
    with pytest.raises(ValueError, match="wrong"):
        collect(None, workers=2)
    assert time.monotonic() - start < 30  # what the others would take
    assert multiprocessing.active_children() == []


def test_an_interrupt_leaves_no_process_behind(performing: Callable[[object], None]) -> None:
    performing(workers.late_first)

    def stop(task: Task, replication: Replication) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out([None], TASKS, stop, workers=2)  # type: ignore[arg-type]
    assert multiprocessing.active_children() == []
