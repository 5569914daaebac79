"""Charts as Vega-Lite: plain maps that the page's scripts draw, with names of CSS variables as colours.

A chart's data stand in the page once, as columns; `params` are what the page's controls set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.report.palette import AT_WORK, DASHES, DESIGNS, OUTCOMES, PARTS, STARTS

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
QUIET = {
    "labelColor": "var(--ink)",
    "titleColor": "var(--ink)",
    "gridColor": "var(--line)",
    "domainColor": "var(--quiet)",
    "tickColor": "var(--quiet)",
    "titleFontWeight": "normal",
    "labelFontSize": 12,
    "titleFontSize": 12,
    "labelSeparation": 6,
}
CONFIG = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "axis": QUIET,
    "legend": {"labelColor": "var(--ink)", "titleColor": "var(--ink)", "labelFontSize": 12, "orient": "top"},
    "view": {"stroke": None},
    "aria": False,  # the figure around a chart says what it shows; thousands of marks would only be noise
}
SECONDS = (
    "datum.value >= 1 ? format(datum.value, ',~g') + ' s' : datum.value >= 0.001 ? "
    "format(datum.value * 1000, '~g') + ' ms' : format(datum.value * 1000000, '~g') + ' µs'"
)
"""A duration on an axis."""
NUMBERS = (
    f"inUnit == 's' && datum.value > 0 ? ({SECONDS}) : "
    "inUnit == 'share' ? format(datum.value * 100, '~g') + ' %' : "
    "(inUnit == 'usd' ? '$' : '') + format(datum.value, ',~r')"
)
"""A number on an axis, in the unit that the signal `inUnit` says."""
SECOND_TICKS = [digit * 10.0**power for power in range(-9, 6) for digit in (1, 2, 3, 5)]
STRIPE = 6
"""Of a line that several designs share, in pixels."""
SHOWN = "indexof(shown, datum.design) >= 0"


def chart(data: str, height: int, params: Mapping[str, object], **rest: object) -> Spec:
    """A chart as wide as the page; `params` with their first values."""
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"name": data},
        "params": [{"name": name, "value": value} for name, value in params.items()],
        "config": CONFIG,
        **rest,
    }


def design_colour(names: Sequence[str]) -> Spec:
    """Colour by design."""
    colours = [f"var(--design-{place % len(DESIGNS)})" for place in range(len(names))]
    return {
        "field": "design",
        "type": "nominal",
        "scale": {"domain": list(names), "range": colours},
        "legend": None,
    }


def design_dash(names: Sequence[str]) -> Spec:
    """Dash by design."""
    dashes = [list(DASHES[place % len(DASHES)]) or [1, 0] for place in range(len(names))]
    return {
        "field": "design",
        "type": "nominal",
        "scale": {"domain": list(names), "range": dashes},
        "legend": None,
    }


def stripes(names: Sequence[str], choice: str) -> tuple[list[Spec], Spec]:
    """Transforms and dashes: the design's own, or stripes beside those of the shown designs that are alike.

    The signal `alike` says for each `choice` of the page's controls, by design, what all of these are called.
    """
    dash = "datum.together > 1 ? datum.rank + '/' + datum.together : '/' + datum.design"
    transforms: list[Spec] = [
        {"calculate": f"alike[{choice}][datum.design]", "as": "alike"},
        {"joinaggregate": [{"op": "distinct", "field": "design", "as": "together"}], "groupby": ["alike"]},
        {"window": [{"op": "dense_rank", "as": "rank"}], "sort": [{"field": "design"}], "groupby": ["alike"]},
        {"calculate": dash, "as": "dash"},
    ]
    own = {f"/{name}": dash for name, dash in zip(names, design_dash(names)["scale"]["range"], strict=True)}
    shared = {
        f"{rank}/{count}": [0, (rank - 1) * STRIPE, STRIPE, (count - rank) * STRIPE]
        for count in range(2, len(names) + 1)
        for rank in range(1, count + 1)
    }
    dashes = own | shared
    scale = {"domain": list(dashes), "range": list(dashes.values())}
    return transforms, {"field": "dash", "type": "nominal", "scale": scale, "legend": None}


def design_axis() -> Spec:
    """Designs from top to bottom, by a column that numbers them: no name becomes part of an expression."""
    return {
        "field": "design",
        "type": "nominal",
        "sort": {"field": "place", "op": "min"},
        "title": None,
        "axis": {"labelLimit": 220},
    }


def part_colour(parts: Sequence[str], field: str) -> Spec:
    """Colour by part of a whole that is stacked."""
    colours = [f"var(--part-{place % len(PARTS)})" for place in range(len(parts))]
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(parts), "range": colours},
        "legend": {
            "columns": 2,
            "title": None,
            "labelLimit": 480,
            "symbolType": "square",
        },
    }


def style() -> str:
    """The palette as CSS variables, for a light and for a dark ground."""
    families = {"design": DESIGNS, "part": PARTS} | {
        kind: tuple(colours.values())
        for kind, colours in (("outcome", OUTCOMES), ("start", STARTS), ("at-work", AT_WORK))
    }
    light, dark = (
        "".join(
            f"--{kind}-{place}:{colour[ground]};"
            for kind, colours in families.items()
            for place, colour in enumerate(colours)
        )
        for ground in (0, 1)
    )
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
