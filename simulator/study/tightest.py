"""The span of time in which a token bucket has least to spare."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from simulator.study.fluid import Floats

LENGTHS = 60
"""That are looked at, and as many again between the neighbours of the worst, until these are next to it."""
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
    seen = [_of(lengths, asked, tokens, a_step)]
    while True:
        place = int(np.searchsorted(lengths, seen[-1].length))
        first, last = lengths[max(place - 1, 0)], lengths[min(place + 1, len(lengths) - 1)]
        if last - first <= 2:
            break
        between = np.linspace(first, last, LENGTHS).round().astype(int)
        lengths = np.unique([*between, seen[-1].length])
        seen.append(_of(lengths, asked, tokens, a_step))
    over = [one.exceeded for one in seen if one.exceeded is not None]
    return seen[-1]._replace(exceeded=min(over, default=None))


def _of(lengths: Iterable[int], asked: Callable[[int], Floats], tokens: float, a_step: float) -> Tightest:
    worst, exceeded = (0.0, 0, 1), list[int]()
    for length in map(int, lengths):
        ratios = asked(length) / max(tokens + a_step * length, TINY)
        worst = max(worst, (float(ratios.max()), -int(ratios.argmax()), length))
        exceeded += [int(step) + length - 1 for step in np.flatnonzero(ratios > 1)[:1]]
    return Tightest(worst[0], -worst[1], worst[2], min(exceeded, default=None))
