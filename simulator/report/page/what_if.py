"""A sweep as one HTML file with a slider for each setting; nothing runs behind it and nothing is fetched."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from simulator.measure.result import UNDONE
from simulator.report import words
from simulator.report.marks import marks_of
from simulator.report.over_grid import begin_with, over_grid, reach
from simulator.report.page.columns import Columns
from simulator.report.page.columns import columns as table_of
from simulator.report.page.metrics import Metric, metric_of, outcome, value
from simulator.report.page.provenance import provenance
from simulator.report.page.sheet import sheet
from simulator.report.page.what_if_charts import along, over_two
from simulator.report.settings import cell, columns, conclusion, lines_of, notes
from simulator.report.words import Glyphs

if TYPE_CHECKING:
    from simulator.study.sweep import Sweep

USUAL = (
    "p50 latency",
    "p99 latency",
    "p99 completion",
    "failed",
    *map(outcome, UNDONE),
    "cold starts per invocation",
    "peak concurrency",
)
GLYPHS = Glyphs()


def what_if(sweep: Sweep) -> str:
    """The whole page; it opens at the answer, else at the first."""
    first = sweep.points[0].summary
    found = _metrics(sweep)
    begun = begin_with(sweep, found)
    unit = found[0][begun].unit
    asked = columns(lines_of(sweep))
    cells = [
        [[cell(one, key, GLYPHS) for key, _ in asked] for one in point.summary.designs.values()]
        for point in sweep.points
    ]
    signed = [[[_signed(*one) for one in row] for row in at] for at in cells]
    start = next((sweep.points.index(point) for point, _ in sweep.answers), 0)
    here = [words.verdict(point.summary) for point in sweep.points]
    settings = [
        [knob.choices.index(one) for knob, one in zip(sweep.knobs, point.setting, strict=True)]
        for point in sweep.points
    ]
    specs = {"along": along(sweep, begun, unit)}
    if len(sweep.knobs) > 1:
        specs["map"] = over_two(sweep, begun, unit)
    document = {
        "knobs": [{"path": knob.path, "values": list(knob.choices)} for knob in sweep.knobs],
        "settings": settings,
        "here": here,
        "cells": [[[list(one) for one in row] for row in at] for at in signed],
        "units": {name: one.unit for name, one in found[0].items()},
        "spans": {name: list(reach(here[name] for here in found)) for name in found[0]},
        "specs": specs,
        "tables": _tables(sweep, found, settings),
    }
    return sheet(
        "what_if.html",
        "what_if.js",
        document,
        name=first.scenario,
        subtitle=_subtitle(sweep),
        conclusion=conclusion(sweep),
        notes=notes(sweep),
        knobs=sweep.knobs,
        begin=settings[start],
        start=start,
        here=here[start],
        designs=sweep.designs,
        columns=asked,
        cells=signed,
        marks=marks_of(one for point in sweep.points for one in point.summary.designs.values()),
        rows=[
            (point.setting, name, row)
            for point, at in zip(sweep.points, signed, strict=True)
            for name, row in zip(sweep.designs, at, strict=True)
        ],
        metrics=[{"name": one.name, "label": f"{one.group}: {one.label}"} for one in found[0].values()],
        first=begun,
        charts=list(specs),
        provenance=provenance(first, sweep.scenario),
    )


def _metrics(sweep: Sweep) -> list[dict[str, Metric]]:
    """At every point the same metrics: what objectives ask for, and the usual ones."""
    asked = {metric_of(objective) for objective in sweep.scenario.objectives}
    return [
        {
            name: one
            for name, one in here.items()
            if name in asked or one.label in USUAL or one.group == "cost"
        }
        for here in over_grid(sweep)
    ]


def _tables(sweep: Sweep, found: list[dict[str, Metric]], settings: list[list[int]]) -> dict[str, Columns]:
    rows: list[dict[str, object]] = []
    for point, here, setting in zip(sweep.points, found, settings, strict=True):
        for metric in here.values():
            for place, (name, one) in enumerate(point.summary.designs.items()):
                middle, low, high = metric.estimates[place][:3]
                rows.append(
                    {
                        **{f"k{knob}": at for knob, at in enumerate(setting)},
                        "metric": metric.name, "design": name, "value": middle, "low": low, "high": high,
                        "infinite": middle == math.inf,
                        "said": value(metric, place), "sign": GLYPHS.of(one.verdict).strip() or "·",
                    }
                )  # fmt: skip
    limits = [
        {"metric": metric_of(one), "limit": one.limit, "said": one.text}
        for one in sweep.scenario.objectives
        if metric_of(one) in found[0]
    ]
    walls = pd.DataFrame(limits, columns=["metric", "limit", "said"])
    return {"grid": table_of(pd.DataFrame(rows)), "limits": table_of(walls)}


def _signed(verdict: str, said: str, half: str) -> tuple[str, str, str]:
    return verdict, f"{GLYPHS.of(verdict)} {said}".strip() if verdict else said, half


def _subtitle(sweep: Sweep) -> str:
    first, designs = sweep.points[0].summary, len(sweep.designs)
    said = f"{len(sweep.points)} settings of {designs} design{'s' * (designs > 1)}"
    runs = f"{first.replications} runs each, all with the same luck"
    return f"{said}, {runs}; simulated beforehand, nothing runs behind this page"
