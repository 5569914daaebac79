"""Limits against demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from simulator.report import words
from simulator.report.numbers import whole
from simulator.report.pictures.style import (
    QUIET,
    REFUSED,
    WALL,
    Picture,
    design_entries,
    design_line,
    legend,
    picture,
    room_for_words,
)
from simulator.report.reached import EFFECTS, FAILED, HELD, WAITED, effect, in_time, note, severity
from simulator.report.reached import REFUSED as REFUSING
from simulator.study.servers import longest_line

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from simulator.measure.limits import LimitSummary
    from simulator.measure.summary import DesignSummary
    from simulator.study.study import Study

LEAST, MOST = 0.01, 100.0
"""Shares of a limit beyond these are drawn at them: an arrow says that it is less, words that it is more."""
FAR = 0.1
"""A limit of which no design comes to this share has no row."""
LINE, GAP = 0.14, 1.0
"""Inches from one design to the next, and between two limits as many times that."""
LESS = "less"
MARKERS: dict[str, dict[str, Any]] = {
    FAILED: {"marker": "X", "markersize": 7},
    REFUSING: {"marker": "D", "markersize": 4.5},
    WAITED: {"marker": "o", "markersize": 4.5, "markerfacecolor": "white"},
    HELD: {"marker": "o", "markersize": 4},
    LESS: {"marker": "<", "markersize": 5},
}


def limits(study: Study) -> Picture | None:
    """The most that was asked of each limit as a share of what it allows: what failed requests on
    top, then what refused, what made wait, and the rest, the tightest first. Of those that are FAR in every
    design only their number is said, and nothing of environments that were provisioned in time."""
    designs = study.summary.designs
    met: dict[str, dict[str, LimitSummary]] = {}
    for name, design in designs.items():
        for limit in design.limits:
            if limit.demand > 0 and not in_time(limit, design):
                met.setdefault(words.limit(limit.service, limit.limit), {})[name] = limit
    if not met:
        return None

    def worst(row: str) -> tuple[int, float]:
        return max(severity(limit, designs[name]) for name, limit in met[row].items())

    rows = sorted((row for row in met if worst(row) >= (0, FAR)), key=worst) or sorted(met, key=worst)
    lines = sum(len(met[row]) + GAP for row in rows)
    made = picture("Peak demand on each limit, as a share of what it allows", 1, 0.7 + LINE * lines)
    axes = made.subplots()
    axes.set_xscale("log")
    middles, bottom = [], 0.0
    for row in rows:
        middles.append(bottom + (len(met[row]) - 1) / 2)
        for up, (name, limit) in enumerate(reversed(met[row].items())):
            line = longest_line(study.replications[name], limit, study.summary.warm_up_s)
            style = design_line(list(designs).index(name))
            _draw(axes, bottom + up, limit, designs[name], line, style)
        bottom += len(met[row]) + GAP
    most = max(1.0, *(min(limit.ratio, MOST) for found in met.values() for limit in found.values()))
    axes.axvline(1, color=WALL, linewidth=1)
    axes.set_yticks(middles, rows)
    axes.set_ylim(-GAP, bottom)
    axes.grid(visible=False, axis="y")
    # what is further right has room for words only
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{100 * value:,g} %" if value <= max(10.0, most) else "")
    )
    said = "demand / allowed, bursts included (logarithmic); beyond 100 % refused, or waits"
    if hidden := len(met) - len(rows):
        many = f"{hidden} limits" if hidden > 1 else "1 limit"
        said += f"\nnot shown: {many} of which no design comes to {100 * FAR:g} %"
    axes.set_xlabel(said)
    room_for_words(made, axes, LEAST, 2 * most)
    axes.axvspan(1, axes.get_xlim()[1], color=REFUSED, zorder=0.1)
    drawn = {_marker(limit, designs[name]) for row in rows for name, limit in met[row].items()}
    legend(made, [*design_entries(list(designs)), *_entries(drawn)])
    return made


def _draw(
    axes: Axes, y: float, limit: LimitSummary, design: DesignSummary, in_line: float, style: dict[str, Any]
) -> None:
    """One limit of one design."""
    x, colour = min(max(limit.ratio, LEAST), MOST), style["color"]
    axes.hlines([y], LEAST, [x], color=colour, linewidth=1.2, linestyle=style["linestyle"])
    axes.plot([x], [y], color=colour, clip_on=False, **MARKERS[_marker(limit, design)])
    if x >= 1 or limit.first_at_s is not None:
        said = _said(limit, design, in_line)
        axes.annotate(f"  {said}", (x, y), va="center", fontsize=7, color=colour)


def _marker(limit: LimitSummary, design: DesignSummary) -> str:
    return effect(limit, design) or (LESS if limit.ratio < LEAST else HELD)


def _entries(drawn: set[str]) -> list[Artist]:
    """Legend entries of the markers that do not speak for themselves."""
    said = {**EFFECTS, LESS: f"less than {100 * LEAST:g} %"}
    return [
        Line2D([], [], color=QUIET, linestyle="none", label=text, **MARKERS[what])
        for what, text in said.items()
        if what in drawn
    ]


def _said(limit: LimitSummary, design: DesignSummary, in_line: float) -> str:
    """All servers are in use whenever a few requests meet: how long the line became tells if that matters."""
    share = words.of_allowed(limit.ratio) if limit.ratio < MOST else "10,000 % or more"
    said = [note(limit, design), f"up to {whole(in_line)} in line" if round(in_line) else ""]
    none = "none refused" if limit.ratio == 1 and limit.first_at_s is None else ""
    return ", ".join(filter(None, [share, *said] if any(said) else [share, none]))
