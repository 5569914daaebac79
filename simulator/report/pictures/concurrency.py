"""Executions at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simulator.report.ended_in_init import share_ended
from simulator.report.numbers import part
from simulator.report.palette import STARTS
from simulator.report.pictures.alike import alike, title
from simulator.report.pictures.style import INK, Picture, legend, over_time, same_height, time_entries
from simulator.study.over_time import busiest

if TYPE_CHECKING:
    import pandas as pd

    from simulator.study.study import Study

ROWS = 24
LABELS = {
    "provisioned": "on provisioned environments",
    "warm": "warm",
    "spill-over": "spill-over, warm",
    "cold": "started cold",
}


def concurrency(study: Study) -> Picture | None:
    """Executions of each function by where they run, one row for designs that are alike.

    Of many functions only the busiest are shown. The first row of each says which designs use none such.
    """
    table = study.concurrency()
    if table.empty or not table[list(LABELS)].to_numpy().any():
        return None
    shown = busiest(table)[: max(ROWS // len(study.replications), 1)]
    table = table[table["service"].isin(shown)]
    found = dict(_rows(table))
    first = dict(reversed(found))
    rows = [
        title(names, f"{service} in ")
        + _ended(study, service, names[0])
        + (_without(study, table, service) if names is first[service] else "")
        for service, names in found
    ]
    made, grid = over_time(
        "Concurrent executions at the fullest moment of each time bin, mean of the runs", rows, study.scenario
    )
    for panels, levels in zip(grid, found.values(), strict=True):
        kept = levels["provisioned_environments"]
        for axes in panels:
            colours = [STARTS[kind].light for kind in LABELS]
            stack = [levels[kind] for kind in LABELS]
            axes.stackplot(levels["time_s"], stack, colors=colours, linewidth=0, step="post")
            axes.plot(levels["time_s"], kept.where(kept > 0), color=INK, linewidth=1, linestyle="dashed")
        panels[0].set_ylabel("executions")
    for service in table["service"].unique():
        same_height(
            axes for panels, row in zip(grid, found, strict=True) if row[0] == service for axes in panels
        )
    entries: list[Artist] = [
        Patch(color=STARTS[kind].light, label=label) for kind, label in LABELS.items() if table[kind].any()
    ]
    if table["provisioned_environments"].any():
        label = "provisioned environments"
        entries.append(Line2D([], [], color=INK, linewidth=1, linestyle="dashed", label=label))
    legend(made, [*entries, *time_entries(study.scenario)])
    return made


def _ended(study: Study, service: str, design: str) -> str:
    """A line of what came of those that started cold, if not all of them came to serve."""
    share = share_ended(study.summary.designs[design].services[service])
    return f"\n{part(share)} of its cold starts ended in their init" if share else ""


def _without(study: Study, table: pd.DataFrame, service: str) -> str:
    """A line of the designs in which no function of this name is at work."""
    having = set(table.loc[table["service"] == service, "design"])
    names = [name for name in study.replications if name not in having]
    return "\n" + title(names, "no such function used in ") if names else ""


def _rows(table: pd.DataFrame) -> Iterator[tuple[tuple[str, tuple[str, ...]], pd.DataFrame]]:
    """The levels of each function in each design, once for designs in which they are alike."""
    for service, designs in table.groupby("service", sort=False):
        found = {str(name): levels for name, levels in designs.groupby("design", sort=False)}
        shown = [*LABELS, "provisioned_environments"]
        for names in alike({name: levels[shown].to_numpy(float) for name, levels in found.items()}):
            yield (str(service), tuple(names)), found[names[0]]
