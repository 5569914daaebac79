"""A design on which nothing comes: what its controls keep ready, whatever the traffic."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.controls import Sampler
from simulator.engine.program import Control, Program
from simulator.engine.run import demands, program_of
from simulator.engine.simpy_engine import SimpyEngine
from simulator.measure.books import Layout, bin_width

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World
    from simulator.scenario.model import Scenario


@dataclass(frozen=True)
class Quiet:
    """The program of a design, and levels over the length of a run without requests."""

    program: Program
    levels: dict[str, NDArray[np.float64]]
    capacities: NDArray[np.float64]
    """time, server pool: fleets grow and shrink"""
    bounds: NDArray[np.float64]
    """The same of places in line."""

    def level(self, name: str, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """A level (`checkout.environments`) at these times; 0 where there is none of that name."""
        known = self.levels.get(name)
        if known is None:
            return np.zeros(len(at_s))
        return known[self._places(at_s)]

    def gained_per_s(self, name: str, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """How fast a level rises at these times, evenly between two samples; 0 where it falls."""
        times = self.levels["time_s"]
        level = self.levels.get(name, np.zeros(len(times)))
        rises = np.append(np.diff(level).clip(0.0) / np.diff(times), 0.0)
        return rises[self._places(at_s)]

    def capacity(self, servers: int, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Servers of a pool at these times."""
        found: NDArray[np.float64] = self.capacities[self._places(at_s), servers]
        return found

    def bound(self, servers: int, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """How many may wait for servers of a pool at these times."""
        found: NDArray[np.float64] = self.bounds[self._places(at_s), servers]
        return found

    def _places(self, at_s: NDArray[np.float64]) -> NDArray[np.intp]:
        times = self.levels["time_s"]
        places: NDArray[np.intp] = np.clip(np.searchsorted(times, at_s, "right") - 1, 0, len(times) - 1)
        return places


class _Capacities:
    """Writes down how many servers there are, and places in line, at the end of every time bin."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.seen: list[list[tuple[float, float]]] = []

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        yield env.timeout(1)  # after the controls that say what is there from the beginning
        while True:
            self.seen.append([(float(each.capacity), float(each.bound)) for each in world.servers])
            yield env.timeout(self.width)


def quiet(scenario: Scenario, design: str) -> Quiet:
    """Run a design without its traffic: schedules and pings act, target tracking sees nothing to do."""
    length = scenario.run.for_
    program = program_of(scenario.designs[design], demands(scenario), scenario.run.start)
    sampler, capacities = Sampler(program, bin_width(length)), _Capacities(bin_width(length))
    watch(program, scenario.run.seed, length, [sampler, capacities])
    series = sampler.series()
    seen = np.array(capacities.seen).reshape(len(series["time_s"]), -1, 2)
    return Quiet(program, series, seen[:, :, 0], seen[:, :, 1])


def watch(program: Program, seed: int, until: int, watchers: Sequence[Control]) -> None:
    """Run a program without requests, with these beside its own controls."""
    nobody = replace(program, sources=tuple(source._replace(users=0) for source in program.sources))
    layout = Layout(program.types, program.causes, (), [(0, until)], until, 0, program.durations)
    SimpyEngine(nobody, layout.books(), seed, 0).run(iter(()), until, watchers)
