"""The numbers behind the page's charts over time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import pandas as pd

from simulator.report.held import held
from simulator.report.page.columns import Columns, columns
from simulator.report.palette import AT_WORK, OUTCOMES, STARTS
from simulator.report.waited import waited
from simulator.study.over_time import PERCENTILES

if TYPE_CHECKING:
    from simulator.study.study import Study

IDLE = "no executions of this function in this design"
ABSENT = "this design uses no such function"
ELSEWHERE = "this design uses no such servers or database"
FAR = 2.0
"""Times the most that ever was there: places beyond would flatten it."""


def shades(study: Study) -> Columns:
    """What is not counted, and the windows."""
    run, windows = study.scenario.run, study.scenario.windows.values()
    rows = [(0.0, run.warm_up / 60e9, "var(--panel)")] if run.warm_up else []
    rows += [(one.from_ / 60e9, (one.from_ + one.for_) / 60e9, "var(--shade)") for one in windows]
    return columns(pd.DataFrame(rows, columns=["begin", "end", "shade"]))


def percentiles(study: Study) -> Columns:
    """Latency by when requests arrived."""
    names = {column: column.removesuffix("_s") for column in PERCENTILES}
    table = study.timeline().rename(columns=names).drop(columns="requests")
    table["minute"] = table.pop("time_s") / 60
    return columns(
        held(table, ["design", "traffic"], list(names.values()), "minute", study.scenario.run.for_ / 60e9)
    )


def outcomes(study: Study) -> dict[str, Columns]:
    """Requests and answers a second."""
    table = study.rates().rename(columns={"what": "kind", "per_s": "value"})
    table["minute"] = table.pop("time_s") / 60
    arriving = table[table["kind"] == "requests"].drop(columns="kind")
    answered = table[table["kind"].isin(list(OUTCOMES))]
    return {"arriving": columns(arriving), "outcomes": _ordered(answered, list(OUTCOMES))}


def concurrency(study: Study) -> dict[str, Columns]:
    """What is charted, and the designs and functions of which there is nothing to chart."""
    table = study.concurrency()
    if table.empty:
        return {}
    table["minute"] = table.pop("time_s") / 60
    kinds = list(STARTS)
    busy = table[table[kinds].gt(0).any(axis=1)]
    seen = set(zip(busy["design"], busy["service"], strict=True))
    pairs = product(study.replications, table["service"].unique())
    known = set(zip(table["design"], table["service"], strict=True))
    nothing = [(*pair, IDLE if pair in known else ABSENT) for pair in pairs if pair not in seen]
    idle = pd.DataFrame(nothing, columns=["design", "service", "said"])
    charted = table.melt(["design", "service", "minute"], kinds, "kind", "value")
    return {"concurrency": _ordered(charted, kinds), "idle": columns(idle)}


def servers(study: Study) -> dict[str, Columns]:
    """What is at servers and databases, their places, and the designs without them."""
    table = study.servers()
    if table.empty:
        return {}
    table["minute"] = table.pop("time_s") / 60
    kinds = list(AT_WORK)
    most = table[kinds].sum(axis=1).groupby([table["design"], table["service"]]).transform("max")
    places = table[table["places"] <= FAR * most].rename(columns={"places": "value"})
    pairs = product(study.replications, table["service"].unique())
    known = set(zip(table["design"], table["service"], strict=True))
    absent = [(*pair, ELSEWHERE) for pair in pairs if pair not in known]
    return {
        "servers": _ordered(table.melt(["design", "service", "minute"], kinds, "kind", "value"), kinds),
        "places": columns(places[["design", "service", "minute", "value"]]),
        "elsewhere": columns(pd.DataFrame(absent, columns=["design", "service", "said"])),
    }


def waiting(study: Study) -> Columns:
    """What waits, by what the page calls it."""
    frames = [
        pd.DataFrame(
            {
                "design": table["design"],
                "waits": title,
                "minute": table["time_s"] / 60,
                "value": table[measure.column],
            }
        )
        for title, table, measure, _ in waited(study)
    ]
    if not frames:
        return {}
    table = pd.concat(frames, ignore_index=True)
    return columns(held(table, ["design", "waits"], ["value"], "minute", study.scenario.run.for_ / 60e9))


def asked(study: Study) -> Columns:
    """Objectives on what waits, by what the page calls it; they count from the end of the warm-up."""
    run = study.scenario.run
    rows = [
        (row.title, one.limit, run.warm_up / 60e9, run.for_ / 60e9, f"{one.metric} {one.text}")
        for row in waited(study)
        for one in row.objectives
    ]
    return columns(pd.DataFrame(rows, columns=["waits", "limit", "begin", "end", "said"]))


def _ordered(table: pd.DataFrame, kinds: Sequence[str]) -> Columns:
    """With the order in which kinds are stacked; kinds that a design never has are left out."""
    keys = [key for key in ("design", "service", "kind") if key in table]
    seen = table[table.groupby(keys)["value"].transform("max") > 0]
    return columns(seen.assign(order=seen["kind"].map({kind: place for place, kind in enumerate(kinds)})))
