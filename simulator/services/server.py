"""Servers of one's own: bought for the peak, there all the time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from simulator.measure.usage import Usage
from simulator.services.fleet import BUSY, Fleet, Size, Stations
from simulator.services.fleet_control import FleetControl
from simulator.services.rented import Rent
from simulator.services.service import Raising, Service
from simulator.values.units import Money

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.measure.measured import Measured

HOURS_A_MONTH = 730


class Server(Fleet, kind="server"):
    """A fixed number of servers at a price a month, as bought or rented by the year.

    Work is computing and takes a CPU; places, lines and connections are those of every fleet (the guide to
    fleets says how). Left out: servers that fail, racks and people beyond what `price_per_month` says, and
    the months that pass until more servers stand there.
    """

    servers: int = Field(ge=1, examples=[12])
    vcpus: int = Field(ge=1, examples=[8])
    """Of each; as fast as a vCPU of Lambda or EC2."""
    price_per_month: Money = Field(examples=["$310"])
    """Of each, with all that is counted in: 730 hours."""

    def size(self) -> Size:
        return Size.of(self.vcpus)

    def raising(self, limit: str, services: Mapping[str, Service]) -> Iterator[Raising]:
        if limit in BUSY:
            yield Raising(("servers",), self.servers, busy=BUSY[limit])

    def most(self) -> int:
        return self.servers

    def fixed(self) -> bool:
        return True

    def control(self, build: Build, stations: Stations) -> FleetControl:
        return FleetControl(
            rent=Rent(stations.servers, build.counter("rounding_ns")),
            per_server=stations.per_server,
            links=stations.links,
            receiving=stations.receiving,
            connections=self.init.connections,
            desired=self.servers,
            low=self.servers,
            high=self.servers,
            most=self.servers,
            start=build.start,
        )

    def usage(self, measured: Measured) -> Iterator[Usage]:
        months = measured.hours / HOURS_A_MONTH
        yield Usage(measured.name, "server.month", self.servers * months * self.price_per_month)
        yield from super().usage(measured)
