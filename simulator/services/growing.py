"""Token buckets whose rate follows their use: what AWS lets grow with the traffic."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.values.units import SECOND

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World

Floats = NDArray[np.float64]


def allow(world: World, place: int, rate: int, burst: int) -> None:
    """From now on a bucket gives so many tokens a second, and so many at once."""
    world.borrow(place, 0)  # brings its level up to now, at the old rate
    bucket = world.buckets[place]
    level = bucket.level * SECOND // bucket.per
    bucket.per, bucket.rate, bucket.burst = SECOND, rate, burst * SECOND
    bucket.level = min(level, bucket.burst)
    # spans begin anew, at this rate
    bucket.half_lacks = bucket.most_lacks = bucket.burst - bucket.level
    bucket.half_since = bucket.most_since = bucket.since
    bucket.filled_in = ((1 << 63) - 1) // rate
    if not bucket.refused:
        bucket.told = rate


@dataclass(frozen=True)
class Growing(ABC):
    """A bucket and the control that sets its rate."""

    bucket: int

    @abstractmethod
    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        """Watch the bucket, and set its rate."""

    def taken(self, world: World) -> int:
        """Tokens so far; a warm-up sets them back to 0."""
        bucket = world.buckets[self.bucket]
        return bucket.asked - bucket.refused


@dataclass(frozen=True)
class RequestGrowth(Growing):
    """How many requests a second a function may serve while its traffic grows.

    AWS, since November 2023: at most 10,000 a second more every 10 s, for each function. It is read as the
    scaling rate of environments is: there is room for so many, refilled continuously, and whatever is served
    beyond what was served before takes of it. What was reached stays, and what provisioned environments may
    serve comes on top: AWS says neither how it falls nor whether those count.
    """

    pool: int
    room: int
    """Requests a second."""
    refill: int
    """Of room, in a second."""
    provisioned: int
    """Requests a second for each provisioned environment."""
    span: int
    """So many ns of the rate may come at once."""

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        reached, room, allowed = 0, self.room, 0
        before, pool = self.taken(world), world.pools[self.pool]
        while True:
            apart = self.provisioned * pool.provisioned
            if (rate := max(apart + reached + room, 1)) != allowed:
                allowed = rate
                allow(world, self.bucket, rate, max(rate * self.span // SECOND, 1))
            yield env.timeout(SECOND)
            taken = self.taken(world)
            served = taken - before if taken >= before else taken
            before = taken
            more = min(max(served - apart - reached, 0), room)
            reached, room = reached + more, min(room - more + self.refill, self.room)

    def allowed(self, asked: Floats, provisioned: Floats, step_s: float) -> Floats:
        """The rate over time that meets so many requests a second; both by steps of time."""
        rates = np.empty_like(asked)
        reached, room = 0.0, float(self.room)
        for step, apart in enumerate(self.provisioned * provisioned):
            rates[step] = apart + reached + room
            more = min(max(asked[step] - apart - reached, 0.0), room)
            reached, room = reached + more, min(room - more + self.refill * step_s, self.room)
        return rates
