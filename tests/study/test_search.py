"""The cheapest place of a grid: halving where the tries allow it, else all places or a search."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.study.search import Found, Outcome, Place, Search


def search(sizes: tuple[int, ...], probe: Callable[[Place], Outcome], most: int = 60) -> tuple[Found, Search]:
    made = Search(sizes, probe, most, seed=1)
    return made.run(), made


def rising(need: int, budget: float = 1e9) -> Callable[[Place], Outcome]:
    """More is better and dearer; from `need` on it is enough."""

    def probe(place: Place) -> Outcome:
        missing = (need - place[0]) / 100
        return Outcome(missing <= 0, place[0] <= budget, 100.0 + place[0], missing, 0.0)

    return probe


@given(st.integers(0, 500))
def test_a_range_that_gets_better_and_dearer_is_halved(need: int) -> None:
    found, made = search((501,), rising(need))
    assert found == Found((need,), "bisection")
    assert len(made.tried) <= 11


def test_a_range_that_gets_better_and_cheaper_is_halved_from_its_other_end() -> None:
    def probe(place: Place) -> Outcome:
        missing = (place[0] - 123) / 100
        return Outcome(missing <= 0, True, 600.0 - place[0], missing, 0.0)

    assert search((501,), probe)[0] == Found((123,), "bisection")


def test_where_it_costs_too_much_nothing_passes() -> None:
    assert search((501,), rising(300, budget=200))[0].best is None
    assert search((501,), rising(9999))[0].best is None


def test_a_few_values_are_all_tried() -> None:
    found, made = search((8,), rising(5))
    assert found == Found((5,), "every value")
    assert len(made.tried) == 8


def test_a_cost_that_goes_down_and_up_is_not_halved() -> None:
    """As with memory: more is dearer by the second and needs fewer seconds."""

    def probe(place: Place) -> Outcome:
        return Outcome(place[0] >= 10, True, 100.0 + abs(place[0] - 30), (10 - place[0]) / 100, 0.0)

    found, _ = search((60,), probe)
    assert found == Found((30,), "every value", "the cost goes down and up again along the range")


def test_what_gets_worse_and_better_again_is_searched() -> None:
    def probe(place: Place) -> Outcome:
        inside = 40 <= place[0] <= 60 or place[0] >= 480
        missing = -0.5 if inside else 0.4 + 0.001 * (place[0] % 100)
        return Outcome(inside, True, 100.0 + place[0], missing, 0.0)

    found, made = search((501,), probe)
    assert found.method == "search"
    assert found.best is not None
    assert made.tried[found.best].meets
    assert found.because


def test_noise_is_no_reason_to_doubt() -> None:
    def probe(place: Place) -> Outcome:
        missing = (300 - place[0]) / 1000 + (0.02 if place[0] % 2 else -0.02)
        return Outcome(missing <= 0, True, 100.0 + place[0], missing, 0.03)

    assert search((501,), probe)[0].method == "bisection"


def test_a_small_grid_of_several_knobs_is_tried_as_a_whole() -> None:
    def probe(place: Place) -> Outcome:
        missing = (6 - place[0] - 2 * place[1]) / 10
        return Outcome(missing <= 0, True, 10.0 * place[0] + 15 * place[1], missing, 0.0)

    assert search((6, 4), probe)[0] == Found((0, 3), "every combination")


@settings(max_examples=20)
@given(st.integers(50, 300), st.integers(1, 6))
def test_a_large_grid_is_searched_within_its_number_of_tries(need: int, price: int) -> None:
    """The best place is bought with one knob alone, whichever is the cheaper."""

    def probe(place: Place) -> Outcome:
        missing = (need - place[0] - place[1]) / 100
        return Outcome(missing <= 0, True, 1.0 + place[0] + price * place[1] / 3, missing, 0.0)

    found, made = search((301, 301), probe, most=60)
    assert found.method == "search"
    assert len(made.tried) <= 60
    assert found.best is not None
    assert sum(found.best) >= need
    cheapest = 1 + need * min(1.0, price / 3)
    assert made.tried[found.best].cost <= 2 * cheapest, "in the neighbourhood; the search is small"


def test_the_same_seed_tries_the_same_places() -> None:
    def probe(place: Place) -> Outcome:
        return Outcome(sum(place) > 200, True, float(sum(place)), (200 - sum(place)) / 100, 0.0)

    assert search((301, 301), probe)[1].tried == search((301, 301), probe)[1].tried


@pytest.mark.parametrize("most", [3, 10])
def test_a_search_that_finds_nothing_says_so(most: int) -> None:
    found, made = search((301, 301), lambda place: Outcome(False, True, 1.0, 1.0, 0.0), most)
    assert found.best is None
    assert len(made.tried) <= most
