"""What the services of a scenario may count: told by their programs, before anything runs.

What makes programs is imported where an objective asks for a counter: most scenarios are read without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache

from simulator.measure.measured import Measured
from simulator.scenario.model import Design, Source
from simulator.values.units import HOUR


class Counters:
    """Called with the name of a service, the counters that it may have in one design after the other."""

    def __init__(self, designs: Mapping[str, Design], traffic: Mapping[str, Source], start: datetime) -> None:
        self.designs = designs
        self.traffic = traffic
        self.start = start
        self._measurable = cache(self._unfolded)

    def __call__(self, service: str) -> Iterator[str]:
        for name, design in self.designs.items():
            if one := design.services.get(service):
                names = self._measurable(name).get(service, ())
                for number in (0.0, 1.0):  # some are there only if something was counted
                    yield from one.counters(Measured(service, HOUR, dict.fromkeys(names, number)))

    def _unfolded(self, name: str) -> Mapping[str, set[str]]:
        from simulator.engine.build import Build
        from simulator.engine.demand import demands_of
        from simulator.engine.measuring import measurable

        design = self.designs[name]
        build = Build(design.services, design.account, design.era, self.start)
        return measurable(build.program(demands_of(self.traffic)))
