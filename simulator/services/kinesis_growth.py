"""How what a Kinesis stream on demand takes grows with what is written."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from simulator.services.growing import allow
from simulator.values.units import MINUTE, SECOND

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World


class Throughput(NamedTuple):
    """Records or bytes: what was written of them, and the buckets that let them in."""

    written: int
    """A counter."""
    bucket: int
    """That of the first shard."""
    shard: int
    """What a shard takes in a second."""


@dataclass(frozen=True)
class Growth:
    """Raises what every shard takes, for the stream to take twice the peak that it has seen.

    AWS: a stream takes up to twice the peak of the last 30 days, and refuses what more than doubles within
    15 minutes. So at the end of each period its busiest minute, if it is more than half of what the stream
    may take, raises that to its double, in whole shards' worth.
    """

    throughputs: tuple[Throughput, ...]
    shards: int
    """Those there are, which stay."""
    times: int
    """The peak that it takes."""
    period: int
    added: int
    """A counter: by how many shards' worth it grew."""

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        worth = self.shards
        while True:
            busiest = yield from self._busiest_minute(env, world)
            if busiest > worth:
                world.add(self.added, busiest - worth)
                worth = busiest
                for _, first, shard in self.throughputs:
                    for bucket in range(first, first + self.shards):
                        each = shard * worth // self.shards
                        allow(world, bucket, each, each)

    def _busiest_minute(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, int]:
        """The shards that take so many times what was written in the busiest minute of a period, or in all of
        a shorter one."""
        span = min(MINUTE, self.period)
        busiest, before = 0, self._written(world)
        for _ in range(self.period // span):
            yield env.timeout(span)
            written = self._written(world)
            for then, now, (_, _, shard) in zip(before, written, self.throughputs, strict=True):
                busiest = max(busiest, -(-self.times * (now - then) * SECOND // (span * shard)))
            before = written
        return busiest

    def _written(self, world: World) -> list[int]:
        return [world.counted(each.written) for each in self.throughputs]
