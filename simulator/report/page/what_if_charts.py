"""Charts of the page with sliders: one metric along one setting, and over two.

Which settings is the page's choice, so the places of a point in the grid stand in its data as `k0`, `k1` …,
where the sliders stand comes as signals `s0`, `s1` …, and expressions pick from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.report.page.vega import NUMBERS, Spec, chart, design_colour, design_dash

if TYPE_CHECKING:
    from simulator.study.sweep import Sweep

INFINITE = {"filter": "datum.infinite"}
WORD = {"type": "text", "text": "infinite", "fontSize": 12, "color": "var(--ink)"}
"""What no scale has a place for, and is said in a word."""
OF_SHADE = "(wide ? toNumber(format(exp(datum.value), '.2r')) : datum.value)"
"""The value that a shade stands for: a scale's type cannot be chosen by a signal, so its numbers are."""


def along(sweep: Sweep, metric: str, unit: str) -> Spec:
    """The metric of every design along one knob."""
    names = sweep.designs
    others = " && ".join(
        f"(along == {place} || datum.k{place} == s{place})" for place in range(len(sweep.knobs))
    )
    here = [
        {"filter": f"datum.metric == metric && {others}"},
        {"calculate": _choice("along", len(sweep.knobs)), "as": "x"},
    ]
    x: dict[str, Any] = {
        "field": "x", "type": "quantitative", "title": None,
        "axis": {"labelExpr": "labels[datum.value]", "tickMinStep": 1, "labelOverlap": "greedy"},
        "scale": {"zero": True, "nice": False, "padding": 12},
    }  # fmt: skip
    y = {"type": "quantitative", "title": None, "axis": {"tickCount": 6, "labelExpr": NUMBERS}}
    tip = [{"field": "design"}, {"field": "said", "title": "value"}]
    colour = design_colour(names)
    layers = [
        {
            "transform": [*here, {"filter": "isValid(datum.low)"}],
            "mark": {"type": "area", "opacity": 0.18},
            "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}, "color": colour},
        },
        {
            "transform": here,
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {
                "x": x,
                "y": {"field": "value", **y},
                "color": colour,
                "strokeDash": design_dash(names),
            },
        },
        {
            "transform": here,
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
            "encoding": {"x": x, "y": {"field": "value", **y}, "color": colour, "tooltip": tip},
        },
        {
            "transform": [*here, {"filter": f"datum.x == {_choice('along', len(sweep.knobs), 's')}"}],
            "mark": {"type": "rule", "color": "var(--quiet)"},
            "encoding": {"x": x},
        },
        {
            "transform": [*here, INFINITE],
            # above the plot, at whose upper edge an objective's line may be
            "mark": {**WORD, "baseline": "bottom", "dy": -4},
            "encoding": {"x": x, "y": {"value": 0}, "tooltip": tip},
        },
        {
            "data": {"name": "limits"},
            "transform": [{"filter": "datum.metric == metric"}],
            "mark": {"type": "rule", "color": "var(--bad)", "strokeWidth": 1.5, "strokeDash": [5, 3]},
            "encoding": {"y": {"field": "limit", **y}, "tooltip": [{"field": "said", "title": "objective"}]},
        },
    ]
    return chart("grid", 280, _params(sweep, metric, unit), layer=layers)


def over_two(sweep: Sweep, metric: str, unit: str) -> Spec:
    """The metric of one design over two knobs."""
    count = len(sweep.knobs)
    others = " && ".join(
        f"(along == {place} || across == {place} || datum.k{place} == s{place})" for place in range(count)
    )
    here = [
        {"filter": f"datum.metric == metric && datum.design == design && {others}"},
        {"calculate": _choice("along", count), "as": "x"},
        {"calculate": _choice("across", count), "as": "y"},
        {"calculate": _by_decades("datum.value"), "as": "shade"},
    ]
    quiet = {"grid": False, "labelOverlap": "greedy", "domain": False, "ticks": False}
    x = {"field": "x", "type": "ordinal", "title": None,
         "axis": {**quiet, "labelExpr": "labels[datum.value]", "labelAngle": 0}}  # fmt: skip
    y = {"field": "y", "type": "ordinal", "title": None, "sort": "descending",
         "axis": {**quiet, "labelExpr": "acrossLabels[datum.value]"}}  # fmt: skip
    tip = [{"field": "said", "title": "value"}]
    colour = {
        "field": "shade",
        "type": "quantitative",
        "scale": {
            "scheme": "cividis",
            "domainMin": {"expr": _by_decades("least")},
            "domainMax": {"expr": _by_decades("most")},
        },
        "legend": {"title": None, "labelExpr": NUMBERS.replace("datum.value", OF_SHADE)},
    }
    stands = f"datum.x == {_choice('along', count, 's')} && datum.y == {_choice('across', count, 's')}"
    layers = [
        {
            "transform": here,
            "mark": {"type": "rect"},
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": tip},
        },
        {
            "transform": [*here, INFINITE],
            "mark": {"type": "rect", "color": "var(--line)"},
            "encoding": {"x": x, "y": y, "tooltip": tip},
        },
        {
            "transform": [*here, INFINITE],
            "mark": {**WORD, "align": "left", "dx": 16},
            "encoding": {"x": x, "y": y, "tooltip": tip},
        },
        {
            "transform": here,
            "mark": {"type": "point", "filled": True, "size": 420, "color": "white", "opacity": 1},
            "encoding": {"x": x, "y": y, "tooltip": tip},
        },
        {
            "transform": here,
            "mark": {"type": "text", "fontSize": 14, "color": "black"},
            "encoding": {"x": x, "y": y, "text": {"field": "sign"}, "tooltip": tip},
        },
        {
            "transform": [*here, {"filter": stands}],
            "mark": {"type": "rect", "filled": False, "stroke": "var(--bad)", "strokeWidth": 3},
            "encoding": {"x": x, "y": y},
        },
    ]  # fmt: skip
    height = min(60 + 34 * max(len(knob.choices) for knob in sweep.knobs), 460)
    return chart("grid", height, _params(sweep, metric, unit), layer=layers)


def _params(sweep: Sweep, metric: str, unit: str) -> dict[str, object]:
    knobs = [*sweep.knobs, sweep.knobs[0]]
    return {
        **{f"s{place}": 0 for place in range(len(sweep.knobs))},
        "along": 0,
        "across": min(1, len(sweep.knobs) - 1),
        "metric": metric,
        "inUnit": unit,
        "wide": False,
        "least": 0,
        "most": 1,
        "design": sweep.designs[0],
        "labels": list(knobs[0].choices),
        "acrossLabels": list(knobs[1].choices),
    }


def _by_decades(value: str) -> str:
    return f"wide ? log({value}) : {value}"


def _choice(signal: str, count: int, of: str = "datum.k") -> str:
    """The place of the knob that a signal chooses, as an expression."""
    said = f"{of}{count - 1}"
    for place in reversed(range(count - 1)):
        said = f"{signal} == {place} ? {of}{place} : {said}"
    return f"({said})"
