"""With how many lanes a function would keep up with its stream, and what poison costs of them: what `explain`
finds before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from simulator.engine.measuring import LANES
from simulator.measure.backlog import OF_STREAMS
from simulator.measure.need import NEARLY, Enough, Need, Setting
from simulator.services.service import MOST_BUSY
from simulator.study.capacity import limits
from simulator.study.raising import alternatives, with_values

if TYPE_CHECKING:
    from simulator.measure.limits import LimitSummary
    from simulator.measure.summary import DesignSummary
    from simulator.scenario.model import Scenario
    from simulator.study.capacity import Limits
    from simulator.study.coming import Lanes
    from simulator.study.load import Load

BEHIND_S: Final = 1.0
"""The age up to which a record waits for no more than the next poll."""
CLEARLY: Final = 0.9
"""Of how long a lane is held up now: with less it is clearly shorter."""
BISECT: Final = {"bisect_batch_on_function_error": True}
TERMS: Final[tuple[Mapping[str, int | bool], ...]] = (
    BISECT,
    {"maximum_retry_attempts": 3},
    {**BISECT, "maximum_retry_attempts": 3},
    {"maximum_retry_attempts": 0},
    {**BISECT, "maximum_retry_attempts": 0},
)
"""Of an event source mapping, by which records that always fail are given up earlier."""


def with_enough(
    scenario: Scenario, name: str, design: DesignSummary, look: Callable[[], Limits]
) -> DesignSummary:
    """With `DesignSummary.enough`, where a design fails whose lanes were all at work while records waited."""
    full = {limit[:2] for limit in design.limits if design.verdict == "fail" and _full(limit, design)}
    if not full:
        return design
    needed, found = {need[:2]: need for need in look().tight}, {}
    for place, one in _lanes(look().load).items():
        need = needed[place]
        if place in full and (need.ratio > NEARLY or one.poison):
            settings: list[tuple[Setting, Sequence[Need]]] = []
            if need.ratio > MOST_BUSY:
                settings = sorted(alternatives(scenario, name, need, limits), key=lambda each: bool(each[1]))
            hottest = need.demand * one.lane.share
            values = tuple(setting for setting, _ in settings)
            known = need.demand, need.allowed, hottest, need.demand * one.key, values
            stalled_s = one.stalled_s if one.poison else 0.0
            shorter = tuple(_shorter(scenario, name, one)) if one.poison else ()
            besides = tuple(tuple(exceeding) for _, exceeding in settings)
            found[place] = Enough(*known, stalled_s, one.blocks, shorter, besides)
    return replace(design, enough=found) if found else design


def _lanes(load: Load) -> dict[tuple[str, str], Lanes]:
    """How streams are read, by the service and the limit that the lanes are."""
    return {(one.function, f"{LANES}{one.event}"): one for one in load.lanes if one.event}


def _full(limit: LimitSummary, design: DesignSummary) -> bool:
    age = design.services.get(limit.service, {}).get("iterator_age_max_s", 0.0)
    return limit.unit == OF_STREAMS and limit.ratio >= 1 and age > BEHIND_S


def _shorter(scenario: Scenario, design: str, now: Lanes) -> Iterator[tuple[str, float]]:
    """Terms of the mapping with which poison is given up within the run, and clearly earlier than now; the
    first that does, and what is the quickest."""
    place = design, now.function, ("events", now.event)
    found: list[tuple[str, float]] = []
    for terms in TERMS:
        changed = limits(with_values(scenario, *place, terms), design)
        new = _lanes(changed.load)[now.function, f"{LANES}{now.event}"]
        if not new.blocks and new.stalled_s < CLEARLY * min([now.stalled_s, *(after for _, after in found)]):
            said = " and ".join(f"{key}: {str(value).lower()}" for key, value in terms.items())
            found.append((said, new.stalled_s))
    yield from dict([found[0], found[-1]] if found else []).items()
