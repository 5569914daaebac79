"""Drawing from a distribution: one uniform in, one whole number out, the same bits in both engines.

Every kind is the inverse of its distribution function, written in w = -log(1 - u) where the
upper tail matters, so that the rarest uniform gives the value it should. (Uniforms come as
multiples of 2^-53, so 1 - u is exact.) The kinds and their numbers are described in
`simulator.values.lowered`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.engine.program import Drawn
from simulator.engine.random import uniform
from simulator.stations.rule import rule
from simulator.values.lowered import (
    CONSTANT,
    CURVE,
    EXPONENTIAL,
    LINES,
    LOGNORMAL,
    MIX,
    PARETO,
    RANK,
    SMALLEST,
    UNIFORM,
    WEIBULL,
)
from simulator.values.units import LONGEST

_LARGEST = float(LONGEST)
_LOG_LARGEST = math.log(_LARGEST)


@rule
def sample(kind: int, a: float, b: float, table: Sequence[float], start: int, length: int, u: float) -> int:
    """Whole nanoseconds (or bytes) at the uniform `u` in (0, 1), rounded half up; at most a hundred years.

    The distribution's own table is `table[start : start + length]`.
    """
    if kind == MIX:
        parts = int(a)
        part = 0
        while part < parts - 1 and u >= table[start + part]:
            part += 1
        low = table[start + part - 1] if part > 0 else 0.0
        u = (u - low) / (table[start + part] - low)
        u = min(max(u, SMALLEST), 1.0 - SMALLEST)
        head = start + parts + 5 * part
        kind = int(table[head])
        a = table[head + 1]
        b = table[head + 2]
        start += int(table[head + 3])
        length = int(table[head + 4])
    return rounded(quantile(kind, a, b, table, start, length, u))


@rule
def drawn(  # noqa: PLR0913 - a key and a distribution
    seed: int,
    replication: int,
    identity: int,
    stream: int,
    epoch: int,
    kind: int,
    a: float,
    b: float,
    table: Sequence[float],
    start: int,
    length: int,
) -> int:
    """`sample` at the uniform of that key (see `simulator.engine.random`)."""
    luck = uniform(seed, replication, identity, stream, epoch)
    return sample(kind, a, b, table, start, length, luck)


@rule
def rounded(value: float) -> int:
    """To a whole number, half up; at most a hundred years."""
    return math.floor(min(value, _LARGEST) + 0.5)


@rule
def closed_form(kind: int, a: float, b: float, u: float) -> float:
    """The value below which a share `u` falls, for the kinds up to LOGNORMAL: those without a table."""
    if kind == CONSTANT:
        value = a
    elif kind == UNIFORM:
        value = a + (b - a) * u
    elif kind == EXPONENTIAL:
        value = a * -math.log(1.0 - u)
    elif kind == WEIBULL:
        value = _exp(a + b * math.log(-math.log(1.0 - u)))
    elif kind == PARETO:
        value = _exp(a + b * -math.log(1.0 - u))
    else:
        value = _exp(a + b * normal_quantile(u))
    return value


@rule
def quantile(
    kind: int, a: float, b: float, table: Sequence[float], start: int, length: int, u: float
) -> float:
    """The value below which a share `u` falls, in base units; for every kind but a mix."""
    if kind <= LOGNORMAL:
        value = closed_form(kind, a, b, u)
    elif kind == LINES:
        if u > table[start + length // 2 - 1]:
            value = a + b * -math.log(1.0 - u)
        else:
            value = _on_lines(table, start, length // 2, u)
    elif kind == CURVE:
        value = _exp(_on_lines(table, start, length // 2, math.log(-math.log(1.0 - u))))
    elif kind == RANK:
        value = float(min(int(u * length), length - 1) if b > 0.0 else _rank(table, start, length, u))
    else:
        value = table[start + int(u * length)]
    return min(value, _LARGEST)


@rule
def _rank(table: Sequence[float], start: int, length: int, u: float) -> int:
    """The place of the first end of a share that lies above `u`."""
    low = 0
    high = length - 1
    while low < high:
        middle = (low + high) // 2
        if table[start + middle] <= u:
            low = middle + 1
        else:
            high = middle
    return low


@rule
def member(
    seed: int, replication: int, identity: int, stream: int, population: Drawn, table: Sequence[float]
) -> int:
    """Which member of a population somebody means: the same at every attempt."""
    luck = uniform(seed, replication, identity, stream, 0)
    return sample(
        population.kind, population.a, population.b, table, population.start, population.length, luck
    )


@rule
def _exp(x: float) -> float:
    """The exponential, without Python's overflow error that compiled code does not have."""
    return math.exp(min(x, _LOG_LARGEST))


@rule
def _on_lines(table: Sequence[float], start: int, knots: int, x: float) -> float:
    """Straight lines through the knots; the first and the last go on beyond them."""
    low = 0
    high = knots - 1
    while high - low > 1:
        middle = (low + high) // 2
        if table[start + middle] <= x:
            low = middle
        else:
            high = middle
    x0 = table[start + low]
    x1 = table[start + high]
    y0 = table[start + knots + low]
    y1 = table[start + knots + high]
    return y0 + (y1 - y0) * ((x - x0) / (x1 - x0))


@rule
def normal_quantile(u: float) -> float:
    """The standard normal's quantile, to about 1 part in 10^16.

    M. J. Wichura, Algorithm AS 241: The Percentage Points of the Normal Distribution,
    Applied Statistics 37 (1988), 477-484, routine PPND16.
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * (
            (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r
            + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r
            + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
            + 1.3314166789178437745e2) * r + 3.3871328727963666080e0)
            / (((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r
            + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r
            + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
            + 4.2313330701600911252e1) * r + 1.0)
        )  # fmt: skip
    r = math.sqrt(-math.log(u if q < 0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        x = (
            (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r
            + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0) * r
            + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
            + 4.63033784615654529590e0) * r + 1.42343711074968357734e0)
            / (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r
            + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r
            + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
            + 2.05319162663775882187e0) * r + 1.0)
        )  # fmt: skip
    else:
        r -= 5.0
        x = (
            (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
            + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r
            + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
            + 5.46378491116411436990e0) * r + 6.65790464350110377720e0)
            / (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r
            + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r
            + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
            + 5.99832206555887937690e-1) * r + 1.0)
        )  # fmt: skip
    return -x if q < 0 else x
