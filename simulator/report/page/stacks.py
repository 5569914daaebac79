"""The page's charts of what is stacked over time, of one design at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.report.page.charts import TIME
from simulator.report.page.vega import Spec, chart
from simulator.report.palette import AT_WORK, OUTCOMES, STARTS


def outcomes(names: Sequence[str], kinds: Sequence[str], length: float) -> Spec:
    """Answers a second by outcome, and the line of what arrives."""
    params = {"design": names[0], "low": 0, "high": length}
    stacked = _stack("outcome", list(OUTCOMES), kinds, "requests/s")
    arriving = _line("arriving", "requests/s") | {"transform": [{"filter": "datum.design == design"}]}
    return chart("outcomes", 220, params, layer=[stacked, arriving])


def concurrency(names: Sequence[str], service: str, kinds: Sequence[str], length: float) -> Spec:
    """Executions of a function by where they run, or words where the design has none."""
    params = {"design": names[0], "service": service, "low": 0, "high": length}
    here = {"filter": "datum.design == design && datum.service == service"}
    stacked = _stack("start", list(STARTS), kinds, "executions") | {"transform": [here]}
    return chart("concurrency", 220, params, layer=[stacked, _said("idle", here)])


def servers(names: Sequence[str], service: str, kinds: Sequence[str], length: float) -> Spec:
    """What is at a fleet or a database, and the line of its places, or words where the design has none."""
    params = {"design": names[0], "station": service, "low": 0, "high": length}
    here = {"filter": "datum.design == design && datum.service == station"}
    stacked = _stack("at-work", list(AT_WORK), kinds, "requests or connections") | {"transform": [here]}
    places = _line("places", "requests or connections", [5, 3]) | {"transform": [here]}
    return chart("servers", 220, params, layer=[stacked, places, _said("elsewhere", here)])


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
