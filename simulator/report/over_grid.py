"""The metrics of a sweep: the same ones at every point, and which of them to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.report.page.metrics import Metric, headline, metric_of, metrics_over

if TYPE_CHECKING:
    from simulator.study.sweep import Sweep


def over_grid(sweep: Sweep) -> list[dict[str, Metric]]:
    """At each point its metrics by name."""
    found = metrics_over([point.summary for point in sweep.points], sweep.scenario.objectives)
    return [{one.name: one for one in here} for here in found]


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
