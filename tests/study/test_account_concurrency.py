"""What all functions together held of the account's concurrency, the mean of the runs."""

from __future__ import annotations

import math

import pytest

from simulator.measure.result import Limit
from simulator.study.summarise import account_concurrency
from tests.fabricate import replication


def held(*runs: list[Limit]) -> float:
    return account_concurrency([replication("d", n, {}, {}, limits, []) for n, limits in enumerate(runs)])


def account(demand: float, refused: int = 0) -> Limit:
    return Limit("account", "concurrency", "executions", demand, 200.0, refused, 3.0 if refused else None)


def test_what_was_refused_was_not_held() -> None:
    assert held([account(150.0)], [account(467.0, refused=9)]) == pytest.approx((150 + 200) / 2)


def test_no_sum_is_known_where_functions_have_reserved_theirs_or_there_are_none() -> None:
    own = Limit("order", "reserved concurrency", "executions", 10.0, 20.0, 0, None)
    assert math.isnan(held([account(150.0), own]))
    assert math.isnan(held([]))
