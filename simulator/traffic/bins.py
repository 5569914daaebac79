"""A trace with one value per bin of time, and what to make of the time within a bin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from simulator.traffic.points import RateOfTime, evenly, poisson
from simulator.traffic.types import Floats, Times
from simulator.values.units import SECOND, PositiveDuration, Share


class Bursts(BaseModel):
    """This share of a bin's requests comes within one time of this length, anywhere in the bin."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    length: PositiveDuration = Field(examples=["5 s"])
    share: Share = Field(examples=["40%"])


class InBursts(BaseModel):
    """By chance, and part of it in a burst."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bursts: Bursts


WithinBin = Annotated[
    Annotated[Literal["poisson", "even"], Tag("word")] | Annotated[InBursts, Tag("bursts")],
    Discriminator(lambda value: "word" if isinstance(value, str) else "bursts"),
]


@dataclass(frozen=True)
class Bins:
    """Values of equally wide bins; the first begins `before` nanoseconds before the run."""

    width: int
    before: int
    values: tuple[float, ...]

    @property
    def ends(self) -> int:
        return len(self.values) * self.width - self.before

    @property
    def highest_rate(self) -> float:
        """Per second, if the values are counts."""
        return max(self.values) * SECOND / self.width

    def rate_at(self, t_s: Floats) -> Floats:
        """Per second, if the values are counts; 0 beyond the bins."""
        bins = np.floor((t_s * SECOND + self.before) / self.width).astype(np.int64)
        known = (bins >= 0) & (bins < len(self.values))
        counts = np.array(self.values)[np.where(known, bins, 0)]
        return np.where(known, counts * (SECOND / self.width), 0.0)

    def crowding_at(self, t_s: Floats, bursts: Bursts) -> Floats:
        """The rate as a multiple of the bin's, if each has its burst in the middle."""
        middle = np.mod(t_s * SECOND + self.before, self.width) - self.width / 2
        inside = np.abs(middle) < bursts.length / 2
        return np.where(inside, bursts.share * self.width / bursts.length, 0.0) + (1 - bursts.share)

    def value_at(self, t_ns: int) -> float:
        """The value, on straight lines between the beginnings of bins."""
        return float(np.interp((t_ns + self.before) / self.width, range(len(self.values)), self.values))

    def instants(
        self, generator: np.random.Generator, factor: float, within: str | InBursts, horizon_ns: int
    ) -> Iterator[Times]:
        """Requests as many as the values times the factor say: expected, or exactly if `even`."""
        total = 0.0
        for begin, value in zip(range(-self.before, horizon_ns, self.width), self.values, strict=False):
            total, before = total + value * factor, total
            if within == "even":
                yield from self._evenly(begin, round(total) - round(before))
            else:
                bursts = within.bursts if isinstance(within, InBursts) else None
                rate, edges = self._by_chance(generator, begin, value * factor, bursts)
                yield from poisson(generator, rate, edges, horizon_ns)

    def _evenly(self, begin: int, count: int) -> Iterator[Times]:
        for offsets in evenly(count, self.width, count):
            yield offsets + (begin + self.width // (2 * count))

    def _by_chance(
        self, generator: np.random.Generator, begin: int, count: float, bursts: Bursts | None
    ) -> tuple[RateOfTime, tuple[int, ...]]:
        """The rate in a bin, and the times at which it changes."""
        end = begin + self.width
        if bursts is None:
            steady = count * SECOND / self.width
            return lambda t_s: np.full(len(t_s), steady), (begin, end)
        first = begin + int(generator.random() * (self.width - bursts.length))
        last = first + bursts.length
        outside = count * (1 - bursts.share) * SECOND / self.width
        inside = outside + count * bursts.share * SECOND / bursts.length

        def rate(t_s: Floats) -> Floats:
            return np.where((t_s >= first / SECOND) & (t_s < last / SECOND), inside, outside)

        return rate, (begin, first, last, end)
