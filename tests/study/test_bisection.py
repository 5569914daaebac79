"""Halving finds where an answer turns, with as few tries as halving needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.study.bisection import Turn, first, within


@given(st.integers(0, 500), st.integers(0, 600), st.booleans())
def test_neighbours_between_which_the_answer_turns_are_found(low: int, turns_at: int, doubling: bool) -> None:
    found = first(lambda value: value >= turns_at, low, 500, doubling=doubling)
    if turns_at <= low:
        assert found == Turn(None, low)
    elif turns_at > 500:
        assert found == Turn(500, None)
    else:
        assert found == Turn(turns_at - 1, turns_at)


def test_a_range_of_five_hundred_takes_eleven_tries() -> None:
    tried: list[float] = []

    def holds(value: float) -> bool:
        tried.append(value)
        return value >= 137

    assert first(holds, 0, 500) == Turn(136, 137)
    assert len(tried) == len(set(tried)) == 11


def test_doubling_stays_near_the_turn() -> None:
    tried: list[float] = []

    def holds(value: float) -> bool:
        tried.append(value)
        return value >= 3

    assert first(holds, 1, 1000, doubling=True) == Turn(2, 3)
    assert max(tried) == 4


@pytest.mark.parametrize("turns_at", [1.01, 1.8, 2.0, 7.3, 15.9])
def test_a_factor_is_found_to_a_share_of_itself(turns_at: float) -> None:
    found = first(lambda value: value >= turns_at, 1.0, 16.0, within(0.02), doubling=True)
    assert found.without < turns_at <= found.holds
    assert found.holds / found.without <= 1.02 + 1e-12


def test_a_test_that_always_or_never_holds_is_tried_once_or_twice() -> None:
    assert first(lambda _: True, 1, 9) == Turn(None, 1)
    assert first(lambda _: False, 1, 9) == Turn(9, None)
    assert first(lambda _: False, 1, 1) == Turn(1, None)
