"""So many times the same demand: nested, as much as it says, and the old one at 1."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from simulator.traffic.constant import Constant
from simulator.traffic.flash_sale import FlashSale
from simulator.traffic.multiplied import multiplied
from simulator.traffic.poisson import Poisson
from simulator.traffic.shape import ArrivalStream, Shape
from simulator.traffic.users import Users

STREAM = ArrivalStream(1, 0, "buyers")
HORIZON = 60_000_000_000
STEADY = Poisson.model_validate({"rate": "200/s"})
SALE = FlashSale.model_validate(
    {"baseline": "10/s", "peak": "300/s", "starts": "20 s", "ramp": "1 s", "hold": "10 s", "half_life": "5 s"}
)


def arrivals(shape: Shape) -> np.ndarray:
    return np.concatenate(list(shape.blocks(STREAM, HORIZON)))


@pytest.mark.parametrize("shape", [STEADY, SALE], ids=["steady", "sale"])
@pytest.mark.parametrize("factor", [0.25, 1.5, 3.0])
def test_as_many_come_as_the_factor_says_and_when_the_shape_says(shape: Shape, factor: float) -> None:
    times, many = arrivals(shape), arrivals(multiplied(shape, factor))
    assert len(many) == pytest.approx(factor * len(times), abs=4 * (factor * len(times)) ** 0.5)
    assert (np.diff(many) >= 0).all()
    middle = [np.searchsorted(each, 25_000_000_000) / len(each) for each in (times, many)]
    assert middle[0] == pytest.approx(middle[1], abs=0.03)
    rate = shape.rate_at(np.array([5.0, 25.0])) * factor
    assert multiplied(shape, factor).rate_at(np.array([5.0, 25.0])) == pytest.approx(rate)


def test_who_comes_at_one_factor_comes_at_every_larger_one_at_the_same_time() -> None:
    found = [
        set(arrivals(multiplied(SALE, factor)).tolist()) for factor in (0.3, 0.7, 1.0, 1.2, 1.9, 2.0, 2.4)
    ]
    assert all(fewer <= more for fewer, more in pairwise(found))


def test_once_the_traffic_is_the_traffic_itself() -> None:
    assert multiplied(SALE, 1.0) is SALE


def test_crowds_of_a_metronome_come_together() -> None:
    twice = arrivals(multiplied(Constant.model_validate({"rate": "1/s"}), 2.0))
    assert twice.tolist() == sorted([*range(0, HORIZON, 1_000_000_000)] * 2)


def test_of_a_closed_loop_there_are_more_users() -> None:
    users = Users.model_validate({"count": 10, "think": "1 s"})
    more = multiplied(users, 2.6)
    assert isinstance(more, Users)
    assert more.count == 26
    assert multiplied(users, 0.01).count == 1  # type: ignore[attr-defined]


def test_the_rest_of_a_month_grows_too() -> None:
    rate = multiplied(SALE, 1.5).baseline_rate()
    assert rate is not None
    assert rate.per_second == pytest.approx(15.0)
