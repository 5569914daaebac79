"""Intervals of percentiles hold the truth as often as they say, also where requests come in clusters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.measure.percentiles import Pool
from simulator.measure.sketch import BINS, Sketch, bin_of
from simulator.measure.statistics import difference, t_interval
from tests.fabricate import sketch

RUNS = 4000
LOAD, REQUESTS = 0.6, 2000
EDGES = np.unique((np.logspace(-3, 3, 3000) * 1e9).astype(np.int64))
PLACES = np.array([bin_of(int(edge)) for edge in EDGES])


def stays(work: float) -> list[Sketch]:
    """Times in an M/M/1 queue (Lindley's recursion), run by run, from a stationary beginning; the same
    luck whatever the mean `work`.

    The stationary time in the system is exponential, of mean work / (1 - load).
    """
    luck = np.random.Generator(np.random.Philox(key=11))
    gaps, works = luck.exponential(1 / LOAD, (REQUESTS, RUNS)), luck.exponential(work, (REQUESTS, RUNS))
    times = np.empty((REQUESTS, RUNS))
    times[0] = luck.exponential(work / (1 - LOAD * work), RUNS)
    for place in range(1, REQUESTS):
        times[place] = np.maximum(times[place - 1] - gaps[place], 0.0) + works[place]
    return [_sketch(run) for run in times.T]


def _sketch(run: NDArray[np.float64]) -> Sketch:
    found, counts = np.unique(np.searchsorted(EDGES, run * 1e9), return_counts=True)
    dense = np.zeros(BINS, dtype=np.int64)
    dense[PLACES[np.minimum(found, len(PLACES) - 1)]] = counts
    return Sketch.of(dense, round(run.sum() * 1e9), round(run.max() * 1e9))


@pytest.fixture(scope="module")
def sketches() -> list[Sketch]:
    return stays(1.0)


def truth(statistic: str, work: float = 1.0) -> float:
    mean = work / (1 - LOAD * work)
    return mean if statistic == "mean" else -mean * math.log(1 - float(statistic[1:]) / 100)


def studies(sketches: list[Sketch], runs: int) -> list[list[Sketch]]:
    """All runs three times, or ten times, dealt out to studies anew: more studies than there are runs for."""
    luck = np.random.Generator(np.random.Philox(key=12))
    decks = [luck.permutation(RUNS) for _ in range(3 if runs <= 10 else 10)]
    return [
        [sketches[run] for run in deck[first : first + runs]]
        for deck in decks
        for first in range(0, RUNS - runs + 1, runs)
    ]


@pytest.mark.parametrize("runs", [3, 5, 10, 20])
@pytest.mark.parametrize("statistic", ["mean", "p50", "p99"])
def test_ninety_five_percent_mean_ninety_three_to_ninety_seven(
    sketches: list[Sketch], statistic: str, runs: int
) -> None:
    """4,000 to 1,200 studies: a standard error of 0.4 to 0.7 points. A p99 rests on 20 requests of a run."""
    found = [Pool(study).statistic(statistic)[0] for study in studies(sketches, runs)]
    assert 0.93 <= np.mean([one.low <= truth(statistic) <= one.high for one in found]) <= 0.97


def test_an_interval_around_the_runs_own_percentiles_would_not_do(sketches: list[Sketch]) -> None:
    p99 = [one.quantile(0.99) for one in sketches]
    found = [t_interval(p99[first : first + 40]) for first in range(0, RUNS, 40)]
    assert np.mean([low <= truth("p99") <= high for low, high in found]) < 0.9


def test_an_interval_of_a_difference_holds_the_truth_as_often(sketches: list[Sketch]) -> None:
    """800 pairs of studies under the same luck; a standard error of 0.8 points."""
    quicker, held = stays(0.9), []
    apart = truth("p99", 0.9) - truth("p99")
    deck = np.random.Generator(np.random.Philox(key=12)).permuted(np.tile(np.arange(RUNS), (2, 1)), axis=1)
    for runs in deck.reshape(-1, 10):
        pools = [Pool([made[run] for run in runs]) for made in (sketches, quicker)]
        first, second = (pool.statistic("p99")[0] for pool in pools)
        found = difference(first, second)
        held.append(found.low <= apart <= found.high)
    assert 0.93 <= np.mean(held) <= 0.97


def test_the_runs_values_give_the_interval_again() -> None:
    luck = np.random.Generator(np.random.Philox(key=15))
    for quantile in (0.5, 0.9, 0.99):
        runs = [sketch(list(luck.lognormal(0.0, 0.3, 2000))) for _ in range(10)]
        found, _ = Pool(runs).percentile(quantile)
        assert t_interval(found.samples, found.value) == pytest.approx((found.low, found.high), rel=0.02)


def test_a_difference_from_what_never_varies_is_as_sure_as_the_other_side() -> None:
    luck = np.random.Generator(np.random.Philox(key=14))
    varies = Pool([sketch(list(luck.lognormal(0.0, 0.3, 2000))) for _ in range(10)]).percentile(0.5)[0]
    never = Pool([sketch([0.5] * 2000)] * 10).percentile(0.5)[0]
    assert difference(never, varies).half_width == pytest.approx(varies.half_width, rel=0.1)


def test_a_percentile_wants_ten_clusters_of_requests_beyond_it() -> None:
    """Twenty of 2,000 requests lie beyond each p99; in the second study they come in one run of the ten."""
    apart = [sketch([0.1] * 1980 + [1.0] * 20)] * 10
    together = [sketch([0.1] * 1800 + [1.0] * 200), *[sketch([0.1] * 2000)] * 9]
    assert not Pool(apart).percentile(0.99)[1]
    assert Pool(together).percentile(0.99)[1]


def test_what_one_run_alone_has_far_out_does_not_stretch_the_interval_of_the_median() -> None:
    luck = np.random.Generator(np.random.Philox(key=13))
    runs = [luck.lognormal(0.0, 0.3, 2000) for _ in range(10)]
    runs[0][:60] = 500.0
    found, _ = Pool([sketch(list(run)) for run in runs]).percentile(0.5)
    assert found.value - 0.02 < found.low < found.high < found.value + 0.02


def test_equal_durations_leave_no_doubt() -> None:
    value, few = Pool([sketch([0.25] * 2000)] * 3).percentile(0.99)
    assert value[:3] == (0.25, 0.25, 0.25)
    assert not few


def test_runs_without_a_request_are_left_out() -> None:
    runs = [sketch([1.0, 2.0, 3.0]), sketch([]), sketch([2.0, 4.0])]
    assert Pool(runs).percentile(0.5)[0][:3] == Pool([runs[0], runs[2]]).percentile(0.5)[0][:3]
    assert math.isnan(Pool([sketch([])] * 3).percentile(0.5)[0].value)
    assert not Pool([sketch([])] * 3).percentile(0.5)[0].has_interval


def test_the_maximum_is_the_longest_seen_and_claims_nothing_about_longer_ones() -> None:
    found, _ = Pool([sketch([1.0]), sketch([2.0, 4.0])]).statistic("max")
    assert (found.value, found.samples) == (4.0, (1.0, 4.0))
    assert not found.has_interval


@given(st.lists(st.lists(st.floats(1e-6, 100), min_size=1, max_size=30), min_size=2, max_size=8))
def test_the_interval_surrounds_the_percentile(runs: list[list[float]]) -> None:
    for quantile in (0.5, 0.9, 0.999):
        found, _ = Pool([sketch(run) for run in runs]).percentile(quantile)
        assert found.low <= found.value <= found.high


def test_what_has_not_ended_is_infinite_in_every_percentile_that_does_not_leave_it_out() -> None:
    """Of a hundred, two have not ended: 98 stay at or below 1 s, no longer 99."""
    pool = Pool([sketch([1.0] * 98)], [2])
    found = {name: pool.statistic(name)[0].value for name in ("p50", "p98", "p98.5", "p99")}
    assert found == {"p50": 1.0, "p98": 1.0, "p98.5": math.inf, "p99": math.inf}
    assert Pool([sketch([])], [3]).statistic("p1")[0].value == math.inf


def test_mean_and_maximum_are_of_what_has_ended_until_more_than_a_hundredth_has_not() -> None:
    few, many = Pool([sketch([1.0] * 99)], [1]), Pool([sketch([1.0] * 99)] * 2, [1, 2])
    assert [few.statistic(name)[0].value for name in ("mean", "max")] == [1.0, 1.0]
    assert [many.statistic(name)[0].value for name in ("mean", "max")] == [math.inf] * 2


RUN = st.tuples(st.lists(st.integers(1, 1000), max_size=30), st.integers(0, 5))


@given(st.lists(RUN, min_size=1, max_size=6))
def test_infinite_is_as_good_as_longer_than_all_others(runs: list[tuple[list[int], int]]) -> None:
    """Percentiles and their intervals are those of requests that took 1,020 ns; each ns has a bin."""
    long = 1020e-9
    found = Pool([sketch([ns / 1e9 for ns in run]) for run, _ in runs], [endless for _, endless in runs])
    same = Pool([sketch([*(ns / 1e9 for ns in run), *[long] * endless]) for run, endless in runs])
    for quantile in (0.5, 0.9, 0.999):
        (one, few), (other, so) = found.percentile(quantile), same.percentile(quantile)
        ends = [math.inf if end > 1010e-9 else end for end in other[:3]]
        assert one[:3] == pytest.approx(ends, abs=1e-12, nan_ok=True)
        assert few == so
        if math.isfinite(one.high):
            assert one.samples == pytest.approx(other.samples, abs=1e-12, nan_ok=True)


def test_nothing_is_said_of_a_difference_from_what_is_infinite() -> None:
    endless, _ = Pool([sketch([1.0] * 9)] * 3, [1] * 3).percentile(0.99)
    ended, _ = Pool([sketch([1.0] * 10)] * 3).percentile(0.99)
    assert endless[:3] == (math.inf,) * 3
    assert not difference(ended, endless).has_interval
    assert not difference(endless, ended).has_interval
