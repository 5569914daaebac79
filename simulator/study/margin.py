"""How much an objective has to spare, or by how much it is missed."""

from __future__ import annotations

import math

from simulator.measure.summary import Judged
from simulator.study.judge import COMPARISONS


def margin(judged: Judged) -> float:
    """How much of the limit is to spare at the worse end of the interval; negative: missed by so much."""
    value = judged.value
    upwards = COMPARISONS[_comparison(judged)](0, 1)  # smaller is better
    worse = value.value if not value.has_interval else value.high if upwards else value.low
    if math.isnan(worse):
        return -math.inf
    spare = judged.limit - worse if upwards else worse - judged.limit
    return spare / abs(judged.limit) if judged.limit else spare


def _comparison(judged: Judged) -> str:
    """`<` of `p99 < 2 s`."""
    return next(one for one in ("<=", ">=", "<", ">") if one in judged.text)
