"""API Gateway: throttles, statuses, the integration timeout, metering."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.harness import Load, Run, function, plain, service

BANK = {"service": "external", "latency": "0 s"}


def api(*, to: str = "f", timeout: str | None = None, **route: Any) -> dict[str, Any]:
    return {"service": "http_api", "routes": {"default": {"to": to, **route}}, "timeout": timeout}


def assert_status(run: Run, status: int, account: dict[str, Any] | None = None, **services: Any) -> None:
    """A client that tries again on this status does so, one that tries again on all others does not."""
    others = [other for other in (429, 500, 502, 503, 504) if other != status]
    for on, attempts in (([status], 2), (others, 1)):
        app = {"service": "client", "to": "api", "retries": {"attempts": 1, "on": on, "backoff": "0 s"}}
        ran = run({"api": api(), **services, "app": app}, Load("app", [0]), account=account)
        assert ran.load.attempts == attempts


def test_more_than_the_routes_throttle_is_answered_429(run: Run) -> None:
    services = {"api": api(throttle={"rate": "1/s", "burst": 2}), "f": function(duration="1 s")}
    ran = run(services, Load("api", [0, 0, 0, 0.5, 1.0]))
    assert ran.answers == [(1.0, "ok"), (1.0, "ok"), (0.0, "throttled"), (0.5, "throttled"), (2.0, "ok")]
    assert ran.causes == {"api: throttle of route default": 2}
    assert [ran.counters("api")[name] for name in ("count", "4xx", "5xx")] == [5, 2, 0]
    assert ran.counters("f")["invocations"] == 3
    assert_status(run, 429, account={"api_gateway_burst": 0}, f=function(duration="1 s"))


@pytest.mark.parametrize("era", ["aws-2020-08", "aws-2026"])
def test_no_integration_timeout_is_shorter_than_50_ms(era: str) -> None:
    services = {"f": service(function(duration="1 ms"))}

    def mistakes(whole: str, own: str) -> list[tuple[tuple[str | int, ...], str]]:
        made = service({**api(timeout=whole), "routes": {"default": {"to": "f", "timeout": own}}})
        return [(mistake.path, mistake.instead) for mistake in made.check(services, plain(era))]

    assert mistakes("50 ms", "50 ms") == []
    assert mistakes("49 ms", "20 ms") == [
        (("timeout",), "write '50 ms' or more"),
        (("routes", "default", "timeout"), "write '50 ms' or more"),
    ]


def test_all_apis_share_the_accounts_bucket(run: Run) -> None:
    services = {"one": api(), "two": api(), "f": function(duration="1 s")}
    account = {"api_gateway_rate": "1/h", "api_gateway_burst": 3}
    ran = run(services, Load("one", [0, 0], name="a"), Load("two", [0, 0], name="b"), account=account)
    assert [ran.traffic[name].outcomes["throttled"] for name in "ab"] == [0, 1]
    assert [dict(ran.traffic[name].causes) for name in "ab"] == [
        {},
        {("throttled", "account", "api gateway requests"): 1},
    ]


def test_the_accounts_rate_may_be_another(run: Run) -> None:
    account = {"api_gateway_rate": "2/s", "api_gateway_burst": 1}
    ran = run({"api": api(to="bank"), "bank": BANK}, Load("api", [0, 0.4, 0.5, 0.9, 1]), account=account)
    assert [outcome for _, outcome in ran.answers] == ["ok", "throttled", "ok", "throttled", "ok"]


def test_what_the_route_refuses_takes_nothing_from_the_account(run: Run) -> None:
    services = {"api": api(throttle={"rate": "1/h", "burst": 1}), "f": function(duration="1 s")}
    ran = run(services, Load("api", [0] * 5), account={"api_gateway_rate": "1/h", "api_gateway_burst": 1})
    assert ran.outcomes == {"ok": 1, "throttled": 4}
    assert ran.seen("account")["api gateway requests.asked"] == 1


def test_a_throttled_function_is_a_503(run: Run) -> None:
    services = {"api": api(), "f": function(duration="1 s", reserved_concurrency=0)}
    ran = run(services, Load("api", [0]))
    assert ran.outcomes == {"throttled": 1}
    assert ran.counters("api")["5xx"] == 1
    assert_status(run, 503, f=function(duration="1 s", reserved_concurrency=0))


def test_a_function_error_is_a_500_and_so_is_a_functions_own_timeout(run: Run) -> None:
    assert_status(run, 500, f=function(handler=[{"fail": "100%"}]))
    assert_status(run, 500, f=function(duration="9 s", timeout="1 s"))


@pytest.mark.parametrize("trouble", [{"capacity": "1/h"}, {"fails": "100%"}, {"latency": "9 s"}])
def test_a_function_that_fails_because_of_what_it_called_is_a_500(run: Run, trouble: dict[str, str]) -> None:
    f = function(
        handler=[{"call": {"to": "bank", "timeout": "1 s"}}, {"call": {"to": "bank", "timeout": "1 s"}}]
    )
    assert_status(run, 500, f=f, bank={**BANK, **trouble})


def test_an_integration_that_takes_too_long_is_a_503_and_runs_on(run: Run) -> None:
    services = {"api": api(timeout="1 s"), "f": function(duration="2 s")}
    ran = run(services, Load("api", [0]))
    assert ran.answers == [(1.0, "timeout")]
    assert ran.causes == {"api: integration timeout": 1}
    assert ran.usage("f")["lambda.duration.x86_64"] == 2 / 8
    assert_status(run, 503, api=api(timeout="1 s"), f=function(duration="2 s"))


@pytest.mark.parametrize(
    ("whole", "route", "seconds"),
    [(None, None, 30.0), ("20 s", None, 20.0), ("20 s", "5 s", 5.0), ("5 s", "20 s", 5.0)],
)
def test_the_shorter_of_the_timeouts_holds_and_never_more_than_30_s(
    run: Run, whole: str | None, route: str | None, seconds: float
) -> None:
    services = {
        "api": {**api(timeout=whole), "routes": {"default": {"to": "f", "timeout": route}}},
        "f": function(duration="40 s", timeout="60 s"),
    }
    assert run(services, Load("api", [0])).answers == [(seconds, "timeout")]


@pytest.mark.parametrize(
    ("request_size", "response_size", "units"),
    [("0 B", "0 B", 1), ("512 KB", "1 KB", 1), ("513 KB", "1 KB", 2), ("1 KB", "1025 KB", 3)],
)
def test_a_request_is_metered_for_each_started_512_kb_of_the_larger_payload(
    run: Run, request_size: str, response_size: str, units: int
) -> None:
    services = {"api": api(request=request_size, response=response_size), "f": function(duration="1 s")}
    assert run(services, Load("api", [0, 1])).usage("api")["http_api.requests"] == 2 * units


def test_answers_of_the_integration_go_out_and_throttled_requests_cost_nothing(run: Run) -> None:
    services = {
        "api": api(response="1 MB", throttle={"rate": "1/h", "burst": 3}),
        "f": function(duration="1 s"),
    }
    usage = run(services, Load("api", [0] * 10)).usage("api")
    assert usage == {"http_api.requests": 6, "data_transfer.out": 3 / 1024}


def test_failures_of_other_backends_are_counted_as_what_the_client_sees(run: Run) -> None:
    services = {"api": api(to="bank"), "bank": {**BANK, "fails": "100%"}}
    ran = run(services, Load("api", [0, 1]))
    assert [ran.counters("api")[name] for name in ("count", "4xx", "5xx")] == [2, 0, 2]


def test_what_another_backend_refuses_with_429_is_a_4xx(run: Run) -> None:
    ran = run({"api": api(to="bank"), "bank": {**BANK, "capacity": "1/h"}}, Load("api", [0, 0, 0]))
    assert [ran.counters("api")[name] for name in ("count", "4xx", "5xx")] == [3, 2, 0]


def test_a_request_takes_the_route_of_its_type_else_of_its_source_else_default(run: Run) -> None:
    routes = {name: {"to": name} for name in ("order", "partner", "default")}
    services = {"api": {"service": "http_api", "routes": routes}, **dict.fromkeys(routes, BANK)}
    made = service(services["api"])
    assert [made.route_of(*who) for who in (("web", "order"), ("partner", ""), ("web", ""))] == [  # type: ignore[attr-defined]
        "order", "partner", "default",
    ]  # fmt: skip
    ran = run(
        services, Load("api", np.arange(100) * 1_000_000, name="web", mix={"order": 0.5, "browse": 0.5})
    )
    assert ran.traffic["web"].outcomes["ok"] == 100


def test_both_ways_through_the_gateway_take_its_overhead(run: Run) -> None:
    services = {"api": {**api(), "overhead": "7 ms"}, "f": function(duration="1 s")}
    assert run(services, Load("api", [0])).answers == [(1.007, "ok")]


def test_latency_is_the_overhead_and_the_integration_and_throttled_requests_do_not_count(run: Run) -> None:
    services = {
        "api": {**api(throttle={"rate": "1/h", "burst": 2}, timeout="2 s"), "overhead": "10 ms"},
        "f": function(handler=[{"call": "bank"}], timeout="9 s"),
        "bank": {**BANK, "latency": {"quantiles": {"p0": "1 s", "p100": "3 s"}}},
    }
    ran = run(services, Load("api", [0, 10, 20]), until=60)
    took = [second - start for (second, _), start in zip(ran.answers, (0, 10), strict=False)]
    counters = ran.counters("api")
    assert counters["latency_mean_s"] == pytest.approx(sum(took) / 2)
    assert counters["integration_latency_mean_s"] == pytest.approx(sum(took) / 2 - 0.010)


def test_the_stages_throttle_is_each_routes_own_and_a_routes_own_replaces_it(run: Run) -> None:
    routes: dict[str, Any] = {name: {"to": "bank"} for name in ("a", "b", "c")}
    routes["c"]["throttle"] = {"rate": "1/h", "burst": 3}
    services = {
        "api": {"service": "http_api", "throttle": {"rate": "1/h", "burst": 1}, "routes": routes},
        "bank": BANK,
    }
    ran = run(services, *(Load("api", [0] * 5, name=name) for name in "abc"))
    assert [ran.traffic[name].outcomes["ok"] for name in "abc"] == [1, 1, 3]


def test_an_answer_that_is_well_gets_the_status_that_the_route_says(run: Run) -> None:
    f = function(handler=[{"fail": "50%"}])
    again = {"service": "client", "to": "api", "retries": {"attempts": 1, "on": [202], "backoff": "0 s"}}
    ran = run({"api": api(respond=202), "f": f, "app": again}, Load("app", np.arange(100) * 1_000_000))
    first_well = ran.load.attempts - 100
    assert 25 < first_well < 75
    assert ran.counters("api")["5xx"] == ran.counters("f")["errors"]


def test_a_route_that_leads_nowhere_is_no_http_api() -> None:
    with pytest.raises(ValidationError, match="no mock integrations; write its 'to', or take a rest_api"):
        service(api(respond=202) | {"routes": {"default": {"respond": 202}}})


@pytest.mark.parametrize(
    ("kind", "route", "said"),
    [
        ("http_api", {"timeout": "31 s"}, "longer than the 30 s of the API, which holds"),
        ("rest_api", {"timeout": "30 s"}, "longer than the 29 s of the API, which holds"),
        ("rest_api", {"request": "7 MB"}, "a payload beyond the 6 MB of a synchronous invocation"),
        ("http_api", {"to": "bank", "response": "11 MB"}, "a payload beyond the 10 MB of an API Gateway"),
    ],
)
def test_what_aws_does_not_carry_is_a_mistake(kind: str, route: dict[str, str], said: str) -> None:
    made = service({"service": kind, "routes": {"default": {"to": "f", **route}}})
    others = {"f": service(function(duration="1 s")), "bank": service(BANK)}
    (mistake,) = made.check(others, plain())
    assert mistake.what.startswith(said)
