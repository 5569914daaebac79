"""What a run costs, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from simulator.report.bill_lines import bill_lines
from simulator.report.numbers import with_unit
from simulator.report.palette import PARTS
from simulator.report.pictures.style import Picture, legend, picture

if TYPE_CHECKING:
    from simulator.study.study import Study


def bill(study: Study) -> Picture | None:
    """The bill of a run of each design, its largest lines apart."""
    lines = bill_lines(study)
    if lines.empty or not lines.to_numpy().any():
        return None
    made = picture("Bill of a run", 1, height=0.6 + 0.34 * len(lines))
    axes = made.subplots()
    ends = lines.cumsum(axis=1)
    places = range(len(lines))
    entries = []
    for line, colour in zip(lines, PARTS, strict=False):
        starts = ends[line] - lines[line]
        axes.barh(places, lines[line], left=starts, height=0.62, color=colour.light, edgecolor="white")
        entries.append(Patch(color=colour.light, label=str(line)))
    for place, total in enumerate(ends.iloc[:, -1]):
        axes.annotate(f" {with_unit(total, 'usd')}", (total, place), va="center", fontsize=8)
    axes.set_yticks(places, [str(name) for name in lines.index])
    axes.set_xlim(0, ends.to_numpy().max() * 1.12)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:g}"))
    axes.set_xlabel("US dollars a run")
    legend(made, entries)
    return made
