"""A scenario in Python: read it, run it, look at the tables and pictures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import SimulatorError
from simulator.report.changes import differences
from simulator.report.terminal import render
from simulator.scenario.read import read as read_scenario
from simulator.study.crew import Progress
from simulator.study.study import Study
from simulator.study.study import run as run_study

if TYPE_CHECKING:
    from simulator.report.pictures.style import Picture
    from simulator.report.rich_html import Page
    from simulator.scenario.model import Scenario


class Comparison(Study):
    """A study that shows itself: as text, as HTML in a notebook, as pictures, as a page, as a folder."""

    def plot(self, picture: str = "distribution") -> Picture:
        """`requests`, `percentiles`, `distribution`, `where`, `concurrency`, `limits`, `bill`: a figure."""
        from simulator.report.pictures.gallery import PICTURES, draw

        if picture not in PICTURES:
            raise SimulatorError(f"no picture named {picture!r}; name one of: {', '.join(PICTURES)}")
        made = draw(self, picture)
        if made is None:
            raise SimulatorError(f"this study has nothing to show as {picture!r}")
        return made

    def page(self) -> Page:
        """The report page, which is one HTML file."""
        from simulator.report.page.page import page
        from simulator.report.rich_html import Page

        return Page(page(self))

    def save(self, folder: str | Path) -> Path:
        """Writes a results folder into this folder, whole or not at all, and returns its path."""
        from simulator.report.folder import write

        return write(self, Path(folder), sys.argv)

    def __repr__(self) -> str:
        return render(self.summary, differences(self.scenario, self.replications))

    def _repr_html_(self) -> str:
        from simulator.report.rich_html import rich_html

        return rich_html(self.summary)


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
        resume: str | Path | None = None,
    ) -> Comparison:
        """Runs the replications of all designs, or of these, and returns what they say together.

        `rows` keeps a row for each answered request: in memory, or as Parquet files in a new folder.
        `resume` names a file of finished runs, which are not done again.
        """
        study = run_study(self.scenario, designs, replications, workers, executor, progress, rows, resume)
        return Comparison(**{field.name: getattr(study, field.name) for field in fields(study)})

    def __repr__(self) -> str:
        return f"Experiment({self.scenario.name}: {', '.join(self.designs)})"


def read(path: str | Path, sets: Sequence[str] = ()) -> Experiment:
    """Reads a scenario file; `sets` are changes such as `run.seed=7` or `checkout.memory=1769 MB`."""
    return Experiment(read_scenario(Path(path), sets))
