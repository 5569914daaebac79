"""Replications on any `concurrent.futures` executor: the same results in whatever order they finish."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.measure.result import Replication
    from simulator.scenario.model import Scenario


class Task(NamedTuple):
    """One run: a pure function of the scenario, the design and the number."""

    design: str
    number: int
    baseline: bool = False
    """An hour of the rest of the month (the sources at their baseline rates, or idle), for its bill."""


Finished = Callable[[Task, "Replication"], None]


def perform(scenario: Scenario, task: Task) -> Replication:
    """Runs one task in whatever process it has been sent to."""
    from simulator.engine.run import run_replication

    return run_replication(scenario, task.design, task.number, baseline=task.baseline)


def carry_out(
    scenario: Scenario,
    tasks: Sequence[Task],
    finished: Finished,
    workers: int | None = None,
    executor: Executor | None = None,
) -> None:
    """Runs all tasks and reports each as it finishes; nothing runs on when this returns or raises."""
    if executor is not None:
        _collect(executor, scenario, tasks, finished)
        return
    count = min(workers or _cores(), len(tasks))
    if count <= 1:
        for task in tasks:
            finished(task, perform(scenario, task))
        return
    open_tasks = dict.fromkeys(tasks)

    def strike(task: Task, replication: Replication) -> None:
        del open_tasks[task]
        finished(task, replication)

    for last_try in (False, True):
        try:
            with _processes(count) as pool:
                _collect(pool, scenario, list(open_tasks), strike)
            return
        except BrokenProcessPool as broken:
            if last_try:
                raise SimulatorError(
                    "a worker process died twice: out of memory, or the script that runs the study has no "
                    "`if __name__ == '__main__':`; add it, or run with workers=1"
                ) from broken


def _collect(executor: Executor, scenario: Scenario, tasks: Sequence[Task], finished: Finished) -> None:
    futures: dict[Future[Replication], Task] = {
        executor.submit(perform, scenario, task): task for task in tasks
    }
    try:
        for future in as_completed(futures):
            finished(futures[future], future.result())
    except BaseException:
        for future in futures:
            future.cancel()
        raise


@contextmanager
def _processes(count: int) -> Iterator[Executor]:
    """A pool of fresh processes that ends at once when its user is interrupted."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    pool = ProcessPoolExecutor(count, context, initializer=_leave_interrupts_to_the_parent)
    try:
        yield pool
    except BaseException:
        for process in list((pool._processes or {}).values()):  # public as terminate_workers from 3.14 on
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _cores() -> int:
    """The processor cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
