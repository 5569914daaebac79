"""The page's charts over time: lines of all designs, and what is stacked of one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.report.page.charts import LATENCY_AXIS, Alike
from simulator.report.page.vega import SECONDS, SHOWN, Spec, chart, design_colour, stripes
from simulator.report.palette import AT_WORK, OUTCOMES, STARTS

TIME = {
    "field": "minute",
    "type": "quantitative",
    "title": "minutes since the start",
    "axis": {"tickCount": 10},
    "scale": {"domainMin": {"expr": "low"}, "domainMax": {"expr": "high"}, "nice": False, "zero": False},
}
TICKS = [0, *(digit * 10.0**power for power in range(-3, 9) for digit in (1, 2, 5))]
"""Of an axis that is linear up to 1 and goes by decades from there."""
SHADES: Spec = {
    "data": {"name": "shades"},
    "mark": {"type": "rect", "clip": True},
    "encoding": {
        "x": {**TIME, "field": "begin"},
        "x2": {"field": "end"},
        "color": {"field": "shade", "type": "nominal", "scale": None},
    },
}
"""Warm-up and windows, behind what is drawn."""


def percentiles(names: Sequence[str], traffic: str, statistic: str, length: float, alike: Alike) -> Spec:
    """A percentile of latency by when requests arrived."""
    params = {"shown": list(names), "traffic": traffic, "statistic": statistic, "low": 0, "high": length}
    together, dash = stripes(names, "traffic + ' ' + statistic")
    latency = {
        "field": "latency",
        "type": "quantitative",
        "scale": {"type": "log", "nice": True},
        "axis": LATENCY_AXIS,
        "title": "latency (logarithmic)",
    }
    said = {"field": "latency", "type": "quantitative", "format": ".3~s", "title": "latency (s)"}
    here = [
        {"filter": f"datum.traffic == traffic && ({SHOWN})"},
        {"calculate": "datum[statistic]", "as": "latency"},
        *together,
    ]
    wall = _wall("walls", "datum.traffic == traffic && datum.statistic == statistic", latency)
    return _lines(names, "percentiles", 260, params | {"alike": alike}, here, latency, said, dash, wall)


def waiting(
    names: Sequence[str], waits: Sequence[str], ages: Sequence[str], length: float, alike: Alike
) -> Spec:
    """What waits somewhere over time; `ages` are those of `waits` that are in seconds."""
    params = {"shown": list(names), "waits": waits[0], "ages": list(ages), "low": 0, "high": length}
    label = f"indexof(ages, waits) >= 0 && datum.value > 0 ? ({SECONDS}) : format(datum.value, ',~r')"
    value = {
        "field": "value",
        "type": "quantitative",
        "scale": {"type": "symlog", "constant": 1, "nice": False},
        "axis": {"labelExpr": label, "values": TICKS, "labelOverlap": "greedy"},
        "title": "how many or how old (log from 1)",
    }
    said = {"field": "value", "type": "quantitative", "format": ",.3~g"}
    together, dash = stripes(names, "waits")
    here = [{"filter": f"datum.waits == waits && ({SHOWN})"}, *together]
    wall = _wall("asked", "datum.waits == waits", value)
    return _lines(names, "waiting", 220, params | {"alike": alike}, here, value, said, dash, wall)


def outcomes(names: Sequence[str], kinds: Sequence[str], length: float) -> Spec:
    """Answers a second by outcome, and the line of what arrives."""
    params = {"design": names[0], "low": 0, "high": length}
    stacked = _stack("outcome", list(OUTCOMES), kinds, "requests/s")
    arriving = _line("arriving", "requests/s") | {"transform": [{"filter": "datum.design == design"}]}
    return chart("outcomes", 220, params, layer=[SHADES, stacked, arriving])


def concurrency(names: Sequence[str], service: str, kinds: Sequence[str], length: float) -> Spec:
    """Executions of a function by where they run, or words where the design has none."""
    params = {"design": names[0], "service": service, "low": 0, "high": length}
    here = {"filter": "datum.design == design && datum.service == service"}
    stacked = _stack("start", list(STARTS), kinds, "executions") | {"transform": [here]}
    return chart("concurrency", 220, params, layer=[SHADES, stacked, _said("idle", here)])


def servers(names: Sequence[str], service: str, kinds: Sequence[str], length: float) -> Spec:
    """What is at a fleet or a database, and the line of its places, or words where the design has none."""
    params = {"design": names[0], "station": service, "low": 0, "high": length}
    here = {"filter": "datum.design == design && datum.service == station"}
    stacked = _stack("at-work", list(AT_WORK), kinds, "requests or connections") | {"transform": [here]}
    places = _line("places", "requests or connections", [5, 3]) | {"transform": [here]}
    return chart("servers", 220, params, layer=[SHADES, stacked, places, _said("elsewhere", here)])


def _lines(
    names: Sequence[str],
    data: str,
    height: int,
    params: Spec,
    here: list[Spec],
    value: Spec,
    said: Spec,
    dash: Spec,
    *walls: Spec,
) -> Spec:
    """A line for each design over time, in steps; it breaks where there is no value."""
    who = {"field": "alike", "title": "design"}
    tooltip = [who, {"field": "minute", "type": "quantitative", "format": ".2f"}, said]
    lines = {
        "transform": here,
        "mark": {"type": "line", "interpolate": "step-after", "clip": True, "strokeWidth": 2},
        "encoding": {
            "x": TIME,
            "y": value,
            "color": design_colour(names),
            "strokeDash": dash,
            "tooltip": tooltip,
        },
    }
    return chart(data, height, params, layer=[SHADES, lines, *walls])


def _wall(data: str, which: str, value: Spec) -> Spec:
    """An objective on what the lines show, while it counts; on their axis."""
    return {
        "data": {"name": data},
        "transform": [{"filter": which}],
        "mark": {"type": "rule", "clip": True, "color": "var(--bad)", "strokeWidth": 2, "strokeDash": [5, 3]},
        "encoding": {
            "x": {**TIME, "field": "begin"},
            "x2": {"field": "end"},
            "y": {**value, "field": "limit"},
            "tooltip": [{"field": "said", "title": "objective"}],
        },
    }


def _line(data: str, title: str, dash: Sequence[int] = (1, 0)) -> Spec:
    """A thin line over what is stacked."""
    return {
        "data": {"name": data},
        "mark": {
            "type": "line",
            "clip": True,
            "strokeWidth": 1,
            "strokeDash": list(dash),
            "interpolate": "step-after",
            "color": "var(--ink)",
        },
        "encoding": {"x": TIME, "y": {"field": "value", "type": "quantitative", "title": title}},
    }


def _said(data: str, here: Spec) -> Spec:
    """Words in the middle, where there is nothing to stack."""
    return {
        "data": {"name": data},
        "transform": [here],
        "mark": {"type": "text", "fontSize": 14, "color": "var(--ink)"},
        "encoding": {
            "x": {"value": {"expr": "width / 2"}},
            "y": {"value": {"expr": "height / 2"}},
            "text": {"field": "said", "type": "nominal"},
        },
    }


def _stack(family: str, known: Sequence[str], kinds: Sequence[str], title: str) -> dict[str, Any]:
    """Areas on top of each other over time, for the chosen design; `kinds` are those that occur."""
    colours = [f"var(--{family}-{known.index(kind)})" for kind in kinds]
    return {
        "transform": [{"filter": "datum.design == design"}],
        "mark": {"type": "area", "clip": True, "interpolate": "step-after"},
        "encoding": {
            "x": TIME,
            "y": {
                "field": "value",
                "type": "quantitative",
                "stack": "zero",
                "title": title,
                "axis": {"format": ",~f"},
            },
            "color": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": list(kinds), "range": colours},
                "legend": {"title": None, "symbolType": "square", "columns": len(kinds)},
            },
            "order": {"field": "order", "type": "quantitative"},
        },
    }
