"""Warm-up pings: invocations whose only purpose is that environments stay warm."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from simulator.values.units import MILLISECOND, Duration, PositiveDuration

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World


class Pings(BaseModel):
    """`at_once` invocations every so often, each of which only sleeps, so that they overlap.

    They are invocations like any other: they take a place in the quotas, use an environment that a client
    might have had, start cold where none is idle, and are billed. Pings are sent at the same instant, but
    reach their environments as the way there takes; two whose handlers do not overlap keep one environment
    warm. No client waits for them, so they appear in the function's counters and bill alone.
    Left out: the scheduled function that sends them, and that the payload must be told from a client's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: PositiveDuration = Field(examples=["5 min"])
    at_once: int = Field(default=1, ge=1, le=10_000)
    sleep: Duration = 75 * MILLISECOND
    """In the handler; 75 ms is lambda-warmer's default (github.com/jeremydaly/lambda-warmer, 2026-06)."""


@dataclass(frozen=True)
class Pinger:
    """Starts the pings of one function, the first with the run."""

    walk: int
    identity: int
    """Of the first ping; the others follow."""
    every: int
    at_once: int

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        identity = self.identity
        while True:
            for _ in range(self.at_once):
                world.start(self.walk, identity)
                identity += 1
            yield env.timeout(self.every)
