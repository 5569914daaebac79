"""Requests and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simulator.report.palette import OUTCOMES
from simulator.report.pictures.alike import alike, title
from simulator.report.pictures.scales import same_height
from simulator.report.pictures.style import INK, Picture, legend, over_time, time_entries
from simulator.report.unfinished import unfinished

if TYPE_CHECKING:
    from simulator.measure.summary import Summary
    from simulator.study.study import Study


def requests(study: Study) -> Picture:
    """Answers a second by outcome, one row for designs that are alike; the line is what clients asked for."""
    table = study.rates()
    shown = [what for what in OUTCOMES if (table["what"] == what).any()]
    found = {
        str(name): rates.pivot_table(index="time_s", columns="what", values="per_s").reindex(
            columns=["requests", *shown], fill_value=0.0
        )
        for name, rates in table.groupby("design", sort=False)
    }
    groups = alike({name: rates.fillna(0.0).to_numpy() for name, rates in found.items()})
    rows = (title(named(study.summary, name) for name in group) for group in groups)
    made, grid = over_time("Requests and outcomes, mean of the runs", rows, study.scenario)
    for panels, (name, *_) in zip(grid, groups, strict=True):
        rates = found[name]
        stack = [rates[what] for what in shown]
        for axes in panels:
            colours = [OUTCOMES[what].light for what in shown]
            if stack:
                axes.stackplot(rates.index, stack, colors=colours, linewidth=0, step="post")
            axes.plot(rates.index, rates["requests"], color=INK, linewidth=0.8, drawstyle="steps-post")
        panels[0].set_ylabel("requests/s")
    same_height(grid.flat)
    arriving = Line2D([], [], color=INK, linewidth=0.8, label="arriving")
    answered = [Patch(color=OUTCOMES[what].light, label=what) for what in shown]
    legend(made, [arriving, *answered, *time_entries(study.scenario)])
    return made


def named(summary: Summary, name: str) -> str:
    """A design whose answers say `ok` to what it never gets done: `defaults (84 % unfinished)`."""
    traffic = summary.designs[name].traffic
    said = {source: unfinished(traffic[source]) for source in summary.sources}
    of = [f"{source} {left}" if len(said) > 1 else left for source, left in said.items() if left]
    return f"{name} ({', '.join(of)})" if of else name
