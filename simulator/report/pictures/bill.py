"""What a run and a month cost, and for what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from simulator.report.bill_lines import bill_lines
from simulator.report.numbers import with_unit
from simulator.report.palette import PARTS
from simulator.report.pictures.style import EDGE, Picture, legend, picture

if TYPE_CHECKING:
    import pandas as pd

    from simulator.study.study import Study


def bill(study: Study) -> Picture | None:
    """The bill of a run of each design, and of a month where one is declared, their largest lines apart."""
    found = bill_lines(study)
    if not found:
        return None
    names = list(dict.fromkeys(str(line) for lines in found.values() for line in lines))
    colours = dict(zip(names, (colour.light for colour in PARTS), strict=False))
    made = picture("What it costs", len(found), height=0.75 + 0.34 * len(study.replications))
    grid = made.subplots(len(found), 1, squeeze=False)
    for (axes,), (span, lines) in zip(grid, found.items(), strict=True):
        axes.set_title(f"a {span}")
        _bars(axes, lines, colours)
    legend(made, [Patch(color=colours[line], label=line) for line in names])
    return made


def _bars(axes: Axes, lines: pd.DataFrame, colours: Mapping[str, str]) -> None:
    ends = lines.cumsum(axis=1)
    places = range(len(lines))
    for line in map(str, lines):
        starts = ends[line] - lines[line]
        axes.barh(places, lines[line], left=starts, height=0.62, color=colours[line], **EDGE)
    for place, total in enumerate(ends.iloc[:, -1]):
        axes.annotate(f" {with_unit(total, 'usd')}", (total, place), va="center", fontsize=8)
    axes.set_yticks(places, [str(name) for name in lines.index])
    axes.set_xlim(0, ends.to_numpy().max() * 1.12)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,g}"))
