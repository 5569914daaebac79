"""Why a design fails, as far as `explain` knows it before anything runs: what its summary tells of that."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from simulator.study.behind import with_behind
from simulator.study.capacity import Limits, limits
from simulator.study.enough import with_enough
from simulator.study.ready import with_ready
from simulator.study.unrefused import with_unrefused

if TYPE_CHECKING:
    from simulator.measure.summary import DesignSummary
    from simulator.scenario.model import Scenario


def explained(scenario: Scenario, name: str, design: DesignSummary) -> DesignSummary:
    """The summary of a design with all of it; the design is looked at once, and only if it is asked for."""

    @cache
    def look() -> Limits:
        return limits(scenario, name)

    design = with_unrefused(design, look)
    design = with_enough(scenario, name, design, look)
    design = with_ready(design, look)
    return with_behind(design, look)
