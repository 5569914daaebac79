"""What is at servers and databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simulator.report.palette import AT_WORK
from simulator.report.pictures.alike import alike, title
from simulator.report.pictures.scales import comparable
from simulator.report.pictures.style import INK, Picture, legend, over_time, time_entries
from simulator.study.servers import WORKERS, crowded

if TYPE_CHECKING:
    import pandas as pd

    from simulator.study.study import Study

ROWS = 24
PLACES = "places, starting ones included"


def servers(study: Study) -> Picture | None:
    """Requests at each fleet and on each database's connections, one row for designs that are alike.

    Of many those at which most wait or compute.
    """
    table = study.servers()
    kinds, shown = list(AT_WORK), crowded(table)
    found = [row for service in shown for row in _rows(table[table["service"] == service])][:ROWS]
    if not found:
        return None
    rows = [title(names, f"{service} in ") for service, names, _ in found]
    heading = "Servers and databases, fullest moments, mean of the runs"
    made, grid = over_time(heading, rows, study.scenario)
    for panels, (_, _, levels) in zip(grid, found, strict=True):
        for axes in panels:
            colours = [AT_WORK[kind].light for kind in kinds]
            axes.stackplot(
                levels["time_s"], [levels[kind] for kind in kinds], colors=colours, linewidth=0, step="post"
            )
        panels[0].set_ylabel("requests" if (levels["held"] == WORKERS).all() else "connections")
    differ = comparable([(row[0], panels) for panels, row in zip(grid, found, strict=True)])
    made.suptitle(f"{heading}{differ}", x=0.01, ha="left")
    for panels, (_, _, levels) in zip(grid, found, strict=True):
        for axes in panels:  # after the heights: places that nobody needs would flatten what is there
            axes.plot(
                levels["time_s"],
                levels["places"],
                color=INK,
                linewidth=1,
                linestyle="dashed",
                drawstyle="steps-post",
            )
        top, fewest, most = panels[0].get_ylim()[1], levels["places"].min(), levels["places"].max()
        if fewest > top:  # said beside the panel, which may be full
            said = f"places: {fewest:,.0f}" + (f" to {most:,.0f}" if most > fewest else "")
            panels[0].set_ylabel(f"{panels[0].get_ylabel()}\n{said}", fontsize=8)
    entries: list[Artist] = [
        Patch(color=colour.light, label=kind) for kind, colour in AT_WORK.items() if table[kind].any()
    ]
    dashed = Line2D([], [], color=INK, linewidth=1, linestyle="dashed", label=PLACES)
    entries.append(dashed)
    legend(made, [*entries, *time_entries(study.scenario)])
    return made


def _rows(table: pd.DataFrame) -> Iterator[tuple[str, list[str], pd.DataFrame]]:
    """What is at one service in each design, once for designs in which it is alike."""
    found = {str(name): levels for name, levels in table.groupby("design", sort=False)}
    shown = [*AT_WORK, "places"]
    for names in alike({name: levels[shown].to_numpy(float) for name, levels in found.items()}):
        levels = found[names[0]]
        yield str(levels["service"].iloc[0]), names, levels
