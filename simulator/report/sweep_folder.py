"""The folder of a sweep: tidy table, verdicts, the page with sliders, a picture, where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import SimulatorError
from simulator.report.folder import file_name, manifest
from simulator.report.page.what_if import what_if
from simulator.report.pictures.landscape import landscape
from simulator.study.whole import whole

if TYPE_CHECKING:
    import pandas as pd

    from simulator.study.sweep import Sweep

ENDINGS = (".csv", ".parquet")


def write(sweep: Sweep, parent: Path, argv: Sequence[str], now: datetime | None = None) -> Path:
    """Writes `parent/<name>-sweep-<UTC>-<hash8>/`, whole or not at all; the same answers, the same hash."""
    time = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    text = as_csv(sweep.table())
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:8]
    target = parent / f"{file_name(sweep.points[0].summary.scenario)}-sweep-{time}-{fingerprint}"
    with whole(target) as folder:
        (folder / "sweep.csv").write_text(text, encoding="utf-8")
        (folder / "objectives.csv").write_text(as_csv(sweep.objectives()), encoding="utf-8")
        (folder / "what-if.html").write_text(what_if(sweep), encoding="utf-8")
        (folder / "landscape.png").write_bytes(landscape(sweep).png())
        knobs = {knob.path: list(knob.choices) for knob in sweep.knobs}
        found = {"knobs": knobs, "interrupted": sweep.interrupted}
        manifest(folder, sweep.scenario, sweep.points[0].summary, argv, time, found)
    return target


def write_table(sweep: Sweep, path: Path) -> None:
    """The tidy table as CSV or, by the name of the file, as Parquet."""
    check_ending(path)
    if path.suffix == ".parquet":
        from simulator.measure.parquet import require_pyarrow

        require_pyarrow()
        sweep.table().to_parquet(path, index=False)
    else:
        path.write_text(as_csv(sweep.table()), encoding="utf-8")


def check_ending(path: Path) -> None:
    """Refuses a file that is neither CSV nor Parquet."""
    if path.suffix not in ENDINGS:
        raise SimulatorError(
            f"table: {path} is neither CSV nor Parquet; name a file that ends in .csv or .parquet"
        )


def as_csv(table: pd.DataFrame) -> str:
    """The table as text; the same numbers, the same bytes."""
    return table.to_csv(index=False, lineterminator="\n", float_format="%.9g")
