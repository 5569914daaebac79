"""One number over a grid of settings: a line for each design over one knob, a heat map over two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullFormatter

from simulator.errors import SimulatorError
from simulator.measure.statistics import Estimate
from simulator.report.numbers import PERCENT, unit_of_seconds, with_unit
from simulator.report.over_grid import begin_with, over_grid, reach
from simulator.report.page.metrics import Metric, metric_of
from simulator.report.pictures.style import (
    GROUND,
    INK,
    LINES,
    LOOK,
    WALL,
    Picture,
    broken,
    design_entries,
    design_line,
    legend,
    picture,
)
from simulator.report.words import Glyphs

if TYPE_CHECKING:
    from simulator.study.sweep import Sweep

COLOURS = "cividis"
"""Even steps of brightness, also for colour-blind people and on paper."""
MOST_PANELS = 6
CAPTION = (
    "Number and colour are of the metric above; the mark is of all objectives, whatever they are of:\n"
    "✓ passes every one, ✗ fails at least one, ? is undecided."
)


def landscape(sweep: Sweep, metric: str | None = None) -> Picture:
    """The number of the first objective that differs, or the named metric (`buyers.latency.p99_s`), over the
    first knobs."""
    by_point = over_grid(sweep)
    name = metric or begin_with(sweep, by_point)
    if name not in by_point[0]:
        known = ", ".join(by_point[0])
        raise SimulatorError(f"no metric named {name!r} at every point; name one of: {known}")
    found = [one[name] for one in by_point]
    title = f"{found[0].group}: {found[0].label}"
    with rc_context(LOOK):
        return _lines(sweep, found, title) if len(sweep.knobs) == 1 else _maps(sweep, found, title)


def _lines(sweep: Sweep, found: Sequence[Metric], title: str) -> Picture:
    made, (knob,) = picture(f"{title}, by {sweep.knobs[0].path}", 1, 3.4), sweep.knobs
    axes = made.subplots()
    at = [knob.choices.index(point.setting[0]) for point in sweep.points]
    along = np.array(knob.numbers)[at] if knob.numbers else np.array(at, dtype=float)
    unit, size = _scale(found)
    for place in range(len(sweep.designs)):
        value, low, high = np.array([one.estimates[place][:3] for one in found]).T / size
        style = design_line(place)
        axes.plot(along, value, marker="o", markersize=3.5, **style)
        axes.fill_between(along, low, high, color=style["color"], alpha=0.18, linewidth=0)
    for objective in sweep.scenario.objectives:
        if metric_of(objective) == found[0].name:
            axes.axhline(objective.limit / size, color=WALL, linewidth=1, linestyle=(0, (5, 3)))
            axes.annotate(
                objective.text, (1, objective.limit / size), xycoords=("axes fraction", "data"),
                ha="right", va="bottom", color=WALL,
            )  # fmt: skip
    for where in {x for x, one in zip(along, found, strict=True) if _infinite(one.estimates)}:
        axes.annotate(
            "infinite", (where, 1), xycoords=("data", "axes fraction"), ha="center", va="top", color=INK
        )
    axes.set_xlabel(f"{knob.path} ({knob.unit})" if knob.unit else knob.path)
    axes.set_ylabel(unit or "number")
    if not knob.numbers:
        axes.set_xticks(range(len(knob.choices)), knob.choices)
    if reach(found).wide:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    else:
        axes.set_ylim(bottom=0)
    legend(made, design_entries(sweep.designs))
    return made


def _maps(sweep: Sweep, found: Sequence[Metric], title: str) -> Picture:
    """One panel for each design over the first two knobs; further knobs at their first value."""
    down, across, *rest = sweep.knobs
    names = sweep.designs[:MOST_PANELS]
    fixed = [(knob.path, knob.choices[0]) for knob in rest]
    where = "".join(f", {path}={value}" for path, value in fixed)
    columns = min(len(names), 2 if len(across.choices) <= 8 else 1)
    rows = math.ceil(len(names) / columns)
    made = picture(f"{title}{where}", rows, max(1.0 + 0.42 * len(down.choices), 2.0))
    panels = made.subplots(rows, columns, squeeze=False).ravel()
    shown = [
        (point, one)
        for point, one in zip(sweep.points, found, strict=True)
        if list(point.setting[2:]) == [value for _, value in fixed]
    ]
    low, high, wide = reach(found)
    norm = LogNorm(low, high) if wide else Normalize(low, high if high > low else low + 1)
    glyphs = Glyphs()
    for place, (axes, name) in enumerate(zip(panels, names, strict=False)):
        cells = np.full((len(down.choices), len(across.choices)), np.nan)
        for point, one in shown:
            row, column = down.choices.index(point.setting[0]), across.choices.index(point.setting[1])
            estimate = one.estimates[place]
            cells[row, column] = estimate.value
            verdict = point.summary.designs[name].verdict
            sign = f"{glyphs.of(verdict)} " if verdict != "none" else ""
            dark = math.isfinite(estimate.value) and norm(estimate.value) < 0.55
            axes.text(
                column, row, f"{sign}{with_unit(estimate.value, one.unit)}", ha="center", va="center",
                color="white" if dark else INK, fontsize=8,
            )  # fmt: skip
            if math.isinf(estimate.value):
                corner = (column - 0.5, row - 0.5)
                axes.add_patch(Rectangle(corner, 1, 1, facecolor=GROUND, edgecolor=LINES, hatch="///"))
        shown_as = axes.imshow(cells, cmap=COLOURS, norm=norm, aspect="auto", origin="lower")
        _frame(axes, name, down.choices, across.choices)
        axes.set_ylabel(broken(down.path))
        axes.set_xlabel(across.path)
    for axes in panels[len(names) :]:
        axes.set_visible(False)
    if any(math.isfinite(estimate.value) for one in found for estimate in one.estimates):
        bar = made.colorbar(shown_as, ax=panels[: len(names)], pad=0.02)
        bar.ax.yaxis.set_major_formatter(lambda value, _: with_unit(value, found[0].unit, digits=2))
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
    if sweep.scenario.objectives:
        made.supxlabel(CAPTION, x=0.01, ha="left", fontsize=8)
    return made


def _infinite(estimates: Sequence[Estimate]) -> bool:
    return any(one.value == math.inf for one in estimates)


def _scale(found: Sequence[Metric]) -> tuple[str, float]:
    """The unit of the axis, and how many of the base unit it holds."""
    known = [one.value for each in found for one in each.estimates if math.isfinite(one.value)]
    if found[0].unit == "s":
        return unit_of_seconds([max(known, default=0.0)])
    return {"share": ("%", PERCENT.size), "usd": ("US dollars", 1.0)}.get(found[0].unit, ("", 1.0))


def _frame(axes: Axes, name: str, down: Sequence[str], across: Sequence[str]) -> None:
    axes.set_title(name)
    axes.grid(visible=False)
    axes.set_yticks(range(len(down)), down)
    axes.set_xticks(range(len(across)), across)
