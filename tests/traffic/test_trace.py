"""Traces: what files are read, and what is made of them."""

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.traffic.shape import ArrivalStream
from simulator.values.units import MINUTE
from tests.traffic.examples import FOLDER, arrivals, shape

MINUTES = (
    "time,requests,other\n2026-01-01T00:00:00Z,600,1\n2026-01-01T00:01:00Z,,2\n2026-01-01T00:02:00Z,1200,3\n"
)


@pytest.fixture
def trace(tmp_path):
    """Makes a trace from the text of a file."""

    def make(text, **settings):
        (tmp_path / "trace.csv").write_text(text)
        return shape("trace", folder=tmp_path, file="trace.csv", **settings)

    return make


def per_minute(times):
    return np.bincount(times // MINUTE, minlength=3).tolist()


def test_a_row_per_request_is_played_back_to_the_nanosecond(trace):
    times = trace("t_s\n10\n10\n10.25\n13.000000001\n")
    assert arrivals(times, 100).tolist() == [0, 0, 250_000_000, 3_000_000_001]
    assert arrivals(trace("t_s,tokens\n10\n", column="t_s") if False else times, 3).tolist() == [
        0,
        0,
        250_000_000,
    ]


def test_the_first_column_may_be_asked_for_where_there_are_others(trace):
    times = trace(
        "at,tokens\n2026-01-01 00:00:00,7\n2026-01-01T00:00:02+00:00,9\n", column="at", **{"from": "1 s"}
    )
    assert arrivals(times, 100).tolist() == [10**9]


def test_scaling_single_requests_down_leaves_some_out(trace):
    written = "t_s\n" + "".join(f"{second}\n" for second in range(10_000))
    times = arrivals(trace(written, scale=0.3), 10_000)
    assert abs(len(times) - 3000) < 4 * np.sqrt(10_000 * 0.3 * 0.7)
    assert (times % 10**9 == 0).all()


def test_scaling_single_requests_up_keeps_them_and_puts_more_before_the_next(trace):
    times = arrivals(trace("t_s\n0\n1\n5\n", scale=1000), 100)
    assert np.histogram(times, [0, 10**9, 5 * 10**9, 6 * 10**9])[0].tolist() == [1000, 1000, 1000]
    assert np.isin([0, 10**9, 5 * 10**9], times).all()
    assert len(np.unique(times)) > 1900  # the last request has no gap to fill


def test_a_peak_of_single_requests_is_the_most_in_a_second(trace):
    assert len(arrivals(trace("t_s\n0\n0.5\n1\n", scale={"peak": "10/s"}), 100)) == 15


def test_a_blank_minute_is_filled_by_a_straight_line(trace):
    even = trace(MINUTES, column="requests", within_bin="even")
    assert per_minute(arrivals(even, 1000)) == [600, 900, 1200]
    assert even.ends() == 3 * MINUTE


def test_even_requests_are_evenly_spaced(trace):
    times = arrivals(trace("t_s,n\n0,2\n60,3\n", within_bin="even"), 120)
    assert (times / 1e9).tolist() == [15, 45, 70, 90, 110]


def test_even_requests_lose_none_to_rounding(trace):
    rows = "".join(f"{minute * 60},1\n" for minute in range(1000))
    assert len(arrivals(trace("t_s,n\n" + rows, within_bin="even", scale=0.3), 60_000)) == 300


def test_requests_by_chance_are_as_many_as_counted_on_average(trace):
    by_chance = trace(MINUTES, column="requests")
    counts = np.array([per_minute(arrivals(by_chance, 1000, number)) for number in range(100)])
    assert (np.abs(counts.mean(axis=0) - [600, 900, 1200]) < 4 * np.sqrt([6, 9, 12])).all()
    assert (np.abs(counts.var(axis=0) / [600, 900, 1200] - 1) < 4 * np.sqrt(2 / 100)).all()


def test_a_run_may_start_within_a_bin(trace):
    even = trace(MINUTES, column="requests", within_bin="even", **{"from": "2026-01-01T00:00:30Z"})
    times = arrivals(even, 1000)
    assert np.histogram(times / 1e9, [0, 30, 90, 150])[0].tolist() == [300, 900, 1200]
    assert even.rate_at(np.array([0, 29.9, 30, 90, 149.9, 150])) == pytest.approx([10, 10, 15, 20, 20, 0])


def test_a_share_of_each_bin_comes_in_one_burst(trace):
    bursts = trace("t_s,n\n0,6000\n60,6000\n", within_bin={"bursts": {"length": "5 s", "share": "40%"}})
    totals, fullest, when = [], [], []
    for number in range(40):
        times = arrivals(bursts, 60, number)
        in_window = np.searchsorted(times, times + 5 * 10**9) - np.arange(len(times))
        totals.append(len(times))
        fullest.append(in_window.max())
        when.append(times[in_window.argmax()] / 1e9)
    assert abs(np.mean(totals) - 6000) < 4 * np.sqrt(6000 / 40)
    assert np.mean(fullest) == pytest.approx(6000 * (0.4 + 0.6 * 5 / 60), rel=0.02)
    assert min(when) < 10
    assert 45 < max(when) < 55.1


def test_a_peak_scales_the_highest_rate_from_the_start_of_the_run_on(trace):
    late = trace("t_s,n\n0,9000\n60,60\n120,30\n", scale={"peak": "100/s"}, **{"from": "1 min"})
    assert late.rate_at(np.array([0.0, 60.0])).tolist() == [100, 50]


def test_a_large_bin_comes_in_bounded_blocks(trace):
    hour = trace("t_s,n\n0,100000000\n3600,0\n")
    blocks = hour.blocks(ArrivalStream(1, 0, "a"), 3600 * 10**9)
    assert max(len(next(blocks)) for _ in range(20)) <= 65_536


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        (MINUTES, {}, "trace.csv has time, requests, other; write which one as 'column:'"),
        (MINUTES, {"column": "request"}, "trace.csv has no column 'request'; write 'requests'"),
        ("t_s,n\n0,1\n60,2\n180,3\n", {}, "line 4: 2 min after the row before, not 1 min; write"),
        ("t_s,n\n0,1\n60,2\n30,3\n", {}, "line 4: earlier than the row before; write rows in"),
        ("t_s,n\n0,1\n60,-2\n", {}, "line 3: not a number of at least 0: '-2'; write a plain number"),
        ("t_s,n\n0,1\n60,nan\n", {}, "line 3: not a number of at least 0: 'nan'; write a plain number"),
        ("t_s,n\n0,1\n60,\n", {}, "column 'n' begins or ends blank; write trace.csv without those rows"),
        ("t_s,n\n0,1\n", {}, "trace.csv has no two bins; write at least two rows with different times"),
        ("t_s\n0\nnoon\n", {}, "line 3: not a time: 'noon'; write seconds such as '12.5'"),
        ("t\n2026-01-01T00:00\nnoon\n", {}, "line 3: not a time: 'noon'; write a time such"),
        ("t_s\n0\n1\n", {"from": "1 h"}, "not within the 1 s of trace.csv; write a time between"),
        ("t_s\n0\n1\n", {"from": "2026-01-01T00:00Z"}, "trace.csv counts seconds, so it has no 2026"),
        ("t_s\n0\n1\n", {"from": "noon"}, "not a moment: 'noon'; write a time such as '2019"),
        ("t_s\n0\n1\n", {"scale": 0}, "not a number above 0: 0; write for example 'scale: 0.8'"),
        ("t_s\n0\n1\n", {"scale": {"peak": 5}}, "a number without its unit: 5; write '5/s'"),
        ("t_s\n0\n1\n", {"within_bin": "even"}, "has the time of every request; write no 'within_bin'"),
        ("t_s,n\n0,0\n60,0\n", {"scale": {"peak": "5/s"}}, "the trace is all zeros; write another file"),
        ("t_s,n\n0,1\n60,1\n", {"within_bin": "random"}, "Input should be 'poisson' or 'even'"),
        ("t_s,n\n0,1\n60,1\n", {"within_bin": {"bursts": {"length": "2 min", "share": "4%"}}},
         "a burst is longer than a bin of the file; write a shorter length"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_write_instead(trace, text, settings, message):
    with pytest.raises(ValidationError) as caught:
        trace(text, **settings)
    (error,) = caught.value.errors()
    assert message in error["msg"]


def test_the_audience_of_a_stream_changes_in_straight_lines(tmp_path):
    (tmp_path / "viewers.csv").write_text("t_s,viewers\n0,1000\n60,2000\n120,500\n")
    settings = {
        "audience": {"file": "viewers.csv", "scale": 2},
        "ad_breaks": {"one": {"at": "45 s", "share": "10%"}},
    }
    assert len(arrivals(shape("live_stream", folder=tmp_path, **settings), 60)) == 350


@pytest.mark.parametrize(
    ("name", "rows", "peak_at", "peak"),
    [
        ("agdq2019_viewers", 240, "2019-01-13T04:23:00Z", 193_399),
        ("agdq2019_chat", 240, "2019-01-13T04:15:00Z", 1102),
        ("agdq2019_donations", 240, "2019-01-13T04:08:00Z", 569),
        ("worldcup98_match_day", 1440, "1998-06-30T21:42:00Z", 215_241),
    ],
)
def test_the_measured_traces_hold_what_their_readme_says(name, rows, peak_at, peak):
    file = f"traces/{name}.csv"
    whole = shape("trace", file=file)
    assert whole.ends() == rows * MINUTE
    assert shape("trace", file=file, **{"from": peak_at}).rate_at(np.zeros(1)) == pytest.approx([peak / 60])
    assert whole.rate_at(np.arange(rows) * 60.0).max() == pytest.approx(peak / 60)
    assert f"{peak:,}" in (FOLDER / "traces" / "README.md").read_text()
    assert f"{name}.csv" in (FOLDER.parent / "NOTICE").read_text()
