"""Who waits in line for the servers of a design over time, and what they hold meanwhile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from simulator.engine.visits import POOL, SERVERS, Flow, Held
from simulator.stations.server_pool import ENDLESS
from simulator.study.fluid import Floats
from simulator.study.load import Load
from simulator.study.queueing import Waiting, waiting

TINY: Final = 1e-9


@dataclass
class Lines:
    """Of a load, those who wait for servers: no fewer than they need, or it is told that they are exceeded
    and nothing of the line, if it has no end."""

    load: Load

    @cached_property
    def executions(self) -> dict[int, Waiting]:
        """By function, executions that wait; of those polled for it no more than receivers are left."""
        found = {}
        for place in self.load.functions:
            others, polled = (self.holding(Held(POOL, place), which) for which in (False, True))
            busy = self.load.polled.get(place, self.load.nothing) + self.load.by_chance(place)
            polled = polled.upto(self.load.most_receivers.get(place, math.inf) - busy)
            found[place] = Waiting(others.mean + polled.mean, others.more + polled.more)
        return found

    def holding(self, held: Held, polled: bool | None = None) -> Waiting:
        """Those who wait with this in hand; or only what is polled, or what comes by itself."""
        coming = [one for one in self.load.coming if polled in (None, one.polled)]
        taken = [
            {
                visit: times
                for visit, times in one.flow.inside.get(held, {}).items()
                if self._has_line[visit.place]
            }
            for one in coming
        ]
        found = Waiting(self.load.nothing, self.load.nothing)
        for station, rate in self.load.together(coming, taken).items():
            found += self.line(station[1]).of(rate / np.maximum(self._rates[station], TINY))
        return found

    def waited_s(self, flow: Flow) -> Floats:
        """How long one of these waits in line, on average."""
        found = self.load.nothing
        for visit, times in flow.seized.items():
            if self._has_line[visit.place]:
                rate = np.maximum(self._rates[visit.kind, visit.place], TINY)
                found = found + times * self.line(visit.place).mean / rate
        return found

    def line(self, servers: int) -> Waiting:
        if servers not in self._found:
            self._found[servers] = self._find((SERVERS, servers))
        return self._found[servers]

    def _find(self, station: tuple[str, int]) -> Waiting:
        load = self.load
        if station not in load.held:  # environments and machines keep them
            return Waiting(load.nothing, load.nothing)
        alone, rate = load.held[station], self._rates[station]
        busy, there = alone + self.holding(Held(*station)).mean, load.quiet.capacity(station[1], load.time_s)
        places = load.quiet.bound(station[1], load.time_s)
        if (busy > there)[load.counted & (places >= ENDLESS)].any():
            return Waiting(load.nothing, load.nothing)
        # whose own line makes all times longer; and what comes at once is one long time
        squared = self._squared[station] * (busy / np.maximum(alone, TINY)) ** 2
        squared = squared + (load.at_once("held_s", station) - 1) * busy * busy / np.maximum(rate, TINY)
        met = (one for one in load.coming if any((to.kind, to.place) == station for to in one.flow.seized))
        most = sum((one.most if one.polled else math.inf for one in met), load.nothing)
        found = waiting(self._begun(busy, rate, there), squared, rate, there, load.step_s)
        return found.upto(np.minimum(most - busy, places))

    def _begun(self, busy: Floats, rate: Floats, there: Floats) -> Floats:
        """What is asked of servers: until all are taken only those that are, which when more come takes as
        long as they stay."""
        held_s = float(busy.sum() / max(rate.sum(), TINY))
        leave = -math.expm1(-self.load.step_s / max(held_s, TINY))
        begun, inside = busy.copy(), float(busy[0])
        for step, (offered, servers) in enumerate(zip(busy.tolist(), there.tolist(), strict=True)):
            inside += (offered - min(inside, servers)) * leave
            if inside < servers:
                begun[step] = inside
        return begun

    @cached_property
    def _found(self) -> dict[int, Waiting]:
        return {}

    @cached_property
    def _rates(self) -> dict[tuple[str, int], Floats]:
        return self.load.over_time("seized")

    @cached_property
    def _squared(self) -> dict[tuple[str, int], Floats]:
        return self.load.over_time("squared_s2")

    @cached_property
    def _has_line(self) -> list[bool]:
        """Of each server pool, whether one may wait."""
        return [bool(bound) for bound in self.load.quiet.servers[:, :, 1].max(axis=0)]
