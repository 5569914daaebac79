"""What every arrival shape is: how many requests come when, whatever the design."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, ClassVar, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from simulator.traffic.points import BLOCK, poisson
from simulator.traffic.types import Floats, Times
from simulator.values.units import HOUR, MICROSECOND, SECOND, Rate


@dataclass(frozen=True)
class ArrivalStream:
    """All that arrivals depend on besides their shape; no design and no other source is in it."""

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
    def since_midnight(self) -> int:
        """Nanoseconds from midnight to the start of the run, on the run's own clock."""
        midnight = self.start.replace(hour=0, minute=0, second=0, microsecond=0)
        return (self.start - midnight) // timedelta(microseconds=1) * MICROSECOND


class Surge(NamedTuple):
    """When demand first rises or falls."""

    starts: int
    """Nanoseconds from the start of the run."""
    key: tuple[str, ...]
    """Where the source says so."""


class Shape(BaseModel):
    """Demand over time. A subclass names itself (`class FlashSale(Shape, name="flash_sale")`).

    It gives the rate at any time, from which arrivals are a Poisson process, or its own instants.
    Times count from the start of the run, warm-up included, unless the shape goes `by_clock`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""
    open: ClassVar[bool] = True
    """Whether requests come whatever becomes of earlier ones; if not, the engine loops the users."""
    by_clock: ClassVar[bool] = False
    """Whether the shape's own times count from the midnight before the run."""

    def __init_subclass__(cls, name: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if name:
            cls.name = name
            registered[name] = cls

    def rate_at(self, t_s: Floats) -> Floats:
        """Expected arrivals per second; those at one instant as if spread over the following second."""
        raise NotImplementedError(f"{type(self).__name__} must say its rate")

    def busiest_rate_at(self, t_s: Floats) -> Floats:
        """The same where it is known; what a shape puts anywhere by chance, at its most."""
        return self.rate_at(t_s)

    def breakpoints(self) -> Iterator[float]:
        """Ascending times in seconds, perhaps endless, between which the rate only grows or only falls."""
        return iter(())

    def baseline_rate(self) -> Rate | None:
        """The rate of ordinary times, if the shape has such times."""
        return None

    def ends(self) -> int | None:
        """Nanoseconds for which the shape knows its demand; None: for ever."""
        return None

    def surge(self) -> Surge | None:
        """The first departure from ordinary times that is written down, if one is."""
        return None

    def instants(self, stream: ArrivalStream, horizon_ns: int) -> Iterator[Times]:
        """Ascending arrival times, possibly beyond both ends of the run and in larger blocks."""
        begin = stream.since_midnight if self.by_clock else 0
        end = begin + horizon_ns
        for times in poisson(stream.generator(), self.rate_at, self._edges(begin, end), end):
            yield times - begin if begin else times

    def blocks(self, stream: ArrivalStream, horizon_ns: int) -> Iterator[Times]:
        """Arrival times in nanoseconds, ascending, before the horizon, at most 65,536 at a time."""
        for times in self.instants(stream, horizon_ns):
            first, last = np.searchsorted(times, (0, horizon_ns)).tolist()
            for begin in range(first, last, BLOCK):
                yield times[begin : min(begin + BLOCK, last)]

    def _edges(self, edge: int, horizon: int) -> Iterator[int]:
        """Breakpoints in nanoseconds, then every hour: the horizon moves none of them."""
        yield edge
        for breakpoint_s in self.breakpoints():
            if edge >= horizon:
                return
            if (following := round(breakpoint_s * SECOND)) > edge:
                edge = following
                yield edge
        while edge < horizon:
            edge += HOUR
            yield edge


registered: dict[str, type[Shape]] = {}
