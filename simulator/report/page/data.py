"""The numbers behind the page's charts, as columns of a JSON document."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulator.measure.document import document as measured
from simulator.report.bill_lines import bill_lines
from simulator.report.numbers import with_unit
from simulator.report.page import times_data
from simulator.report.page.columns import Columns, columns
from simulator.report.page.metrics import Metric, change, metric_of, value
from simulator.report.parts import BANDS, parts
from simulator.report.unfinished import left_out
from simulator.study.over_time import slower_by, spans

if TYPE_CHECKING:
    from simulator.study.study import Study

POINTS = 160
"""Of a line of the distribution."""


def as_json(document: object) -> str:
    """JSON that can stand inside a script element: no character in it can end the element."""
    text = json.dumps(_plain(document), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def span_of(key: str, window: str, clock: str = "latency") -> str:
    """Requests to choose: `buyers.order @surge`, or their completion: `buyers.order @surge, completion`."""
    what = f"{key} @{window}" if window else key
    return what if clock == "latency" else f"{what}, {clock}"


def tables(study: Study, metrics: Sequence[Metric]) -> dict[str, Columns]:
    """One table by the name of each chart's data."""
    names = list(study.replications)
    return {
        "compare": _compare(names, metrics),
        "limits": _limits(study, metrics),
        "walls": _walls(study),
        "shades": times_data.shades(study),
        "distribution": _distribution(study),
        "left_out": _left_out(study),
        "percentiles": times_data.percentiles(study),
        **times_data.outcomes(study),
        **times_data.concurrency(study),
        **times_data.servers(study),
        "waiting": times_data.waiting(study),
        "asked": times_data.asked(study),
        "bill": _bill(study),
        "where": _where(study),
    }


def words(names: Sequence[str], metrics: Sequence[Metric]) -> dict[str, dict[str, Any]]:
    """For each metric its unit, the designs' values, and the changes against each base, all as text."""
    places = range(len(names))
    return {
        metric.name: {
            "unit": metric.unit,
            "label": f"{metric.group}: {metric.label}",
            "values": [value(metric, place) for place in places],
            "changes": [[change(metric, base, place) for place in places] for base in places],
        }
        for metric in metrics
    }


def _compare(names: Sequence[str], metrics: Sequence[Metric]) -> Columns:
    rows = [
        (metric.name, name, place, *found[:3], value(metric, place))
        for metric in metrics
        for place, (name, found) in enumerate(zip(names, metric.estimates, strict=True))
    ]
    return columns(pd.DataFrame(rows, columns=["metric", "design", "place", "value", "low", "high", "said"]))


def _limits(study: Study, metrics: Sequence[Metric]) -> Columns:
    known = {metric.name for metric in metrics}
    found = [
        (metric_of(objective), objective.limit, objective.text)
        for objective in study.scenario.objectives
        if metric_of(objective) in known
    ]
    return columns(pd.DataFrame(found, columns=["metric", "limit", "said"]))


def _walls(study: Study) -> Columns:
    """Objectives on percentiles of a duration: when they count, and the level of the distribution."""
    run, rows = study.scenario.run, []
    for one in study.scenario.objectives:
        if one.metric not in ("latency", "completion") or not (one.statistic or "").startswith("p"):
            continue
        begin, end = run.warm_up, run.for_
        if one.window:
            window = study.scenario.windows[one.window]
            begin, end = window.from_, window.from_ + window.for_
        span = span_of(one.subject, one.window or "", one.metric)
        traffic = one.subject if one.metric == "latency" else ""  # over time there is none of completion
        level = 1 - float(str(one.statistic)[1:]) / 100
        rows.append((traffic, one.statistic, span, one.limit, level, begin / 60e9, end / 60e9, one.text))
    names = ["traffic", "statistic", "span", "limit", "level", "begin", "end", "said"]
    return columns(pd.DataFrame(rows, columns=names))


def _distribution(study: Study) -> Columns:
    frames = []
    for name, runs in study.replications.items():
        for key in study.summary.leaves:
            for clock, (window, counted) in product(study.summary.clocks(key), spans(runs, key).items()):
                took, share = slower_by(clock, counted)
                if not len(took):
                    continue
                wanted = np.geomspace(1, share[-1], POINTS)
                kept = np.unique(np.clip(np.searchsorted(-share, -wanted), 0, len(share) - 1))
                span = span_of(key, window, clock)
                frames.append(
                    pd.DataFrame({"design": name, "span": span, "took": took[kept], "slower": share[kept]})
                )
    return columns(pd.concat(frames, ignore_index=True)) if frames else {}


def _left_out(study: Study) -> Columns:
    """For each line on which many of the requests are not, what is said of it."""
    rows = [
        (name, span_of(key, window, clock), f"{name}: {said}")
        for name, runs in study.replications.items()
        for key in study.summary.leaves
        for clock in study.summary.clocks(key)
        for window, counted in spans(runs, key).items()
        if (said := left_out(clock, counted))
    ]
    table = pd.DataFrame(rows, columns=["design", "span", "said"])
    return columns(table.assign(order=table.groupby("span").cumcount()))


def _bill(study: Study) -> Columns:
    rows = [
        (f"a {span}", design, place, line, amount, with_unit(amount, "usd"), order)
        for span, lines in bill_lines(study).items()
        for place, (design, amounts) in enumerate(lines.iterrows())
        for order, (line, amount) in enumerate(amounts.items())
        if amount
    ]
    return columns(pd.DataFrame(rows, columns=["bill", "design", "place", "line", "amount", "said", "order"]))


def _where(study: Study) -> Columns:
    table = parts(measured(study.summary))
    return columns(
        table.assign(
            band=table["band"].map(BANDS),
            place=table["design"].map({name: place for place, name in enumerate(study.replications)}),
            said=[with_unit(seconds, "s") for seconds in table["seconds"]],
        )
    )


def _plain(value: Any) -> Any:
    """Numbers to five digits, which is more than a chart shows; what is not finite is null."""
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
