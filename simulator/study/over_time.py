"""What happens when, and how latencies are spread, as tidy pandas tables; the replications together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.measure.measured import ITERATOR_AGE
from simulator.measure.result import OUTCOMES, Counted, Replication
from simulator.measure.sketch import Sketch, edges_of
from simulator.measure.timeline import Timeline

Runs = Mapping[str, Sequence[Replication]]

_WAITING = {"waiting": "waiting", "in_hand": "in hand", "age_s": "age", "batch_size": "batch size"}
_AVERAGES = (("taken", "batches", "batch size"), ("sum", "sample count", "average"))
"""What is divided by what, and what that is."""
KINDS = ("provisioned", "warm", "spill-over", "cold")
PERCENTILES = {"p50_s": 0.5, "p90_s": 0.9, "p99_s": 0.99}


def series(runs: Runs) -> pd.DataFrame:
    """Time bins, means over the replications; a column that a run does not have is 0 in it.

    Of queues and consumers the mean size of the batches taken in a bin is NaN where none was, and so is
    the average age of iterators.
    """
    frames = []
    for name, found in runs.items():
        nothing = np.zeros_like(found[0].series["time_s"])
        columns = dict.fromkeys(column for run in found for column in run.series)
        means = {
            column: np.mean([run.series.get(column, nothing) for run in found], axis=0) for column in columns
        }
        frames.append(pd.DataFrame({"design": name, **means, **_averages(means)}))
    return pd.concat(frames, ignore_index=True)


def _averages(means: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Of what came in batches, by its name: their size and their age."""
    found = {}
    for whole, count, average in _AVERAGES:
        for column, batches in means.items():
            name = column.removesuffix(f" {count}")
            if name != column and f"{name} {whole}" in means and batches.any():
                few = np.where(batches > 0, batches, np.nan)
                found[f"{name} {average}"] = means[f"{name} {whole}"] / few
    return found


def timeline(runs: Runs) -> pd.DataFrame:
    """Latency of `ok` answers by when their requests arrived: one slice of time per row.

    `requests` is their number per run. A percentile is at most 3.2 % off, and NaN in a slice with so few
    requests that it would be the slowest of them.
    """
    frames = []
    for name, found in runs.items():
        for key in found[0].timelines:
            merged = Timeline.merge([run.timelines[key].opened().drawn() for run in found])
            columns = {"time_s": merged.time_s, "requests": merged.requests / len(found)}
            waited = {column: merged.quantile(share) for column, share in PERCENTILES.items()}
            frames.append(pd.DataFrame({"design": name, "traffic": key, **columns, **waited}))
    return pd.concat(frames, ignore_index=True)


def histogram(runs: Runs) -> pd.DataFrame:
    """Latencies of `ok` answers in bins of at most 0.1 % width: how many of all replications lie in each."""
    frames = []
    for name, found in runs.items():
        for key in found[0].traffic:
            for window, counted in spans(found, key).items():
                merged = Sketch.merge([one.latency for one in counted])
                low, high = edges_of(merged.bins)
                labels = {"design": name, "traffic": key, "window": window}
                frames.append(
                    pd.DataFrame(
                        {**labels, "low_s": low / 1e9, "high_s": high / 1e9, "requests": merged.counts}
                    )
                )
    return pd.concat(frames, ignore_index=True)


def rates(runs: Runs) -> pd.DataFrame:
    """Requests a second when they arrive (`requests`) or are answered (the outcomes), means of the runs."""
    frames = []
    for name, table in series(runs).groupby("design", sort=False):
        width = table["time_s"].iloc[1] - table["time_s"].iloc[0] if len(table) > 1 else 1.0
        for what in ("requests", *OUTCOMES):
            columns = [column for column in table if str(column).endswith(f".{what}")]
            if columns:
                rate = table[columns].sum(axis=1) / width
                frames.append(
                    pd.DataFrame({"design": name, "time_s": table["time_s"], "what": what, "per_s": rate})
                )
    return pd.concat(frames, ignore_index=True)


