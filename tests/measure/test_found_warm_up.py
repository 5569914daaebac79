"""MSER-5 leaves out the beginning that is not like the rest, and of that no more than the pilots prove."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.measure.warm_up import mser5, proven

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


RUNS, SEEDS = 5, 100
"""Pilot runs, and how many times they are made."""


def waits(load: float, customers: int, at_rest: bool) -> NDArray[np.float64]:
    """Times in an M/M/1 queue of mean work 1 (Lindley's recursion), means of ten: seed, run, time."""
    luck = np.random.Generator(np.random.Philox(key=5))
    waiting = np.zeros((SEEDS, RUNS))
    if at_rest:
        waiting = np.where(
            luck.random((SEEDS, RUNS)) < load, luck.exponential(1 / (1 - load), (SEEDS, RUNS)), 0.0
        )
    found = np.empty((customers, SEEDS, RUNS))
    for customer in range(customers):
        found[customer] = waiting + luck.exponential(1, (SEEDS, RUNS))
        waiting = np.maximum(found[customer] - luck.exponential(1 / load, (SEEDS, RUNS)), 0.0)
    return found.reshape(-1, 10, SEEDS, RUNS).mean(axis=1).transpose(1, 2, 0)


def shares(made: NDArray[np.float64]) -> list[float]:
    """Of each seed the part of a run that is left out; all of it if nothing comes to rest."""
    found = [proven(runs, mser5(runs.mean(axis=0)), 0.05) for runs in made]
    return [1.0 if one is None else one / made.shape[2] for one in found]


def test_of_a_queue_at_rest_mser_leaves_much_out_by_chance_and_the_pilots_prove_nothing() -> None:
    made = waits(0.8, 5000, at_rest=True)
    alone = [mser5(runs.mean(axis=0)) for runs in made]
    assert sum(one is None or one > made.shape[2] / 10 for one in alone) > SEEDS / 10, "as published"
    found = shares(made)
    assert np.mean(np.equal(found, 0.0)) >= 0.9
    assert max(found) < 0.3


def test_what_slowly_goes_up_and_down_by_chance_is_no_beginning() -> None:
    """Values that forget half of what they were in seven steps; one pilot's beginning is another's calm."""
    luck = np.random.Generator(np.random.Philox(key=6))
    made = np.empty((SEEDS, RUNS, 1000))
    made[:, :, 0] = luck.normal(size=(SEEDS, RUNS))
    for step in range(1, 1000):
        made[:, :, step] = 0.9 * made[:, :, step - 1] + math.sqrt(1 - 0.81) * luck.normal(size=(SEEDS, RUNS))
    assert np.mean(np.equal(shares(made), 0.0)) >= 0.9


def test_what_happens_now_and_then_is_no_beginning() -> None:
    """Three times a run, say a line: MSER-5 finds no rest before the last time, or none at all."""
    luck = np.random.Generator(np.random.Philox(key=8))
    made = (luck.random((SEEDS, RUNS, 1000)) < 0.003) * luck.exponential(5, (SEEDS, RUNS, 1000))
    alone = [mser5(runs.mean(axis=0)) for runs in made]
    assert sum(one is None or one > 100 for one in alone) > SEEDS / 3, "as published"
    assert np.mean(np.equal(shares(made), 0.0)) >= 0.9


def test_of_a_queue_that_was_empty_little_is_left_out_and_the_rest_has_the_mean_that_theory_says() -> None:
    made = waits(0.8, 5000, at_rest=False)
    found = shares(made)
    assert np.mean(np.greater(found, 0.05)) <= 0.1
    rest = [runs[:, round(share * made.shape[2]) :].mean() for runs, share in zip(made, found, strict=True)]
    assert np.mean(rest) == pytest.approx(1 / (1 - 0.8), abs=4 * np.std(rest) / SEEDS**0.5)


def test_what_fills_is_left_out_until_it_is_full_whatever_the_seed() -> None:
    """On average a hundred in service, each for five steps: full to a twentieth after three times that."""
    luck = np.random.Generator(np.random.Philox(key=7))
    alive = np.exp(-np.arange(60) / 5)  # of what came so many steps ago
    came = luck.poisson(100 * (1 - math.exp(-1 / 5)), (SEEDS, RUNS, 600))
    made = np.array([[np.convolve(one, alive)[:600] for one in runs] for runs in came])
    found = [share * 600 for share in shares(made)]
    assert min(found) >= 10
    assert max(found) <= 50


def test_what_all_pilots_do_alike_is_proven_and_what_never_changes_has_no_beginning() -> None:
    step = np.where(np.arange(1000) < 700, 4.0, 0.0)
    alike = np.array([step + np.roll(NOISE, 100 * run) for run in range(5)])
    assert proven(alike, mser5(alike.mean(axis=0)), 0.001) is None
    constant = np.full((5, 1000), 7.3)
    assert proven(constant, mser5(constant.mean(axis=0)), 0.001) == 0
    assert proven(constant[:, :30], None, 0.001) is None
