"""CloudFront: what the cache answers, who waits for a fetch under way, quotas, timeouts, the bill."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.engine.test_where import seconds
from tests.harness import Load, Ran, Run, plain, service

ERA = plain("aws-2026")
ORIGIN = {"service": "external", "latency": "1 s"}


def cdn(**settings: Any) -> dict[str, Any]:
    return {"service": "cloudfront", "to": "origin", **settings}


def one(**settings: Any) -> dict[str, Any]:
    """A distribution that caches one object."""
    return cdn(cache={"keys": 1, "ttl": "5 s", **settings})


def times(ran: Ran) -> list[float]:
    """When each request is answered."""
    return [time for time, _ in ran.answers]


def test_the_share_of_hits_does_not_reach_the_origin(run: Run) -> None:
    for hits, latency in (("100%", 0.0), ("0%", 1.0)):
        ran = run({"cdn": cdn(hits=hits), "origin": ORIGIN}, Load("cdn", [0, 0.5]))
        assert ran.answers == [(latency, "ok"), (0.5 + latency, "ok")]
        assert ran.counters("cdn")["cache_hit_rate"] == 1 - latency


def test_who_asks_for_an_object_under_way_waits_for_it_and_the_next_ones_find_it(run: Run) -> None:
    ran = run({"cdn": one(), "origin": ORIGIN}, Load("cdn", [0, 0.2, 0.6, 1.2, 5.9, 6.1]), era=ERA)
    # it is stale five seconds after it came
    assert times(ran) == pytest.approx([1.0, 1.0, 1.0, 1.2, 5.9, 7.1])
    counters = ran.counters("cdn")
    assert (counters["origin_requests"], counters["collapsed_requests"]) == (2, 2)
    assert counters["cache_hit_rate"] == 4 / 6


def test_without_collapsing_each_of_them_asks_the_origin(run: Run) -> None:
    ran = run({"cdn": one(collapse=False), "origin": ORIGIN}, Load("cdn", [0, 0.2, 1.1]), era=ERA)
    assert ran.answers == [(1.0, "ok"), (1.2, "ok"), (1.1, "ok")]
    assert ran.counters("cdn")["origin_requests"] == 2


def test_requests_for_other_objects_do_not_wait(run: Run) -> None:
    services = {"cdn": cdn(cache={"keys": 1_000_000, "ttl": "5 s"}), "origin": ORIGIN}
    ran = run(services, Load("cdn", [0, 0.2, 0.4]), era=ERA)
    assert ran.counters("cdn")["origin_requests"] == 3


def test_if_a_fetch_fails_who_has_waited_longest_fetches_again(run: Run) -> None:
    origin = {**ORIGIN, "outages": {"early": {"at": "0 s", "for": "500 ms", "fails_after": "1 s"}}}
    ran = run({"cdn": one(), "origin": origin}, Load("cdn", [0, 0.2, 0.4]), era=ERA)
    assert ran.answers == [(1.0, "error"), (2.0, "ok"), (2.0, "ok")]
    assert ran.counters("cdn")["origin_requests"] == 2


def test_an_answer_that_is_not_kept_still_goes_to_those_who_waited(run: Run) -> None:
    ran = run({"cdn": one(ttl="0 s"), "origin": ORIGIN}, Load("cdn", [0, 0.2, 1.5]), era=ERA)
    assert times(ran) == pytest.approx([1.0, 1.0, 2.5])


def test_who_gives_up_leaves_the_line_and_the_others_are_answered(run: Run) -> None:
    """The client's second request waits for the first one's fetch for half a second."""
    services = {
        "app": {"service": "client", "to": "cdn", "timeout": "500 ms"},
        "cdn": one(),
        "origin": ORIGIN,
    }
    loads = (Load("cdn", [0, 0.4], name="patient"), Load("app", [0.2], name="hasty"))
    ran = run(services, *loads, era=ERA)
    assert times(ran) == [1.0, 0.7, 1.0]
    assert ran.counters("cdn")["origin_requests"] == 1
    assert ran.counters("cdn")["cache_hit_rate"] == 2 / 3, "what was left behind is answered too"


def test_time_in_line_for_an_object_under_way_is_told_as_that(run: Run) -> None:
    ran = run({"cdn": one(), "origin": ORIGIN}, Load("cdn", [0, 0.25]), era=ERA, trace="where")
    found = ran.where["load"][""]
    assert seconds(found.mean)["cdn: waiting, fetch under way"] == 0.75


def test_an_origin_that_takes_too_long_is_answered_504_and_runs_on(run: Run) -> None:
    services = {"cdn": one() | {"origin_timeout": "600 ms"}, "origin": ORIGIN}
    ran = run(services, Load("cdn", [0]), era=ERA)
    assert ran.answers == [(0.6, "timeout")]
    assert ran.causes == {"cdn: origin timeout": 1}


def test_beyond_the_quota_of_requests_or_bytes_it_is_503(run: Run) -> None:
    # two answers of 10 KB are all that fits of three requests, too
    for response, rate, limit in (("0 B", "2/s", "request rate"), ("10 KB", "9/s", "data transfer rate")):
        few = plain("aws-2026", {"cloudfront.request_rate": rate, "cloudfront.data_rate": "25/s"})
        services = {"cdn": cdn(hits="100%", response=response), "origin": ORIGIN}
        ran = run(services, Load("cdn", [0, 0, 0]), era=few)
        assert ran.outcomes == {"ok": 2, "throttled": 1}
        assert ran.causes == {f"cdn: {limit}": 1}


def test_what_goes_to_viewers_is_billed_once_and_what_the_api_sends_to_the_edge_is_free(run: Run) -> None:
    services = {
        "cdn": cdn(hits="0%", request="2 KB", response="10 KB") | {"to": "api"},
        "api": {"service": "http_api", "routes": {"default": {"to": "origin", "response": "10 KB"}}},
        "origin": ORIGIN,
    }
    ran = run(services, Load("cdn", [0, 1, 2, 3]))
    assert ran.usage("cdn") == {
        "cloudfront.https_requests": 4,
        "cloudfront.data_out": 40 / 1024**2,
        "cloudfront.data_to_origin": 8 / 1024**2,
    }
    assert ran.usage("api")["data_transfer.out"] == 0
    assert run(services, Load("api", [0])).usage("api")["data_transfer.out"] == 10 / 1024**2


def test_what_a_public_load_balancer_answers_is_data_transfer_out_unless_cloudfront_is_in_front(
    run: Run,
) -> None:
    services = {
        "cdn": cdn(hits="0%") | {"to": "lb"},
        "lb": {"service": "alb", "to": "origin", "scheme": "internet-facing", "response": "10 KB"},
        "origin": ORIGIN,
    }
    assert run(services, Load("lb", [0])).usage("lb")["data_transfer.out"] == 10 / 1024**2
    assert "data_transfer.out" not in run(services, Load("cdn", [0])).usage("lb")
    services["lb"]["scheme"] = "internal"
    assert "data_transfer.out" not in run(services, Load("lb", [0])).usage("lb")


def test_one_kind_of_cache_no_cdn_behind_a_cdn_and_the_longest_timeout() -> None:
    with pytest.raises(ValidationError, match="write one of 'hits' and 'cache'"):
        service(one() | {"hits": "50%"})
    services = {"cdn": service(cdn(to="other", origin_timeout="3 min")), "other": service(cdn())}
    found = [mistake.what for mistake in services["cdn"].check(services, plain())]
    assert found == ["'other' is a cloudfront, no origin", "longer than CloudFront's 2 min"]
