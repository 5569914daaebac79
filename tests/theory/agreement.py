"""Traffic for theory, and when a simulated figure agrees with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.values.units import SECOND


def poisson(rate: float, until: float, seed: int) -> NDArray[np.int64]:
    """Arrival times (ns) at `rate` per second during `until` seconds; other ones for each of the three."""
    luck = np.random.default_rng([seed, round(rate * 1_000_000), round(until)])
    count = luck.poisson(rate * until)
    return np.sort(luck.integers(0, round(until * SECOND), count))


def agrees(what: str, observed: Sequence[float], theory: float) -> None:
    """Independent replications give the theory's value within four standard errors of their mean."""
    values = np.asarray(observed, dtype=float)
    error = values.std(ddof=1) / np.sqrt(len(values))
    off = abs(values.mean() - theory)
    assert off < 4 * error, (
        f"{what}: {values.mean():.6g} from {len(values)} replications, theory {theory:.6g}: "
        f"{off / error:.1f} standard errors ({error:.2g}) off, 4 allowed"
    )
