"""Counting: by type, by window, by second; the same integers in a list and in a compiled array."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.measure.books import COMPLETED, DEAD_LETTERED, LOST, Books, Layout, bin_width
from simulator.measure.readings import counted, durations, grids, slowest, timelines
from simulator.measure.recorder import count_answer, count_attempt, count_effects, count_request, measure
from simulator.measure.result import Cause
from simulator.values.units import DAY, SECOND
from tests.harness import examples

CAUSES = (("bank", "fails"), ("bank", "capacity"))
LAYOUT = Layout(
    types=("buyers.browse", "buyers.order", "chat"),
    causes=CAUSES,
    windows=("surge",),
    spans=((10 * SECOND, 100 * SECOND), (20 * SECOND, 30 * SECOND)),
    horizon=100 * SECOND,
    durations=(("chat", "age"), ("orders", "age")),
)
OK, THROTTLED, ERROR = 0, 1, 3
ORDER = 1


def answer(
    books: list[int],
    kind: int,
    arrived: float,
    took: float,
    outcome: int = OK,
    cause: int = -1,
    runs_on: float = 0,
) -> None:
    """A request comes, is sent at once, and has its answer; a part of it runs on for so many seconds."""
    start, end = round(arrived * SECOND), round((arrived + took) * SECOND)
    count_request(books, kind, start)
    count_attempt(books, kind, start)
    count_answer(books, kind, start, start, end, outcome, cause, not runs_on)
    if outcome == OK and runs_on:
        count_effects(books, COMPLETED, kind, start, start, end + round(runs_on * SECOND), 7)


def test_a_request_counts_where_it_arrives_whenever_it_is_answered() -> None:
    books = LAYOUT.books()
    answer(books, ORDER, arrived=9.9, took=5)  # in the warm-up
    answer(books, ORDER, arrived=10, took=50)
    answer(books, ORDER, arrived=29.9, took=50, runs_on=1)  # in the window
    answer(books, ORDER, arrived=30, took=1)
    found = counted(books, LAYOUT)["buyers.order"]
    assert (found.requests, found.outcomes["ok"], found.latency.count, found.attempts) == (3, 3, 3, 3)
    surge = found.windows["surge"]
    assert (surge.requests, surge.outcomes["ok"], surge.latency.max, surge.completion.max) == (
        1,
        1,
        50.0,
        51.0,
    )


def test_a_request_without_an_answer_is_in_flight() -> None:
    books = LAYOUT.books()
    count_request(books, 2, 50 * SECOND)
    answer(books, 2, arrived=60, took=1)
    found = counted(books, LAYOUT)["chat"]
    assert (found.requests, found.outcomes["in_flight"], found.failed) == (2, 1, 0)


def test_a_source_with_a_mix_is_the_sum_of_its_types() -> None:
    books = LAYOUT.books()
    answer(books, 0, arrived=40, took=1)
    answer(books, ORDER, arrived=40, took=3)
    answer(books, ORDER, arrived=40, took=5, outcome=ERROR, cause=0)
    traffic = counted(books, LAYOUT)
    assert sorted(traffic) == ["buyers", "buyers.browse", "buyers.order", "chat"]
    assert (traffic["buyers"].requests, traffic["buyers"].failed) == (3, 1)
    assert (traffic["buyers"].latency.mean, traffic["buyers"].latency.max) == (2.0, 3.0)


def test_completion_is_latency_for_whole_requests_and_the_last_parts_end_for_others() -> None:
    books = LAYOUT.books()
    answer(books, ORDER, arrived=40, took=1)
    answer(books, ORDER, arrived=40, took=2, runs_on=5)
    count_answer(books, ORDER, 40 * SECOND, 40 * SECOND, 43 * SECOND, OK, -1, whole=False)  # still not done
    found = counted(books, LAYOUT)["buyers.order"]
    assert (found.latency.count, found.latency.mean, found.latency.max) == (3, 2.0, 3.0)
    assert (found.completion.count, found.completion.mean, found.completion.max) == (2, 4.0, 7.0)


def test_what_is_lost_or_dead_lettered_is_not_complete_and_what_is_neither_is_unfinished() -> None:
    books = LAYOUT.books()
    for became in (COMPLETED, LOST, LOST, DEAD_LETTERED, None):
        count_request(books, ORDER, 25 * SECOND)
        count_answer(books, ORDER, 25 * SECOND, 25 * SECOND, 26 * SECOND, OK, -1, whole=False)
        if became is not None:
            count_effects(books, became, ORDER, 25 * SECOND, 25 * SECOND, 30 * SECOND, 7)
    for found in (counted(books, LAYOUT)["buyers"], counted(books, LAYOUT)["buyers"].windows["surge"]):
        assert (found.completion.count, found.lost, found.dead_lettered, found.unfinished) == (1, 2, 1, 1)


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans(), st.integers(0, 2))), st.integers(1, 5))
@examples(50)
def test_the_slowest_by_completion_are_kept(over: list[tuple[int, bool, int]], kept: int) -> None:
    layout = LAYOUT._replace(kept=kept)
    books = layout.books()
    for identity, (took, complete, kind) in enumerate(over):
        became = COMPLETED if complete else LOST
        count_effects(books, became, kind, 20 * SECOND, 20 * SECOND, 20 * SECOND + took, identity)
        count_effects(books, became, kind, 5 * SECOND, 5 * SECOND, 90 * SECOND, -1)  # in the warm-up
    for complete in (True, False):
        each = [[took for took, ok, kind in over if (ok, kind) == (complete, of)] for of in range(3)]
        longest = sorted((took for tooks in each for took in sorted(tooks)[-kept:]), reverse=True)
        found = slowest(books, [0, 1, 2], complete)
        assert [over[identity][0] for identity in found] == longest


@pytest.mark.parametrize(("takes", "keeps_up"), [(2, True), (8, True), (39, True), (46, False)])
def test_what_comes_shortly_before_the_end_is_unfinished_through_no_fault_of_a_design(
    takes: int, keeps_up: bool
) -> None:
    """One a second; at the end as many are unfinished as one takes seconds, of 90 in all."""
    books = LAYOUT.books()
    for second in range(10, 100):
        count_request(books, ORDER, second * SECOND)
        count_answer(books, ORDER, second * SECOND, second * SECOND, second * SECOND, OK, -1, whole=False)
        if second + takes < 100:
            end = (second + takes) * SECOND
            count_effects(books, COMPLETED, ORDER, second * SECOND, second * SECOND, end, 7)
    found = counted(books, LAYOUT)["buyers.order"]
    assert found.unfinished == takes
    assert (found.keeps_up, found.endless) == (keeps_up, 0 if keeps_up else takes)
    assert not found.windows["surge"].keeps_up, "of a window that ends before the run all should be complete"


@pytest.mark.parametrize(("until", "keeps_up"), [(100, True), (60, False)])
def test_what_is_unfinished_although_nothing_came_lately_will_not_be_done_in_time(
    until: int, keeps_up: bool
) -> None:
    """One a second; those of the last 15 s of the traffic are unfinished, the others took 20 s."""
    books = LAYOUT.books()
    for second in range(10, until):
        count_request(books, ORDER, second * SECOND)
        count_answer(books, ORDER, second * SECOND, second * SECOND, second * SECOND, OK, -1, whole=False)
        if second + 15 < until:
            end = (second + 20) * SECOND
            count_effects(books, COMPLETED, ORDER, second * SECOND, second * SECOND, end, 7)
    found = counted(books, LAYOUT)["buyers.order"]
    assert (found.unfinished, found.keeps_up) == (15, keeps_up)


def test_durations_of_services_count_from_the_end_of_the_warm_up() -> None:
    books = LAYOUT.books()
    measure(books, 1, 5 * SECOND, 9 * SECOND)
    measure(books, 1, 2 * SECOND, 10 * SECOND)
    measure(books, 1, 4 * SECOND, 99 * SECOND)
    chat, orders = durations(books)
    assert (chat.count, orders.count, orders.mean, orders.max) == (0, 2, 3.0, 4.0)


def test_failures_stand_beside_latency_with_their_causes() -> None:
    books = LAYOUT.books()
    answer(books, ORDER, 40, took=9, outcome=ERROR, cause=0)
    answer(books, ORDER, 40, took=9, outcome=THROTTLED, cause=1)
    answer(books, ORDER, 40, took=9, outcome=THROTTLED, cause=1)
    answer(books, ORDER, 40, took=9, outcome=ERROR)
    answer(books, ORDER, 40, took=1, cause=1)  # failed once, and was well when tried again
    found = counted(books, LAYOUT)["buyers.order"]
    assert found.causes == {
        Cause("error", "bank", "fails"): 1,
        Cause("throttled", "bank", "capacity"): 2,
        Cause("error", "", ""): 1,
    }
    assert (found.latency.count, found.latency.max) == (1, 1.0)


def test_the_series_counts_requests_when_they_come_and_outcomes_when_they_are_answered() -> None:
    books = LAYOUT.books()
    answer(books, ORDER, arrived=5, took=2)
    series = grids(books).series
    assert series.shape == (100, 3, 8)
    assert series[5, ORDER, 0] == 1
    assert series[7, ORDER, 1 + OK] == 1
    assert series.sum() == 2


def test_a_timeline_counts_ok_answers_where_their_requests_arrived() -> None:
    books = LAYOUT.books()
    answer(books, ORDER, arrived=4.9, took=2)  # the warm-up has its slices too
    answer(books, ORDER, arrived=5, took=3, runs_on=9)
    answer(books, ORDER, arrived=5, took=1, outcome=ERROR)
    answer(books, 0, arrived=99.9, took=0.05)
    found = {key: kept.opened() for key, kept in timelines(books, LAYOUT).items()}
    assert sorted(found) == ["buyers", "buyers.browse", "buyers.order", "chat"]
    order = found["buyers.order"].requests
    assert (len(order), order.sum(), order[4], order[5]) == (100, 2, 1, 1)
    assert found["buyers"].requests.nonzero()[0].tolist() == [4, 5, 99]
    assert found["chat"].requests.sum() == 0


def test_slices_may_be_shorter_than_bins_and_what_fails_counts_where_it_arrived() -> None:
    layout = LAYOUT._replace(horizon=2 * 3600 * SECOND)
    assert bin_width(layout.horizon) == 10 * SECOND
    requests = [
        (4996, 4997, ORDER, OK), (4998, 5013, ORDER, ERROR), (5003, 5012, ORDER, THROTTLED),
        (5008, 5009, ORDER, OK), (5009, 5009, 0, OK), (5012, 9999, ORDER, OK),
    ]  # fmt: skip
    due = sorted([(one[0], False, one) for one in requests] + [(one[1], True, one) for one in requests])
    books = layout.books()
    for second, over, (arrived, _, kind, outcome) in due:
        if not over:
            count_request(books, kind, second * SECOND)
        elif second < 7200:
            sent = arrived * SECOND
            count_answer(books, kind, sent, sent, second * SECOND, outcome, -1, whole=True)
    found = {key: kept.opened() for key, kept in timelines(books, layout).items()}
    order = found["buyers.order"]
    assert order.width_ns == 5 * SECOND
    assert order.arrived[998:1004].tolist() == [0, 2, 1, 1, 1, 0]
    assert order.failed[998:1004].tolist() == [0, 1, 1, 0, 0, 0]
    assert order.requests[998:1004].tolist() == [0, 1, 0, 1, 0, 0]
    assert found["buyers"].requests[998:1004].tolist() == [0, 1, 0, 2, 0, 0]


@pytest.mark.parametrize(
    ("horizon", "width"),
    [(1, SECOND), (1200 * SECOND, SECOND), (1200 * SECOND + 1, 2 * SECOND), (30 * DAY, 3600 * SECOND)],
)
def test_time_bins_are_whole_seconds_and_never_more_than_1200(horizon: int, width: int) -> None:
    assert bin_width(horizon) == width
    assert -(-horizon // width) <= 1200


def play(books: Books, moves: Any) -> None:
    for what, kind, arrived, took, outcome, cause, whole in moves:
        if what == 0:
            count_request(books, kind, arrived)
        elif what == 1:
            count_attempt(books, kind, arrived)
        elif what == 2:
            count_answer(books, kind, arrived, arrived, arrived + took, outcome, cause, whole == 1)
        elif what == 3:
            count_effects(books, (outcome + 1) % 3, kind, arrived, arrived, arrived + took, 7)
        else:
            measure(books, kind % 2, took, arrived)


compiled_play: Any = numba.njit(play)


@examples(20)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4), st.integers(0, 2), st.integers(0, 50 * SECOND), st.integers(0, 49 * SECOND),
            st.integers(0, 5), st.integers(-1, 1), st.integers(0, 1),
        ),
        max_size=30,
    )
)  # fmt: skip
def test_the_books_are_the_same_in_both_worlds(moves: list[tuple[int, ...]]) -> None:
    array = np.array(LAYOUT.books(), dtype=np.int64)
    books = array.tolist()
    play(books, moves)
    compiled_play(array, np.array(moves, dtype=np.int64).reshape(-1, 7))
    assert array.tolist() == books
