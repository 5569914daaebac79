"""AWS Cloud Map: servers that are found by name, without a balancer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from simulator.engine.steps import Count, Piece
from simulator.measure.usage import Usage
from simulator.services.fleet import Fleet
from simulator.services.service import Mistake, Reference, Service

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

HOURS_A_MONTH = 730


class CloudMap(Service, kind="cloud_map"):
    """A registry through which the VPC link of an HTTP API reaches the servers of a fleet directly.

    Billed for the servers that are registered, and for each call of DiscoverInstances, of which an API may
    answer several requests (`requests_per_discovery`; AWS does not say how many). Left out: health checks,
    servers that are looked up after they have gone, the registry's delay.
    """

    to: str = Field(examples=["web"])
    resources: int = Field(default=1, ge=1)
    """Servers that are registered, on average."""
    requests_per_discovery: int = Field(default=1, ge=1)

    def references(self) -> Iterator[Reference]:
        yield Reference(("to",), self.to)

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        if self.to in services and not isinstance(services[self.to], Fleet):
            yield Mistake(("to",), f"{self.to!r} is {services[self.to].kind}, no fleet", "name a fleet")

    def steps(self, build: Build) -> Iterator[Piece]:
        yield Count(build.counter("requests"))
        yield from build.call(self.to)

    def usage(self, measured: Measured) -> Iterator[Usage]:
        calls = measured["requests"] / self.requests_per_discovery
        yield Usage(measured.name, "cloud_map.resources", self.resources * measured.hours / HOURS_A_MONTH)
        yield Usage(measured.name, "cloud_map.discover_instances", calls)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {"discover_instances": measured["requests"] / self.requests_per_discovery}
