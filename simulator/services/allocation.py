"""How provisioned environments that were asked for become usable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.values.units import MINUTE

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.engine.world import World


@dataclass(frozen=True)
class Allocation:
    """The era's ramp.

    Environments come out of a token bucket, after `start_delay`: today a function's own, 6,000 a minute
    without a burst, usable when all that was asked for is there; in 2020 the account's, a burst and then 500
    at the end of each minute, usable as they come. Whether that was the very bucket of on-demand scaling is
    `lambda.provisioned.shares_scaling`. Who asks first is served first: what a request lacks, it owes.
    """

    bucket: int
    start_delay: int
    all_or_nothing: bool

    @classmethod
    def of(cls, build: Build, scaling: int) -> Allocation:
        """For the function that is speaking, whose on-demand environments come out of `scaling`."""
        era, key = build.era, "lambda.provisioned"
        bucket = scaling
        if not era[f"{key}.shares_scaling"]:
            owner = "account" if era[f"{key}.scope"] == "account" else build.here
            refill, burst = era[f"{key}.refill"], era[f"{key}.burst"]
            bucket = build.bucket("provisioning rate", refill, burst, owner)
        return cls(bucket, era[f"{key}.start_delay"], era[f"{key}.all_or_nothing"])

    def ask(self, world: World, amount: int) -> list[tuple[int, int]]:
        """(ns from now, environments that become usable then)."""
        world.borrow(self.bucket, amount)
        bucket = world.buckets[self.bucket]
        there = bucket.level + amount * bucket.per
        if self.all_or_nothing and (bucket.rate or bucket.level >= 0):
            return [(self.start_delay + max(-(bucket.level // max(bucket.rate, 1)), 0), amount)]
        return [
            (self.start_delay + wait, count)
            for wait, count in _by_the_minute(there, bucket.rate, bucket.per, amount)
        ]


def _by_the_minute(there: int, rate: int, per: int, amount: int) -> Iterator[tuple[int, int]]:
    """(wait, tokens) at whole minutes, out of a bucket with `there` grains (below 0: it owes them)."""
    given = minute = 0
    while given < amount and (rate or minute == 0):
        available = min(max((there + minute * MINUTE * rate) // per, 0), amount)
        if available > given:
            yield minute * MINUTE, available - given
        given = available
        minute += 1
