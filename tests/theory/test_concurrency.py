"""A function without limits is M/G/infinity; one at a low rate is warm as long as nobody pauses too long."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simulator.engine.world import World
from tests.harness import Load, Run, Watch, function
from tests.theory.agreement import agrees, poisson

REPLICATIONS = 24
EXPONENTIAL = {"exponential": {"mean": "2 s"}}


def concurrency(world: World) -> int:
    return int(world.pools[0].busy)


@pytest.mark.parametrize("work", ["2 s", EXPONENTIAL, {"pareto": {"minimum": "1 s", "alpha": 2}}])
def test_executions_at_a_time_are_poisson_whatever_the_work(run: Run, longer: int, work: Any) -> None:
    """Mean and variance are rate x mean work; looked at too seldom for one look to know of the other."""
    rate, until, offered = 3.0, 100 + 500.0 * longer, 6.0
    services = {"f": function(duration=work, timeout="900 s")}
    means, variances, few = [], [], []
    for number in range(REPLICATIONS):
        watch, load = (
            Watch(np.arange(100, until, 20), concurrency),
            Load("f", poisson(rate, until, seed=number)),
        )
        run(services, load, until=until, number=number, controls=[watch], rows=False)
        seen = np.array(watch.found)
        means.append(seen.mean())
        variances.append(((seen - offered) ** 2).mean())
        few.append((seen <= 3).mean())
    agrees(f"mean concurrency, {work}", means, offered)
    agrees(f"variance of concurrency, {work}", variances, offered)
    theory = sum(math.exp(-offered) * offered**count / math.factorial(count) for count in range(4))
    agrees(f"share of looks that find three or fewer, {work}", few, theory)


def test_littles_law_holds_over_a_long_run(run: Run, longer: int) -> None:
    services, until, seen = {"f": function(duration=EXPONENTIAL, timeout="900 s")}, 100 + 400.0 * longer, []
    for number in range(REPLICATIONS):
        load = Load("f", poisson(3.0, until, seed=number))
        ran = run(services, load, until=until, warm_up=100, number=number, rows=False)
        seen.append(ran.seen("account")["concurrency.held_ns"] / 1e9 / ran.load.requests)
    agrees("concurrency over rate", seen, 2.0)


def low_rate(run: Run, longer: int, counter: str, **settings: Any) -> list[float]:
    """A counter of a function with one environment at most, asked for every 10 s on average."""
    limits = {"reserved_concurrency": 1, "lifetime": "30 d"}
    services = {"f": function(**{"duration": "1 s", **limits, **settings})}
    until, found = 1000 + 6000.0 * longer, []
    for number in range(REPLICATIONS):
        load = Load("f", poisson(0.1, until, seed=number))
        ran = run(services, load, until=until, warm_up=1000, number=number, rows=False)
        found.append(ran.counters("f")[counter])
    return found


@pytest.mark.parametrize("keep_alive", [5, 15, 30])
def test_the_cold_share_of_one_environment_is_that_of_the_pauses_beyond_keep_alive(
    run: Run, longer: int, keep_alive: int
) -> None:
    """After an execution the next request comes after an exponential pause, however long it took."""
    shares = low_rate(run, longer, "cold_share", keep_alive=f"{keep_alive} s", cold_start="3 s")
    agrees(f"cold share, keep-alive {keep_alive} s", shares, math.exp(-0.1 * keep_alive))


def test_an_environment_is_alive_as_long_as_theory_says(run: Run, longer: int) -> None:
    """Renewal: of a cycle (pause P, work 1 s) it lives the work and min(P, keep-alive)."""
    keep, rate = 15.0, 0.1
    alive = (1 + (1 - math.exp(-rate * keep)) / rate) / (1 + 1 / rate)
    seen = low_rate(run, longer, "environments_mean", keep_alive="15 s")
    agrees("environments alive", seen, alive)


def test_a_steady_stream_starts_cold_only_as_environments_reach_their_lifetime(run: Run) -> None:
    times = np.arange(10_000, dtype=np.int64) * 2_000_000_000
    ran = run({"f": function(duration="1 s", lifetime="100 s")}, Load("f", times), until=20_000)
    # made at 0, not used again at 100 s: 50 requests each
    assert ran.counters("f")["cold_starts"] == 10_000 / 50
