"""Tables of what happens when: worked by hand on made-up runs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.measure.result import Replication
from simulator.study import over_time
from tests.fabricate import counted, replication, sketch


def made(number: int, **columns: list[float]) -> Replication:
    """A run of `plain` with these columns in bins of two seconds."""
    run = replication("plain", number, {"buyers": counted([0.1, 0.2])})
    series = {"time_s": np.array([0.0, 2.0, 4.0])} | {
        key.replace("__", "."): np.array(v) for key, v in columns.items()
    }
    return Replication(**{**vars(run), "series": series})


def test_rates_are_counts_over_the_width_of_a_bin_mean_of_the_runs_and_sum_of_the_types() -> None:
    runs = [
        made(0, buyers__requests=[4.0, 8.0, 0.0], chat__requests=[2.0, 0.0, 0.0], buyers__ok=[4.0, 6.0, 2.0]),
        made(
            1,
            buyers__requests=[8.0, 8.0, 0.0],
            chat__requests=[2.0, 0.0, 0.0],
            buyers__throttled=[0.0, 4.0, 0.0],
        ),
    ]
    table = over_time.rates({"plain": runs}).pivot_table(index="time_s", columns="what", values="per_s")
    assert table["requests"].tolist() == [4.0, 4.0, 0.0]
    assert table["ok"].tolist() == [1.0, 1.5, 0.5]
    assert table["throttled"].tolist() == [0.0, 1.0, 0.0]


def test_warm_executions_are_spill_over_while_there_are_provisioned_environments() -> None:
    run = made(
        0,
        f__concurrency=[5.0, 6.0, 4.0],
        f__cold=[2.0, 1.0, 0.0],
        **{"f__provisioned in use": [0.0, 3.0, 0.0]},
        f__provisioned=[0.0, 3.0, 0.0],
    )
    table = over_time.concurrency({"plain": [run]})
    assert table["provisioned"].tolist() == [0.0, 3.0, 0.0]
    assert table["warm"].tolist() == [3.0, 0.0, 4.0]
    assert table["spill-over"].tolist() == [0.0, 2.0, 0.0]
    assert table["cold"].tolist() == [2.0, 1.0, 0.0]


def test_without_functions_there_is_no_concurrency() -> None:
    assert over_time.concurrency({"plain": [made(0)]}).empty


def test_the_size_of_batches_is_what_all_runs_took_over_their_batches_and_none_where_there_was_none() -> None:
    runs = [
        made(0, **{"q__m taken": [6.0, 0.0, 1.0], "q__m batches": [1.0, 0.0, 1.0],
                   "q__m age": [1.0, 0.0, 0.0]}),
        made(1, **{"q__m taken": [6.0, 0.0, 0.0], "q__m batches": [2.0, 0.0, 0.0]}),
    ]  # fmt: skip
    size = over_time.series({"plain": runs})["q.m batch size"]
    assert size.tolist() == pytest.approx([4.0, np.nan, 1.0], nan_ok=True)
    found = over_time.waiting({"plain": runs})
    assert found["batch_size"].tolist() == pytest.approx([4.0, np.nan, 1.0], nan_ok=True)


def test_the_age_of_an_iterator_is_averaged_over_the_batches_of_all_runs_and_none_where_there_was_none() -> (
    None
):
    runs = [
        made(0, **{"f__iterator_age sum": [6.0, 0.0, 1.0], "f__iterator_age sample count": [1.0, 0.0, 2.0],
                   "f__iterator_age max": [6.0, 0.0, 1.0],
                   "f__lanes of e age": [1.0, 0.0, 0.0], "q__m age": [1.0, 0.0, 0.0]}),
        made(1, **{"f__iterator_age sum": [6.0, 0.0, 0.0], "f__iterator_age sample count": [2.0, 0.0, 0.0],
                   "f__iterator_age max": [6.0, 0.0, 0.0]}),
    ]  # fmt: skip
    average = [4.0, np.nan, 0.5]
    table = over_time.series({"plain": runs})
    assert table["f.iterator_age average"].tolist() == pytest.approx(average, nan_ok=True)
    found = over_time.waiting({"plain": runs}).set_index("service")
    assert found["iterator_age_s"]["f"].tolist() == pytest.approx(average, nan_ok=True)
    assert found["iterator_age_s"]["q"].isna().all()
    longest = [6.0, np.nan, 0.5]
    assert found["iterator_age_max_s"]["f"].tolist() == pytest.approx(longest, nan_ok=True), "mean of runs"


def test_runs_lie_between_the_lowest_and_the_highest_and_those_without_a_batch_do_not_count() -> None:
    runs = [
        made(0, **{"q__m age": [1.0, 0.0, 5.0], "q__m taken": [6.0, 0.0, 0.0], "q__m batches": [1.0, 0, 0]}),
        made(1, **{"q__m age": [3.0, 0.0, 4.0], "q__m taken": [6.0, 2.0, 0.0], "q__m batches": [2.0, 1, 0]}),
    ]  # fmt: skip
    low, high = over_time.between({"plain": runs, "other": runs[:1]})
    assert low["design"].tolist() == 3 * ["plain"] + 3 * ["other"]
    assert low["age_s"].tolist() == [1.0, 0.0, 4.0, 1.0, 0.0, 5.0]
    assert high["age_s"].tolist() == [3.0, 0.0, 5.0, 1.0, 0.0, 5.0]
    assert low["batch_size"].tolist()[:3] == pytest.approx([3.0, 2.0, np.nan], nan_ok=True)
    assert high["batch_size"].tolist()[:3] == pytest.approx([6.0, 2.0, np.nan], nan_ok=True)


def test_a_timeline_pools_the_runs_and_counts_requests_per_run() -> None:
    table = over_time.timeline({"plain": [made(0), made(1)]})
    assert table["time_s"].tolist() == [0.0, 10.0, 20.0]
    assert table["requests"].tolist() == [100.0, 0.0, 200.0]
    assert table["p99_s"].tolist() == pytest.approx([1.0, np.nan, 2.0], rel=0.032, nan_ok=True)


def test_a_histogram_holds_every_request_in_a_bin_around_its_latency() -> None:
    table = over_time.histogram({"plain": [made(0), made(1)]})
    assert table["requests"].tolist() == [2, 2]
    for low, latency, high in zip(table["low_s"], (0.1, 0.2), table["high_s"], strict=True):
        assert low <= latency <= high <= low * 1.001


def test_the_share_that_took_longer_ends_where_ten_requests_are_left() -> None:
    latency, share = over_time.slower([sketch([n / 100 for n in range(1, 41)])])
    _, less = over_time.slower([sketch([n / 100 for n in range(1, 41)])], endless=40)
    assert less[-1] == 0.5, "which took longer than all others"
    assert share.tolist() == pytest.approx([1 - n / 40 for n in range(1, 31)])
    assert latency.tolist() == pytest.approx([n / 100 for n in range(1, 31)], rel=1e-3)


def test_a_column_that_one_run_lacks_is_nothing_in_it() -> None:
    table = over_time.series({"plain": [made(0, a__ok=[2.0, 2.0, 2.0]), made(1)]})
    pd.testing.assert_series_equal(table["a.ok"], pd.Series([1.0, 1.0, 1.0]), check_names=False)
