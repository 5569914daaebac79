"""The cache of a REST API's stage: what it answers, when it forgets, what it costs."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest

from simulator.eras.era import eras
from simulator.measure.measured import Measured
from simulator.prices.book import PriceBook
from simulator.services.api_cache import Cache
from simulator.services.service import Mistake
from simulator.values.units import SECOND
from tests.harness import Load, Run, function, plain, service

BANK = {"service": "external", "latency": "1 s"}


def api(keys: Any = 1, stage: dict[str, Any] | None = None, ttl: str | None = None) -> dict[str, Any]:
    cache = {"keys": keys} | ({"ttl": ttl} if ttl else {})
    return {
        "service": "rest_api",
        "routes": {"default": {"to": "bank", "response": "1 KB", "cache": cache}},
        "cache": {"size": "0.5 GB", **(stage or {})},
    }


def test_an_answer_is_kept_from_its_arrival_for_300_s(run: Run) -> None:
    at = [0, 0.5, 1, 2, 300.999, 301, 303]
    ran = run({"api": api(), "bank": BANK}, Load("api", at), until=400)
    waited = [second - start for (second, _), start in zip(ran.answers, at, strict=True)]
    # while the first is on its way all miss; at 1.5 s the second's answer renews it, at 301.5 s it is old
    assert waited == pytest.approx([1, 1, 0, 0, 0, 0, 1])
    counters = ran.counters("api")
    assert (counters["cache_hit_count"], counters["cache_miss_count"]) == (4, 3)


@pytest.mark.parametrize(
    ("stage", "own", "misses"), [("10 s", None, 3), ("10 s", "25 s", 2), (None, "0 s", 4), ("0 s", None, 4)]
)
def test_the_routes_ttl_comes_before_the_stages_and_0_keeps_nothing(
    run: Run, stage: str | None, own: str | None, misses: int
) -> None:
    made = api(stage={"ttl": stage} if stage else {}, ttl=own)
    ran = run({"api": made, "bank": BANK}, Load("api", [0, 12, 24, 27]))
    assert ran.counters("api")["cache_miss_count"] == misses


def test_a_failure_is_not_kept(run: Run) -> None:
    made = {**api(), "routes": {"default": {"to": "f", "cache": {"keys": 1}}}}
    f = function(handler=[{"fail": "100%"}], reserved_concurrency=1)
    ran = run({"api": made, "f": f}, Load("api", [0, 1, 2]))
    assert ran.counters("api")["cache_miss_count"] == 3
    assert ran.outcomes == {"error": 3}


def test_a_hit_after_failed_attempts_is_an_ok_answer(run: Run) -> None:
    """The second request finds the function busy, tries again, and finds the first one's answer."""
    made = {**api(), "routes": {"default": {"to": "f", "cache": {"keys": 1}}}}
    app = {
        "service": "client",
        "to": "api",
        "retries": {"attempts": 1, "on": [500], "backoff": "2 s", "jitter": "none"},
    }
    services = {"api": made, "f": function(duration="1 s", reserved_concurrency=1), "app": app}
    ran = run(services, Load("app", [0, 0.5]))
    assert ran.answers == [(1.0, "ok"), (2.5, "ok")]
    assert ran.counters("f")["invocations"] == 1


def test_what_the_client_gave_up_on_is_kept_when_it_comes(run: Run) -> None:
    services = {"api": api(), "bank": BANK, "app": {"service": "client", "to": "api", "timeout": "500 ms"}}
    ran = run(services, Load("app", [0, 2]))
    assert [outcome for _, outcome in ran.answers] == ["timeout", "ok"]
    assert ran.counters("api")["cache_hit_count"] == 1


def test_hits_are_billed_and_go_out_and_the_cache_is_paid_by_the_hour(run: Run) -> None:
    made = api(stage={"size": "1.6 GB"})
    ran = run({"api": made, "bank": BANK}, Load("api", [0, 2, 3]), until=1800, warm_up=0)
    assert ran.usage("api") == {
        "rest_api.requests": 3,
        "data_transfer.out": 3 * 1024 / 1024**3,
        "rest_api.cache.1.6GB": 0.5,
    }


