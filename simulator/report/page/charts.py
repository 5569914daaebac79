"""The page's charts: what each shows, and which of the page's controls it listens to."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.report.page.vega import (
    NUMBERS,
    SECOND_TICKS,
    SECONDS,
    SHOWN,
    Spec,
    chart,
    design_axis,
    design_colour,
    design_dash,
    part_colour,
)
from simulator.report.parts import BANDS

LEVELS = {0.5: "p50", 0.1: "p90", 0.01: "p99", 0.001: "p99.9", 0.0001: "p99.99"}
TIME = {
    "field": "minute",
    "type": "quantitative",
    "title": "minutes since the start",
    "axis": {"tickCount": 10},
    "scale": {"domainMin": {"expr": "low"}, "domainMax": {"expr": "high"}, "nice": False, "zero": False},
}
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


def distribution(names: Sequence[str], span: str) -> Spec:
    """The share of requests slower than each duration."""
    ticks = list(LEVELS)
    labels = " : ".join(
        f"datum.value == {level} ? '{100 * level:g} % ({name})'" for level, name in LEVELS.items()
    )
    return chart(
        "distribution",
        300,
        {"shown": list(names), "span": span},
        transform=[{"filter": f"datum.span == span && ({SHOWN})"}],
        mark={"type": "line", "clip": True, "strokeWidth": 2},
        encoding={
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
            "strokeDash": design_dash(names),
            "tooltip": [
                {"field": "design"},
                {"field": "took", "type": "quantitative", "format": ".3~s", "title": "time (s)"},
                {"field": "slower", "type": "quantitative", "format": ".3~%"},
            ],
        },
    )


def percentiles(names: Sequence[str], traffic: str, statistic: str, length: float) -> Spec:
    """A percentile of latency by when requests arrived."""
    params = {"shown": list(names), "traffic": traffic, "statistic": statistic, "low": 0, "high": length}
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
    ]
    return _lines(names, "percentiles", 260, params, here, latency, said)


def waiting(names: Sequence[str], waits: Sequence[str], ages: Sequence[str], length: float) -> Spec:
    """What waits somewhere over time; `ages` are those of `waits` that are in seconds."""
    params = {"shown": list(names), "waits": waits[0], "ages": list(ages), "low": 0, "high": length}
    label = f"indexof(ages, waits) >= 0 && datum.value > 0 ? ({SECONDS}) : format(datum.value, ',~r')"
    value = {
        "field": "value",
        "type": "quantitative",
        "axis": {"labelExpr": label, "tickCount": 6},
        "title": None,
    }
    said = {"field": "value", "type": "quantitative", "format": ",.3~g"}
    here = [{"filter": f"datum.waits == waits && ({SHOWN})"}]
    return _lines(names, "waiting", 220, params, here, value, said)


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


def _lines(
    names: Sequence[str], data: str, height: int, params: Spec, here: list[Spec], value: Spec, said: Spec
) -> Spec:
    """A line for each design over time, in steps; it breaks where there is no value."""
    tooltip = [{"field": "design"}, {"field": "minute", "type": "quantitative", "format": ".2f"}, said]
    return chart(
        data,
        height,
        params,
        transform=here,
        mark={"type": "line", "interpolate": "step-after", "clip": True, "strokeWidth": 2},
        encoding={
            "x": TIME,
            "y": value,
            "color": design_colour(names),
            "strokeDash": design_dash(names),
            "tooltip": tooltip,
        },
    )
