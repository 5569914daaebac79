"""Where the time of requests goes, of all and of the slowest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from simulator.measure.document import document
from simulator.report.numbers import Unit, unit_of_seconds, with_unit
from simulator.report.palette import PARTS
from simulator.report.parts import BANDS, parts
from simulator.report.pictures.style import EDGE, Picture, legend, picture

if TYPE_CHECKING:
    from simulator.study.study import Study


def where(study: Study) -> Picture | None:
    """Mean time by part: with sums: of all `ok` answers on the left, of the slowest hundredth right."""
    table = parts(document(study.summary))
    if table.empty:
        return None
    names, spans = list(study.replications), list(dict.fromkeys(table["span"]))
    colours = dict(zip(dict.fromkeys(table["part"]), (colour.light for colour in PARTS), strict=False))
    made = picture(
        "Where the latency of ok answers goes, mean; scales differ",
        len(spans),
        height=0.55 + 0.26 * len(names),
    )
    grid = made.subplots(len(spans), len(BANDS), squeeze=False)
    for row, span in zip(grid, spans, strict=True):
        for axes, (band, said) in zip(row, BANDS.items(), strict=True):
            axes.set_title(f"{span}: {said}")
            found = table[(table["span"] == span) & (table["band"] == band)]
            seconds = found.pivot_table(index="design", columns="part", values="seconds", fill_value=0.0)
            left = [0.0] * len(names)
            for part, colour in colours.items():
                wide = [seconds[part].get(name, 0.0) if part in seconds else 0.0 for name in names]
                axes.barh(range(len(names)), wide, left=left, color=colour, height=0.7, **EDGE)
                left = [start + more for start, more in zip(left, wide, strict=True)]
            for place, whole in enumerate(left):
                if whole:
                    axes.annotate(f" {with_unit(whole, 's')}", (whole, place), va="center", fontsize=8)
            axes.set_yticks(range(len(names)), names if band == "mean" else [""] * len(names))
            axes.invert_yaxis()
            axes.grid(visible=False, axis="y")
            longest = seconds.sum(axis=1).max() if len(seconds) else 0.0
            axes.set_xlim(0, longest * 1.18 or None)
            axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            axes.xaxis.set_major_formatter(FuncFormatter(partial(_tick, unit_of_seconds([longest]))))
    legend(made, [Patch(color=colour, label=part) for part, colour in colours.items()])
    return made


def _tick(unit: Unit, value: float, _: object) -> str:
    return f"{value / unit.size:,g} {unit.name}" if value else "0"
