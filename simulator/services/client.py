"""The client: a browser, an app, a player; what it does about slow and failed answers is design too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from simulator.engine.steps import Piece
from simulator.services.attempts import Retries, attempts, never
from simulator.services.service import Mistake, Reference, Service
from simulator.values.distributions import distribution
from simulator.values.units import Duration, PositiveDuration, format_duration

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era


class Client(Service, kind="client"):
    """Whoever sends the requests: its patience, its retries, and how it spreads what comes at one instant.

    Latency is what the client felt: from its first sending to the answer that it stopped at, retries and
    pauses included. Left out: network between client and AWS, connection set-up.
    """

    to: str = Field(examples=["front_door"])
    timeout: PositiveDuration | None = Field(default=None, examples=["10 s"])
    """How long it waits for one answer; what it gives up on runs on behind its back."""
    retries: Retries | None = None
    spread: Duration = 0
    """It holds each request back for a uniform random part of this; the waiting is not felt."""

    def references(self) -> Iterator[Reference]:
        yield Reference(("to",), self.to)

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        yield from never(self.to, self.timeout, self.retries, services, ())

    def steps(self, build: Build) -> Iterator[Piece]:
        if self.spread:
            spread = distribution({"uniform": {"from": "0 s", "to": format_duration(self.spread)}})
            yield build.delay(spread, "spread")
        yield from attempts(build, self.to, self.timeout, self.retries, client=True)
