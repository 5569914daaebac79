"""Provisioned concurrency: environments kept ready, for spans of the run."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from simulator.values.units import Duration, PositiveDuration

if TYPE_CHECKING:
    import simpy

    from simulator.engine.build import Build
    from simulator.engine.world import World


class Span(BaseModel):
    """`amount` environments, asked for at `at` (from the start of the run) and kept `for` so long."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    at: Duration
    for_: PositiveDuration = Field(alias="for")
    amount: int = Field(ge=1)


class ProvisionedConcurrency(BaseModel):
    """A schedule of named spans. Spans that overlap add up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schedule: dict[str, Span] = Field(min_length=1)


@dataclass(frozen=True)
class Provisioning:
    """One span as a process: ask, wait for the environments, use them, give them back.

    What is asked for is taken off the concurrency quota at once and billed at once, in increments of
    five minutes, until the span ends. The environments become usable after `start_delay` and then at
    the era's rate: all together in the present era, as they come in 2020's.
    """

    pool: int
    quota: int
    billed: int
    """Counter of environment-nanoseconds billed."""
    at: int
    until: int
    amount: int
    start_delay: int
    burst: int
    refill_per_ns: tuple[int, int]
    all_at_once: bool
    increment: int

    @classmethod
    def of(cls, build: Build, span: Span, pool: int, quota: int) -> Provisioning:
        """A span under the era's rules."""
        era, key = build.era, "lambda.provisioned"
        refill = era[f"{key}.refill"]
        return cls(
            pool, quota, build.counter("provisioned_ns"), span.at, span.at + span.for_, span.amount,
            era[f"{key}.start_delay"], int(era[f"{key}.burst"]), (refill.count, refill.per_ns),
            era[f"{key}.all_or_nothing"], era[f"{key}.billing_increment"],
        )  # fmt: skip

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        """Ask at `at`, end at `until`."""
        yield env.timeout(self.at)
        world.quotas[self.quota].limit -= self.amount
        env.process(self.bill(env, world))
        provided = yield from self.allocate(env, world)
        if env.now < self.until:
            yield env.timeout(self.until - env.now)
        world.withdraw(self.pool, provided)
        world.quotas[self.quota].limit += self.amount - provided

    def allocate(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, int]:
        """Make environments usable as the era allows; how many there are when the span ends."""
        provided = 0
        for ready, amount in self.allocation():
            if self.at + ready >= self.until:
                break
            yield env.timeout(self.at + ready - env.now)
            provided += world.provide(self.pool, amount)
        return provided

    def allocation(self) -> list[tuple[int, int]]:
        """(ns after asking, environments that become usable then)."""
        count, per = self.refill_per_ns
        ramped = max(self.amount - self.burst, 0)
        if self.all_at_once:
            return [(self.start_delay + -(-ramped * per // count), self.amount)]
        steps = [(self.start_delay, self.amount - ramped)] if ramped < self.amount else []
        minute = 0
        while ramped > 0:
            minute += 1
            amount = min(60_000_000_000 * count // per, ramped)
            ramped -= amount
            steps.append((self.start_delay + minute * 60_000_000_000, amount))
        return steps

    def bill(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        """Every increment that begins while the span lasts is billed whole."""
        while env.now < self.until:
            world.add(self.billed, self.amount * self.increment)
            yield env.timeout(self.increment)