@pytest.mark.parametrize("zipf", [0, 1])
def test_the_hit_share_is_that_of_a_cache_with_a_time_to_live(run: Run, zipf: float) -> None:
    """Poisson requests at rate r for a key, answers in no time: of 1 + r x ttl requests one misses.

    Exactly so from the first request on: a key is asked for the first time, then each renewal takes
    the ttl and the exponential gap to the next request.
    """
    keys, rate, ttl, until = 50, 10.0, 10.0, 1000.0
    weights = np.array([1 / rank**zipf for rank in range(1, keys + 1)])
    r = rate * weights / weights.sum()
    miss = float(np.sum(r / (1 + r * ttl)) / rate)
    gaps = np.random.default_rng(7).exponential(1 / rate, int(2 * rate * until))
    at = np.cumsum(gaps)
    at = (at[at < until] * SECOND).astype(np.int64)
    made = api(keys={"count": keys, "zipf": zipf}, ttl=f"{ttl:.0f} s")
    counters = run(
        {"api": made, "bank": {**BANK, "latency": "0 s"}},
        Load("api", at),
        until=until,
        warm_up=100,
        rows=False,
    ).counters("api")
    total = counters["cache_miss_count"] + counters["cache_hit_count"]
    found = counters["cache_miss_count"] / total
    # renewals of a key are less uneven than a Poisson process, so its standard error is an upper bound
    assert found == pytest.approx(miss, abs=4 * math.sqrt(miss / total))


def test_a_retry_asks_for_the_same(run: Run) -> None:
    """Each of twenty requests means a page of its own: its first attempt fills it, its second finds it."""
    app = {"service": "client", "to": "api", "retries": {"attempts": 1, "on": [200], "backoff": "1 s"}}
    services = {"api": api(keys=20_000), "bank": BANK, "app": app}
    ran = run(services, Load("app", [0] * 20))
    counters = ran.counters("api")
    assert (counters["cache_miss_count"], counters["cache_hit_count"]) == (20, 20)


def mistakes(**changes: Any) -> list[Mistake]:
    made = service({**api(), **changes})
    return list(made.check({"bank": service(BANK)}, plain()))


@pytest.mark.parametrize(
    ("changes", "path", "what"),
    [
        ({"cache": None}, ("routes", "default", "cache"), "a cached route of an API without a cache"),
        ({"routes": {"default": {"to": "bank"}}}, ("cache",), "a cache that no route uses"),
        ({"cache": {"size": "0.5 GB", "ttl": "2 h"}}, ("cache", "ttl"), "longer than the 1 h that an answer"),
        (
            {"routes": {"default": {"to": "bank", "cache": {"keys": 1, "ttl": "2 h"}}}},
            ("routes", "default", "cache", "ttl"),
            "longer than the 1 h that an answer may be kept",
        ),
        (
            {"routes": {"default": {"to": "bank", "response": "2 MB", "cache": {"keys": 1}}}},
            ("routes", "default", "response"),
            "an answer of 2 MB, which is too large to be cached",
        ),
        (
            {"routes": {"default": {"to": "bank", "response": "1 MB", "cache": {"keys": 513}}}},
            ("cache", "size"),
            "too small for answers of 513 MB in all",
        ),
    ],
)
def test_a_cache_that_cannot_work_is_a_mistake(
    changes: dict[str, Any], path: tuple[str, ...], what: str
) -> None:
    (mistake,) = mistakes(**changes)
    assert mistake.path == path
    assert mistake.what.startswith(what)


def test_an_answer_may_be_kept_for_an_hour() -> None:
    assert mistakes(cache={"size": "0.5 GB", "ttl": "1 h"}) == []


def test_every_size_of_cache_has_a_price_in_every_era_and_room_for_so_much() -> None:
    sizes = get_args(Cache.model_fields["size"].annotation)
    assert len(sizes) == 8
    for size in sizes:
        made = service({**api(), "cache": {"size": size}})
        items = [usage.item for usage in made.usage(Measured("api", 3_600_000_000_000, {}))]
        assert all(PriceBook.load(era).price(items[-1]).unit == "hour" for era in eras())
    assert Cache(size="1.6 GB").room == 1_717_986_918
