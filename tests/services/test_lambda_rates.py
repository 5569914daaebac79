"""Lambda's requests per second: of a reservation, of the account, and how fast a function's may grow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulator.services.account import Account
from simulator.services.growing import RequestGrowth
from simulator.values.units import SECOND
from tests.harness import Load, Run, function, plain
from tests.services.test_lambda_async import sender

BURST = {"lambda.requests_burst": "100 ms"}
GROWTH = BURST | {"lambda.scaling.requests": "100", "lambda.scaling.requests_refill": "10"}
"""A hundredth of what it is."""


def every(ms: float, seconds: float) -> Any:
    return (np.arange(round(1000 * seconds / ms)) * ms * 1e6).astype(np.int64)


@pytest.mark.parametrize("era", ["aws-2026", "aws-2020-08"])
def test_a_function_with_reserved_concurrency_takes_of_the_accounts_rate_too(run: Run, era: str) -> None:
    """The account may have 1,000 a second, of which 500 are reserved for `f`. It is sent 400, and is refused
    some only while another function is sent 1,600: the account serves 1,000 of the 2,000."""
    services = {"f": function(duration="1 ms", reserved_concurrency=50), "g": function(duration="1 ms")}
    account, facts = Account(lambda_concurrency=100), plain(era, BURST)
    chance = np.random.default_rng(1)
    loads = [
        Load(name, np.sort(chance.integers(0, 4 * SECOND, number)), name=name)
        for name, number in {"f": 1600, "g": 6400}.items()
    ]
    alone = run(services, loads[0], era=facts, account=account)
    assert alone.traffic["f"].outcomes["ok"] == 1600
    ran = run(services, *loads, era=facts, account=account)
    for name in "fg":
        assert {key[1:] for key in ran.traffic[name].causes} == {("account", "requests per second")}
    assert sum(ran.traffic[name].outcomes["ok"] for name in "fg") == pytest.approx(4 * 1000 + 100, abs=5)


def test_a_functions_requests_grow_by_what_there_is_room_for_and_what_comes_in(run: Run) -> None:
    """500 a second for 12 s, of one allowed 600: 100 of them are served in the first second, and in each one
    more 10 more than before. What may come at once is 0.1 s of the first rate."""
    ran = run({"f": function(duration="1 ms")}, Load("f", every(2, 12)), era=plain(overrides=GROWTH),
              account=Account(lambda_concurrency=200))  # fmt: skip
    served = sum(100 + 10 * second for second in range(12))
    assert ran.outcomes["ok"] == pytest.approx(served + 10, abs=15)
    assert ran.causes == {"f: growth of requests per second": 6000 - ran.outcomes["ok"]}
    (limit,) = (limit for limit in ran.limits if limit.limit == "growth of requests per second")
    assert (limit.demand, limit.allowed, limit.burst) == (500, 100, 10)


def test_what_was_reached_stays_and_room_comes_back(run: Run) -> None:
    """100 a second, nothing for 20 s, then 250 a second: 100 that were reached and room for 100."""
    quiet_between = np.concatenate([every(10, 1), 21 * SECOND + every(4, 1)])
    ran = run({"f": function(duration="1 ms")}, Load("f", quiet_between), era=plain(overrides=GROWTH),
              account=Account(lambda_concurrency=200))  # fmt: skip
    assert ran.outcomes["ok"] == pytest.approx(100 + 200 + 20, abs=5)


def test_provisioned_environments_serve_their_requests_besides(run: Run) -> None:
    """Fifty of them: 500 a second more at once."""
    facts = GROWTH | {"lambda.provisioned.start_delay": "0 s"}
    f = function(duration="1 ms", provisioned_concurrency=50)
    ran = run({"f": f}, Load("f", every(2, 4)), era=plain(overrides=facts),
              account=Account(lambda_concurrency=200))  # fmt: skip
    assert ran.outcomes == {"ok": 2000}


@pytest.mark.parametrize(
    ("era", "concurrency", "limited"),
    [("aws-2026", 1000, False), ("aws-2026", 1001, True), ("aws-2020-08", 3000, False)],
)
def test_growth_is_a_limit_where_the_quota_is_beyond_10_000_a_second_and_not_in_2020(
    run: Run, era: str, concurrency: int, limited: bool
) -> None:
    account = Account(lambda_concurrency=concurrency)
    ran = run({"f": function(duration="1 ms")}, Load("f", [0]), era=plain(era), account=account)
    assert any(limit.limit == "growth of requests per second" for limit in ran.limits) == limited


def test_events_of_aws_services_are_unlimited_and_those_of_code_are_requests(run: Run) -> None:
    """Twenty at once, of one reserved environment: 10 a second, of which one may come at once."""
    f = function(duration="1 ms", reserved_concurrency=1)
    era = plain(overrides=BURST | {"lambda.async.queue_latency": "0 s"})
    code = {"app": function(duration="1 ms", handler=[{"send": "f"}]), "f": f}
    del code["app"]["duration"]
    sent = run(code, Load("app", [0] * 20), until=3600, era=era)
    assert (sent.counters("f")["async_events_received"], sent.counters("f")["throttles"]) == (1, 19)
    topic = {"app": sender("f"), "f": f}
    received = run(topic, Load("app", [0] * 20), until=3600, era=era)
    assert received.counters("f")["async_events_received"] == received.counters("f")["invocations"] == 20


def test_the_rate_that_demand_meets_is_that_which_the_run_allows() -> None:
    """Ten seconds of 500 a second; explain asks by steps of 0.1 s."""
    growth = RequestGrowth(0, 0, room=100, refill=10, provisioned=10, span=100_000_000)
    allowed = growth.allowed(np.full(100, 500.0), np.zeros(100), 0.1)
    assert (allowed[0], allowed[-1]) == (100, pytest.approx(100 + 99))
    with_some = growth.allowed(np.full(100, 500.0), np.full(100, 40.0), 0.1)
    assert with_some[5] == pytest.approx(400 + 105)
    assert growth.allowed(np.full(10, 50.0), np.zeros(10), 1.0)[-1] == pytest.approx(150)
