"""The study as tidy pandas tables: one observation per row, the unit in the column's name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from simulator.errors import SimulatorError
from simulator.measure.headroom import Headroom
from simulator.measure.messages import COUNTERS, Messages
from simulator.measure.messages import messages as received
from simulator.measure.result import Replication
from simulator.measure.rows import Column, Words
from simulator.measure.statistics import Estimate, difference
from simulator.measure.summary import DesignSummary, Summary, TrafficSummary
from simulator.measure.where import Spent, left_s
from simulator.measure.workflows import StateTimes, workflows

Row = dict[str, object]


def comparison(summary: Summary) -> pd.DataFrame:
    """Designs × metrics, named as objectives name them."""
    metrics = metrics_of(summary)
    return pd.DataFrame(
        {name: {metric: value.value for metric, value in found.items()} for name, found in metrics.items()}
    ).T.rename_axis(index="design", columns="metric")


def metrics_of(summary: Summary) -> dict[str, dict[str, Estimate]]:
    """Every headline number of each design by the name that an objective would call it."""
    metrics: dict[str, dict[str, Estimate]] = {}
    for name, design in summary.designs.items():
        found = metrics.setdefault(name, {})
        for key, window, traffic in _spans(design.traffic):
            at = f"@{window}" if window else ""
            found[f"{key}.requests{at}"] = traffic.requests
            found[f"{key}.failed{at}"] = traffic.failed_share
            found[f"{key}.attempts{at}"] = traffic.attempts
            for undone, part in traffic.undone.items():
                found[f"{key}.{undone}{at}"] = part
            for clock, durations in (("latency", traffic.latency), ("completion", traffic.completion)):
                for statistic, value in durations.statistics.items():
                    found[f"{key}.{clock}{at}.{statistic}_s"] = value
        found |= dict(_left(design)) | dict(_worst(design))
        found |= {f"{key}.disturbed_s": Estimate(one.lasted_s) for key, one in design.recovery.items()}
        found["cold_share"] = Estimate(design.cold_share)
        found["concurrency_max"] = Estimate(design.concurrency_max)
        found["account_concurrency"] = Estimate(design.account_concurrency)
        found["cost.run_usd"] = design.cost_run
        found["cost.thousand_usd"] = design.cost_thousand
        if design.cost_month is not None:
            found["cost.month_usd"] = design.cost_month
        found |= dict(_headroom(summary.headroom.get(name)))
    for row in received(summary):
        for field, counter in COUNTERS[row.of].items():
            value = getattr(row, field)
            if math.isfinite(value):
                metrics[row.design][f"{row.service}.{counter}"] = Estimate(value)
    return metrics


def _left(design: DesignSummary) -> Iterator[tuple[str, Estimate]]:
    for key, by_window in design.where.items():
        for window, found in by_window.items():
            at = f"@{window}" if window else ""
            yield f"{key}.left{at}.total_s", Estimate(left_s(found, design.replications))


def _worst(design: DesignSummary) -> Iterator[tuple[str, Estimate]]:
    for key, worst in design.worst.items():
        for what, unit, span in (("p99", "_s", worst.p99), ("failed", "", worst.failed)):
            if span is not None:
                yield f"{key}.worst.{what}{unit}", span.value
                yield f"{key}.worst.{what}_from_s", Estimate(span.from_s)
        if worst.failed is not None:
            yield f"{key}.worst.failed_requests", Estimate(worst.failed.failed)


def _headroom(found: Headroom | None) -> Iterator[tuple[str, Estimate]]:
    if found is not None:
        for what, factor in (("holds", found.holds), ("breaks", found.breaks)):
            yield from [] if factor is None else [(f"headroom.{what}", Estimate(factor))]


def metrics(summary: Summary) -> pd.DataFrame:
    """The comparison with its intervals, one metric of one design per row."""
    return pd.DataFrame(
        [
            {"design": design, "metric": metric, **_interval(value)}
            for design, found in metrics_of(summary).items()
            for metric, value in found.items()
        ],
        columns=["design", "metric", "value", "low", "high"],
    )


def latency(summary: Summary) -> pd.DataFrame:
    """Latency and completion: one statistic per row."""
    rows = [
        {
            **labels,
            "clock": clock,
            "statistic": statistic,
            **{f"{name}_s": number for name, number in _interval(value).items()},
            "few": statistic in durations.few,
            "survivors": statistic in durations.survivors,
        }
        for labels, traffic in _traffic(summary)
        for clock, durations in (("latency", traffic.latency), ("completion", traffic.completion))
        for statistic, value in durations.statistics.items()
    ]
    return pd.DataFrame(rows)


def outcomes(summary: Summary) -> pd.DataFrame:
    """Requests by how they ended and, where they failed, by cause; means per run."""
    rows: list[Row] = []
    for labels, traffic in _traffic(summary):
        for name in ("ok", "in_flight"):
            count = traffic.outcomes.get(name, 0.0)
            part = count / traffic.requests.value if traffic.requests.value else float("nan")
            rows.append(
                {**labels, "outcome": name, "service": "", "limit": "", "requests": count, "share": part}
            )
        rows += [
            {**labels, **failure.cause._asdict(), "requests": failure.requests, "share": failure.share}
            for failure in traffic.failures
        ]
    return pd.DataFrame(rows)


def where(summary: Summary) -> pd.DataFrame:
    """Where the time goes: one part of one kind of requests per row.

    `of` says of which: `mean` (all `ok` answers), `tail` (their slowest hundredth), `failed`, or `left`, what
    ran on after its caller had given up. `seconds` are those of such a request on average; of `left`, of a
    run.
    """
    columns = ["design", "traffic", "window", "of", "service", "cause", "detail", "seconds", "share"]
    rows: list[Row] = []
    for name, design in summary.designs.items():
        for key, by_window in design.where.items():
            for window, found in by_window.items():
                labels = {"design": name, "traffic": key, "window": window}
                for band in ("mean", "tail", "failed", "left"):
                    spent: Spent = getattr(found, band)
                    each = design.replications if band == "left" else spent.requests
                    rows += [
                        {
                            **labels, "of": band, **part._asdict(), "seconds": ns / 1e9 / each,
                            "share": ns / spent.total_ns,
                        }
                        for part, ns in spent.ns.items()
                    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def limits(summary: Summary) -> pd.DataFrame:
    """Each design's limits, the first to bind first."""
    rows = [
        {"design": name, **limit._asdict(), "ratio": limit.ratio}
        for name, design in summary.designs.items()
        for limit in design.limits
    ]
    return pd.DataFrame(rows)


