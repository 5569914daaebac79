"""Stand-ins for `perform`, importable by worker processes."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path

from simulator.measure.result import Replication
from simulator.study.tasks import Task
from tests.fabricate import counted, replication


def answer(scenario: object, task: Task) -> Replication:
    """A replication that says which task it was."""
    return replication(task.design, task.number, {"buyers": counted([0.1 + task.number / 10])})


def where(scenario: object, task: Task) -> Replication:
    """An answer that tells the process it was made in."""
    return dataclasses.replace(answer(scenario, task), events=os.getpid())


def late_first(scenario: object, task: Task) -> Replication:
    """The first tasks finish last."""
    time.sleep(0.2 / (1 + task.number))
    return answer(scenario, task)


def dies_once(folder: Path, task: Task) -> Replication:
    """The first process that comes here dies without a word."""
    try:
        (folder / "died").touch(exist_ok=False)
    except FileExistsError:
        return answer(folder, task)
    os._exit(1)


def dies(scenario: object, task: Task) -> Replication:
    """Every process dies."""
    os._exit(1)


def mistaken(scenario: object, task: Task) -> Replication:
    """A task that raises, beside others that would take long."""
    if task.number == 0:
        raise ValueError("wrong")
    time.sleep(30)
    return answer(scenario, task)
