"""Queues and streams as people write them by hand: plain SimPy, and a list of completions.

The measure of the engines' speed. Each function does what the scenario of its name does, without
environments, bills and counters.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Generator
from typing import Any

import simpy

Process = Generator[Any, Any, None]
LANES, BATCH = 10, 100


def stream(until_s: float, rate: float, shards: int, seed: int = 1) -> list[float]:
    """benchmarks/stream.yaml: producers, shards that are read by polling, lanes that send batches."""
    luck, env = random.Random(seed), simpy.Environment()
    completions: list[float] = []
    unread: list[deque[tuple[int, float]]] = [deque() for _ in range(shards)]
    lanes: list[deque[float]] = [deque() for _ in range(shards * LANES)]
    bells = [env.event() for _ in lanes]
    tokens = [[1000.0, 0.0] for _ in range(shards)]

    def write(lane: int) -> Process:
        bucket = tokens[lane // LANES]
        bucket[0] = min(1000.0, bucket[0] + 1000.0 * (env.now - bucket[1]))
        bucket[1] = env.now
        if bucket[0] < 1.0:
            return
        bucket[0] -= 1.0
        yield env.timeout(luck.lognormvariate(-4.6, 0.77))
        unread[lane // LANES].append((lane, env.now))

    def read(shard: int) -> Process:
        yield env.timeout(shard / shards)
        while True:
            found = 0
            while unread[shard] and found < 10_000 and unread[shard][0][1] + 0.09 <= env.now:
                lane, since = unread[shard].popleft()
                lanes[lane].append(since)
                if not bells[lane].triggered:
                    bells[lane].succeed()
                found += 1
            yield env.timeout(0.2 if found else 1.0)

    def receive(lane: int) -> Process:
        while True:
            if not lanes[lane]:
                bells[lane] = env.event()
                yield bells[lane]
            batch = [lanes[lane].popleft() for _ in range(min(BATCH, len(lanes[lane])))]
            yield env.timeout(luck.lognormvariate(-4.6, 0.41))
            yield env.timeout(0.02 + 0.001 * len(batch))
            completions.extend(env.now - since for since in batch)

    def arrive() -> Process:
        while True:
            yield env.timeout(luck.expovariate(rate))
            env.process(write(luck.randrange(shards * LANES)))

    for shard in range(shards):
        env.process(read(shard))
    for lane in range(shards * LANES):
        env.process(receive(lane))
    env.process(arrive())
    env.run(until=until_s)
    return completions


def queue(until_s: float, rate: float, seed: int = 1) -> list[float]:
    """benchmarks/queue.yaml: senders, a store, pollers that grow by five a second while it is not empty."""
    luck, env = random.Random(seed), simpy.Environment()
    completions: list[float] = []
    messages = simpy.Store(env)

    def send() -> Process:
        yield env.timeout(luck.lognormvariate(-5.1, 0.69))
        yield messages.put(env.now)

    def poll() -> Process:
        while True:
            since = yield messages.get()
            yield env.timeout(luck.lognormvariate(-4.6, 0.41))
            yield env.timeout(0.2)
            yield env.timeout(0.02)
            completions.append(env.now - since)
            yield env.timeout(0.02)

    def scale() -> Process:
        pollers = 0
        while True:
            more = 5 if messages.items or not pollers else 0
            for _ in range(min(more, 1250 - pollers)):
                env.process(poll())
                pollers += 1
            yield env.timeout(1)

    def arrive() -> Process:
        while True:
            yield env.timeout(luck.expovariate(rate))
            env.process(send())

    env.process(scale())
    env.process(arrive())
    env.run(until=until_s)
    return completions
