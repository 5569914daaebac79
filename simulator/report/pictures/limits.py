"""Limits against demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from simulator.report import words
from simulator.report.numbers import significant
from simulator.report.pictures.style import (
    REFUSED,
    WALL,
    Picture,
    design_entries,
    design_line,
    legend,
    picture,
)

if TYPE_CHECKING:
    from simulator.study.study import Study

LEAST, MOST = 0.01, 100.0
"""Shares of a limit beyond these are drawn at them."""


def limits(study: Study) -> Picture | None:
    """The most that was asked of each limit as a share of what it allows, the tightest on top."""
    designs = study.summary.designs
    ratios: dict[str, dict[str, float]] = {}
    for name, design in designs.items():
        for limit in design.limits:
            ratios.setdefault(words.limit(limit.service, limit.limit), {})[name] = min(limit.ratio, MOST)
    if not ratios:
        return None
    rows = sorted(ratios, key=lambda row: max(ratios[row].values()))
    height = 0.7 + (0.22 + 0.1 * len(designs)) * len(rows)
    made = picture("Peak demand on each limit, as a share of what it allows", 1, height)
    axes = made.subplots()
    axes.set_xscale("log")
    for place, name in enumerate(designs):
        points = [(ratios[row][name], at) for at, row in enumerate(rows) if name in ratios[row]]
        shift = 0.6 * ((len(designs) - 1) / 2 - place) / len(designs)
        xs = [max(ratio, LEAST) for ratio, _ in points]
        ys = [at + shift for _, at in points]
        style = design_line(place)
        axes.hlines(ys, LEAST, xs, color=style["color"], linewidth=1.2, linestyle=style["linestyle"])
        axes.plot(xs, ys, "o", color=style["color"], markersize=4)
        for x, y in zip(xs, ys, strict=True):
            if x >= 1:
                said = f" {significant(100 * x)} %" if x < MOST else " 10,000 % or more"
                axes.annotate(said, (x, y), va="center", fontsize=7, color=style["color"])
    most = max(1.0, *(ratio for found in ratios.values() for ratio in found.values()))
    axes.set_xlim(LEAST, most * 2.5)
    axes.axvspan(1, most * 2.5, color=REFUSED, zorder=0.1)
    axes.axvline(1, color=WALL, linewidth=1)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    axes.set_xlabel("demand / allowed (logarithmic); beyond 100 % requests are refused or wait")
    legend(made, design_entries(list(designs)))
    return made
