"""Limits against demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from simulator.report import words
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
    from simulator.measure.summary import LimitSummary
    from simulator.study.study import Study

LEAST, MOST = 0.01, 100.0
"""Shares of a limit beyond these are drawn at them."""


def limits(study: Study) -> Picture | None:
    """The most that was asked of each limit as a share of what it allows, the tightest on top."""
    designs = study.summary.designs
    met: dict[str, dict[str, LimitSummary]] = {}
    for name, design in designs.items():
        for limit in design.limits:
            if limit.demand > 0:
                met.setdefault(words.limit(limit.service, limit.limit), {})[name] = limit
    if not met:
        return None
    rows = sorted(met, key=lambda row: max(limit.ratio for limit in met[row].values()))
    height = 0.7 + (0.22 + 0.12 * len(designs)) * len(rows)
    made = picture("Peak demand on each limit, as a share of what it allows", 1, height)
    axes = made.subplots()
    axes.set_xscale("log")
    for place, name in enumerate(designs):
        points = [(met[row][name], at) for at, row in enumerate(rows) if name in met[row]]
        shift = 0.8 * ((len(designs) - 1) / 2 - place) / len(designs)
        xs = [min(max(limit.ratio, LEAST), MOST) for limit, _ in points]
        ys = [at + shift for _, at in points]
        style = design_line(place)
        axes.hlines(ys, LEAST, xs, color=style["color"], linewidth=1.2, linestyle=style["linestyle"])
        for (limit, _), x, y in zip(points, xs, ys, strict=True):
            inside = axes.get_facecolor() if words.waited(limit) else style["color"]
            axes.plot([x], [y], "o", color=style["color"], markerfacecolor=inside, markersize=4)
            if x >= 1 or limit.first_at_s is not None:
                said = _said(limit, designs[name].replications)
                axes.annotate(f" {said}", (x, y), va="center", fontsize=7, color=style["color"])
    most = max(1.0, *(min(limit.ratio, MOST) for found in met.values() for limit in found.values()))
    axes.set_xlim(LEAST, most * 4)
    axes.axvspan(1, most * 4, color=REFUSED, zorder=0.1)
    axes.axvline(1, color=WALL, linewidth=1)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
    waited = any(words.waited(limit) for found in met.values() for limit in found.values())
    but = "\nhollow: what was asked for waited" if waited else ""
    axes.set_xlabel(f"demand / allowed, bursts included (logarithmic); beyond 100 % refused, or waits{but}")
    legend(made, design_entries(list(designs)))
    return made


def _said(limit: LimitSummary, replications: int) -> str:
    share = words.of_allowed(limit.ratio) if limit.ratio < MOST else "10,000 % or more"
    if limit.ratio == 1 and limit.first_at_s is None:
        return f"{share}, none refused"
    note = "waited" if words.waited(limit) else words.in_runs(limit, replications)
    return f"{share}, {note}" if note else share
