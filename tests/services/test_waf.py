"""AWS WAF: when a rate-based rule sees an address, blocks it, and lets it through again; the bill."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Load, Run, plain, service

API = {"service": "rest_api", "routes": {"default": {"to": "f"}}}
BACK = {"api": API, "f": {"service": "external", "latency": "1 ms"}}


def acl(limit: int = 10, **settings: Any) -> dict[str, Any]:
    rule = {"limit": limit, "evaluation_window": "1 min"}
    return {"service": "waf", "to": "api", "clients": {"load": 1}, "rate_rules": {"flood": rule}, **settings}


def test_an_address_is_blocked_from_the_check_that_sees_it_until_one_that_does_not(run: Run) -> None:
    """15 requests by 5 s: the checks at 10 s to 60 s count more than 10 in the last minute; that at 70 s
    counts those of 10.1 s and 69 s, although they were blocked."""
    early = [third / 3 for third in range(15)]
    ran = run({"w": acl(), **BACK}, Load("w", [*early, 9.9, 10.1, 69, 71]), until=80)
    assert [outcome for _, outcome in ran.answers] == ["ok"] * 16 + ["throttled", "throttled", "ok"]
    assert ran.causes == {"w: rate rule flood": 2}
    assert ran.counters("w") == {"allowed_requests": 17, "blocked_requests": 2}


def test_who_keeps_asking_too_often_stays_blocked(run: Run) -> None:
    """One a second are 60 a minute; 30 are let through until the check at 40 s."""
    ran = run({"w": acl(limit=30), **BACK}, Load("w", [0.5 + s for s in range(200)]), until=201)
    assert ran.outcomes == {"ok": 40, "throttled": 160}


def test_each_address_is_counted_by_itself(run: Run) -> None:
    many = {"w": acl(clients={"load": 1000}), **BACK}
    ran = run(many, Load("w", [second / 2 for second in range(200)]), until=101)
    assert ran.outcomes == {"ok": 200}


def test_sources_that_are_not_named_and_other_sources_are_not_blocked(run: Run) -> None:
    times = [second / 2 for second in range(200)]
    services = {"w": acl(clients={"load": 1, "office": 1}), **BACK}
    loads = [Load("w", times, name="shoppers"), Load("w", times[::20], name="office")]
    ran = run(services, *loads, Load("w", times), until=101)
    assert ran.counters("w")["blocked_requests"] == 200 - 20  # of its own, all after 10 s


def test_rules_are_tried_in_turn_and_the_shorter_window_sees_less(run: Run) -> None:
    rules = {
        "minute": {"limit": 50, "evaluation_window": "1 min"},
        "five": {"limit": 100, "evaluation_window": "5 min"},
    }
    ran = run(
        {"w": acl(rate_rules=rules), **BACK}, Load("w", [2.0 * k + 1 for k in range(60)]),
        until=121,
    )  # fmt: skip
    assert ran.causes == {}
    ran = run(
        {"w": acl(rate_rules=rules), **BACK}, Load("w", [1.5 * k + 1 for k in range(80)]),
        until=121,
    )  # fmt: skip
    assert ran.causes == {}  # 40 a minute, 80 in all


def test_an_acl_its_rules_and_every_request_are_billed(run: Run) -> None:
    ran = run({"w": acl(rules=3), **BACK}, Load("w", [0, 1]), until=3600)
    usage = ran.usage("w")
    assert usage["waf.web_acl"] == pytest.approx(1 / 730)
    assert usage["waf.rule"] == pytest.approx(4 / 730)
    assert usage["waf.requests"] == 2


def test_in_2020_the_window_was_five_minutes_and_the_limit_a_hundred() -> None:
    waf = service(acl())
    found = [mistake.what for mistake in waf.check({"w": waf}, plain("aws-2020-08"))]
    assert found == [
        "a limit of 10 is below the 100 of era aws-2020-08",
        "no window of 1 min in era aws-2020-08",
    ]
    odd = service(acl(rate_rules={"flood": {"limit": 10, "evaluation_window": "90 s"}}))
    (mistake,) = odd.check({"w": odd}, plain())
    assert mistake.instead == "write 1 min, 2 min, 5 min, 10 min"


def test_addresses_without_a_rule_are_a_mistake() -> None:
    waf = service(acl(rate_rules={}))
    assert [mistake.what for mistake in waf.check({"w": waf}, plain())] == [
        "addresses, and no rule that counts them"
    ]


def test_buckets_that_only_count_are_no_limits_of_the_design(run: Run) -> None:
    ran = run({"w": acl(), **BACK}, Load("w", [0.0] * 20 + [11.0]), until=20)
    assert ran.outcomes == {"ok": 20, "throttled": 1}
    assert not any(limit.service == "w" for limit in ran.limits)
