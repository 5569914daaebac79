"""What a run costs, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from simulator.report.numbers import with_unit
from simulator.report.palette import PARTS
from simulator.report.pictures.style import Picture, legend, picture

if TYPE_CHECKING:
    from simulator.study.study import Study

SHOWN = 6
"""Lines of the bill with a colour of their own; the rest are one."""


def bill(study: Study) -> Picture | None:
    """The bill of a run of each design, its largest lines apart."""
    table = study.bill()
    if table.empty or not table["amount_usd"].sum():
        return None
    names = list(study.replications)
    table = table.assign(line=table["service"] + ": " + table["item"])
    lines = table.pivot_table(index="design", columns="line", values="amount_usd", fill_value=0.0)
    largest = lines.max().sort_values(ascending=False, kind="stable").index[:SHOWN]
    parts = {str(line): lines[line] for line in largest}
    if len(lines.columns) > SHOWN:
        parts["the rest"] = lines.drop(columns=largest).sum(axis=1)
    made = picture("Bill of a run", 1, height=0.6 + 0.34 * len(names))
    axes = made.subplots()
    left = lines[largest[:1]].sum(axis=1) * 0
    for amounts, colour in zip(parts.values(), PARTS, strict=False):
        axes.barh(names, [amounts[name] for name in names], left=[left[name] for name in names], height=0.62,
                  color=colour.light, edgecolor="white", linewidth=0.6)  # fmt: skip
        left += amounts
    for name in names:
        axes.annotate(f" {with_unit(left[name], 'usd')}", (left[name], name), va="center", fontsize=8)
    axes.set_xlim(0, left.max() * 1.12)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:g}"))
    axes.set_xlabel("US dollars a run")
    legend(made, [Patch(color=colour.light, label=line) for line, colour in zip(parts, PARTS, strict=False)])
    return made
