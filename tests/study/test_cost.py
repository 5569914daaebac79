"""What runs and months cost, at the real book's prices: HTTP API calls are $1 a million up to 300 million."""

from __future__ import annotations

import math

import pytest

from simulator.measure.result import Replication
from simulator.measure.statistics import estimate
from simulator.measure.usage import Usage
from simulator.prices.book import PriceBook
from simulator.study.cost import MONTH_S, per_month, per_run, per_thousand
from tests.fabricate import replication

BOOK = PriceBook.load("aws-2026")
CALLS, HOURS = "http_api.requests", "rds.mysql.db.m5.large"


def run(*usage: Usage, number: int = 0, counted_s: float = 600.0) -> Replication:
    return replication("a", number, {}, usage=usage, counted_s=counted_s)


def test_a_run_is_billed_as_the_mean_of_its_replications() -> None:
    runs = [run(Usage("api", CALLS, 1e6)), run(Usage("api", CALLS, 3e6), Usage("db", HOURS, 2.0))]
    charges, cost = per_run(runs, BOOK)
    api, database = charges
    assert (api.service, api.quantity, api.unit) == ("api", 2e6, "request")
    assert api.amount_usd == pytest.approx(2.0)
    assert api.unit_price_usd == pytest.approx(1e-6)
    assert database.quantity == 1.0, "a run without the item had none of it"
    assert cost.value == pytest.approx(api.amount_usd + database.amount_usd)
    assert cost.samples == pytest.approx((1.0, 3.0 + 2 * 0.171))


def test_the_tiers_of_a_month_see_all_its_runs_together() -> None:
    """Four runs of 100 million calls: 300 million at $1 and 100 million at $0.90 a million."""
    idle = run(counted_s=3600.0)
    assert per_month([run(Usage("api", CALLS, 1e8))], 4, [idle], BOOK)[1].value == pytest.approx(390.0)


def test_the_rest_of_the_month_is_at_the_baseline_and_no_hour_is_billed_twice() -> None:
    """A database costs 730 hours however many of them are runs."""
    event = run(Usage("db", HOURS, 0.5), counted_s=1800.0)
    hour = run(Usage("db", HOURS, 1.0), counted_s=3600.0)
    for runs in (1, 4, 100):
        assert per_month([event], runs, [hour], BOOK)[1].value == pytest.approx(730 * 0.171)


def test_runs_that_fill_the_month_leave_no_rest() -> None:
    event = run(Usage("api", CALLS, 1.0), counted_s=float(MONTH_S))
    hour = run(Usage("api", CALLS, 1e9), counted_s=3600.0)
    assert per_month([event], 2, [hour], BOOK)[1].value == pytest.approx(2e-6)


def test_the_month_is_as_uncertain_as_its_runs() -> None:
    some = [run(Usage("api", CALLS, calls)) for calls in (1e6, 2e6, 3e6)]
    _, found = per_month(some, 10, [run()] * 3, BOOK)
    assert found.value == pytest.approx(20.0)
    assert found.low < 20 < found.high


def test_the_month_is_as_uncertain_as_its_rest() -> None:
    """Of 730 hours an hour is a run; the others have 1, 2 and 3 thousand calls."""
    rest = [run(Usage("api", CALLS, calls), counted_s=3600.0) for calls in (1e3, 2e3, 3e3)]
    _, found = per_month([run(counted_s=3600.0)] * 3, 1, rest, BOOK)
    assert found.samples == pytest.approx((0.729, 1.458, 2.187))
    assert found.high - found.value == pytest.approx(4.303 * 0.729 / math.sqrt(3), rel=1e-3), "t of 2 degrees"


def test_a_design_that_fails_cheaply_is_dear_by_the_thousand_that_went_well() -> None:
    cost = estimate([1.0, 2.0, 3.0])
    assert per_thousand(cost, [1000, 1000, 2000]).value == pytest.approx(6.0 * 1000 / 4000)
    assert per_thousand(cost, [1000, 1000, 2000]).samples == pytest.approx((1.0, 2.0, 1.5))
    without = per_thousand(cost, [0, 0, 0])
    assert math.isnan(without.value)
    assert not without.has_interval
