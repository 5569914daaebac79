"""The mathematics under the shapes."""

import numpy as np
import pytest
import scipy.stats

from simulator.traffic import points
from simulator.traffic.logarithm import log
from simulator.traffic.points import evenly, poisson


def generator():
    return np.random.Generator(np.random.Philox(key=7))


def test_the_logarithm_is_within_one_unit_in_the_last_place():
    x = np.concatenate(
        (2.0 ** -np.arange(0.0, 54), 1 - 2.0 ** -np.arange(2.0, 54), generator().random(100_000))
    )
    assert np.abs(log(x) - np.log(x)).max(initial=0, where=x == 1) == 0
    np.testing.assert_array_max_ulp(log(x), np.log(x), maxulp=1)


def test_evenly_spaced_times_are_exact_in_every_block():
    times = np.concatenate(list(evenly(3, 10**9, 100_000)))
    assert times[[0, 1, 2, 3, 99_999]].tolist() == [0, 333_333_333, 666_666_666, 10**9, 33_333 * 10**9]
    assert len(times) == 100_000


@pytest.mark.parametrize("rate", [0.3, 40.0, 3000.0])
def test_a_steady_process_has_poisson_counts(rate):
    """Mean and variance of the counts in seconds are the rate."""
    number, width = 2000, 10**9
    process = poisson(generator(), lambda t_s: np.full(len(t_s), rate), (0, number * width), number * width)
    counts = np.bincount(np.concatenate(list(process)) // width, minlength=number)
    assert abs(counts.mean() - rate) < 4 * np.sqrt(rate / number)
    dispersion = ((counts - rate) ** 2).mean() / rate
    assert abs(dispersion - 1) < 4 * np.sqrt((2 + 1 / rate) / number)


def test_times_are_anywhere_within_a_bin():
    process = poisson(generator(), lambda t_s: np.full(len(t_s), 50.0), (0, 1000 * 10**9), 1000 * 10**9)
    assert scipy.stats.kstest(np.concatenate(list(process)) / 1e12, "uniform").pvalue > 0.001


def test_a_batch_that_falls_short_is_continued(monkeypatch):
    """Gaps twice as long as expected at first: as many arrivals as the width has room for all the same."""
    number = iter([20, 200])
    monkeypatch.setattr(points, "_exponentials", lambda *_: np.full(next(number), 1.0))
    times = points._at_constant_rate(generator(), 100 * 10**9, 1.0)
    assert times.tolist() == [second * 10**9 for second in range(1, 100)]


def test_the_reader_may_stop_anywhere_without_changing_what_it_got():
    def process(horizon):
        return poisson(generator(), lambda t_s: 1000 * t_s, (0, 100 * 10**9), horizon)

    first = next(process(100 * 10**9))
    assert np.array_equal(first, next(process(1)))
