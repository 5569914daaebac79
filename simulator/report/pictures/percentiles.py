"""Latency over time."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D

from simulator.report.held import held
from simulator.report.pictures.alike import CLOSE, alike, striped
from simulator.report.pictures.style import (
    ASKED,
    INK,
    SAID,
    Picture,
    design_entries,
    legend,
    over_time,
    seconds_axis,
    time_entries,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from matplotlib.axes import Axes

    from simulator.scenario.model import Scenario
    from simulator.scenario.objectives import Objective
    from simulator.study.study import Study

WIDTHS = {"p50_s": 0.8, "p99_s": 1.8}


def percentiles(study: Study) -> Picture:
    """Median and p99 by when requests arrived, all designs on the same axes, one row per type."""
    keys, names = study.summary.leaves, list(study.replications)
    table = study.timeline()
    title = "Latency of ok answers by when they were asked for, all runs; striped: designs alike"
    made, grid = over_time(title, keys, study.scenario, height=2.3)
    for panels, key in zip(grid, keys, strict=True):
        of_it = table[table["traffic"] == key]
        found = {name: of_it[of_it["design"] == name] for name in names}
        with np.errstate(divide="ignore"):
            logs = {name: np.log(one[list(WIDTHS)].to_numpy(float)) for name, one in found.items()}
        for group in alike(logs, within=3 * CLOSE):
            line = held(found[group[0]], ["design"], list(WIDTHS), "time_s", study.scenario.run.for_ / 1e9)
            for name, (percentile, width) in product(group, WIDTHS.items()):
                style = striped(names, group, name) | {"linewidth": width}
                for axes in panels:
                    axes.plot(line["time_s"], line[percentile], drawstyle="steps-post", **style)
        _objectives(panels, key, study.scenario)
        seconds_axis(panels[0], "y")
        panels[0].set_ylabel("latency")
    thick = [
        Line2D([], [], color=INK, linewidth=width, label=name.removesuffix("_s"))
        for name, width in WIDTHS.items()
    ]
    asked = [Line2D([], [], label="objective", **ASKED)] if _asked(study.scenario, keys) else []
    legend(made, [*design_entries(names), *thick, *asked, *time_entries(study.scenario)])
    return made


def _asked(scenario: Scenario, keys: Collection[str]) -> list[Objective]:
    """Objectives on percentiles: those between the two that are drawn have to do with both."""
    return [
        one
        for one in scenario.objectives
        if one.subject in keys and one.metric == "latency" and str(one.statistic).startswith("p")
    ]


def _objectives(panels: Sequence[Axes], key: str, scenario: Scenario) -> None:
    """A line for each, as long as it counts."""
    for one in _asked(scenario, [key]):
        begin, end = scenario.run.warm_up, scenario.run.for_
        if one.window:
            window = scenario.windows[one.window]
            begin, end = window.from_, window.from_ + window.for_
        for axes in panels:
            axes.plot([begin / 1e9, end / 1e9], [one.limit] * 2, **ASKED)
        panels[0].annotate(
            f" {one.text}", (end / 1e9, one.limit), ha="left" if one.window else "right",
            va="center" if one.window else "bottom", **SAID,
        )  # fmt: skip
