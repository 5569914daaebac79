"""How much waits, how old it is and in which batches it is taken, over time."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from simulator.report.numbers import with_unit
from simulator.report.pictures.alike import alike, striped
from simulator.report.pictures.style import Picture, design_entries, legend, over_time, time_entries
from simulator.report.waited import Measure, waited

if TYPE_CHECKING:
    from simulator.study.study import Study

ROWS = 8


LINEAR = {"items": 10.0, "s": 1.0}
"""From here on by decades, or one design that falls behind would hide all others."""


def waiting(study: Study) -> Picture | None:
    """Of each queue and each consumer of a stream, all designs on the same axes; of many those whose
    messages or records waited longest."""
    rows = waited(study)[:ROWS]
    if not rows:
        return None
    names, drawn = list(study.replications), {str(name) for row in rows for name in row.table["design"]}
    title = "What waits, means of the runs; striped: designs alike"
    made, grid = over_time(title, [row.title for row in rows], study.scenario)
    for panels, (_, table, measure) in zip(grid, rows, strict=True):
        lines = {str(name): one for name, one in table.groupby("design", sort=False)}
        for group in alike({name: one[measure.column].to_numpy(float) for name, one in lines.items()}):
            for name, axes in product(group, panels):
                line, style = lines[name], striped(names, group, name)
                axes.plot(line["time_s"], line[measure.column], drawstyle="steps-post", **style)
        _scale(panels[0], measure, float(table[measure.column].max()))
    legend(made, [*design_entries(names, drawn), *time_entries(study.scenario)])
    return made


def _scale(axes: Axes, measure: Measure, most: float) -> None:
    """From nothing to a little above the most."""
    linear = LINEAR[measure.unit]

    def said(value: float, _: object = None) -> str:
        return with_unit(value, "s", 1) if measure.unit == "s" else f"{value:,g}"

    axis = "age" if measure.unit == "s" else measure.unit
    if most > linear and measure.column != "batch_size":
        axes.set_yscale("symlog", linthresh=linear)
        axis += f" (log from {said(linear)})"
    axes.set_ylabel(axis)
    axes.set_ylim(0, max(1.0, 1.2 * most))
    axes.yaxis.set_major_formatter(FuncFormatter(said))
