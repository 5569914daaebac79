"""Time by part: what the sums in coarse bins of latency say of the mean, the tail and several runs."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.measure.timeline import COARSE_BINS
from simulator.measure.where import FAILED, LEFT_BEHIND, ROWS, Part, Spent, Where, where

WORK, COLD, QUERY = Part("f", "work"), Part("f", "cold start", "init"), Part("db", "query")


def block(**rows: tuple[int, int, int]) -> np.ndarray:
    """Rows by bin (`b7`, `failed`, `left`): a count, then ns of two parts."""
    made = np.zeros((ROWS, 3), np.int64)
    for name, row in rows.items():
        made[{"failed": FAILED, "left": LEFT_BEHIND}.get(name) or int(name[1:])] = row
    return made


def test_the_tail_takes_the_mean_of_the_bin_in_which_it_begins() -> None:
    found = where([(block(b5=(190, 1900, 0), b7=(9, 90, 810), b9=(1, 10, 500)), (WORK, COLD))])
    assert (found.mean.requests, found.mean.ns) == (200, {WORK: 2000, COLD: 1310})
    assert found.tail.requests == 2, "one in bin 9, and one of the nine in bin 7"
    assert found.tail.ns == {COLD: pytest.approx(500 + 90), WORK: pytest.approx(10 + 10)}


def test_a_hundredth_is_rounded_up_and_of_nothing_is_nothing() -> None:
    one = where([(block(b5=(1, 7, 0)), (WORK, COLD))])
    assert (one.tail.requests, one.tail.ns) == (1, {WORK: 7})
    none = where([(block(), (WORK, COLD))])
    assert (none.tail.requests, none.tail.ns, none.mean.total_ns) == (0, {}, 0)


def test_failures_and_what_was_left_behind_stand_apart() -> None:
    last = {f"b{COARSE_BINS - 1}": (1, 9, 0)}
    found = where([(block(failed=(3, 30, 0), left=(2, 0, 20), **last), (WORK, COLD))])
    assert found.failed == Spent(3, {WORK: 30})
    assert found.left == Spent(2, {COLD: 20})
    assert found.mean == Spent(1, {WORK: 9})


def test_types_have_their_own_parts_and_the_same_part_in_two_loops_is_one() -> None:
    found = where([(block(b5=(2, 10, 4)), (WORK, WORK)), (block(b6=(1, 5, 1)), (QUERY, WORK))])
    assert found.mean == Spent(3, {WORK: 15, QUERY: 5})


def test_runs_are_added_and_the_largest_part_comes_first() -> None:
    one = where([(block(b5=(2, 10, 4)), (WORK, COLD))])
    two = where([(block(b5=(1, 1, 20)), (WORK, COLD))])
    both = Where.merge([one, two])
    assert list(both.mean.ns.items()) == [(COLD, 24), (WORK, 11)]
    assert (both.mean.requests, both.tail.requests) == (3, 2)
