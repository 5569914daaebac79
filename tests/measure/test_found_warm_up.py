"""MSER-5 leaves out the beginning that is not like the rest, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.measure.warm_up import mser5

NOISE = np.random.Generator(np.random.Philox(key=3)).normal(size=1000)


def test_a_decay_is_left_out_until_it_is_lost_in_the_noise() -> None:
    """10 exp(-t / 20) is below a tenth of the noise from t = 92 on."""
    found = mser5(10 * np.exp(-np.arange(1000) / 20) + NOISE)
    assert found is not None
    assert 40 <= found <= 120


def test_of_what_is_at_rest_from_the_beginning_little_is_left_out() -> None:
    assert mser5(5 + NOISE) in range(60)
    assert mser5(np.full(1000, 7.3)) == 0


def test_a_step_is_left_out_in_whole_batches() -> None:
    assert mser5(np.where(np.arange(1000) < 123, 4.0, 0.0)) == 125


@pytest.mark.parametrize("values", [np.arange(1000.0), np.where(np.arange(1000) < 700, 4.0, 0.0) + NOISE])
def test_what_never_comes_to_rest_or_too_late_has_no_warm_up(values: np.ndarray) -> None:
    assert mser5(values) is None


def test_too_few_values_say_nothing() -> None:
    assert mser5(np.ones(30)) is None