def concurrency(runs: Runs) -> pd.DataFrame:
    """Executions of each function at the fullest moment of every time bin, means of the runs.

    `provisioned` run on provisioned environments and `cold` in environments they started themselves;
    the rest are `warm`, or `spill-over` where there are provisioned environments and all were taken.
    """
    frames = []
    for name, table in series(runs).groupby("design", sort=False):
        for service in _functions(table):
            kept, cold = table[f"{service}.provisioned in use"], table[f"{service}.cold"]
            warm = table[f"{service}.concurrency"] - kept - cold
            spilled = np.where(table[f"{service}.provisioned"] > 0, warm, 0.0)
            columns = {"provisioned": kept, "warm": warm - spilled, "spill-over": spilled, "cold": cold}
            frames.append(
                pd.DataFrame(
                    {
                        "design": name,
                        "service": service,
                        "time_s": table["time_s"],
                        **columns,
                        "provisioned_environments": table[f"{service}.provisioned"],
                    }
                )
            )
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def waiting(runs: Runs) -> pd.DataFrame:
    """Messages and records that wait, batches in hand and the age of the oldest that waits, means of the
    runs, sampled at the beginning of every time bin; and the mean size of the batches that were taken in it,
    NaN where none was: for each queue and each consumer of a stream. Of a consumer `iterator_age_s` as well:
    the average of the batches that its function was handed in the bin, as in CloudWatch, and the longest of
    them, `iterator_age_max_s`, the mean of the runs' maxima."""
    frames = []
    for name, table in series(runs).groupby("design", sort=False):
        for column in map(str, table):
            service, _, of = column.removesuffix(" age").partition(".")
            if not column.endswith(" age") or of.startswith("unread by ") or table[column].isna().all():
                continue
            found = {"design": name, "service": service, "messages": of, "time_s": table["time_s"]}
            nothing = pd.Series(np.nan, table.index)
            for key, what in _WAITING.items():
                found[key] = table.get(f"{service}.{of} {what}", nothing)
            found["iterator_age_s"] = average = table.get(f"{service}.{ITERATOR_AGE} average", nothing)
            longest = table.get(f"{service}.{ITERATOR_AGE} max", nothing)
            found["iterator_age_max_s"] = longest.where(average.notna())
            frames.append(pd.DataFrame(found))
    columns = ["design", "service", "messages", "time_s", *_WAITING, "iterator_age_s", "iterator_age_max_s"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def between(runs: Runs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`waiting` of every run by itself: of each value the lowest at a time, and the highest."""
    every = [waiting({name: [run]}) for name, found in runs.items() for run in found]
    each = pd.concat([one for one in every if len(one)], ignore_index=True)
    of = each.groupby(["design", "service", "messages", "time_s"], sort=False)
    return of.min().reset_index(), of.max().reset_index()


def busiest(table: pd.DataFrame) -> list[str]:
    """The functions of a table of concurrency, the one with the most executions at a time first."""
    executions = table[list(KINDS)].sum(axis=1)
    most = executions.groupby(table["service"], sort=False).max()
    return [str(name) for name in most.sort_values(ascending=False, kind="stable").index]


def slower(sketches: Sequence[Sketch], endless: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The share of requests that took longer than each duration (s), `endless` ones among them; ends where
    ten requests are left."""
    merged = Sketch.merge(sketches)
    count = merged.count + endless
    _, high = edges_of(merged.bins)
    left = count - np.cumsum(merged.counts)
    return high[left >= 10] / 1e9, left[left >= 10] / max(count, 1)


def spans(runs: Sequence[Replication], key: str) -> dict[str, list[Counted]]:
    """What was counted of the whole counted time (no window), then of each window."""
    found = [run.traffic[key] for run in runs]
    return {"": found, **{window: [one.windows[window] for one in found] for window in found[0].windows}}


def slower_by(clock: str, found: Sequence[Counted]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`slower` of `latency`, or of `completion`, of which some requests may have no end."""
    endless = sum(one.endless for one in found) if clock == "completion" else 0
    return slower([getattr(one, clock) for one in found], endless)


def endless_share(found: Sequence[Counted]) -> float:
    """The share of the requests that have a completion, or never will, which never will."""
    endless = sum(one.endless for one in found)
    every = endless + sum(one.completion.count for one in found)
    return endless / every if endless else 0.0


def _functions(table: pd.DataFrame) -> list[str]:
    ending = ".provisioned in use"
    found = [str(column) for column in table if str(column).endswith(ending)]
    return [column.removesuffix(ending) for column in found if table[column].notna().all()]
