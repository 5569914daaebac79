"""How the throughput of a DynamoDB table on demand grows with its use."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.values.units import MINUTE, SECOND

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World


@dataclass(frozen=True)
class Growth:
    """Raises a table's bucket to twice the peak that it has seen.

    AWS: a table takes up to twice its previous peak at once; more than that within 30 minutes may be
    throttled. So at the end of each period the busiest minute of it, if it is more than half of what the
    table may take, raises that to its double.
    """

    bucket: int
    """In half units."""
    rate: int
    """At the beginning, a second."""
    most: int
    period: int

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        rate = self.rate
        while True:
            busiest = yield from self._busiest_minute(env, world)
            wanted = min(2 * -(-busiest // 60), self.most)
            if wanted > rate:
                rate = wanted
                self._allow(world, rate)

    def _busiest_minute(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, int]:
        """The most taken in a minute of a period. It is read every second, so that a run whose warm-up sets
        the bucket's counts back to zero loses no more than one."""
        bucket = world.buckets[self.bucket]
        busiest, before = 0, bucket.asked - bucket.refused
        for _ in range(max(self.period // MINUTE, 1)):
            in_minute = 0
            for _ in range(60):
                yield env.timeout(SECOND)
                bucket = world.buckets[self.bucket]
                taken = bucket.asked - bucket.refused
                in_minute += taken - before if taken >= before else taken
                before = taken
            busiest = max(busiest, in_minute)
        return busiest

    def _allow(self, world: World, rate: int) -> None:
        """From now on so many half units a second."""
        world.borrow(self.bucket, 0)  # brings its level up to now, at the old rate
        bucket = world.buckets[self.bucket]
        level = bucket.level * SECOND // bucket.per
        bucket.per, bucket.rate, bucket.burst = SECOND, rate, rate * SECOND
        bucket.level = level
        bucket.filled_in = ((1 << 63) - 1) // rate
