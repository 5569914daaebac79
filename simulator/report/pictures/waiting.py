"""How much waits, how old it is and in which batches it is taken, over time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from simulator.report.numbers import with_unit
from simulator.report.pictures.alike import alike, striped
from simulator.report.pictures.style import (
    ASKED,
    SAID,
    Picture,
    design_entries,
    legend,
    over_time,
    time_entries,
)
from simulator.report.waited import Measure, Waited, waited
from simulator.study.over_time import between

if TYPE_CHECKING:
    import pandas as pd

    from simulator.scenario.model import Scenario
    from simulator.scenario.objectives import Objective
    from simulator.study.study import Study

ROWS = 10
BAND = 0.2
"""How dense the ground between the lowest and the highest run is; there is none of batches, of which a run
takes few in a time bin."""
LINEAR = {"items": 10.0, "s": 1.0}
"""From here on by decades, or one design that falls behind would hide all others."""


def waiting(study: Study) -> Picture | None:
    """Of each queue and each consumer of a stream, all designs on the same axes; of many those whose
    messages or records waited longest. Objectives are drawn where they are of what is drawn."""
    rows = waited(study)[:ROWS]
    if not rows:
        return None
    names, drawn = list(study.replications), {str(name) for row in rows for name in row.table["design"]}
    several = study.summary.replications > 1
    title = "What waits: mean of the runs, band from lowest to highest run" if several else "What waits"
    made, grid = over_time(f"{title}; striped: designs alike", [row.title for row in rows], study.scenario)
    bands = between(study.replications) if several else ()
    for panels, row in zip(grid, rows, strict=True):
        banded = bands if row.measure.column != "batch_size" else ()
        means, *spread = of_it = [_of(row, one) for one in (row.table, *banded)]
        for group in alike({name: one.to_numpy(float) for name, one in means.items()}):
            for name, axes in product(group, panels):
                line, style = means[name], striped(names, group, name)
                axes.plot(line.index, line, drawstyle="steps-post", **style)
                if spread:
                    low, high = (one[name] for one in spread)
                    axes.fill_between(
                        low.index, low, high, step="post", color=style["color"], alpha=BAND, linewidth=0
                    )
        _objectives(panels, row.objectives, study.scenario)
        most = max(float(line.max()) for line in of_it[-1].values())
        _scale(panels[0], row.measure, max([most, *(one.limit for one in row.objectives)]))
    asked = any(row.objectives for row in rows)
    entries = [
        *design_entries(names, drawn),
        *([Line2D([], [], **ASKED, label="objective")] if asked else []),
    ]
    legend(made, [*entries, *time_entries(study.scenario)])
    return made


def _of(row: Waited, table: pd.DataFrame) -> dict[str, pd.Series]:
    """By design, what a table has of this row, by time."""
    service, of = row.table[["service", "messages"]].iloc[0]
    own = table[(table["service"] == service) & (table["messages"] == of)].set_index("time_s")
    return {str(name): one for name, one in own.groupby("design", sort=False)[row.measure.column]}


def _objectives(panels: Sequence[Axes], asked: Sequence[Objective], scenario: Scenario) -> None:
    """A line for each, as long as it counts."""
    for one in asked:
        for axes in panels:
            axes.plot([scenario.run.warm_up / 1e9, scenario.run.for_ / 1e9], [one.limit] * 2, **ASKED)
        panels[0].annotate(
            f"{one.metric} {one.text}", (1, one.limit), (0, 2), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="right", va="bottom", **SAID,
        )  # fmt: skip


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
