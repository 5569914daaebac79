"""A scenario in Python: read it, run it, look at the tables."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.report.terminal import describe
from simulator.scenario.read import read as read_scenario
from simulator.study.study import Progress, Study
from simulator.study.study import run as run_study

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario


@dataclass(frozen=True)
class Experiment:
    """A scenario that is ready to run."""

    scenario: Scenario

    @property
    def designs(self) -> tuple[str, ...]:
        """The designs to compare."""
        return tuple(self.scenario.designs)

    def run(
        self,
        designs: Sequence[str] | None = None,
        replications: int | None = None,
        workers: int | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
        rows: bool | str | Path = False,
    ) -> Study:
        """Runs the replications of all designs, or of these, and returns what they say together.

        `rows` keeps a row for each answered request: in memory, or as Parquet files in a new folder.
        """
        return run_study(self.scenario, designs, replications, workers, executor, progress, describe, rows)

    def __repr__(self) -> str:
        return f"Experiment({self.scenario.name}: {', '.join(self.designs)})"


def read(path: str | Path, sets: Sequence[str] = ()) -> Experiment:
    """Reads a scenario file; `sets` are changes such as `run.seed=7` or `checkout.memory=1769 MB`."""
    return Experiment(read_scenario(Path(path), sets))
