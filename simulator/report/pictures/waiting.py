"""How old the oldest message is that waits, over time."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from simulator.report.numbers import with_unit
from simulator.report.pictures.alike import alike, striped
from simulator.report.pictures.style import Picture, design_entries, legend, over_time, time_entries

if TYPE_CHECKING:
    from simulator.study.study import Study

ROWS = 8


def waiting(study: Study) -> Picture | None:
    """The age of the oldest message or record that waits in each queue or for each consumer of a stream, all
    designs on the same axes; of many the oldest only."""
    table = study.waiting()
    table = table[table.groupby(["service", "messages"])["age_s"].transform("max") > 0]
    if table.empty:
        return None
    names, drawn = list(study.replications), set(table["design"])
    oldest = table.groupby(["service", "messages"], sort=False)["age_s"].max()
    keys = list(oldest.sort_values(ascending=False, kind="stable").index[:ROWS])
    title = "Age of the oldest that waits, mean of the runs; striped: designs alike"
    made, grid = over_time(title, [f"{service}: {of}" for service, of in keys], study.scenario, height=2.0)
    for panels, (service, of) in zip(grid, keys, strict=True):
        rows = table[(table["service"] == service) & (table["messages"] == of)]
        found = {str(name): one for name, one in rows.groupby("design", sort=False)}
        for group in alike({name: one["age_s"].to_numpy(float) for name, one in found.items()}):
            for name, axes in product(group, panels):
                line, style = found[name], striped(names, group, name)
                axes.plot(line["time_s"], line["age_s"], drawstyle="steps-post", **style)
        # from a second on by decades, or one design that falls behind would hide all others
        panels[0].set_yscale("symlog", linthresh=1.0)
        panels[0].set_ylim(0, max(1.0, 1.2 * oldest[service, of]))
        panels[0].yaxis.set_major_formatter(FuncFormatter(lambda age, _: with_unit(age, "s", 1)))
        panels[0].set_ylabel("age" if oldest[service, of] <= 1 else "age (log from 1 s)")
    legend(made, [*design_entries(names, drawn), *time_entries(study.scenario)])
    return made
