"""Designs whose lines lie on each other in the page's charts, by what its controls choose."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.report.page.charts import Alike
from simulator.report.page.data import span_of
from simulator.report.pictures import alike
from simulator.report.pictures.distribution import read
from simulator.report.waited import waited
from simulator.study.over_time import PERCENTILES, slower_by, spans

if TYPE_CHECKING:
    from simulator.study.study import Study


def distribution(study: Study) -> Alike:
    """By requests."""
    found = {}
    for key in study.summary.leaves:
        for clock, window in product(study.summary.clocks(key), ["", *study.scenario.windows]):
            counted = {name: spans(runs, key)[window] for name, runs in study.replications.items()}
            lines = {name: read(*slower_by(clock, one)) for name, one in counted.items()}
            found[span_of(key, window, clock)] = _named(lines, 3 * alike.CLOSE)
    return found


def percentiles(study: Study) -> Alike:
    """By requests and percentile."""
    table, found = study.timeline(), {}
    for key, column in product(study.summary.leaves, PERCENTILES):
        of_it = table[table["traffic"] == key].groupby("design", sort=False)[column]
        with np.errstate(divide="ignore"):
            lines = {str(name): np.log(one.to_numpy(float)) for name, one in of_it}
        found[f"{key} {column.removesuffix('_s')}"] = _named(lines, 3 * alike.CLOSE)
    return found


def waiting(study: Study) -> Alike:
    """By what waits; the axis is linear up to 1, and logarithmic from there."""
    return {
        one.title: _named(
            {
                str(name): np.log1p(line.to_numpy(float))
                for name, line in one.table.groupby("design", sort=False)[one.measure.column]
            }
        )
        for one in waited(study)
    }


def _named(lines: Mapping[str, NDArray[np.float64]], within: float | None = None) -> dict[str, str]:
    return {name: ", ".join(group) for group in alike.alike(lines, within) for name in group}
