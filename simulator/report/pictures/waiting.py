"""How much waits, how old it is and in which batches it is taken, over time."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simulator.report.numbers import whole, with_unit
from simulator.report.pictures.alike import alike, striped
from simulator.report.pictures.style import Picture, design_entries, legend, over_time, time_entries

if TYPE_CHECKING:
    import pandas as pd

    from simulator.study.study import Study

ROWS = 8


class _Shown(NamedTuple):
    """A row of panels for each receiver that has such numbers."""

    title: str
    column: str
    axis: str
    said: Callable[[float], str]
    linear: float
    """From here on by decades, or one design that falls behind would hide all others."""

    def scale(self, axes: Axes, most: float) -> None:
        """From nothing to a little above the most."""
        axes.set_ylabel(self.axis)
        if most > self.linear:
            axes.set_yscale("symlog", linthresh=self.linear)
            axes.set_ylabel(f"{self.axis} (log from {self.said(self.linear)})")
        axes.set_ylim(0, max(1.0, 1.2 * most))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: self.said(value)))


def _seconds(value: float) -> str:
    return with_unit(value, "s", 1)


SHOWN = (
    _Shown("backlog", "waiting", "items", whole, 10.0),
    _Shown("age of the oldest that waits", "age_s", "age", _seconds, 1.0),
    _Shown("IteratorAge, average", "iterator_age_s", "age", _seconds, 1.0),
    _Shown("batch size, mean", "batch_size", "items", whole, math.inf),
)


def waiting(study: Study) -> Picture | None:
    """Of each queue and each consumer of a stream, all designs on the same axes; of many those whose
    messages or records waited longest."""
    table = study.waiting()
    oldest = table.groupby(["service", "messages"], sort=False)["age_s"].max()
    oldest = oldest[oldest > 0].sort_values(ascending=False, kind="stable")
    rows: list[tuple[str, pd.DataFrame, _Shown]] = []
    for service, of in oldest.index:
        found = table[(table["service"] == service) & (table["messages"] == of)]
        own = [(f"{service}: {of}, {what.title}", found, what) for what in SHOWN if found[what.column].any()]
        if not rows or len(rows) + len(own) <= ROWS:
            rows += own
    if not rows:
        return None
    names, drawn = list(study.replications), {str(name) for _, found, _ in rows for name in found["design"]}
    title = "What waits, means of the runs; striped: designs alike"
    made, grid = over_time(title, [row for row, *_ in rows], study.scenario)
    for panels, (_, found, what) in zip(grid, rows, strict=True):
        lines = {str(name): one for name, one in found.groupby("design", sort=False)}
        for group in alike({name: one[what.column].to_numpy(float) for name, one in lines.items()}):
            for name, axes in product(group, panels):
                line, style = lines[name], striped(names, group, name)
                axes.plot(line["time_s"], line[what.column], drawstyle="steps-post", **style)
        what.scale(panels[0], float(found[what.column].max()))
    legend(made, [*design_entries(names, drawn), *time_entries(study.scenario)])
    return made
