"""Distributions as numbers: what the specs of `distributions` become for the sampling rule.

With u the uniform and w = -log(1 - u), the value in base units (nanoseconds, bytes) is

| kind        | value                                    | table                                 |
|-------------|------------------------------------------|---------------------------------------|
| CONSTANT    | a                                        |                                       |
| UNIFORM     | a + (b - a) u                            |                                       |
| EXPONENTIAL | a w                                      |                                       |
| WEIBULL     | exp(a + b log w)                         |                                       |
| PARETO      | exp(a + b w)                             |                                       |
| LOGNORMAL   | exp(a + b z(u)), z the normal quantile   |                                       |
| LINES       | straight lines in u, then a + b w        | levels of u, then as many values      |
| CURVE       | straight lines of log value over log w   | log w, then as many logs of the value |
| SAMPLES     | one of the values, all equally likely    | the values, ascending                 |
| MIX         | the value of one of a parts, chosen by u | see below                             |
| RANK        | 0 for the first member, 1 for the next … | the ends of the members' shares of u  |

The table of a MIX holds the ends of the parts' shares of u; for each part kind, a, b, and where its
own table starts (within this one) and how long it is; then the parts' tables. The chosen part gets
the rest of u, stretched to (0, 1). Where the b of a RANK is 1, its members are all alike, and the
table is not needed to find one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

CONSTANT: Final = 0
UNIFORM: Final = 1
EXPONENTIAL: Final = 2
WEIBULL: Final = 3
PARETO: Final = 4
LOGNORMAL: Final = 5
LINES: Final = 6
CURVE: Final = 7
SAMPLES: Final = 8
MIX: Final = 9
RANK: Final = 10

SMALLEST: Final = 2.0**-53
"""The smallest uniform; the largest is one minus it."""
_CURVE_ERROR: Final = 2e-5
"""How far a straight line of a CURVE may be off at its middle, relative to the value."""


class Lowered(NamedTuple):
    """One distribution, in base units."""

    kind: int
    a: float = 0.0
    b: float = 0.0
    table: tuple[float, ...] = ()


def lower_mix(parts: Sequence[tuple[float, Lowered]]) -> Lowered:
    """One table for weighted parts, none of which is itself a mix."""
    ends: list[float] = []
    heads: list[float] = []
    tables: list[float] = []
    start = 6 * len(parts)
    total = math.fsum(share for share, _ in parts)
    for number, (_, part) in enumerate(parts, 1):
        ends.append(math.fsum(share for share, _ in parts[:number]) / total)
        heads += [float(part.kind), part.a, part.b, float(start), float(len(part.table))]
        tables += part.table
        start += len(part.table)
    return Lowered(MIX, float(len(parts)), 0.0, (*ends, *heads, *tables))


def lower_gamma(shape: float, scale: float) -> Lowered:
    """A gamma's quantiles as a CURVE, which has asymptotes at both ends: slopes 1/shape and 1.

    Knots are set where bisection finds a line bent by more than a few parts in 100,000.
    """
    from scipy.special import gammainc, gammainccinv, gammaincinv

    def curve(log_w: float) -> float:
        w = math.exp(log_w)
        x = gammainccinv(shape, math.exp(-w)) if w > 1 else gammaincinv(shape, -math.expm1(-w))
        return math.log(x) + math.log(scale)

    below_any_use = -math.log1p(-float(gammainc(shape, 1e-30)))
    first, last = math.log(max(SMALLEST, below_any_use)), math.log(-math.log(SMALLEST))
    knots = [(first, curve(first))]
    todo = [(last, curve(last))]
    while todo:
        (x0, y0), (x1, y1) = knots[-1], todo[-1]
        middle = (x0 + x1) / 2
        value = curve(middle)
        if abs(value - (y0 + y1) / 2) > _CURVE_ERROR or x1 - x0 > 4:
            todo.append((middle, value))
        else:
            knots.append(todo.pop())
    return Lowered(CURVE, table=(*(x for x, _ in knots), *(y for _, y in knots)))
