"""Executions at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simulator.measure.need import ACCOUNT, CONCURRENCY
from simulator.report import words
from simulator.report.ended_in_init import share_ended
from simulator.report.numbers import part, whole
from simulator.report.palette import STARTS
from simulator.report.pictures.alike import alike, title
from simulator.report.pictures.scales import comparable
from simulator.report.pictures.style import (
    INK,
    SAID,
    WALL,
    Picture,
    legend,
    over_time,
    time_entries,
)
from simulator.study.over_time import busiest

if TYPE_CHECKING:
    import pandas as pd

    from simulator.study.study import Study

ROWS = 24
NEAR = 0.5
"""Of a limit: it is drawn where executions take so much of it."""
DASHED = (0, (5, 2))
ROOM = 0.8
"""Of a panel's height: words are below a line that is higher."""
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
    said = "Concurrent executions, fullest moment of each time bin, mean of the runs"
    made, grid = over_time(said, rows, study.scenario)
    near: list[dict[str, float]] = []
    for panels, ((service, names), levels) in zip(grid, found.items(), strict=True):
        kept = levels["provisioned_environments"]
        for axes in panels:
            colours = [STARTS[kind].light for kind in LABELS]
            stack = [levels[kind] for kind in LABELS]
            axes.stackplot(levels["time_s"], stack, colors=colours, linewidth=0, step="post")
            axes.plot(levels["time_s"], kept.where(kept > 0), color=INK, linewidth=1, linestyle="dashed")
        most = float(levels[list(LABELS)].sum(axis=1).max())
        near.append(_near(study, service, names, most))
        for axes, allowed in product(panels, near[-1].values()):
            axes.axhline(allowed, color=WALL, linewidth=1, linestyle=DASHED)
        panels[0].set_ylabel("executions")
    differ = comparable([(service, panels) for (service, _), panels in zip(found, grid, strict=True)])
    made.suptitle(f"{said}{differ}", x=0.01, ha="left")
    for panels, limits in zip(grid, near, strict=True):
        for what, allowed in limits.items():
            _say(panels[0], what, allowed)
    entries: list[Artist] = [
        Patch(color=STARTS[kind].light, label=label) for kind, label in LABELS.items() if table[kind].any()
    ]
    if table["provisioned_environments"].any():
        label = "provisioned environments"
        entries.append(Line2D([], [], color=INK, linewidth=1, linestyle="dashed", label=label))
    legend(made, [*entries, *time_entries(study.scenario)])
    return made


def _near(study: Study, service: str, designs: Sequence[str], most: float) -> dict[str, float]:
    """What each limit allows of which these executions take much: the function's own in the place of the
    account's. Where only some of the designs have it, it names them."""
    found: dict[tuple[str, float], list[str]] = {}
    for name in designs:
        limits = {limit[:2]: limit for limit in study.summary.designs[name].limits}
        limit = limits.get((service, "reserved concurrency")) or limits.get((ACCOUNT, CONCURRENCY))
        if limit and most >= NEAR * limit.allowed:
            functions = sum("concurrency_max" in one for one in study.summary.designs[name].services.values())
            shared = " of all functions" * (limit.service == ACCOUNT and functions > 1)
            found.setdefault((words.limit(*limit[:2]) + shared, limit.allowed), []).append(name)
    return {
        f"{what}, {whole(allowed)}{'' if len(having) == len(designs) else ' in ' + title(having)}": allowed
        for (what, allowed), having in found.items()
    }


def _say(axes: Axes, what: str, allowed: float) -> None:
    """Beside the line at what is allowed: above it, where there is room."""
    below = allowed > ROOM * axes.get_ylim()[1]
    axes.annotate(
        what, (0, allowed), (4, -2 if below else 2), xycoords=("axes fraction", "data"),
        textcoords="offset points", va="top" if below else "bottom", **SAID,
    )  # fmt: skip


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
