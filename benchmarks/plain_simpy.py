"""What people write by hand: plain SimPy, a generator per request, a list of latencies.

The measure of the engines' speed. Each function simulates as much as its scenario of the same name
and records no more than the latencies.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from typing import Any

import simpy

KEEP_ALIVE_S = 378.0
Process = Generator[Any, Any, None]


def one_function(requests: int, rate: float, mean_s: float, resource: bool, seed: int = 1) -> list[float]:
    """One function with a stack of idle environments; `resource`: a SimPy Resource limits concurrency."""
    luck, env = random.Random(seed), simpy.Environment()
    idle: list[float] = []
    latencies: list[float] = []
    limit = simpy.Resource(env, capacity=1_000_000) if resource else None

    def serve() -> Process:
        arrived = env.now
        while idle and idle[0] + KEEP_ALIVE_S <= env.now:
            del idle[0]
        cold = not idle
        if idle:
            idle.pop()
        if limit is None:
            yield env.timeout((0.2 if cold else 0.0) + luck.expovariate(1 / mean_s))
        else:
            with limit.request() as place:
                yield place
                yield env.timeout((0.2 if cold else 0.0) + luck.expovariate(1 / mean_s))
        idle.append(env.now)
        latencies.append(env.now - arrived)

    def arrive() -> Process:
        for _ in range(requests):
            yield env.timeout(luck.expovariate(rate))
            env.process(serve())

    env.process(arrive())
    env.run()
    return latencies


def rate_of_sale(at_s: float) -> float:
    """The traffic of scenarios/flash_sale.yaml."""
    baseline, peak, starts, ramp, hold, half_life = 20.0, 1500.0, 600.0, 5.0, 120.0, 60.0
    if at_s < starts:
        return baseline
    if at_s < starts + ramp:
        return baseline + (peak - baseline) * (at_s - starts) / ramp
    if at_s < starts + ramp + hold:
        return peak
    return baseline + (peak - baseline) * 0.5 ** ((at_s - starts - ramp - hold) / half_life)


def flash_sale(until_s: float, seed: int = 1) -> dict[str, list[float]]:
    """The architecture of scenarios/flash_sale.yaml: client, API, two functions, database, payment."""
    luck, env = random.Random(seed), simpy.Environment()
    latencies: dict[str, list[float]] = {"browse": [], "order": []}
    account = {"in use": 0}
    idle: dict[str, list[float]] = {"browse": [], "order": []}
    connections = {"open": 0}

    def arrivals() -> Iterator[float]:
        now = 0.0
        while now < until_s:
            now += luck.expovariate(1500.0)
            if luck.random() * 1500.0 < rate_of_sale(now):
                yield now

    def invoke(kind: str) -> Generator[Any, Any, bool]:
        yield env.timeout(luck.lognormvariate(-4.6, 0.4))
        while idle[kind] and idle[kind][0] + KEEP_ALIVE_S <= env.now:
            del idle[kind][0]
            connections["open"] -= kind == "order"
        if account["in use"] >= 200:
            return False
        account["in use"] += 1
        if idle[kind]:
            idle[kind].pop()
        else:
            yield env.timeout(luck.lognormvariate(-2.2, 0.4))
            yield env.timeout(luck.lognormvariate(-1.9, 0.2))
            if kind == "order":
                if connections["open"] >= 614:
                    account["in use"] -= 1
                    return False
                connections["open"] += 1
                yield env.timeout(3.0)
        if kind == "browse":
            yield env.timeout(0.02)
        else:
            yield env.timeout(luck.lognormvariate(-3.5, 0.6))
            yield env.timeout(luck.lognormvariate(-6.9, 0.7))
            if luck.random() >= 0.05:
                yield env.timeout(luck.lognormvariate(-1.4, 0.6))
        account["in use"] -= 1
        idle[kind].append(env.now)
        return True

    def client(kind: str) -> Process:
        sent = env.now
        for attempt in range(3):
            yield env.timeout(luck.lognormvariate(-6.2, 0.7))
            call = env.process(invoke(kind))
            timer = env.timeout(10.0)
            yield call | timer
            if call.processed and call.value:
                latencies[kind].append(env.now - sent)
                return
            yield env.timeout(luck.random() * 0.2 * 2**attempt)

    def arrive() -> Process:
        for at in arrivals():
            yield env.timeout(max(at - env.now, 0.0))
            env.process(client("order" if luck.random() < 0.2 else "browse"))

    env.process(arrive())
    env.run(until=until_s)
    return latencies
