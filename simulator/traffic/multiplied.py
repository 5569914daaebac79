"""The same demand, so many times as much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simulator.traffic.arrivals import merge
from simulator.traffic.shape import ArrivalStream, Shape, Surge
from simulator.traffic.types import Floats, Times
from simulator.traffic.users import Users
from simulator.values.units import Rate

PARTS = 1_000_000
"""A rate is multiplied to so fine a part of a request."""


class Multiplied(Shape):
    """`factor` crowds of the shape together: whole ones, each with its own chance, and a random part of one.

    Whoever comes at one factor comes at every larger one at the same time, so that two factors differ by what
    the larger one adds.
    """

    of: Shape
    factor: float

    def rate_at(self, t_s: Floats) -> Floats:
        rate: Floats = self.of.rate_at(t_s) * self.factor
        return rate

    def baseline_rate(self) -> Rate | None:
        rate = self.of.baseline_rate()
        return rate and Rate(round(rate.count * self.factor * PARTS), rate.per_ns * PARTS)

    def ends(self) -> int | None:
        return self.of.ends()

    def surge(self) -> Surge | None:
        return self.of.surge()

    def instants(self, stream: ArrivalStream, horizon_ns: int) -> Iterator[Times]:
        whole = int(self.factor)
        crowds = [self.of.instants(_crowd(stream, number), horizon_ns) for number in range(whole)]
        if self.factor > whole:
            crowds.append(self._part(_crowd(stream, whole), self.factor - whole, horizon_ns))
        return (times for times, _, _ in merge(crowds)) if len(crowds) > 1 else iter(crowds[0])

    def _part(self, stream: ArrivalStream, share: float, horizon_ns: int) -> Iterator[Times]:
        chance = replace(stream, source=f"{stream.source} who comes").generator()
        for times in self.of.instants(stream, horizon_ns):
            yield times[chance.random(len(times)) < share]


def _crowd(stream: ArrivalStream, number: int) -> ArrivalStream:
    """The first crowd is the one that comes without any factor."""
    return replace(stream, source=f"{stream.source} × {number + 1}") if number else stream


def multiplied(shape: Shape, factor: float) -> Shape:
    """The shape with `factor` times the requests, or users."""
    if factor == 1:
        return shape
    if isinstance(shape, Users):
        return shape.model_copy(update={"count": max(1, round(shape.count * factor))})
    return Multiplied(of=shape, factor=factor)
