"""Load balancers, Cloud Map and private integrations: statuses, timeouts, capacity units."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.measure.usage import Usage
from simulator.prices.bill import bill, to_the_cent
from simulator.prices.book import PriceBook
from simulator.values.units import HOUR, SECOND
from tests.harness import Load, Run, function, plain, service


def fleet(**settings: Any) -> dict[str, Any]:
    return {"service": "server", "servers": 1, "vcpus": 1, "price_per_month": "$1",
            "duration": "1 s", **settings}  # fmt: skip


def alb(to: str = "s", **settings: Any) -> dict[str, Any]:
    return {"service": "alb", "to": to, **settings}


def nlb(to: str = "s") -> dict[str, Any]:
    return {"service": "nlb", "to": to}


def behind(api: str, balancer: dict[str, Any], **route: Any) -> dict[str, Any]:
    return {"api": {"service": api, "routes": {"default": {"to": "b", **route}}}, "b": balancer,
            "s": fleet(), "f": function(duration="1 s")}  # fmt: skip


def mistakes(
    services: dict[str, Any], name: str, era: str = "aws-2026"
) -> list[tuple[tuple[str | int, ...], str]]:
    made = {each: service(settings) for each, settings in services.items()}
    return [(mistake.path, mistake.what) for mistake in made[name].check(made, plain(era))]


def test_what_a_fleet_answers_is_passed_on(run: Run) -> None:
    services = {"b": alb(overhead="250 ms"), "s": fleet(concurrency=1, backlog=0)}
    ran = run(services, Load("b", [0, 0]))
    assert ran.answers == [(1.25, "ok"), (0.25, "error")]
    counters = ran.counters("b")
    assert (counters["request_count"], counters["4xx"], counters["5xx"]) == (2, 0, 1)


@pytest.mark.parametrize(("settings", "outcome"), [
    ({"reserved_concurrency": 0}, "throttled"),
    ({"duration": None, "handler": [{"fail": "100%"}]}, "error"),
])  # fmt: skip
def test_a_function_that_does_not_answer_is_a_502(run: Run, settings: dict[str, Any], outcome: str) -> None:
    """The client tries again what is a 502, and nothing else."""
    retries = {"attempts": 1, "on": [502], "backoff": "1 s", "jitter": "none"}
    services = {
        "app": {"service": "client", "to": "b", "retries": retries},
        "b": alb("f"),
        "f": function(**{"duration": "1 s", **settings}),
    }
    ran = run(services, Load("app", [0]))
    assert ran.outcomes == {outcome: 1}
    assert ran.load.attempts == 2


def test_a_target_that_takes_too_long_runs_on_behind_a_504(run: Run) -> None:
    ran = run({"b": alb(idle_timeout="500 ms"), "s": fleet()}, Load("b", [0]))
    assert ran.answers == [(0.5, "timeout")]
    assert ran.causes == {"b: idle timeout": 1}
    assert ran.seen("s")["vcpus.busy_ns"] == SECOND


@pytest.mark.parametrize(
    ("settings", "requests", "lcus"),
    [
        # 25 new connections a second, 3,000 active ones, 1 GB an hour, 1,000 evaluations of rules a second
        ({"client_connections": {"lasts": "1 s"}}, 50, 2.0),
        ({"client_connections": {"requests": 10, "lasts": "1 h"}}, 10, 1.2),
        ({"client_connections": {"requests": 100}, "request": "1 MB", "response": "1 MB"}, 1, 7.03125),
        ({"client_connections": {"requests": 100}, "rules": 110}, 20, 2.0),
    ],
)
def test_capacity_units_go_by_the_dimension_that_is_used_most(
    run: Run, settings: dict[str, Any], requests: int, lcus: float
) -> None:
    """So many requests in each of ten seconds, of a target that has room for all."""
    room = {"service": "external", "latency": "1 ms"}
    at = [second + number / requests for second in range(10) for number in range(requests)]
    ran = run({"b": alb("s", **settings), "s": room}, Load("b", at), until=10)
    assert ran.counters("b")["consumed_lcus"] == pytest.approx(lcus, rel=1e-6)
    assert ran.usage("b")["alb.lcu"] == pytest.approx(lcus * 10 / 3600, rel=1e-6)


def test_bytes_count_two_and_a_half_times_before_a_function(run: Run) -> None:
    size = {"client_connections": {"requests": 10**6}, "response": "10 MB"}
    fleets = run({"b": alb(**size), "s": fleet()}, Load("b", [0]))
    functions = run({"b": alb("f", **size), "f": function(duration="1 s")}, Load("b", [0]))
    assert functions.usage("b")["alb.lcu"] == pytest.approx(2.5 * fleets.usage("b")["alb.lcu"])


def test_a_month_of_a_thousand_gigabytes_costs_what_the_price_list_says() -> None:
    """730 hours, 1.3698 capacity units: 16.43 + 8.00 (infracost, from the AWS Price List)."""
    lines = bill([Usage("b", "alb.hour", 730), Usage("b", "alb.lcu", 1000)], PriceBook.load("aws-2026"))
    assert [to_the_cent(line.amount_usd) for line in lines] == [16.43, 8.00]


def test_public_addresses_cost_since_2024(run: Run) -> None:
    services = {"b": alb(scheme="internet-facing"), "s": fleet()}
    then, now = (
        run(services, Load("b", [1]), until=HOUR / SECOND, era=plain(era)).usage("b")
        for era in ("aws-2020-08", "aws-2026")
    )
    assert now == then | {"public_ipv4": 2.0}
    assert then["alb.hour"] == 1.0


def test_an_api_reaches_what_is_private_by_a_vpc_link(run: Run) -> None:
    ran = run(behind("http_api", alb(), vpc_link=True), Load("api", [0]))
    assert ran.answers == [(1.0, "ok")]
    ran = run(behind("rest_api", alb(), vpc_link=True), Load("api", [0]))
    assert ran.answers == [(1.0, "ok")]
    registry = {"service": "cloud_map", "to": "s", "resources": 3, "requests_per_discovery": 2}
    found = run(behind("http_api", registry, vpc_link=True), Load("api", [0, 5]), until=3600)
    assert found.answers == [(1.0, "ok"), (6.0, "ok")]
    assert found.usage("b") == {
        "cloud_map.resources": pytest.approx(3 / 730),
        "cloud_map.discover_instances": 1.0,
    }


@pytest.mark.parametrize(
    ("services", "name", "said"),
    [
        (behind("http_api", alb()), "api", "'b' is internal, out of an API's reach"),
        (behind("http_api", alb(scheme="internet-facing")), "api", None),
        (behind("rest_api", nlb(), vpc_link=True), "api", None),
        (behind("rest_api", alb(), vpc_link=True), "api", None),
        (behind("rest_api", fleet(), vpc_link=True), "api", "of this API leads to alb or nlb, not to server"),
        (behind("http_api", fleet(), vpc_link=True), "api", "alb or nlb or cloud_map, not to server"),
        (behind("http_api", {"service": "cloud_map", "to": "s"}), "api", "'b' is found in its VPC only"),
        (behind("rest_api", nlb("f")), "b", "'f' is a Lambda function, which is no target of a nlb"),
        (behind("http_api", {"service": "cloud_map", "to": "f"}), "b", "'f' is lambda, no fleet"),
    ],
)
def test_what_cannot_be_reached_is_said(services: dict[str, Any], name: str, said: str | None) -> None:
    found = [what for _, what in mistakes(services, name)]
    assert len(found) == (said is not None)
    assert all(said in what for what in found if said)


def test_in_2020_a_vpc_link_of_a_rest_api_led_to_a_network_load_balancer_only() -> None:
    private = behind("rest_api", alb(), vpc_link=True)
    assert mistakes(private, "api", "aws-2020-08") == [
        (("routes", "default", "vpc_link"), "a VPC link of this API leads to nlb, not to alb")
    ]
    assert mistakes(behind("rest_api", nlb(), vpc_link=True), "api", "aws-2020-08") == []
    assert mistakes(behind("http_api", alb(), vpc_link=True), "api", "aws-2020-08") == []
