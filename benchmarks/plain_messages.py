"""Queues and streams as people write them by hand: plain SimPy, and lists of what took how long.

The measure of the engines' speed. Each function has the mechanism of the scenario of its name: what is
written or sent, read, gathered, handed to environments and done, with the producers' latencies, completions
and ages. It has no failures, retries, visibility timeouts, bills, counters and series; the engines have.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Generator
from hashlib import md5
from typing import Any

import simpy

Process = Generator[Any, Any, None]
LANES, BATCH, KEYS, SIZE = 10, 100, 100_000, 300
KEEP_ALIVE_S, START_S, CONCURRENCY = 378.0, 0.2, 5000


class Environments:
    """A function's environments: those that are idle, by since when, and how many are busy."""

    def __init__(self) -> None:
        self.idle: list[float] = []
        self.busy = 0

    def enter(self, now: float) -> float:
        """How long it takes until one is there."""
        while self.idle and self.idle[0] + KEEP_ALIVE_S <= now:
            del self.idle[0]
        if self.busy >= CONCURRENCY:
            raise RuntimeError("this design is throttled, which is not modelled here")
        self.busy += 1
        if not self.idle:
            return START_S
        self.idle.pop()
        return 0.0

    def leave(self, now: float) -> None:
        """It is idle from now on."""
        self.busy -= 1
        self.idle.append(now)


def lane_of(key: int, shards: int) -> int:
    """Where records of a key go: shards by the hash, lanes of a shard by its remainder."""
    spread = int.from_bytes(md5(f"key-{key}".encode(), usedforsecurity=False).digest(), "big")
    return (spread * shards >> 128) * LANES + spread % LANES


def stream(until_s: float, rate: float, shards: int, seed: int = 1) -> tuple[list[float], ...]:
    """benchmarks/stream.yaml: producers, shards that are read by polling, lanes that send batches."""
    luck, env, function = random.Random(seed), simpy.Environment(), Environments()
    latencies: list[float] = []
    completions: list[float] = []
    ages: list[float] = []
    places = [lane_of(key, shards) for key in range(KEYS)]
    unread: list[deque[tuple[int, float, float]]] = [deque() for _ in range(shards)]
    lanes: list[deque[tuple[float, float]]] = [deque() for _ in range(shards * LANES)]
    bells = [env.event() for _ in lanes]
    tokens = [[1e3, 1e6, 0.0] for _ in range(shards)]

    def write(lane: int) -> Process:
        sent = env.now
        bucket = tokens[lane // LANES]
        bucket[0] = min(1e3, bucket[0] + 1e3 * (sent - bucket[2]))
        bucket[1] = min(1e6, bucket[1] + 1e6 * (sent - bucket[2]))
        bucket[2] = sent
        if bucket[0] < 1.0 or bucket[1] < SIZE:
            return
        bucket[0] -= 1.0
        bucket[1] -= SIZE
        yield env.timeout(luck.lognormvariate(-4.6, 0.77))
        latencies.append(env.now - sent)
        unread[lane // LANES].append((lane, env.now, sent))

    def read(shard: int) -> Process:
        yield env.timeout(shard / shards)
        while True:
            found = 0
            while unread[shard] and found < 10_000 and unread[shard][0][1] + 0.09 <= env.now:
                lane, since, sent = unread[shard].popleft()
                lanes[lane].append((since, sent))
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
            ages.append(env.now - batch[-1][0])
            yield env.timeout(luck.lognormvariate(-4.6, 0.41))
            yield env.timeout(function.enter(env.now) + 0.02 + 0.001 * len(batch))
            function.leave(env.now)
            completions.extend(env.now - sent for _, sent in batch)

    def arrive() -> Process:
        while True:
            yield env.timeout(luck.expovariate(rate))
            env.process(write(places[luck.randrange(KEYS)]))

    for shard in range(shards):
        env.process(read(shard))
    for lane in range(shards * LANES):
        env.process(receive(lane))
    env.process(arrive())
    env.run(until=until_s)
    return latencies, completions, ages


def queue(until_s: float, rate: float, seed: int = 1) -> tuple[list[float], ...]:
    """benchmarks/queue.yaml: senders, a store, pollers that grow by five a second while it is not empty."""
    luck, env, function = random.Random(seed), simpy.Environment(), Environments()
    latencies: list[float] = []
    completions: list[float] = []
    messages = simpy.Store(env)

    def send() -> Process:
        sent = env.now
        yield env.timeout(luck.lognormvariate(-5.1, 0.69))
        yield messages.put(sent)
        latencies.append(env.now - sent)

    def poll() -> Process:
        while True:
            sent = yield messages.get()
            yield env.timeout(luck.lognormvariate(-4.6, 0.41))
            yield env.timeout(function.enter(env.now) + 0.2)
            function.leave(env.now)
            yield env.timeout(0.02)
            completions.append(env.now - sent)
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
    return latencies, completions
