"""More capacity never hurts, where theory says so: request by request, under common random numbers.

It is a theorem for a loss system and for one line before servers when every request's work is its own
(and a start costs nothing); it is none for functions whose cold starts depend on who came before.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.harness import Line, Load, Ran, Run, examples, function

WORK = st.sampled_from(
    ["1 s", {"exponential": {"mean": "1 s"}}, {"lognormal": {"median": "500 ms", "p99": "8 s"}}]
)
ARRIVALS = st.lists(st.integers(0, 40).map(lambda quarter: quarter / 4), min_size=1, max_size=60)


def served(ran: Ran) -> set[int]:
    return {row.identity for row in ran.log if row.outcome == 0}


def answered(ran: Ran) -> dict[int, int]:
    return {row.identity: row.answered for row in ran.log}


@examples(10)
@given(ARRIVALS, WORK, st.integers(0, 5), st.integers(1, 3))
def test_a_larger_concurrency_limit_serves_all_that_the_smaller_one_served(
    run: Run, at: list[float], work: Any, limit: int, more: int
) -> None:
    def limited(concurrency: int) -> Ran:
        f = function(duration=work, timeout="900 s", reserved_concurrency=concurrency)
        return run({"f": f}, Load("f", at), until=1000)

    assert served(limited(limit)) <= served(limited(limit + more))


@examples(10)
@given(ARRIVALS, WORK, st.integers(1, 4), st.integers(1, 3))
def test_with_more_servers_nobody_is_answered_later(
    run: Run, at: list[float], work: Any, servers: int, more: int
) -> None:
    few, many = (
        answered(run({"line": Line(work=work, servers=number)}, Load("line", at), until=3000))
        for number in (servers, servers + more)
    )
    assert few.keys() == many.keys()
    assert all(many[identity] <= few[identity] for identity in few)


@examples(10)
@given(ARRIVALS, st.integers(1, 20), st.integers(1, 20))
def test_a_larger_throttle_has_never_let_fewer_through(
    run: Run, at: list[float], burst: int, more: int
) -> None:
    def through(size: int) -> list[int]:
        route = {"to": "backend", "throttle": {"rate": "1/s", "burst": size}}
        services = {
            "api": {"service": "http_api", "routes": {"default": route}},
            "backend": {"service": "external", "latency": "0 s"},
        }
        return sorted(row.arrived for row in run(services, Load("api", at)).log if row.outcome == 0)

    small, large = through(burst), through(burst + more)
    assert len(large) >= len(small)
    assert all(later >= earlier for later, earlier in zip(small, large[: len(small)], strict=True))
