"""A function without limits is M/G/infinity; one at a low rate is warm as long as nobody pauses too long."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simulator.engine.world import World
from tests.harness import Load, Ran, Run, Watch, function
from tests.theory.agreement import agrees, poisson

REPLICATIONS = 20


def concurrency(world: World) -> int:
    return int(world.pools[0].busy)


@pytest.mark.parametrize(
    "work", ["2 s", {"exponential": {"mean": "2 s"}}, {"pareto": {"minimum": "1 s", "alpha": 2}}]
)
def test_executions_at_a_time_are_poisson_whatever_the_work(run: Run, work: Any) -> None:
    """Mean and variance are rate x mean work; looked at too seldom for one look to know of the other."""
    rate, until, offered = 3.0, 1000.0, 6.0
    means, variances, none = [], [], []
    for number in range(REPLICATIONS):
        watch = Watch(np.arange(100, until, 20), concurrency)
        services = {"f": function(duration=work, timeout="900 s")}
        run(
            services,
            Load("f", poisson(rate, until, seed=number)),
            until=until,
            number=number,
            controls=[watch],
        )
        seen = np.array(watch.found)
        means.append(seen.mean())
        variances.append(((seen - offered) ** 2).mean())
        none.append((seen <= 3).mean())
    agrees(f"mean concurrency, {work}", means, offered)
    agrees(f"variance of concurrency, {work}", variances, offered)
    few = sum(math.exp(-offered) * offered**count / math.factorial(count) for count in range(4))
    agrees(f"share of looks that find three or fewer, {work}", none, few)


def test_littles_law_holds_over_a_long_run(run: Run) -> None:
    seen = []
    for number in range(REPLICATIONS):
        services = {"f": function(duration={"exponential": {"mean": "2 s"}}, timeout="900 s")}
        load = Load("f", poisson(3.0, 1000, seed=number))
        ran = run(services, load, until=1000, warm_up=100, number=number)
        held = ran.seen("account")["concurrency.held_ns"] / ran.counted_ns
        seen.append(held / (ran.load.requests / (ran.counted_ns / 1e9)))
    agrees("concurrency over rate", seen, 2.0)


def low_rate(run: Run, number: int, **settings: Any) -> Ran:
    """One environment at most, asked for every 10 s on average."""
    services = {"f": function(**{"duration": "1 s", "reserved_concurrency": 1, **settings})}
    load = Load("f", poisson(0.1, 20_000, seed=number))
    return run(services, load, until=20_000, warm_up=1000, number=number)


@pytest.mark.parametrize("keep_alive", [5, 15, 30])
def test_the_cold_share_of_one_environment_is_that_of_the_pauses_beyond_keep_alive(
    run: Run, keep_alive: int
) -> None:
    """After an execution the next request comes after an exponential pause, however long it took."""
    shares = [
        low_rate(run, number, keep_alive=f"{keep_alive} s", lifetime="1 d", cold_start="3 s").counters("f")[
            "cold_share"
        ]
        for number in range(REPLICATIONS)
    ]
    agrees(f"cold share, keep-alive {keep_alive} s", shares, math.exp(-0.1 * keep_alive))


def test_an_environment_is_alive_as_long_as_theory_says(run: Run) -> None:
    """Renewal: of a cycle (pause P, work 1 s) it lives the work and min(P, keep-alive)."""
    keep, rate = 15.0, 0.1
    alive = (1 + (1 - math.exp(-rate * keep)) / rate) / (1 + 1 / rate)
    seen = [
        low_rate(run, number, keep_alive="15 s", lifetime="1 d").counters("f")["environments_mean"]
        for number in range(REPLICATIONS)
    ]
    agrees("environments alive", seen, alive)


def test_a_steady_stream_starts_cold_only_as_environments_reach_their_lifetime(run: Run) -> None:
    times = np.arange(10_000, dtype=np.int64) * 2_000_000_000
    ran = run({"f": function(duration="1 s", lifetime="100 s")}, Load("f", times), until=20_000)
    # made at 0, not used again at 100 s: 50 requests each
    assert ran.counters("f")["cold_starts"] == 10_000 / 50
