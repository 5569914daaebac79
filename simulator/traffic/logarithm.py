"""Natural logarithms that are the same bits on every machine.

NumPy's own differ in the last bit between processors, which now and then moves an arrival by a
nanosecond. Here only IEEE's + - * / are used: the algorithm of fdlibm's `e_log.c` (Sun Microsystems 1993),
whose error is below one unit in the last place.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.traffic.types import Floats

_LOG_2_HIGH: Final = 6.93147180369123816490e-01
_LOG_2_LOW: Final = 1.90821492927058770002e-10
_TERMS: Final = (
    1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01,
    2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01,
)  # fmt: skip
_HALF_ROOT_2: Final = 0x3FE6A09E << 32
_ONE: Final = 0x3FF00000 << 32
_MANTISSA: Final = (1 << 52) - 1


def log(x: Floats) -> Floats:
    """Logarithms of positive, normal numbers."""
    bits = x.view(np.int64) + (_ONE - _HALF_ROOT_2)
    power = ((bits >> 52) - 1023).astype(np.float64)
    f = ((bits & _MANTISSA) + _HALF_ROOT_2).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    series = np.zeros_like(z)
    for term in _TERMS:
        series += term
        series *= z
    half = 0.5 * f * f
    logarithm: Floats = power * _LOG_2_HIGH - ((half - (s * (half + series) + power * _LOG_2_LOW)) - f)
    return logarithm
