"""What every arrival shape is: how many requests come when, whatever the design."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import count
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from simulator.traffic.points import BLOCK, poisson
from simulator.traffic.types import Floats, Times
from simulator.values.units import HOUR, SECOND, Rate


@dataclass(frozen=True)
class ArrivalStream:
    """What arrivals depend on besides their shape: the seed, the replication, the source and the clock.

    No other source, no design and no block size enters, so the same stream always gives the same arrivals.
    """

    seed: int
    replication: int
    source: str
    start: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    """The wall-clock time at which the run starts."""

    def generator(self) -> np.random.Generator:
        """A generator at the beginning of this stream's own random numbers, for uniforms only."""
        name = f"{self.seed}/{self.replication}/{self.source}"
        key = blake2b(name.encode(), digest_size=16, person=b"arrivals").digest()
        return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))

    @property
    def clock_s(self) -> float:
        """Seconds since midnight, on the run's own clock, at which the run starts."""
        midnight = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        return (self.start - midnight).total_seconds()


class Shape(BaseModel):
    """Demand over time. A subclass names itself (`class FlashSale(Shape, name="flash_sale")`).

    It gives the rate at any time, from which arrivals are a Poisson process, or its own instants.
    Times count from the start of the run, warm-up included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""
    open: ClassVar[bool] = True
    """Whether requests come whatever becomes of earlier ones; if not, the engine loops the users."""

    def __init_subclass__(cls, name: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if name:
            cls.name = name
            registered[name] = cls

    def rate_at(self, t_s: Floats, clock_s: float = 0.0) -> Floats:
        """Expected arrivals per second at `t_s`, when the run starts `clock_s` after midnight.

        Many arrivals at one instant count as if spread over the second that follows.
        """
        raise NotImplementedError(f"{type(self).__name__} must say its rate")

    def breakpoints(self, clock_s: float = 0.0) -> Iterator[float]:
        """Ascending times in seconds between which the rate only grows or only falls."""
        return iter(())

    def baseline_rate(self) -> Rate | None:
        """The rate of ordinary times, if the shape has such times."""
        return None

    def ends(self) -> int | None:
        """Nanoseconds for which the shape knows its demand; None: for ever."""
        return None

    def instants(self, stream: ArrivalStream, horizon_ns: int) -> Iterator[Times]:
        """Ascending arrival times, possibly beyond both ends of the run and in larger blocks."""
        clock_s = stream.clock_s
        return poisson(
            stream.generator(),
            lambda t_s: self.rate_at(t_s, clock_s),
            self._edges(clock_s, horizon_ns),
            horizon_ns,
        )

    def blocks(self, stream: ArrivalStream, horizon_ns: int) -> Iterator[Times]:
        """Arrival times in nanoseconds, ascending, before the horizon, at most 65,536 at a time."""
        for times in self.instants(stream, horizon_ns):
            first, last = np.searchsorted(times, (0, horizon_ns)).tolist()
            for begin in range(first, last, BLOCK):
                yield times[begin : min(begin + BLOCK, last)]

    def _edges(self, clock_s: float, horizon_ns: int) -> Iterator[int]:
        """Breakpoints in nanoseconds; after the last one hours, so that edges do not depend on the horizon."""
        edge = 0
        yield edge
        for breakpoint_s in self.breakpoints(clock_s):
            if edge >= horizon_ns:
                return
            if (following := round(breakpoint_s * SECOND)) > edge:
                edge = following
                yield edge
        for hours in count(1):
            if edge + (hours - 1) * HOUR >= horizon_ns:
                return
            yield edge + hours * HOUR


registered: dict[str, type[Shape]] = {}
