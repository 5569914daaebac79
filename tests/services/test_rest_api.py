"""REST APIs: what the client sees, usage plans, mocks, billing; the cache has a file of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.values.units import HOUR
from tests.harness import Load, Ran, Run, function, plain, service

BANK = {"service": "external", "latency": "0 s"}


def api(plans: dict[str, Any] | None = None, **routes: Any) -> dict[str, Any]:
    return {
        "service": "rest_api",
        "routes": routes or {"default": {"to": "bank"}},
        "usage_plans": plans or {},
    }


def ok(ran: Ran, *sources: str) -> list[int]:
    return [ran.traffic[source].outcomes["ok"] for source in sources]


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"duration": "1 s", "reserved_concurrency": 0}, 500),
        ({"handler": [{"fail": "100%"}]}, 502),
        ({"duration": "9 s", "timeout": "1 s"}, 502),
        ({"duration": "40 s", "timeout": "60 s"}, 504),
    ],
)
def test_a_client_of_a_rest_api_sees_500_502_and_504(run: Run, settings: dict[str, Any], status: int) -> None:
    for on, attempts in (([status], 2), ([429, *{500, 502, 503, 504} - {status}], 1)):
        app = {"service": "client", "to": "api", "retries": {"attempts": 1, "on": on, "backoff": "0 s"}}
        services = {"api": api(default={"to": "f"}), "f": function(**settings), "app": app}
        ran = run(services, Load("app", [0]), until=100)
        assert ran.load.attempts == attempts
        assert ran.counters("api")["5xx_error"] == attempts


def test_an_integration_may_take_29_s_or_what_was_raised(run: Run) -> None:
    slow = function(duration="40 s", timeout="60 s")
    for timeout, answer in ((None, (29.0, "timeout")), ("35 s", (35.0, "timeout")), ("60 s", (40.0, "ok"))):
        ran = run({"api": {**api(default={"to": "f"}), "timeout": timeout}, "f": slow}, Load("api", [0]))
        assert ran.answers == [answer]


def test_in_2020_no_timeout_could_be_raised() -> None:
    made = service({**api(), "timeout": "30 s"})
    (mistake,) = made.check({"bank": service(BANK)}, plain("aws-2020-08"))
    assert mistake.instead == "write at most '29 s'"


def test_no_timeout_is_shorter_than_50_ms() -> None:
    made = service({**api(default={"to": "f", "timeout": "20 ms"}), "timeout": "49 ms"})
    found = list(made.check({"f": service(function(duration="1 ms"))}, plain("aws-2026")))
    assert [mistake.path for mistake in found] == [("timeout",), ("routes", "default", "timeout")]
    assert {mistake.instead for mistake in found} == {"write '50 ms' or more"}


def test_a_request_is_billed_once_whatever_its_size_and_never_if_throttled(run: Run) -> None:
    route = {"to": "bank", "response": "2 MB", "throttle": {"rate": "1/h", "burst": 3}}
    usage = run({"api": api(default=route), "bank": BANK}, Load("api", [0] * 10)).usage("api")
    assert usage == {"rest_api.requests": 3, "data_transfer.out": 3 * 2 / 1024}


def test_a_mock_answers_by_itself_after_the_overhead(run: Run) -> None:
    services = {"api": {**api(default={"respond": 202, "response": "1 KB"}), "overhead": "7 ms"}}
    ran = run(services, Load("api", [0]))
    assert ran.answers == [(0.007, "ok")]
    assert ran.counters("api")["integration_latency_mean_s"] == 0
    assert ran.counters("api")["latency_mean_s"] == pytest.approx(0.007)
    assert ran.usage("api") == {"rest_api.requests": 1, "data_transfer.out": 2.0**-20}


def test_a_route_without_a_way_on_says_what_to_write() -> None:
    with pytest.raises(ValidationError, match="neither `to` nor `respond`; write `to: SERVICE`"):
        service(api(default={"response": "1 KB"}))


# ---------------------------------------------------------------------------------------- usage plans


def test_a_plan_limits_the_requests_of_its_sources_and_no_others(run: Run) -> None:
    plans = {"gold": {"sources": ["a", "b"], "throttle": {"rate": "1/h", "burst": 2}}}
    services = {"api": api(plans), "bank": BANK}
    ran = run(services, *(Load("api", [0, 0], name=name) for name in "abc"))
    assert ok(ran, *"abc") == [2, 0, 2]
    assert dict(ran.traffic["b"].causes) == {("throttled", "api", "usage plan gold"): 2}


def test_throttles_are_asked_in_awss_order_and_what_one_refuses_costs_the_next_nothing(run: Run) -> None:
    """Key on the route 5, key 4, quota 3, route 2, account 1: of six requests each loses one more."""
    throttle = {"rate": "1/h", "burst": 2}
    plan = {
        "sources": ["load"],
        "routes": {"default": {"rate": "1/h", "burst": 5}},
        "throttle": {"rate": "1/h", "burst": 4},
        "quota": {"limit": 3, "period": "month"},
    }
    services = {"api": api({"gold": plan}, default={"to": "bank", "throttle": throttle}), "bank": BANK}
    account = {"api_gateway_rate": "1/h", "api_gateway_burst": 1}
    ran = run(services, Load("api", [0] * 6), account=account)
    assert ran.outcomes == {"ok": 1, "throttled": 5}
    assert ran.causes == {
        "api: usage plan gold on route default": 1,
        "api: usage plan gold": 1,
        "api: quota of usage plan gold": 1,
        "api: throttle of route default": 1,
        "account: api gateway requests": 1,
    }
    assert [
        ran.seen("api")[f"{limit}.asked"] for limit in ("usage plan gold", "throttle of route default")
    ] == [5, 3]


def test_every_key_of_a_plan_has_buckets_of_its_own(run: Run) -> None:
    """1,000 requests of 4 keys, 100 at once each: none of them has fewer than 100."""
    plans = {"gold": {"sources": ["load"], "api_keys": 4, "throttle": {"rate": "1/h", "burst": 100}}}
    ran = run({"api": api(plans), "bank": BANK}, Load("api", [0] * 1000))
    assert ran.outcomes == {"ok": 400, "throttled": 600}
    (limit,) = (limit for limit in ran.limits if limit.limit == "usage plan gold")
    assert (limit.unit, limit.refused, limit.allowed) == ("requests/s a client", 600, pytest.approx(1 / 3600))
    assert 250 <= limit.demand < 320


def test_a_key_that_is_used_more_is_throttled_more(run: Run) -> None:
    """With a zipf of 1 over 4 keys the first has 48 % of the requests and the last 12 %."""
    keys = {"count": 4, "zipf": 1}
    plans = {"gold": {"sources": ["load"], "api_keys": keys, "quota": {"limit": 10_000, "period": "day"}}}
    ran = run({"api": api(plans), "bank": BANK}, Load("api", [0] * 5000))
    (limit,) = (limit for limit in ran.limits if limit.limit == "quota of usage plan gold")
    share = 1 / (1 + 1 / 2 + 1 / 3 + 1 / 4)
    assert limit.demand == pytest.approx(5000 * share, abs=4 * (5000 * share * (1 - share)) ** 0.5)


def test_all_attempts_of_a_request_carry_the_same_key(run: Run) -> None:
    """With so many keys that no two of these requests share one, a retry finds its own bucket empty."""
    plans = {"gold": {"sources": ["load"], "api_keys": 20_000, "throttle": {"rate": "1/h", "burst": 1}}}
    services = {
        "api": api(plans, default={"to": "f"}),
        "f": function(handler=[{"fail": "100%"}]),
        "app": {"service": "client", "to": "api", "retries": {"attempts": 1, "backoff": "1 s"}},
    }
    ran = run(services, Load("app", [0] * 20))
    assert ran.causes == {"api: usage plan gold": 20}
    assert ran.counters("f")["invocations"] == 20


def test_all_requests_of_a_user_carry_the_same_key(run: Run) -> None:
    plans = {"gold": {"sources": ["load"], "api_keys": 20_000, "throttle": {"rate": "1/h", "burst": 2}}}
    think = service({"service": "external", "latency": "1 s"}).latency  # type: ignore[attr-defined]
    ran = run({"api": api(plans), "bank": BANK}, Load("api", users=3, think=think), until=10)
    assert ran.outcomes["ok"] == 3 * 2


@pytest.mark.parametrize(
    ("start", "period", "at"),
    [
        ("2026-11-27T23:00-01:00", "day", 24),  # begins at midnight in UTC
        ("2026-11-27T23:00Z", "day", 1),
        ("2026-11-27T12:00+02:00", "day", 14),
        ("2026-11-28T12:00Z", "week", 12),  # a Saturday
        ("2026-11-29T00:00Z", "week", 7 * 24),
        ("2026-12-31T00:00Z", "month", 24),
        ("2027-02-01T00:00Z", "month", 28 * 24),
    ],
)
def test_a_quota_is_whole_again_when_the_period_begins_in_utc(
    run: Run, start: str, period: str, at: int
) -> None:
    quota = {"limit": 3, "period": period, "offset": 1}
    services = {"api": api({"gold": {"sources": ["load"], "quota": quota}}), "bank": BANK}
    times = np.array([0, 0, 0, at * HOUR - 1, *[at * HOUR] * 4], dtype=np.int64)
    ran = run(services, Load("api", times), start=start, until=at * 3600 + 1.0)
    assert [outcome for _, outcome in ran.answers] == [
        *["ok", "ok", "throttled", "throttled"],
        *["ok", "ok", "ok", "throttled"],
    ]
    (limit,) = (limit for limit in ran.limits if limit.limit == "quota of usage plan gold")
    assert (limit.unit, limit.allowed, limit.first_at_s) == ("requests", 3, 0)


def test_a_new_period_makes_the_quota_of_every_key_whole(run: Run) -> None:
    """1,000 requests of 4 keys, 100 a day each, on either day: none of them has fewer than 100."""
    plans = {"gold": {"sources": ["load"], "api_keys": 4, "quota": {"limit": 100, "period": "day"}}}
    day = 24 * 3600
    ran = run({"api": api(plans), "bank": BANK}, Load("api", [0] * 1000 + [day] * 1000), until=day + 1.0)
    assert ran.outcomes == {"ok": 800, "throttled": 1200}


def test_the_era_says_when_days_and_weeks_begin(run: Run) -> None:
    rules = {"rest_api.quota.day_starts": "2 h", "rest_api.quota.week_starts": "monday"}
    quota = {"limit": 1, "period": "week"}
    services = {"api": api({"gold": {"sources": ["load"], "quota": quota}}), "bank": BANK}
    monday = 26 * 3600  # two hours after midnight of the second day
    times = [0, monday - 1, monday]
    load = Load("api", times)
    ran = run(services, load, start="2026-11-29T00:00Z", until=monday + 1.0, era=plain(overrides=rules))
    assert [outcome for _, outcome in ran.answers] == ["ok", "throttled", "ok"]


def test_a_source_belongs_to_one_plan_and_routes_of_plans_exist() -> None:
    plan = {"sources": ["a"], "routes": {"ordr": {"rate": "1/s", "burst": 1}}}
    made = service(api({"gold": plan, "silver": {"sources": ["a"]}}, order={"to": "bank"}))
    said = [(mistake.path, mistake.instead) for mistake in made.check({"bank": service(BANK)}, plain())]
    assert said == [
        (("usage_plans", "silver", "sources", 0), "name it in one plan"),
        (("usage_plans", "gold", "routes", "ordr"), "write 'order'"),
    ]
