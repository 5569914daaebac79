"""Readers and receivers of a stream, as many as it has shards or lanes, and who ends its windows."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World


@dataclass(frozen=True)
class Receivers:
    """Starts `count` walkers, each with a place of its own, evenly spread over so many ns."""

    walk: int
    identity: int
    count: int
    over: int = 0

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        for number in range(self.count):
            yield env.timeout(number * self.over // self.count - env.now)
            world.start(self.walk, self.identity + number, number)


@dataclass(frozen=True)
class Windows:
    """Ends the tumbling window of each of `count` shards, every so many ns."""

    walk: int
    identity: int
    count: int
    every: int

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        identity = self.identity
        while True:
            yield env.timeout(self.every)
            for shard in range(self.count):
                world.start(self.walk, identity, shard)
                identity += 1
