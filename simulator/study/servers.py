"""What is at servers and at databases over time: on a CPU, waiting for one, or in line to come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from simulator.measure.measured import CPUS
from simulator.study.over_time import series

if TYPE_CHECKING:
    from simulator.measure.limits import LimitSummary
    from simulator.measure.result import Replication
    from simulator.measure.summary import DesignSummary
    from simulator.services.fleet import Fleet
    from simulator.services.service import Service
    from simulator.study.study import Study

KINDS = ("computing", "waiting for a CPU", "waiting for a connection", "only held", "in line")
WORKERS = "workers"
HELD = (WORKERS, "connections", "proxy connections")
"""Of which a request holds one, by what they are called: at a fleet, a database, a proxy."""
FULL = 0.5
"""Of a database of which less was ever taken, and nothing waited, there is nothing to tell."""


def servers(study: Study) -> pd.DataFrame:
    """What holds a place at a fleet of servers, or a connection to a database, or waits in line for one:
    each at its fullest moment of every time bin, means of the runs.

    What holds one computes, waits for a CPU or for a connection that its fleet keeps; or it is `only held`:
    by a call, by a query whose CPU is not simulated, by nothing that asks now. `places` is how many
    could be held, of a fleet those of all servers that run, also of such as still start. Left out are
    databases of which never half was taken and for which nothing waited.
    """
    frames: list[pd.DataFrame] = []
    for name, every in series(study.replications).groupby("design", sort=False):
        table = every.dropna(axis=1, how="all")  # what only other designs have
        own = study.scenario.designs[str(name)].services
        for service, held in _held(table):
            found = _split(table, service, held)
            places = _places(table, service, held, own.get(service), study.summary.designs[str(name)])
            labels = {"design": name, "service": service, "held": held, "time_s": table["time_s"]}
            frames.append(pd.DataFrame({**labels, **found, "places": places}))
    if not frames:
        return pd.DataFrame(columns=["design", "service", "held", "time_s", *KINDS, "places"])
    table = pd.concat(frames, ignore_index=True)
    return table[table["service"].isin(_telling(study, table))]


def longest_line(runs: Sequence[Replication], limit: LimitSummary, since_s: float) -> float:
    """How many waited for the servers of a limit when most did, from a time on, mean of the runs; 0 where
    nothing waits in a line."""
    column = f"{limit.service}.{limit.unit} waiting"
    lines = (run.series[column][run.series["time_s"] >= since_s] for run in runs if column in run.series)
    return float(np.mean([line.max(initial=0.0) for line in lines] or [0.0]))


def crowded(table: pd.DataFrame) -> list[str]:
    """The services of a table of servers at which anything is, the one with the most at a time first."""
    most = table[list(KINDS)].sum(axis=1).groupby(table["service"], sort=False).max()
    return [str(name) for name in most[most > 0].sort_values(ascending=False, kind="stable").index]


def _held(table: pd.DataFrame) -> Iterator[tuple[str, str]]:
    for column in map(str, table):
        service, _, held = column.partition(".")
        if held in HELD:
            yield service, held


def _split(table: pd.DataFrame, service: str, held: str) -> dict[str, pd.Series[float]]:
    nothing = pd.Series(0.0, table.index)
    kept = [column for column in map(str, table) if column.startswith(f"{service}.connections to ")]
    links = table[[column for column in kept if column.endswith(" waiting")]].fillna(0.0).sum(axis=1)
    inside = {
        "computing": table.get(f"{service}.{CPUS}", nothing),
        "waiting for a CPU": table.get(f"{service}.{CPUS} waiting", nothing),
        "waiting for a connection": links,
    }
    left, found = table[f"{service}.{held}"], dict[str, "pd.Series[float]"]()
    for what, most in inside.items():  # their fullest moments may be different ones of the bin
        found[what] = most.clip(upper=left)
        left = left - found[what]
    return {**found, "only held": left, "in line": table[f"{service}.{held} waiting"]}


def _places(
    table: pd.DataFrame, service: str, held: str, known: Service | None, design: DesignSummary
) -> pd.Series[float]:
    if held == WORKERS:
        return table[f"{service}.servers"] * cast("Fleet", known).concurrency
    found = (one.allowed for one in design.limits if (one.service, one.unit) == (service, held))
    return pd.Series(next(found, np.nan), table.index)


def _telling(study: Study, table: pd.DataFrame) -> set[str]:
    """Every fleet, and the databases of which half was taken or for which something waited in some design."""
    fleets = set(table.loc[table["held"] == WORKERS, "service"])
    waits = table[["waiting for a CPU", "in line"]].gt(0).any(axis=1)
    near = {
        limit.service
        for design in study.summary.designs.values()
        for limit in design.limits
        if limit.unit in (*HELD, CPUS) and limit.ratio >= FULL
    }
    return fleets | set(table.loc[waits, "service"]) | near
