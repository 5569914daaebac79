"""Who carries out the runs of a study: this process, its threads or processes, or an executor at hand.

Runs that a store has finished already are taken from there; the others go into it as they finish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.measure.result import Replication
from simulator.study.store import Store
from simulator.study.tasks import Finished, Task, carry_out

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario

QUICK = 50_000
"""Requests that an engine carries in the time that starting workers takes."""

Progress = Callable[[int, int], None]
"""Called with the number of finished runs and of all runs; what is run of a month's rest does not count."""


class Crew:
    """Carries out tasks of one scenario after another, or of several together."""

    def __init__(
        self,
        workers: int | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
        store: Store | None = None,
    ) -> None:
        self.workers = workers
        self.executor = executor
        self.progress = progress
        self.store = store
        self.done = 0
        self.total = 0

    def work(self, scenarios: Sequence[Scenario], tasks: Sequence[Task], finished: Finished) -> None:
        """Carries out all tasks, and reports each as it finishes."""
        self.total += sum(not task.baseline for task in tasks)

        def strike(task: Task, run: Replication) -> None:
            finished(task, run)
            self.done += not task.baseline
            if self.progress is not None:
                self.progress(self.done, self.total)

        def keep(task: Task, run: Replication) -> None:
            if self.store is not None and task.rows is False:
                self.store.put(scenarios[task.scenario], task, run)
            strike(task, run)

        left = []
        for task in tasks:
            kept = None
            if self.store is not None and task.rows is False:
                kept = self.store.get(scenarios[task.scenario], task)
            if kept is None:
                left.append(task)
            else:
                strike(task, kept)
        if left:
            self._carry_out(scenarios, left, keep)

    def _carry_out(self, scenarios: Sequence[Scenario], tasks: Sequence[Task], finished: Finished) -> None:
        """Few requests in this process; and the compiling, so that not every worker does it."""
        from simulator.engine.choice import expected_requests
        from simulator.engine.kernel import is_compiled, kernel

        engine, workers = tasks[0].engine, self.workers
        requests = sum(map(expected_requests, scenarios))
        if self.executor is None and workers is None and requests < QUICK:
            workers = 1
        alone = 0
        if self.executor is None and engine == "compiled":
            alone = 0 if is_compiled() else 1
            kernel()  # before threads ask for it
        carry_out(scenarios, tasks[:alone], finished, workers=1)
        carry_out(scenarios, tasks[alone:], finished, workers, self.executor)


@contextmanager
def crew(
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    resume: str | Path | None = None,
) -> Iterator[Crew]:
    """A crew for one study, with a store in the file to resume from, which is closed in the end."""
    store = None if resume is None else Store(Path(resume))
    try:
        yield Crew(workers, executor, progress, store)
    finally:
        if store is not None:
            store.close()
