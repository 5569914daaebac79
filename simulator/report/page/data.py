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
from simulator.report.page.metrics import Metric, change, metric_of, value
from simulator.report.palette import AT_WORK, OUTCOMES, STARTS
from simulator.report.parts import BANDS, parts
from simulator.report.waited import waited
from simulator.study.over_time import PERCENTILES, slower_by, spans

if TYPE_CHECKING:
    from simulator.study.study import Study

Columns = dict[str, list[float] | dict[str, list[Any]]]
POINTS = 160
"""Of a line of the distribution."""
IDLE = "no executions of this function in this design"
ABSENT = "this design uses no such function"
ELSEWHERE = "this design uses no such servers or database"
FAR = 2.0
"""Times the most that ever was there: places beyond would flatten it."""


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
        "distribution": _distribution(study),
        "percentiles": _percentiles(study),
        **_outcomes(study),
        **_concurrency(study),
        **_servers(study),
        "waiting": _waiting(study),
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


def _percentiles(study: Study) -> Columns:
    names = {column: column.removesuffix("_s") for column in PERCENTILES}
    table = study.timeline().rename(columns=names).drop(columns="requests")
    table["minute"] = table.pop("time_s") / 60
    return columns(_held(table, ["design", "traffic"], list(names.values()), study))


def _outcomes(study: Study) -> dict[str, Columns]:
    table = study.rates().rename(columns={"what": "kind", "per_s": "value"})
    table["minute"] = table.pop("time_s") / 60
    arriving = table[table["kind"] == "requests"].drop(columns="kind")
    answered = table[table["kind"].isin(list(OUTCOMES))]
    return {"arriving": columns(arriving), "outcomes": _ordered(answered, list(OUTCOMES))}


def _concurrency(study: Study) -> dict[str, Columns]:
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


def _servers(study: Study) -> dict[str, Columns]:
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


def _waiting(study: Study) -> Columns:
    frames = [
        pd.DataFrame(
            {
                "design": table["design"],
                "waits": title,
                "minute": table["time_s"] / 60,
                "value": table[measure.column],
            }
        )
        for title, table, measure in waited(study)
    ]
    if not frames:
        return {}
    return columns(_held(pd.concat(frames, ignore_index=True), ["design", "waits"], ["value"], study))


def _held(table: pd.DataFrame, keys: list[str], values: list[str], study: Study) -> pd.DataFrame:
    """With a row more where a value is the last before none: its step is drawn until its slice ends."""
    after = table.groupby(keys, sort=False)[["minute", *values]].shift(-1)
    ends = after["minute"].fillna(study.scenario.run.for_ / 60e9)
    closing = table.assign(minute=ends, **{name: after[name].fillna(table[name]) for name in values})
    last = (table[values].notna() & after[values].isna()).any(axis=1)
    return pd.concat([table, closing[last]]).sort_index(kind="stable")


def _ordered(table: pd.DataFrame, kinds: Sequence[str]) -> Columns:
    """With the order in which kinds are stacked; kinds that a design never has are left out."""
    keys = [key for key in ("design", "service", "kind") if key in table]
    seen = table[table.groupby(keys)["value"].transform("max") > 0]
    return columns(seen.assign(order=seen["kind"].map({kind: place for place, kind in enumerate(kinds)})))


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


def columns(table: pd.DataFrame) -> Columns:
    """Each column as a list; one of texts as its different texts and, for each row, which of them it is."""
    found: Columns = {}
    for column in table:
        if pd.api.types.is_numeric_dtype(table[column]):
            found[str(column)] = table[column].tolist()
        else:
            places, texts = pd.factorize(table[column])
            found[str(column)] = {"texts": [str(text) for text in texts], "places": places.tolist()}
    return found


def _plain(value: Any) -> Any:
    """Numbers to five digits, which is more than a chart shows; what is not finite is null."""
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
