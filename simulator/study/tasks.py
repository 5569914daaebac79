"""Replications on any `concurrent.futures` executor: the same results in whatever order they finish."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from simulator.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.measure.result import Replication
    from simulator.scenario.model import Scenario


class Task(NamedTuple):
    """One run: a pure function of the scenario, the design and the number; the engine only sets its pace."""

    design: str
    number: int
    engine: str
    baseline: bool = False
    """Some of the rest of the month (the sources at their baseline rates, or idle), for its bill."""
    rows: bool | Path = False
    """Whether to keep a row per request, or the folder to write them into."""
    scenario: int = 0
    """Which of the scenarios that are run together it is a run of."""
    where: bool = True
    """Whether to book where the time goes; what does not show it need not pay for it."""


def rest_of(scenario: Scenario, engine: str, number: int, place: int = 0) -> dict[str, Task]:
    """By design, what is run of the rest of the month beside a replication; empty if the bill is of no month.
    Its chance is another one in each replication, so that the month's interval has it, too."""
    month = scenario.designs if scenario.bill.month else ()
    return {name: Task(name, number, engine, baseline=True, scenario=place) for name in month}


Finished = Callable[[Task, "Replication"], None]
Futures = dict[Future["Replication"], Task]


def perform(scenario: Scenario, task: Task, halted: Callable[[], bool] | None = None) -> Replication:
    """Runs one task wherever it has been sent to; `halted` is asked now and then whether to give it up."""
    from simulator.engine.run import run_replication

    return run_replication(
        scenario, task.design, task.number, task.engine, task.baseline, task.rows, halted,
        where=task.where and not task.baseline,
    )  # fmt: skip


def carry_out(
    scenarios: Sequence[Scenario],
    tasks: Sequence[Task],
    finished: Finished,
    workers: int | None = None,
    executor: Executor | None = None,
) -> None:
    """Runs all tasks, of one scenario or of several, and reports each as it finishes.

    Nothing runs on when this returns or raises. The compiled engine lets other threads run, so its tasks
    share this process; others get their own.
    """
    count = min(workers or _cores(), len(tasks))
    if executor is not None:
        _on(executor, scenarios, tasks, finished)
    elif count <= 1:
        for task in tasks:
            finished(task, perform(scenarios[task.scenario], task))
    elif tasks[0].engine == "compiled":
        _on_threads(count, scenarios, tasks, finished)
    else:
        _on_processes(count, scenarios, tasks, finished)


def _on(executor: Executor, scenarios: Sequence[Scenario], tasks: Sequence[Task], finished: Finished) -> None:
    futures = _submit(executor, scenarios, tasks)
    try:
        _collect(futures, finished)
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def _on_processes(
    count: int, scenarios: Sequence[Scenario], tasks: Sequence[Task], finished: Finished
) -> None:  # fmt: skip
    """A pool that breaks, because a process died, is replaced once."""
    open_tasks = dict.fromkeys(tasks)

    def strike(task: Task, replication: Replication) -> None:
        del open_tasks[task]
        finished(task, replication)

    for last_try in (False, True):
        try:
            with _processes(count) as pool:
                with _undisturbed():
                    futures = _submit(pool, scenarios, list(open_tasks))
                _collect(futures, strike)
            return
        except BrokenProcessPool as broken:
            if last_try:
                raise SimulatorError(
                    "a worker process died twice: out of memory, or the script that runs the study has no "
                    "`if __name__ == '__main__':`; add it, or run with workers=1"
                ) from broken


def _on_threads(
    count: int, scenarios: Sequence[Scenario], tasks: Sequence[Task], finished: Finished
) -> None:  # fmt: skip
    halt = threading.Event()
    with ThreadPoolExecutor(count) as pool:
        futures = {pool.submit(perform, scenarios[task.scenario], task, halt.is_set): task for task in tasks}
        try:
            _collect(futures, finished)
        except BaseException:
            halt.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _submit(executor: Executor, scenarios: Sequence[Scenario], tasks: Sequence[Task]) -> Futures:
    return {executor.submit(perform, scenarios[task.scenario], task): task for task in tasks}


def _collect(futures: Futures, finished: Finished) -> None:
    for future in as_completed(futures):
        finished(futures[future], future.result())


@contextmanager
def _processes(count: int) -> Iterator[Executor]:
    """A pool of fresh processes that ends at once when its user is interrupted."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    pool = ProcessPoolExecutor(count, context, initializer=_leave_interrupts_to_the_parent)
    try:
        yield pool
    except BaseException:
        processes = list((pool._processes or {}).values())  # public as terminate_workers from 3.14 on
        pool.shutdown(wait=False, cancel_futures=True)  # first, so that no cancelled run counts as broken
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()
        raise
    pool.shutdown()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """An interrupt waits: amid the start of a process it would leave one that nobody knows of."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _cores() -> int:
    """The processor cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
