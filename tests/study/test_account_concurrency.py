"""What all functions together, and each of them, held of the account's concurrency, the mean of the runs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simulator.measure.result import Limit, Replication
from simulator.study.summarise import account_concurrency, account_held
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


def test_each_function_holds_what_it_has_when_all_together_have_most() -> None:
    empty = replication("d", 0, {}, {}, [Limit("own", "reserved concurrency", "", 10.0, 20.0, 0, None)], [])

    def run(**executions: list[float]) -> Replication:
        return replace(empty, series={f"{name}.concurrency": np.array(of) for name, of in executions.items()})

    together = run(order=[1.0, 5.0, 2.0], report=[9.0, 8.0, 1.0], own=[0.0, 0.0, 99.0], idle=[0.0, 0.0, 0.0])
    later = run(order=[1.0, 1.0, 3.0], report=[0.0, 1.0, 4.0], own=[0.0, 0.0, 0.0], idle=[0.0, 0.0, 0.0])
    assert account_held([together, later]) == {"report": (8 + 4) / 2, "order": (5 + 3) / 2}
    assert list(account_held([together, later])) == ["report", "order"], "the most first"
    assert account_held([empty]) == {}
