"""Points in time: evenly spaced, and by chance at a rate that changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from simulator.traffic.logarithm import log
from simulator.traffic.types import Floats, Times
from simulator.values.units import SECOND

BLOCK: Final = 65_536
"""The most arrivals in one block."""
_BIN: Final = 16_384
"""The most arrivals expected in one bin of a Poisson process."""
_SMALL_BIN: Final = 2_048
"""Bins below this are not cut further, however much the rate changes in them."""
_IN_CACHE: Final = 4_096

RateOfTime = Callable[[Floats], Floats]


def evenly(count: int, span: int, number: int) -> Iterator[Times]:
    """Blocks of floor(k * span / count) for k below `number`: no drift, however long."""
    size = min(BLOCK, 2**62 // max(span, 1))
    for first in range(0, number, size):
        whole, rest = divmod(first * span, count)
        steps = np.arange(min(size, number - first), dtype=np.int64)
        yield (steps * span + rest) // count + whole


def poisson(
    generator: np.random.Generator, rate: RateOfTime, edges: Iterable[int], horizon: int
) -> Iterator[Times]:
    """A Poisson process with `rate` per second, monotone between `edges`, up to the horizon or a bit beyond.

    Exact, by thinning: in each bin candidates come at the bin's highest rate, and each is kept
    with probability rate / highest rate. Bins depend on the rate alone, so neither the horizon
    nor the reader's pace changes an arrival.
    """
    for segment in pairwise(edges):
        todo = [segment]
        while todo and todo[-1][0] < horizon:
            begin, end = todo.pop()
            low, high = sorted(rate(np.array([begin, end - 1]) / SECOND).tolist())
            expected = high * (end - begin) / SECOND
            if expected > _BIN or (expected > _SMALL_BIN and low < 0.8 * high):
                middle = (begin + end) // 2
                todo += [(middle, end), (begin, middle)]
            elif expected > 0:
                times = _at_constant_rate(generator, end - begin, high) + begin
                if low < high:
                    times = times[generator.random(len(times)) * high < rate(times / SECOND)]
                yield times


def _at_constant_rate(generator: np.random.Generator, width: int, rate: float) -> Times:
    """A Poisson process in [0, width)."""
    expected = rate * width / SECOND
    batch = int(expected + 4 * math.sqrt(expected)) + 16
    ends = np.cumsum(_exponentials(generator, batch))
    ends *= SECOND / rate
    while ends[-1] < width:
        more = ends[-1] + np.cumsum(_exponentials(generator, batch)) * (SECOND / rate)
        ends = np.concatenate((ends, more))
    return ends[: np.searchsorted(ends, width)].astype(np.int64)


def _exponentials(generator: np.random.Generator, number: int) -> Floats:
    """Exponential numbers of mean 1, by inversion."""
    result = np.empty(number)
    for first in range(0, number, _IN_CACHE):
        part = result[first : first + _IN_CACHE]
        np.negative(log(1.0 - generator.random(len(part))), out=part)
    return result