def bill(summary: Summary, month: bool = False) -> pd.DataFrame:
    """The bill of a run, or of a month, by line."""
    rows = [
        {"design": name, **charge._asdict()}
        for name, design in summary.designs.items()
        for charge in (design.bill_month if month else design.bill)
    ]
    return pd.DataFrame(rows)


def services(summary: Summary) -> pd.DataFrame:
    """The services' counters in AWS's words, means per run; maxima of times are the longest of all runs."""
    rows = [
        {"design": name, "service": service, "counter": counter, "value": value}
        for name, design in summary.designs.items()
        for service, counters in design.services.items()
        for counter, value in counters.items()
    ]
    return pd.DataFrame(rows)


def messages(summary: Summary) -> pd.DataFrame:
    """What each queue, stream consumer and asynchronous queue received and how old it was: one of one design
    per row, means per run."""
    return pd.DataFrame([row._asdict() for row in received(summary)], columns=Messages._fields)


def states(summary: Summary) -> pd.DataFrame:
    """What the states of state machines took: one state of one machine of one design per row.

    Visits are means per run, times are seconds of a visit, waiting for tokens included.
    """
    rows = [
        {"design": machine.design, "service": machine.service, **state._asdict()}
        for machine in workflows(summary)
        for state in machine.states
    ]
    return pd.DataFrame(rows, columns=["design", "service", *StateTimes._fields])


def objectives(summary: Summary) -> pd.DataFrame:
    """The verdict on every objective."""
    rows = [
        {
            "design": name,
            "objective": f"{judged.key}: {judged.text}",
            "verdict": judged.verdict,
            **_interval(judged.value),
            "limit": judged.limit,
            "unit": judged.unit,
            "few": judged.few,
            "survivors": judged.survivors,
            "missing_share": judged.missing,
        }
        for name, design in summary.designs.items()
        for judged in design.objectives.values()
    ]
    return pd.DataFrame(rows)


def differences(summary: Summary, base: str) -> pd.DataFrame:
    """How each other design differs from `base`, metric by metric, paired by replication.

    `differs` says whether the interval of the difference leaves out zero; it is missing without one.
    """
    found = metrics_of(summary)
    rows = [
        {
            "design": design,
            "metric": metric,
            "base": found[base][metric].value,
            **_interval(value),
            **_difference(found[base][metric], value),
        }
        for design, values in found.items()
        if design != base
        for metric, value in values.items()
        if metric in found[base]
    ]
    columns = ["design", "metric", "base", "value", "low", "high"]
    paired = ["difference", "difference_low", "difference_high", "share", "differs"]
    return pd.DataFrame(rows, columns=[*columns, *paired]).astype({"differs": "boolean"})


def _difference(base: Estimate, value: Estimate) -> Row:
    if not base.samples or not value.samples:
        return {"difference": value.value - base.value}
    found = difference(base, value)
    return {
        **{f"difference{end}": number for end, number in zip(("", "_low", "_high"), found[:3], strict=True)},
        "share": found.value / base.value if base.value else math.nan,
        "differs": not found.low <= 0 <= found.high if found.has_interval else None,
    }


def rows(replications: Mapping[str, Sequence[Replication]]) -> pd.DataFrame:
    """Answered requests, run by run in the order of their answers; texts are categories."""
    kept = [run.rows for runs in replications.values() for run in runs]
    found = [one.columns() for one in kept if one is not None]
    if len(found) < len(kept):
        raise SimulatorError("no rows are in memory; run with rows=True, or read the folder given as rows")
    return pd.DataFrame({name: _together([one[name] for one in found]) for name in found[0]})


def _together(parts: Sequence[Column]) -> np.ndarray | pd.Categorical[str]:
    """One column of several runs; runs may know different words."""
    texts = [
        pd.Categorical.from_codes(part.codes, pd.Index(part.words, dtype=str))
        for part in parts
        if isinstance(part, Words)
    ]
    if texts:
        return union_categoricals(texts)
    return np.concatenate([part for part in parts if not isinstance(part, Words)])


def _traffic(summary: Summary) -> Iterator[tuple[Row, TrafficSummary]]:
    for name, design in summary.designs.items():
        for key, window, traffic in _spans(design.traffic):
            yield {"design": name, "traffic": key, "window": window}, traffic


def _spans(found: Mapping[str, TrafficSummary]) -> Iterator[tuple[str, str, TrafficSummary]]:
    """Every source and type, over the counted time (no window) and in each window."""
    for key, traffic in found.items():
        yield key, "", traffic
        for window, inside in traffic.windows.items():
            yield key, window, inside


def _interval(value: Estimate) -> dict[str, float]:
    return {"value": value.value, "low": value.low, "high": value.high}
