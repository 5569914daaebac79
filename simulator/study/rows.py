"""Where the runs of a study leave the rows of their requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.errors import SimulatorError
from simulator.measure.parquet import file_name, require_pyarrow
from simulator.study.tasks import Task
from simulator.study.whole import whole


@contextmanager
def place_of(rows: bool | str | Path) -> Iterator[bool | Path]:
    """Nowhere, in memory, or in a new folder of Parquet files, which is whole in the end or not there."""
    if isinstance(rows, bool):
        yield rows
        return
    require_pyarrow()
    target = Path(rows).absolute()
    if target.exists():
        raise SimulatorError(f"rows: {rows} is there already; name a new folder")
    with whole(target) as folder:
        yield folder


def remove(place: bool | Path, tasks: Iterable[Task]) -> None:
    """Rows of runs that do not count, finished or not."""
    if isinstance(place, Path):
        for task in tasks:
            (place / file_name(task.design, task.number)).unlink(missing_ok=True)
