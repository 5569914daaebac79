"""Controls that every run has: the end of the warm-up, and the sampling of levels for time series."""

from __future__ import annotations

from collections.abc import Callable, Generator
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.engine.levels import FULLEST, OF_SERVERS
from simulator.engine.measuring import restart
from simulator.errors import ModelError
from simulator.measure.measured import ITERATOR_AGE, POLLER_S
from simulator.measure.readings import bins_so_far, so_far
from simulator.measure.sketch import BINS, edges_of

if TYPE_CHECKING:
    import simpy

    from simulator.engine.program import Name, Program
    from simulator.engine.world import World

TAKEN = ("taken", "batches")
"""Of mailboxes, by time bin: items, and the batches in which receivers took them."""
SUMMED = ("sum", "sample count")
"""Of the ages of iterators, by time bin, as CloudWatch calls what its Average is made of."""
RECEIVERS = "receiver-seconds"
"""Of queues, by time bin: for how long pollers, or receivers of a fleet, were there."""


class WarmUp:
    """Forgets what was counted so far, when the warm-up ends; but for a sampler of it."""

    def __init__(self, until: int, sampler: Sampler | None = None) -> None:
        self.until = until
        self.sampler = sampler

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        yield env.timeout(self.until)
        if self.sampler:
            self.sampler.remember(world)
        restart(world, self.until)


class Halt:
    """Ends a run whose answer nobody waits for any more."""

    def __init__(self, halted: Callable[[], bool], every: int) -> None:
        self.halted = halted
        self.every = every

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        while not self.halted():
            yield env.timeout(self.every)
        raise KeyboardInterrupt


class Sampler:
    """Writes down, of every time bin, how full environment pools, quotas and server pools were at its fullest
    moment, how full mailboxes at its beginning, and what of these was taken in it; and of ages of iterators,
    which are counted from the end of the warm-up on."""

    def __init__(self, program: Program, width: int) -> None:
        self.program = program
        self.width = width
        self.samples: list[NDArray[np.int64]] = []
        self.kinds = len(TAKEN) * len(program.mailboxes)
        self.taken = np.zeros(self.kinds, dtype=np.int64)
        """Items and batches, before they were forgotten."""
        named = enumerate(program.durations)
        self.ages = {place: service for place, (service, name) in named if name == ITERATOR_AGE}
        named = enumerate(program.counters)
        self.there = {place: queue for place, (queue, name) in named if name == POLLER_S}
        self.sums = self.kinds + len(SUMMED) * len(self.ages) + len(self.there)
        """Columns of which a bin has what came in it."""
        self.fullest = FULLEST * len(program.pools) + len(program.quotas) + OF_SERVERS * len(program.servers)
        """Columns of which a bin has the most that was in it."""
        self.seen = {place: np.zeros(BINS, dtype=np.int64) for place in self.ages}
        self.longest: list[list[int]] = []
        """By sample, of each age the longest since the one before, ns, to a thousandth."""
        self.world: World | None = None

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        self.world = world
        yield env.timeout(0)  # after the controls that say what is there from the beginning
        for time in count(0, self.width):
            world.tidy(time)
            self.samples.append(self._levels(world, looked=True))
            self.longest.append(self._longest(world))
            self.seen = {place: bins_so_far(world.books, place) for place in self.ages}
            yield env.timeout(self.width)

    def remember(self, world: World) -> None:
        """What was taken so far is about to be forgotten."""
        if self.kinds:
            self.taken += world.levels()[-self.kinds :]

    def _levels(self, world: World, looked: bool = False) -> NDArray[np.int64]:
        levels = world.levels(looked)
        if self.kinds:
            levels[-self.kinds :] += self.taken
        ages = np.array([so_far(world.books, place) for place in self.ages], dtype=np.int64)
        there = np.array([world.counted(place) for place in self.there], dtype=np.int64)
        return np.concatenate([levels, ages.T.ravel(), there])

    def _longest(self, world: World) -> list[int]:
        grown = (np.flatnonzero(bins_so_far(world.books, place) > seen) for place, seen in self.seen.items())
        return [int(edges_of(bins)[0].max(initial=0)) for bins in grown]

    def columns(self) -> list[str]:
        """What the samples hold, in order."""
        program = self.program
        return [
            *(
                f"{service}.{what}"
                for what in ("concurrency", "cold", "provisioned in use")
                for service, _ in program.pools
            ),
            *(f"{service}.{quota} in use" for service, quota in program.quotas),
            *(f"{service}.{name}{what}" for what in ("", " waiting") for service, name in program.servers),
            *(
                f"{service}.{what}"
                for what in ("environments", "provisioned")
                for service, _ in program.pools
            ),
            *(
                f"{service}.{name} {what}"
                for what in ("waiting", "in hand", "age", "held up", *TAKEN)
                for service, name in program.mailboxes
            ),
            *(f"{service}.{ITERATOR_AGE} {what}" for what in SUMMED for service in self.ages.values()),
            *(f"{queue}.messages {RECEIVERS}" for queue in self.there.values()),
        ]

    def most(self, what: str, since: int) -> dict[Name, float]:
        """Of each mailbox the most of a level (`waiting`, `held up`, or `age` in ns) from a time on."""
        columns = self.columns()
        table = np.array(self.samples[-(-since // self.width) :])
        return {
            (service, name): float(table[:, columns.index(f"{service}.{name} {what}")].max(initial=0))
            for service, name in self.program.mailboxes
        }

    def series(self) -> dict[str, NDArray[np.float64]]:
        """One array per column, when the run has ended."""
        if self.world is None:
            raise ModelError("nothing was sampled")
        table = np.array([*self.samples, self._levels(self.world)], dtype=np.float64)
        if sums := self.sums:
            table[:-1, -sums:] = np.diff(table[:, -sums:], axis=0)
        table[:-1, : self.fullest] = table[1:, : self.fullest]  # it is known at the beginning of the next bin
        table = table[:-1]
        times = self.width * np.arange(len(table), dtype=np.float64)
        series = {"time_s": times / 1e9, **dict(zip(self.columns(), table.T, strict=True))}
        for service, name in self.program.mailboxes:
            series[f"{service}.{name} age"] /= 1e9
        for service in self.ages.values():
            series[f"{service}.{ITERATOR_AGE} sum"] /= 1e9
        longest = np.array([*self.longest[1:], self._longest(self.world)], dtype=np.float64).T / 1e9
        for service, most_s in zip(self.ages.values(), longest, strict=True):
            series[f"{service}.{ITERATOR_AGE} max"] = most_s
        return series
