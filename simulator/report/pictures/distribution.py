"""How latencies are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter
from numpy.typing import NDArray

from simulator.measure.result import Counted
from simulator.report.pictures.alike import CLOSE, alike, striped
from simulator.report.pictures.style import (
    SAID,
    WALL,
    Picture,
    design_entries,
    design_line,
    legend,
    picture,
    seconds_axis,
)
from simulator.report.unfinished import left_out
from simulator.study.over_time import slower_by, spans

if TYPE_CHECKING:
    from simulator.study.study import Study

HEIGHTS = (0.9, 0.3, 0.05)
"""At which words may stand beside a wall."""
LEVELS = {0.5: "p50", 0.1: "p90", 0.01: "p99", 0.001: "p99.9", 0.0001: "p99.99"}


def distribution(study: Study) -> Picture:
    """The share of requests slower than each time, all designs on one logarithmic axis.

    One row per request type, and one of its completion where that is later; one column for the counted
    time and one per window. A line ends where fewer than ten requests are left, or all the rest are infinite.
    """
    keys, names = study.summary.leaves, list(study.replications)
    columns = ["", *study.scenario.windows]
    shown = [(key, clock) for key in keys for clock in study.summary.clocks(key)]
    what = "Latency and completion" if len(shown) > len(keys) else "Latency"
    title = f"{what} of ok answers: the share that took longer; striped: designs alike"
    made = picture(title, len(shown), height=2.7)
    grid = made.subplots(len(shown), len(columns), sharex=True, sharey=True, squeeze=False)
    for row, (key, clock) in zip(grid, shown, strict=True):
        for axes, window in zip(row, columns, strict=True):
            axes.set_title((f"{key} @{window}" if window else key) + (", completion" * (clock != "latency")))
            counted = {name: spans(study.replications[name], key)[window] for name in names}
            found = {name: slower_by(clock, one) for name, one in counted.items()}
            for group in alike({name: read(*line) for name, line in found.items()}, within=3 * CLOSE):
                for name in group:
                    axes.plot(*found[group[0]], **striped(names, group, name))
            _objectives(axes, study, key, clock, window)
            _left_out(axes, counted, clock)
    for row in grid:
        row[0].set_ylabel("slower than this")
    for axes in grid[-1]:
        axes.set_xlabel("time (logarithmic)")
    axes = grid[0][0]
    axes.set_yscale("log")
    axes.set_ylim(min(LEVELS), 1)
    axes.yaxis.set_major_locator(FixedLocator(list(LEVELS)))
    axes.yaxis.set_minor_locator(FixedLocator([]))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda level, _: f"{100 * level:g} %  ({LEVELS[level]})"))
    seconds_axis(axes, "x", most=10 // len(columns))
    legend(made, design_entries(names))
    made.draw_without_rendering()
    for axes in grid.flat:
        _clear(axes)
    return made


def read(took: NDArray[np.float64], longer: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithms of the latencies at some levels."""
    if not len(took):
        return np.empty(0)
    levels = np.geomspace(1, min(LEVELS), 200)
    return np.log(np.interp(-levels, -longer, took))


def _left_out(axes: Axes, counted: Mapping[str, Sequence[Counted]], clock: str) -> None:
    """Beside the lines, of each on which many of the requests are not, that they are missing."""
    entries = [
        Line2D([], [], **design_line(place, f"{name}: {said}"))
        for place, (name, runs) in enumerate(counted.items())
        if (said := left_out(clock, runs))
    ]
    if entries:
        axes.legend(handles=entries, loc="best", fontsize=8, frameon=True, edgecolor="none", framealpha=0.9)


def _objectives(axes: Axes, study: Study, key: str, clock: str, window: str) -> None:
    """A wall that the lines must not run into: so few may be slower than the limit of a percentile."""
    for objective in study.scenario.objectives:
        here = (objective.subject, objective.metric, objective.window or "") == (key, clock, window)
        if here and (objective.statistic or "").startswith("p"):
            level = 1 - float(str(objective.statistic)[1:]) / 100
            axes.plot([objective.limit] * 2, [level, 1], color=WALL, linewidth=2.5, solid_capstyle="butt")
            said = axes.annotate(f" {objective.text} ", (objective.limit, 0.9), va="top", **SAID)
            said.set_in_layout(False)  # else it makes a panel narrower near whose edge it begins


def _clear(axes: Axes) -> None:
    """Words go to a place beside their wall, within the panel, where no line runs through them."""
    panel = axes.get_window_extent()
    places = [
        (side, turned, height) for turned in (0, 90) for side in ("left", "right") for height in HEIGHTS
    ]
    for text in axes.texts:
        crossed = []
        for side, turned, height in places:
            text.set(horizontalalignment=side, rotation=turned, y=height)
            words = text.get_window_extent()
            inside = panel.x0 <= words.x0 and words.x1 <= panel.x1
            lines = [line.get_path().transformed(line.get_transform()) for line in axes.lines
                     if line.get_color() != WALL]  # fmt: skip
            crossed.append((not inside, sum(line.intersects_bbox(words, filled=False) for line in lines)))
        side, turned, height = places[crossed.index(min(crossed))]
        text.set(horizontalalignment=side, rotation=turned, y=height)
