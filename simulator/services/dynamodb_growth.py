"""How the throughput of a DynamoDB table on demand grows with its use."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.services.growing import Growing, allow
from simulator.values.units import MINUTE, SECOND

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World


@dataclass(frozen=True)
class Growth(Growing):
    """Raises a table's bucket to twice the peak that it has seen.

    AWS: a table takes up to twice its previous peak at once; more than that within 30 minutes may be
    throttled. So at the end of each period the busiest minute of it, if it is more than half of what the
    table may take, raises that to its double.
    """

    rate: int
    """Half units a second, at the beginning."""
    most: int
    period: int

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        rate = self.rate
        while True:
            busiest = yield from self._busiest_minute(env, world)
            wanted = min(2 * -(-busiest // 60), self.most)
            if wanted > rate:
                rate = wanted
                allow(world, self.bucket, rate, rate)

    def _busiest_minute(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, int]:
        """The most taken in a minute of a period. It is read every second, so that a run whose warm-up sets
        the bucket's counts back to zero loses no more than one."""
        busiest, before = 0, self.taken(world)
        for _ in range(max(self.period // MINUTE, 1)):
            in_minute = 0
            for _ in range(60):
                yield env.timeout(SECOND)
                taken = self.taken(world)
                in_minute += taken - before if taken >= before else taken
                before = taken
            busiest = max(busiest, in_minute)
        return busiest
