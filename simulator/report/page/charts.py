"""The page's charts: what each shows, and which of the page's controls it listens to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.report.page.vega import (
    NUMBERS,
    SECOND_TICKS,
    SECONDS,
    SHOWN,
    Spec,
    chart,
    design_axis,
    design_colour,
    part_colour,
    stripes,
)
from simulator.report.parts import BANDS

Alike = Mapping[str, Mapping[str, str]]
"""For each choice, by design: the names of all whose line is this one."""
LEVELS = {0.5: "p50", 0.1: "p90", 0.01: "p99", 0.001: "p99.9", 0.0001: "p99.99"}
LATENCY_AXIS = {"labelExpr": SECONDS, "values": SECOND_TICKS, "labelOverlap": "greedy"}


def compare(names: Sequence[str], metric: str, unit: str) -> Spec:
    """One metric of each design with its interval; a wall where an objective has its limit."""
    here = {"filter": f"datum.metric == metric && ({SHOWN})"}
    axis = {"tickCount": 8, "labelExpr": NUMBERS, "labelOverlap": "greedy"}
    value = {"field": "value", "type": "quantitative", "title": None, "axis": axis}
    return chart(
        "compare",
        30 * len(names) + 30,
        {"shown": list(names), "metric": metric, "inUnit": unit},
        layer=[
            {
                "transform": [here, {"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {
                    "x": {"field": "low", "type": "quantitative", "title": None},
                    "x2": {"field": "high"},
                    "y": design_axis(),
                    "color": design_colour(names),
                },
            },
            {
                "transform": [here],
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
                "encoding": {
                    "x": value,
                    "y": design_axis(),
                    "color": design_colour(names),
                    "tooltip": [{"field": "design"}, {"field": "said", "title": "value"}],
                },
            },
            {
                "transform": [here, {"filter": "!isValid(datum.value)"}],
                "mark": {"type": "text", "align": "right", "dx": -6, "fontSize": 12},
                "encoding": {
                    "x": {"value": {"expr": "width"}},
                    "y": design_axis(),
                    "text": {"field": "said"},
                    "color": design_colour(names),
                },
            },
            {
                "data": {"name": "limits"},
                "transform": [{"filter": "datum.metric == metric"}],
                "mark": {"type": "rule", "color": "var(--bad)", "strokeWidth": 2, "strokeDash": [5, 3]},
                "encoding": {
                    "x": {"field": "limit", "type": "quantitative"},
                    "tooltip": [{"field": "said", "title": "objective"}],
                },
            },
        ],
    )


def distribution(names: Sequence[str], span: str, alike: Alike) -> Spec:
    """The share of requests slower than each duration."""
    ticks = list(LEVELS)
    labels = " : ".join(
        f"datum.value == {level} ? '{100 * level:g} % ({name})'" for level, name in LEVELS.items()
    )
    together, dash = stripes(names, "span")
    lines = {
        "transform": [{"filter": f"datum.span == span && ({SHOWN})"}, *together],
        "mark": {"type": "line", "clip": True, "strokeWidth": 2},
        "encoding": {
            "x": {
                "field": "took",
                "type": "quantitative",
                "scale": {"type": "log", "nice": False},
                "axis": LATENCY_AXIS,
                "title": "time (logarithmic)",
            },
            "y": {
                "field": "slower",
                "type": "quantitative",
                "scale": {"type": "log", "domain": [min(ticks), 1]},
                "axis": {"values": ticks, "labelExpr": f"{labels} : ''"},
                "title": "slower than this",
            },
            "color": design_colour(names),
            "strokeDash": dash,
            "tooltip": [
                {"field": "alike", "title": "design"},
                {"field": "took", "type": "quantitative", "format": ".3~s", "title": "time (s)"},
                {"field": "slower", "type": "quantitative", "format": ".3~%"},
            ],
        },
    }
    wall = {
        "data": {"name": "walls"},
        "transform": [{"filter": "datum.span == span"}],
        "mark": {"type": "rule", "clip": True, "color": "var(--bad)", "strokeWidth": 2, "strokeDash": [5, 3]},
        "encoding": {
            "x": {"field": "limit", "type": "quantitative"},
            "y": {"field": "level", "type": "quantitative"},
            "y2": {"datum": 1},
            "tooltip": [{"field": "said", "title": "objective"}],
        },
    }
    aside = {"type": "text", "align": "left", "dx": 6, "fontSize": 12}
    left_out = {
        "data": {"name": "left_out"},
        "transform": [{"filter": f"datum.span == span && ({SHOWN})"}],
        "mark": {**aside, "dy": {"expr": "-15 * datum.order"}},
        "encoding": {
            "x": {"value": 0},
            "y": {"value": {"expr": "height - 12"}},
            "text": {"field": "said"},
            "color": design_colour(names),
        },
    }
    params = {"shown": list(names), "span": span, "alike": alike}
    return chart("distribution", 300, params, layer=[lines, wall, left_out])


def where(parts: Sequence[str], names: Sequence[str], span: str) -> Spec:
    """The time of a request by part, of all of them and of the slowest."""
    return chart(
        "where",
        34 * len(names) + 20,
        {"shown": list(names), "traced": span, "band": list(BANDS.values())[-1]},
        transform=[{"filter": f"datum.span == traced && datum.band == band && ({SHOWN})"}],
        mark={"type": "bar", "stroke": "var(--ground)", "strokeWidth": 1},
        encoding={
            "y": design_axis(),
            "x": {
                "field": "seconds",
                "type": "quantitative",
                "title": "mean time of such a request",
                "axis": {"labelExpr": f"datum.value == 0 ? '0' : {SECONDS}", "tickCount": 8},
            },
            "color": part_colour(parts, "part"),
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": [{"field": "design"}, {"field": "part"}, {"field": "said", "title": "time"}],
        },
    )


def bill(lines: Sequence[str], names: Sequence[str], span: str) -> Spec:
    """The bill of a run or a month, its lines stacked."""
    return chart(
        "bill",
        34 * len(names) + 20,
        {"shown": list(names), "billed": span},
        transform=[{"filter": f"datum.bill == billed && ({SHOWN})"}],
        mark={"type": "bar", "stroke": "var(--ground)", "strokeWidth": 1},
        encoding={
            "y": design_axis(),
            "x": {
                "field": "amount",
                "type": "quantitative",
                "title": "US dollars",
                "axis": {"format": "$,~f", "tickCount": 8},
            },
            "color": part_colour(lines, "line"),
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": [{"field": "design"}, {"field": "line"}, {"field": "said", "title": "amount"}],
        },
    )
