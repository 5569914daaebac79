"""A design on which nothing comes: what its controls keep ready, whatever the traffic."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.program import Control, Program
from simulator.engine.run import demands, program_of
from simulator.engine.simpy_engine import SimpyEngine
from simulator.measure.books import Layout, bin_width
from simulator.stations.environment_pool import alive

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World
    from simulator.scenario.model import Scenario


@dataclass(frozen=True)
class Quiet:
    """The program of a design, and what it has over the length of a run without requests."""

    program: Program
    width_s: float
    """Of a time bin."""
    pools: NDArray[np.float64]
    """time bin, environment pool: environments, and the provisioned ones of these; schedules change them"""
    servers: NDArray[np.float64]
    """time bin, server pool: how many there are, and how many may wait for them; fleets grow and shrink"""

    def environments(self, service: str, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of a function, at these times; 0 of another service."""
        return self._of(service, 0)[self._bins(at_s)]

    def provisioned(self, service: str, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """The provisioned ones of these."""
        return self._of(service, 1)[self._bins(at_s)]

    def gained_per_s(self, service: str, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """How many environments of a function begin, evenly between two bins."""
        rises = np.append(np.diff(self._of(service, 0)).clip(0.0) / self.width_s, 0.0)
        return rises[self._bins(at_s)]

    def capacity(self, servers: int, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Servers of a pool at these times."""
        found: NDArray[np.float64] = self.servers[self._bins(at_s), servers, 0]
        return found

    def bound(self, servers: int, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """How many may wait for servers of a pool at these times."""
        found: NDArray[np.float64] = self.servers[self._bins(at_s), servers, 1]
        return found

    def _of(self, service: str, which: int) -> NDArray[np.float64]:
        names = [name for name, _ in self.program.pools]
        if service not in names:
            return np.zeros(len(self.pools))
        found: NDArray[np.float64] = self.pools[:, names.index(service), which]
        return found

    def _bins(self, at_s: NDArray[np.float64]) -> NDArray[np.intp]:
        bins: NDArray[np.intp] = np.minimum((at_s / self.width_s).astype(np.intp), len(self.pools) - 1)
        return bins


class _Watcher:
    """Writes down what there is at the beginning of every time bin."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.pools: list[list[tuple[float, float]]] = []
        self.servers: list[list[tuple[float, float]]] = []

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        yield env.timeout(1)  # after the controls that say what is there from the beginning
        while True:
            world.tidy(int(env.now))
            ready = ((alive(pool), pool.provisioned) for pool in world.pools)
            self.pools.append([(float(warm + kept), float(kept)) for warm, kept in ready])
            self.servers.append([(float(each.capacity), float(each.bound)) for each in world.servers])
            yield env.timeout(self.width)


def quiet(scenario: Scenario, design: str) -> Quiet:
    """Run a design without its traffic: schedules and pings act, target tracking sees nothing to do."""
    length = scenario.run.for_
    program = program_of(scenario.designs[design], demands(scenario), scenario.run.start)
    watcher = _Watcher(bin_width(length))
    watch(program, scenario.run.seed, length, [watcher])
    pools, servers = (np.array(seen).reshape(len(seen), -1, 2) for seen in (watcher.pools, watcher.servers))
    return Quiet(program, watcher.width / 1e9, pools, servers)


def watch(program: Program, seed: int, until: int, watchers: Sequence[Control]) -> None:
    """Run a program without requests, with these beside its own controls."""
    nobody = replace(program, sources=tuple(source._replace(users=0) for source in program.sources))
    layout = Layout(program.types, program.causes, (), [(0, until)], until, 0, program.durations)
    SimpyEngine(nobody, layout.books(), seed, 0).run(iter(()), until, watchers)
