"""A distribution stretched by a factor: the same luck gives so many times the value."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pydantic import Field

from simulator.values import lowered
from simulator.values.lowered import Lowered, lower_mix
from simulator.values.quantity import Dimension
from simulator.values.spec import Spec


class Scaled(Spec):
    """Another distribution, times a factor. A scenario does not write it: it follows from what it writes."""

    name = "scaled"
    of: Spec
    factor: float = Field(ge=0)

    def __str__(self) -> str:
        return f"{self.factor:g} × {self.of}"

    def _dimensions(self) -> Iterator[Dimension]:
        yield self.of.dimension

    def _mean(self) -> float:
        return self.factor * self.of._mean()

    def _quantile(self, u: float) -> float:
        return self.factor * self.of._quantile(u)

    def lower(self) -> Lowered:
        return scale(self.of.lower(), self.factor)


def scale(spec: Lowered, factor: float) -> Lowered:
    """The numbers of a distribution times a factor."""
    kind, a, b, table = spec
    half = len(table) // 2
    if factor == 0:
        return Lowered(lowered.CONSTANT)
    if kind == lowered.MIX:
        return lower_mix([(share, scale(part, factor)) for share, part in _parts(spec)])
    if kind in (lowered.WEIBULL, lowered.PARETO, lowered.LOGNORMAL):
        return Lowered(kind, a + math.log(factor), b)
    if kind == lowered.CURVE:
        return Lowered(kind, table=(*table[:half], *(value + math.log(factor) for value in table[half:])))
    first = 0 if kind == lowered.SAMPLES else half
    return Lowered(kind, a * factor, b * factor, (*table[:first], *(v * factor for v in table[first:])))


def _parts(mix: Lowered) -> Iterator[tuple[float, Lowered]]:
    """What a mix was made of, with its shares."""
    count, before = int(mix.a), 0.0
    for part in range(count):
        head = count + 5 * part
        kind, a, b, start, length = mix.table[head : head + 5]
        yield mix.table[part] - before, Lowered(int(kind), a, b, mix.table[int(start) : int(start + length)])
        before = mix.table[part]
