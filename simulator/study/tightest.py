"""The span of time in which a token bucket has least to spare."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LENGTHS = 60
"""That are looked at, and as many again around the worst of them."""
TINY = 1e-9


class Tightest(NamedTuple):
    """The span of steps in which most of what a bucket has is asked for."""

    ratio: float
    """Of the burst and what comes meanwhile, what is asked for."""
    begins: int
    length: int
    exceeded: int | None
    """The earliest step at whose end more has been asked for than there was; None: at none."""


def tightest(asked: Callable[[int], Floats], tokens: float, a_step: float, steps: int) -> Tightest:
    """Of spans of any length: `asked` says what all spans of so many steps ask for; the bucket has `tokens`
    and gets some more `a_step`."""
    if not a_step:
        return _of([steps], asked, tokens, a_step)
    lengths = np.unique(np.geomspace(1, steps, LENGTHS).round().astype(int))
    found = _of(lengths, asked, tokens, a_step)
    place = int(np.searchsorted(lengths, found.length))
    around = lengths[max(place - 1, 0)], lengths[min(place + 1, len(lengths) - 1)]
    closer = _of(np.unique(np.linspace(*around, LENGTHS).round().astype(int)), asked, tokens, a_step)
    over = [one.exceeded for one in (found, closer) if one.exceeded is not None]
    return max(found, closer, key=lambda one: one.ratio)._replace(exceeded=min(over, default=None))


def _of(lengths: Iterable[int], asked: Callable[[int], Floats], tokens: float, a_step: float) -> Tightest:
    worst, exceeded = (0.0, 0, 1), list[int]()
    for length in map(int, lengths):
        ratios = asked(length) / max(tokens + a_step * length, TINY)
        worst = max(worst, (float(ratios.max()), -int(ratios.argmax()), length))
        exceeded += [int(step) + length - 1 for step in np.flatnonzero(ratios > 1)[:1]]
    return Tightest(worst[0], -worst[1], worst[2], min(exceeded, default=None))
