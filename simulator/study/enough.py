"""With how many lanes a function would keep up with its stream: what `explain` finds before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simulator.measure.backlog import OF_STREAMS
from simulator.measure.need import Enough, Need, exceeded
from simulator.study.capacity import needs
from simulator.study.raising import alternatives

if TYPE_CHECKING:
    from simulator.measure.limits import LimitSummary
    from simulator.measure.summary import DesignSummary
    from simulator.scenario.model import Scenario

BEHIND_S: Final = 1.0
"""The age up to which a record waits for no more than the next poll."""


def with_enough(scenario: Scenario, name: str, design: DesignSummary) -> DesignSummary:
    """With `DesignSummary.enough`, where a design fails whose lanes were all at work while records waited."""
    full = [limit[:2] for limit in design.limits if design.verdict == "fail" and _full(limit, design)]
    found = {}
    for need in _lanes(scenario, name) if full else ():
        if need[:2] in full and exceeded(need):
            settings = tuple(alternatives(scenario, name, need, _lanes))
            if settings or need.demand > need.allowed:
                found[need[:2]] = Enough(need.demand, settings)
    return replace(design, enough=found) if found else design


def _full(limit: LimitSummary, design: DesignSummary) -> bool:
    age = design.services.get(limit.service, {}).get("iterator_age_max_s", 0.0)
    return limit.unit == OF_STREAMS and limit.ratio >= 1 and age > BEHIND_S


def _lanes(scenario: Scenario, design: str) -> Iterator[Need]:
    """Of streams' lanes what is needed of all together, as tight as the hottest of them is."""
    found = {need[:2]: need for need in needs(scenario, design)}
    for (service, limit), need in found.items():
        hottest = found.get((service, f"hottest lane of {limit.removeprefix('lanes of ')}"), need)
        if limit.startswith("lanes of "):
            yield need._replace(ratio=max(need.ratio, hottest.ratio))
