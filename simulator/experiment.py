"""A scenario in Python: read it, run it, look at the tables and pictures."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from simulator.errors import SimulatorError
from simulator.report.changes import differences
from simulator.report.settings import render_sweep, rich_sweep
from simulator.report.sizing import render_sizing, rich_sizing
from simulator.report.terminal import render
from simulator.scenario.read import read as read_scenario
from simulator.study.crew import Progress, crew
from simulator.study.knobs import knobs_of
from simulator.study.size import MOST, Sizing
from simulator.study.size import size as run_size
from simulator.study.study import Study
from simulator.study.study import run as run_study
from simulator.study.sweep import Sweep
from simulator.study.sweep import sweep as run_sweep

if TYPE_CHECKING:
    from simulator.measure.headroom import Headroom
    from simulator.measure.spans import Traced
    from simulator.report.pictures.style import Picture
    from simulator.report.rich_html import Page
    from simulator.scenario.model import Scenario


class Comparison(Study):
    """A study that shows itself: as text, as HTML in a notebook, as pictures, as a page, as a folder."""

    def plot(self, picture: str = "distribution") -> Picture:
        """`requests`, `percentiles`, `distribution`, `where`, `concurrency`, `servers`, `waiting`, `limits`,
        `bill`."""
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


class Swept(Sweep):
    """A sweep that shows itself: as text, as HTML in a notebook, as a picture, as a page with sliders."""

    def plot(self, metric: str | None = None) -> Picture:
        """A number over the grid: of the first objective that differs, or named (`buyers.latency.p99_s`)."""
        from simulator.report.pictures.landscape import landscape

        return landscape(self, metric)

    def page(self) -> Page:
        """The page with a slider for each setting, which is one HTML file."""
        from simulator.report.page.what_if import what_if
        from simulator.report.rich_html import Page

        return Page(what_if(self))

    def save(self, folder: str | Path) -> Path:
        """Writes table, verdicts, page and picture into a new folder in this folder; returns its path."""
        from simulator.report.sweep_folder import write

        return write(self, Path(folder), sys.argv)

    def __repr__(self) -> str:
        return render_sweep(self)

    def _repr_html_(self) -> str:
        return rich_sweep(self)


class Sized(Sizing):
    """A sizing that shows itself: as text, as HTML in a notebook, as a picture of what was tried."""

    def plot(self, design: str | None = None) -> Picture:
        """The settings of a design that were tried; by default of the one whose answer costs least."""
        from simulator.report.pictures.sized import sized

        if design is not None and design not in self.answers:
            raise SimulatorError(f"no answer for {design!r}; name one of: {', '.join(self.answers)}")
        return sized(self, design)

    def __repr__(self) -> str:
        return render_sizing(self)

    def _repr_html_(self) -> str:
        return rich_sizing(self)


@dataclass(frozen=True)
class Experiment:
    """A scenario that is ready to run."""

    scenario: Scenario
    path: Path | None = None
    """The file it was read from; what turns settings of it reads it again."""
    sets: tuple[str, ...] = ()

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

    def headroom(
        self, designs: Sequence[str] | None = None, workers: int | None = None
    ) -> dict[str, Headroom]:
        """At how many times the traffic each design, or each of these, first misses an objective."""
        from simulator.study.headroom import headroom

        return headroom(self.scenario, designs, workers)

    def sweep(
        self,
        knobs: Mapping[str, str | Sequence[object]],
        designs: Sequence[str] | None = None,
        replications: int | None = None,
        workers: int | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
        resume: str | Path | None = None,
    ) -> Swept:
        """Runs the designs at every point of a grid of settings, all with the same luck.

        `knobs` are paths as `--set` takes them with their values, `{"checkout.memory": ["512 MB", "1 GB"]}`,
        or a range, `{"checkout.provisioned_concurrency": "0..200/50"}`. The rest is as in `run`;
        `replications` are those of each design at each point, and rows are not kept.
        """
        with crew(workers, executor, progress, resume) as hands:
            found = run_sweep(self._file(), self._with(replications), knobs_of(knobs), hands, designs)
        return Swept(**{field.name: getattr(found, field.name) for field in fields(found)})

    def size(
        self,
        knobs: Mapping[str, str | Sequence[object]],
        designs: Sequence[str] | None = None,
        replications: int | None = None,
        workers: int | None = None,
        executor: Executor | None = None,
        progress: Progress | None = None,
        resume: str | Path | None = None,
        most: int = MOST,
    ) -> Sized:
        """The cheapest values of some settings with which the first design, or these, meet the objectives.

        `knobs` are settings of services or of the account: `{"checkout.provisioned_concurrency": "0..500"}`.
        At most `most` settings are tried where halving a range is not enough. The rest is as in `run`;
        `replications` are those at each setting, and rows are not kept.
        """
        with crew(workers, executor, progress, resume) as hands:
            found = run_size(self._file(), self._with(replications), knobs_of(knobs), hands, designs, most)
        return Sized(**{field.name: getattr(found, field.name) for field in fields(found)})

    def _file(self) -> Path:
        if self.path is None:
            raise SimulatorError(
                "settings of an experiment that was not read from a file; use simulator.read"
            )
        return self.path

    def _with(self, replications: int | None) -> Sequence[str]:
        return self.sets if replications is None else [*self.sets, f"run.replications={replications}"]

    def trace(
        self,
        design: str | None = None,
        slowest: int = 0,
        failed: int = 0,
        sample: int = 0,
        identities: Sequence[int] = (),
        of: str = "",
        replication: int = 0,
        by: Literal["latency", "completion"] = "latency",
    ) -> list[Traced]:
        """Follows single requests of one design (the first unless named) through one replication.

        So many of the slowest `ok` answers, of those that failed and of all, and those with these identities.
        `of` says among which: `buyers.order`, `buyers.order@surge`, `@surge`. Times are ns from the start.
        With `by="completion"` the slowest are those whose last message or part was done last, and those that
        failed are first of all those of which something was lost or dead-lettered.
        """
        from simulator.study.pick import Wanted
        from simulator.study.trace import trace

        wanted = Wanted(slowest, failed, sample, identities, by)
        return trace(self.scenario, design or self.designs[0], wanted, of, replication)

    def __repr__(self) -> str:
        return f"Experiment({self.scenario.name}: {', '.join(self.designs)})"


def read(path: str | Path, sets: Sequence[str] = ()) -> Experiment:
    """Reads a scenario file; `sets` are changes such as `run.seed=7` or `checkout.memory=1769 MB`."""
    return Experiment(read_scenario(Path(path), sets), Path(path), tuple(sets))
