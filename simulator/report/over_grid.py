"""The metrics of a sweep: the same ones at every point, and which of them to begin with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulator.report.page.metrics import Metric, headline, metric_of, metrics_over

if TYPE_CHECKING:
    from simulator.study.sweep import Sweep

WIDE = 20.0
"""Times the least; what spans more goes by decades."""


def over_grid(sweep: Sweep) -> list[dict[str, Metric]]:
    """At each point its metrics by name."""
    found = metrics_over([point.summary for point in sweep.points], sweep.scenario.objectives)
    return [{one.name: one for one in here} for here in found]


class Reach(NamedTuple):
    """The least and the most of a metric over settings and designs, and whether only decades show both."""

    least: float
    most: float
    wide: bool


def reach(found: Iterable[Metric]) -> Reach:
    """Of what is finite: one colour means the same wherever it is shown."""
    known = [one.value for metric in found for one in metric.estimates if math.isfinite(one.value)]
    least, most = min(known, default=0.0), max(known, default=1.0)
    return Reach(least, most, 0 < WIDE * least < most)


def begin_with(sweep: Sweep, found: Sequence[dict[str, Metric]]) -> str:
    """The first objective that some settings meet and others do not, or else one whose value differs: a
    picture of what is the same everywhere says nothing of the settings."""
    known = [one for one in sweep.scenario.objectives if metric_of(one) in found[0]]
    by_design = [[point.summary.designs[name] for point in sweep.points] for name in sweep.designs]

    def verdicts(key: str) -> bool:
        return any(
            len({one.objectives[key].verdict for one in designs if key in one.objectives}) > 1
            for designs in by_design
        )

    def values(name: str) -> bool:
        return len({tuple(f"{one.value:.9g}" for one in here[name].estimates) for here in found}) > 1

    differ = [one for one in known if verdicts(one.key)] or [one for one in known if values(metric_of(one))]
    return headline(list(found[0].values()), differ or known).name
