"""Where an answer turns: the first value of a range for which a monotone test holds, by halving.

Every test of a study runs on the same luck (common random numbers), so the answer at a value is
always the same; a test that holds, fails and holds again as the value grows is not monotone and may end
at any of its turns.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

Test = Callable[[float], bool]
Between = Callable[[float, float], float | None]
"""A value between two, to be tried next, or None when they are near enough."""


class Turn(NamedTuple):
    """Where a test begins to hold."""

    without: float | None
    """The largest value tried for which it does not hold; None if it holds for all of them."""
    holds: float | None
    """The smallest value tried for which it holds; None if it holds for none."""


def whole(low: float, high: float) -> float | None:
    """The whole number halfway; None between neighbours."""
    return (low + high) // 2 if high - low > 1 else None


def within(share: float) -> Between:
    """The geometric middle of two positive numbers, until they differ by no more than this share."""
    return lambda low, high: math.sqrt(low * high) if high > low * (1 + share) else None


def first(holds: Test, low: float, high: float, between: Between = whole, *, doubling: bool = False) -> Turn:
    """The first value from `low` to `high` for which the test holds, and the last for which it does not.

    `doubling` goes up from `low` by doubling before it halves: for values that are dearer to try the
    higher they are.
    """
    if holds(low):
        return Turn(None, low)
    without, top = low, high
    while doubling and 0 < 2 * without < high:
        if holds(2 * without):
            top = 2 * without
            break
        without *= 2
    if top == high and not holds(high):
        return Turn(high, None)
    while (middle := between(without, top)) is not None:
        if holds(middle):
            top = middle
        else:
            without = middle
    return Turn(without, top)
