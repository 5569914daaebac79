"""The sketch against exact quantiles and against `ddsketch`, on distributions that are hard on histograms."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from ddsketch import DDSketch
from numpy.typing import NDArray

from simulator.measure.sketch import Sketch
from tests.fabricate import sketch

ERROR = 1 / 2048
"""What the sketch promises, and what ddsketch is asked for."""
SHARES = (0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0)
COUNT = 20_000

Draw = Callable[[np.random.Generator], NDArray[np.float64]]
"""Durations in seconds."""
DISTRIBUTIONS: dict[str, Draw] = {
    "exponential": lambda g: g.exponential(0.1, COUNT),
    "lognormal": lambda g: g.lognormal(-3, 1, COUNT),
    "bimodal, warm and cold": lambda g: np.where(
        g.random(COUNT) < 0.97, g.lognormal(-3.5, 0.2, COUNT), g.lognormal(1.2, 0.1, COUNT)
    ),
    "two values far apart": lambda g: np.where(g.random(COUNT) < 0.5, 1e-6, 900.0),
    "heavy tail, no variance": lambda g: 0.01 * (1 + g.pareto(1.5, COUNT)),
    "heavier tail, no mean": lambda g: 0.001 * (1 + g.pareto(0.8, COUNT)),
    "uniform over six powers of ten": lambda g: 10 ** g.uniform(-6, 0, COUNT),
    "constant": lambda g: np.full(COUNT, 0.1),
}
PARTS = (0, 1, 700, 13_000, COUNT)
"""Cuts between the replications: an empty one, a tiny one, large ones."""


@pytest.fixture(params=DISTRIBUTIONS)
def durations(request: pytest.FixtureRequest) -> NDArray[np.float64]:
    """Seconds, of whole nanoseconds, in the order in which they came."""
    draw = DISTRIBUTIONS[request.param]
    return np.maximum(np.rint(draw(np.random.default_rng(7)) * 1e9), 1) / 1e9


def parts(durations: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    return np.split(durations, PARTS[:-1])


def ours(durations: NDArray[np.float64]) -> Sketch:
    return Sketch.merge(sketch(part.tolist()) for part in parts(durations))


def theirs(durations: NDArray[np.float64]) -> DDSketch:
    merged = DDSketch(relative_accuracy=ERROR)
    for part in parts(durations):
        other = DDSketch(relative_accuracy=ERROR)
        for duration in part:
            other.add(float(duration))
        merged.merge(other)
    return merged


def test_merged_quantiles_are_the_exact_ones_within_one_part_in_2048(durations: NDArray[np.float64]) -> None:
    merged = ours(durations)
    assert merged.count == COUNT
    for share in SHARES:
        exact = float(np.quantile(durations, share, method="inverted_cdf"))
        assert merged.quantile(share) == pytest.approx(exact, rel=ERROR), share


def test_merged_quantiles_are_those_of_ddsketch_within_the_errors_of_both(
    durations: NDArray[np.float64],
) -> None:
    """DDSketch counts ranks from 0 and rounds down, so it may speak of the duration next to ours."""
    merged, oracle = ours(durations), theirs(durations)
    assert merged.count == oracle.count == COUNT
    assert merged.mean == pytest.approx(oracle.sum / oracle.count)
    ascending = np.sort(durations)
    for share in SHARES:
        rank, their_rank = max(math.ceil(round(share * COUNT, 6)), 1) - 1, int(share * (COUNT - 1))
        assert abs(rank - their_rank) <= 1
        exact, their_exact = ascending[[rank, their_rank]]
        room = abs(exact - their_exact) + ERROR * (exact + their_exact)
        found = oracle.get_quantile_value(share)
        assert found is not None
        assert abs(merged.quantile(share) - found) <= room * (1 + 1e-9), share
