"""AWS's own worked cases of bursts and throttles, exactly.

B1, B2: Lambda operator guide, scaling with a burst of 3,000. B6 to B10: API Gateway Developer Guide,
10,000 requests a second with a bucket of 5,000. B11: Lambda Developer Guide, ten requests a second per
unit of concurrency.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.values.units import MILLISECOND, MINUTE, SECOND
from tests.harness import Load, Ran, Run, function, plain

IN_2020 = plain("aws-2020-08")
API: dict[str, Any] = {
    "api": {"service": "http_api", "routes": {"default": {"to": "backend"}}},
    "backend": {"service": "external", "latency": "10 ms"},
}


def evenly(count: int, start: int, length: int) -> NDArray[np.int64]:
    """So many arrivals, evenly spread from `start` on over `length` ns."""
    return start + np.arange(count, dtype=np.int64) * length // count


def served(ran: Ran, start: int, length: int) -> int:
    """Requests of that time that were not throttled."""
    return sum(start <= row.arrived < start + length and row.outcome == 0 for row in ran.log)


def burst(run: Run, *sizes: int) -> list[tuple[int, int]]:
    """(run, throttled) of each minute's requests, which come at once; account limit 10,000."""
    at = np.repeat(np.arange(len(sizes), dtype=np.int64) * MINUTE, sizes)
    services, account = {"f": function(duration="1 s")}, {"lambda_concurrency": 10_000}
    ran = run(services, Load("f", at), era=IN_2020, account=account, until=60.0 * len(sizes))
    done = [served(ran, minute * MINUTE, MINUTE) for minute in range(len(sizes))]
    return [(ok, size - ok) for ok, size in zip(done, sizes, strict=True)]


def test_b1_of_10000_at_once_3000_run(run: Run) -> None:
    assert burst(run, 10_000) == [(3000, 7000)]


def test_b2_of_5000_in_each_of_two_minutes_3000_and_3500_run(run: Run) -> None:
    assert burst(run, 5000, 5000) == [(3000, 2000), (3500, 1500)]


def test_b6_10000_evenly_in_a_second_all_pass(run: Run) -> None:
    ran = run(API, Load("api", evenly(10_000, 0, SECOND)))
    assert ran.outcomes == {"ok": 10_000}


def test_b7_of_10000_at_once_5000_pass(run: Run) -> None:
    ran = run(API, Load("api", np.zeros(10_000, dtype=np.int64)))
    assert ran.outcomes == {"ok": 5000, "throttled": 5000}
    assert ran.counters("api")["4xx"] == 5000


def test_b8_5000_at_once_and_5000_over_the_rest_of_the_second_all_pass(run: Run) -> None:
    at = np.r_[np.zeros(5000, dtype=np.int64), evenly(5000, MILLISECOND, 999 * MILLISECOND)]
    assert run(API, Load("api", at)).outcomes == {"ok": 10_000}


def test_b9_5000_at_once_and_5000_after_100_ms_of_which_1000_find_a_token(run: Run) -> None:
    at = np.r_[np.zeros(5000, dtype=np.int64), np.full(5000, 100 * MILLISECOND)]
    assert run(API, Load("api", at)).outcomes == {"ok": 6000, "throttled": 4000}


def test_b10_5000_at_once_then_no_more_than_trickles_in_all_pass(run: Run) -> None:
    at = np.r_[
        np.zeros(5000, dtype=np.int64),
        np.full(1000, 100 * MILLISECOND),
        evenly(4000, 101 * MILLISECOND, 899 * MILLISECOND),
    ]
    assert run(API, Load("api", at)).outcomes == {"ok": 10_000}


def test_b11_20000_a_second_of_50_ms_need_1000_executions_and_get_10000_a_second(run: Run) -> None:
    era = plain("aws-2026", {"lambda.requests_burst": "100 ms"})
    ran = run({"f": function(duration="50 ms")}, Load("f", evenly(40_000, 0, 2 * SECOND)), era=era)
    assert served(ran, SECOND, SECOND) == 10_000
    assert {cause.limit for cause in ran.load.causes} == {"requests per second"}
    assert ran.counters("f")["concurrency_max"] == 1000


def test_b11_with_twice_the_quota_all_are_served_once_the_function_has_scaled(run: Run) -> None:
    """From nothing it may serve 10,000 a second, and as many more ten seconds later."""
    era = plain("aws-2026", {"lambda.requests_burst": "100 ms"})
    account = {"lambda_concurrency": 2000}
    at = np.r_[evenly(10_000, 0, SECOND), evenly(20_000, 11 * SECOND, SECOND)]
    ran = run({"f": function(duration="50 ms")}, Load("f", at), era=era, account=account)
    assert ran.outcomes == {"ok": 30_000}
    assert ran.counters("f")["concurrency_max"] == 1000
