"""Where the beginning of a run ends: MSER-5, the marginal standard error rule on means of five, over pilots.

White, Cobb, Spratt, "A comparison of five steady-state truncation heuristics for simulation", Winter
Simulation Conference 2000. It leaves out the beginning after which the mean of the rest has the smallest
standard error: without the transient the variance is lower, and leaving out more would lose data. The last
quarter is too short to be compared. It looks at the mean over runs, as Welch does (in Lavenberg, "Computer
performance modeling handbook", 1983), in which a transient, being the same in all, stands out.

MSER takes values for independent. What goes up and down slowly by chance, or happens now and then, is cut
where it does (docs/background/statistics.md has the numbers), and of many such levels one is always cut far.
But chance differs from run to run, and a transient does not; so what is left out must be proven by the runs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

BATCH = 5
FEWEST = 8
"""Batches that say something."""


def mser5(values: NDArray[np.float64]) -> int | None:
    """How many values to leave out at the beginning.

    None if that is more than half of them: they have not come to rest, or too late to tell.
    """
    batches = values[: len(values) // BATCH * BATCH].reshape(-1, BATCH).mean(axis=1)
    count = len(batches)
    tried = count * 3 // 4 + 1
    if count < FEWEST:
        return None
    left = count - np.arange(tried)
    rest = np.cumsum(batches[::-1])[::-1][:tried]
    squares = np.cumsum((batches * batches)[::-1])[::-1][:tried]
    spread = squares - rest**2 / left
    rounding = 1e-12 * float(squares[0])
    best = int(np.argmin(np.where(spread > rounding, spread, 0.0) / left**2))
    return best * BATCH if best <= count // 2 else None


def proven(runs: NDArray[np.float64], left_out: int | None, chance: float) -> int | None:
    """How many of the values that MSER-5 leaves out of the runs' mean there is reason to.

    That many, halved as long as the `runs` (run, time) do not prove, by paired t tests that err together with
    this `chance`, that the second quarter of it differs from what comes after it, so it is less than four
    times what is proven; in the end that all of it does. None if they have not come to rest: MSER-5 finds no
    rest in the first half, and the second half of that does differ.
    """
    count = runs.shape[1]
    if count < FEWEST * BATCH:
        return None
    if left_out == 0:
        return 0
    asked = count // 2 if left_out is None else left_out
    chance /= (asked // BATCH).bit_length()  # one test for each halving
    if left_out is None and _differ(runs, asked // 2, asked, asked, chance):
        return None
    while asked >= 2 * BATCH and not _differ(runs, asked // 4, asked // 2, asked, chance):
        asked //= 2
    return 0 if asked < 2 * BATCH and not _differ(runs, 0, asked, asked, chance) else asked


def _differ(runs: NDArray[np.float64], first: int, end: int, rest: int, chance: float) -> bool:
    """Whether a stretch has another mean than the rest, in pairs by run."""
    apart = runs[:, first:end].mean(axis=1) - runs[:, rest:].mean(axis=1)
    mean, error = abs(float(apart.mean())), float(apart.std(ddof=1)) / len(apart) ** 0.5
    if error <= 1e-12 * mean:
        return mean > 1e-12 * float(np.abs(runs).max())
    return 2 * float(stdtr(len(apart) - 1, -mean / error)) < chance
