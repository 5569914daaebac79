"""Application Load Balancer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from simulator.engine.steps import Count, Piece
from simulator.measure.usage import Usage
from simulator.services.load_balancer import LoadBalancer

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.measure.measured import Measured

FREE_RULES, ADDRESSES = 10, 2


class Alb(LoadBalancer, kind="alb"):
    """A balancer of HTTP requests, in front of a fleet or of a function.

    A target that takes longer than `idle_timeout` runs on while the client is answered 504; a function that
    is throttled or fails becomes 502, and the statuses of a fleet stay what they are.
    Left out: several target groups, health checks, Availability Zones, the time until a balancer has grown
    with a surge (AWS gives no rate), authentication, its own delay unless `overhead` says one.
    """

    rules: int = Field(default=1, ge=1)
    """Rules that each request is compared with; the first 10 are free."""

    @property
    def rule_evaluations(self) -> int:
        return max(self.rules - FREE_RULES, 0)

    def steps(self, build: Build) -> Iterator[Piece]:
        if self.scheme == "internet-facing" and build.era["alb.addresses_billed"]:
            yield Count(build.counter("addresses_billed"))
        yield from super().steps(build)

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield from super().usage(measured)
        if measured["addresses_billed"]:
            yield Usage(measured.name, "public_ipv4", ADDRESSES * measured.hours)
