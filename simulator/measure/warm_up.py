"""Where the beginning of a run ends: MSER-5, the marginal standard error rule on means of five.

White, Cobb, Spratt, "A comparison of five steady-state truncation heuristics for simulation", Winter
Simulation Conference 2000. It leaves out the beginning after which the mean of the rest has the smallest
standard error: without the transient the variance is lower, and leaving out more would lose data. The last
quarter is too short to be compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BATCH = 5


def mser5(values: NDArray[np.float64]) -> int | None:
    """How many values to leave out at the beginning.

    None if that is more than half of them: they have not come to rest, or too late to tell.
    """
    batches = values[: len(values) // BATCH * BATCH].reshape(-1, BATCH).mean(axis=1)
    count = len(batches)
    tried = count * 3 // 4 + 1
    if count < 8:
        return None
    left = count - np.arange(tried)
    rest = np.cumsum(batches[::-1])[::-1][:tried]
    squares = np.cumsum((batches * batches)[::-1])[::-1][:tried]
    spread = squares - rest**2 / left
    rounding = 1e-12 * float(squares[0])
    best = int(np.argmin(np.where(spread > rounding, spread, 0.0) / left**2))
    return best * BATCH if best <= count // 2 else None
