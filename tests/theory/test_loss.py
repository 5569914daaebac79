"""Erlang B: Poisson arrivals at a concurrency limit without retries, whatever the work's distribution.

Each figure comes from independent replications; the theory must lie within four standard errors.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Load, Run, function
from tests.theory.agreement import agrees, poisson
from tests.theory.formulas import erlang_b

MEAN_S = 10.0
REPLICATIONS = 24
WARM_UP_S, COUNTED_S = 150.0, 1200.0
WORK: dict[str, Any] = {
    "exponential": {"exponential": {"mean": "10 s"}},
    "constant": "10 s",
    "lognormal": {"lognormal": {"mean": "10 s", "cv": 2}},
}


def test_the_formula_gives_the_textbooks_numbers() -> None:
    assert erlang_b(1, 1.0) == 0.5
    assert erlang_b(10, 5.0) == pytest.approx(0.018385, abs=1e-6)


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize(("servers", "offered"), [(4, 3.0), (10, 12.0)])
def test_the_throttled_share_is_erlang_b(
    run: Run, longer: int, work: str, servers: int, offered: float
) -> None:
    until = WARM_UP_S + COUNTED_S * longer
    services = {
        "f": function(duration=WORK[work], timeout="900 s", reserved_concurrency=servers, keep_alive="1 h")
    }
    throttled, busy = [], []
    for number in range(REPLICATIONS):
        load = Load("f", poisson(offered / MEAN_S, until, seed=number))
        ran = run(services, load, until=until, warm_up=WARM_UP_S, number=number, rows=False)
        throttled.append(ran.load.outcomes["throttled"] / ran.load.requests)
        busy.append(ran.seen("f")["reserved concurrency.held_ns"] / ran.counted_ns)
    blocked = erlang_b(servers, offered)
    agrees(f"throttled share at {servers} places, {offered} erlang, {work}", throttled, blocked)
    agrees(f"mean concurrency at {servers} places, {offered} erlang, {work}", busy, offered * (1 - blocked))
