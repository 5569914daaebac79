"""A consumer that falls behind, whose function's concurrency bounds what its pollers do, as a sentence."""

from __future__ import annotations

import re

import pytest

import simulator
from simulator.measure.limits import LimitSummary
from simulator.report.numbers import significant
from simulator.report.reasons import reasons
from simulator.study.study import Study

BEHIND = """\
name: Held back
traffic: {shops: {to: orders, shape: constant, rate: 40/s}}
architecture:
  orders: {service: sqs, visibility_timeout: 2 min}
  ship: {service: lambda, runtime: nodejs22, memory: 512 MB, duration: 1 s,
         events: {orders: {from: orders, batch_size: 1, maximum_concurrency: 8}}}
designs:
  free: {}
  reserved: {ship: {reserved_concurrency: 8}}
  roomy: {ship: {reserved_concurrency: 60}}
  account: {account: {lambda_concurrency: 100, used_elsewhere: 92}}
  throttled: {ship: {reserved_concurrency: 8, events: {orders: {maximum_concurrency: 200}}}}
  both: {ship: {reserved_concurrency: 8, events: {orders: {maximum_concurrency: 16}}}}
objectives: {shops.completion: p90 < 20 s}
run: {for: 3 min, warm_up: 20 s, replications: 1}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    file = tmp_path_factory.mktemp("held") / "held.yaml"
    file.write_text(BEHIND, "utf-8")
    return simulator.read(file).run(workers=1)


@pytest.fixture(scope="module")
def said(study: Study) -> dict[str, str]:
    return dict(reasons(study.summary))


def limit_of(study: Study, design: str, name: str) -> LimitSummary:
    limits = study.summary.designs[design].limits
    return next(one for one in limits if (one.service, one.limit) == ("ship", name))


@pytest.mark.parametrize(
    ("design", "besides"),
    [
        ("free", ""),
        ("reserved", " if ship, reserved concurrency (8.00 executions now) is raised, too"),
        ("roomy", ""),
        ("account", " if account, concurrency (8.00 executions now) is raised, too"),
    ],
)
def test_more_pollers_are_told_with_the_concurrency_that_they_need(
    said: dict[str, str], design: str, besides: str
) -> None:
    _, _, rest = said[design].partition("all of its 8 pollers (batches at a time) are at work, about ")
    assert re.fullmatch(rf"\d+ would keep up from \d+s to \d+m\d+s{re.escape(besides)}", rest)


def test_a_concurrency_behind_a_queue_is_told_as_it_is_needed_before_what_is_sent_again(
    study: Study, said: dict[str, str]
) -> None:
    """Pollers ask far more often than there is something to do; what is needed is what to raise it to."""
    limit = limit_of(study, "throttled", "reserved concurrency")
    assert limit.unrefused is not None
    assert limit.demand > 1.3 * limit.unrefused > 8
    demand = significant(limit.demand)
    needs = f"needs some {significant(limit.unrefused, 2)} of 8.00 executions, demand {demand} with"
    assert f"are throttled, by ship, reserved concurrency ({needs} what is sent again)" in said["throttled"]
    assert "would keep up" not in said["throttled"], "there are pollers enough"


def test_a_rate_that_only_what_is_sent_again_exceeds_is_said_to_be_that(
    study: Study, said: dict[str, str]
) -> None:
    rate = limit_of(study, "throttled", "requests per second")
    assert rate.refused
    assert rate.unrefused is not None
    assert rate.unrefused < rate.allowed < rate.demand
    needs, demand = significant(rate.unrefused, 2), significant(rate.demand)
    echo = f"needs some {needs} of 80.0 requests/s, demand {demand})"
    assert f", and what is sent again fills ship, requests per second ({echo}" in said["throttled"]


def test_pollers_that_are_too_few_behind_a_concurrency_that_throttles_are_told_with_it(
    study: Study, said: dict[str, str]
) -> None:
    """With executions for all of its 16 pollers it would fall behind all the same."""
    assert "are throttled, by ship, reserved concurrency (" in said["both"]
    few = "; its 16 pollers are too few as well: about 43 would keep up, each with an execution"
    assert said["both"].endswith(few)
    assert limit_of(study, "both", "pollers of orders").unrefused == pytest.approx(42, abs=1)
