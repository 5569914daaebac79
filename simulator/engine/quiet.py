"""A design on which nothing comes: what its controls keep ready, whatever the traffic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.engine.controls import Sampler
from simulator.engine.program import Program
from simulator.engine.run import demands, program_of
from simulator.engine.simpy_engine import SimpyEngine
from simulator.measure.recorder import Layout, bin_width

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario


@dataclass(frozen=True)
class Quiet:
    """The program of a design, and levels over the length of a run without requests."""

    program: Program
    levels: dict[str, NDArray[np.float64]]

    def level(self, name: str, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """A level (`checkout.environments`) at these times; 0 where there is none of that name."""
        known = self.levels.get(name)
        if known is None:
            return np.zeros(len(at_s))
        places = np.searchsorted(self.levels["time_s"], at_s, "right") - 1
        return known[np.clip(places, 0, len(known) - 1)]


def quiet(scenario: Scenario, design: str) -> Quiet:
    """Run a design without its traffic: schedules and pings act, target tracking sees nothing to do."""
    length = scenario.run.for_
    program = program_of(scenario.designs[design], demands(scenario), scenario.run.start)
    nobody = replace(program, sources=tuple(source._replace(users=0) for source in program.sources))
    layout = Layout(program.types, program.causes, (), [(0, length)], length)
    sampler = Sampler(program, bin_width(length))
    engine = SimpyEngine(nobody, layout.books(), scenario.run.seed, 0)
    engine.run(iter(()), length, [sampler])
    return Quiet(program, sampler.series())
