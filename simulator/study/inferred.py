"""The inferred values of an era that the designs of a scenario use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simulator.engine.run import demands, program_of
from simulator.eras.era import Era, Fact
from simulator.measure.inferred import Inferred

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario

CONFIDENCE = "inferred"


@dataclass(frozen=True)
class _Heard(Era):
    """An era that writes down what it is asked for."""

    asked: dict[str, None] = field(default_factory=dict, repr=False)

    def fact(self, key: str) -> Fact:
        self.asked[key] = None
        return super().fact(key)


def inferred(scenario: Scenario, names: Iterable[str]) -> tuple[Inferred, ...]:
    """What these designs ask their eras for as their programs are built, with those that do, by its key."""
    found: dict[tuple[str, str], Inferred] = {}
    for name in names:
        design = scenario.designs[name]
        era = _Heard(design.era.name, design.era.region, design.era.facts)
        program_of(replace(design, era=era), demands(scenario), scenario.run.start)
        for key in era.asked:
            fact = era.facts[key]
            if fact.confidence == CONFIDENCE:
                at = (era.name, key)
                known = found.get(at) or Inferred(
                    key, fact.text, era.name, fact.source, fact.date, fact.note, ()
                )
                found[at] = known._replace(designs=(*known.designs, name))
    return tuple(found[at] for at in sorted(found))
