"""What the load balancers of Elastic Load Balancing have in common: targets, statuses, capacity units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import (
    FAILED,
    STATUSES,
    TIMEOUT,
    Answer,
    Count,
    Deadline,
    EndDeadline,
    IfOutcome,
    IfStatus,
    Jump,
    Piece,
)
from simulator.measure.usage import Usage
from simulator.services.service import Mistake, Reference, Service
from simulator.values.distributions import Distribution
from simulator.values.units import PositiveDuration, Size

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

NANO = 1_000_000_000


class Connections(BaseModel):
    """How clients connect to the balancer, for its bill."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: int = Field(default=1, ge=1)
    """Requests of one connection: 1 from clients that come once, more from those that keep it."""
    lasts: PositiveDuration = 10 * NANO


class LoadBalancer(Service):
    """A balancer in front of `to`. Billed by the hour and by capacity units: of each dimension (new and
    active connections, bytes, rules) the average of the counted time, and of these the largest; what an
    internet-facing one answers is data transfer out."""

    reserved: ClassVar[Mapping[str, str]] = {
        "targets": "several target groups; write 'to'",
        "sticky_sessions": "sessions that keep to one server",
        "cross_zone": "Availability Zones",
    }

    to: str = Field(examples=["web"])
    scheme: Literal["internal", "internet-facing"] = "internal"
    """Internal ones are reached by the VPC link of an API, and by what runs in the VPC."""
    request: Size = 0
    """Payload of a request, for the bill."""
    response: Size = 0
    """Payload of an answer."""
    client_connections: Connections = Connections()
    idle_timeout: PositiveDuration | None = None
    """How long a target may take to answer."""
    overhead: Distribution | None = None
    """What the balancer adds; AWS publishes no number, and none was found: nothing is added by default."""

    @property
    def rule_evaluations(self) -> int:
        """Rules that a request is compared with, beyond those that are free."""
        return 0

    def references(self) -> Iterator[Reference]:
        yield Reference(("to",), self.to)

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        kind = services[self.to].kind if self.to in services else ""
        if kind == "client":
            yield Mistake(("to",), f"{self.to!r} is a client", "name a service behind the balancer")
        elif kind == "lambda" and not era[f"{self.kind}.lambda_targets"]:
            what = f"{self.to!r} is a Lambda function, which is no target of a {self.kind}"
            yield Mistake(("to",), what, "write 'service: alb', or name a fleet")

    def with_defaults(self, era: Era) -> Self:
        return self.model_copy(update={"idle_timeout": self.idle_timeout or era[f"{self.kind}.idle_timeout"]})

    def steps(self, build: Build) -> Iterator[Piece]:
        era, kind = build.era, self.kind
        gone, failed, client_error, server_error, done = build.labels(5)
        yield Count(build.counter("request_count"))
        if self.response and self.scheme == "internet-facing" and build.caller != "cloudfront":
            yield Count(build.counter("bytes_out"), self.response)
        for dimension, amount in self._units(build).items():
            if amount:
                yield Count(build.counter(f"lcu.{dimension}"), amount)
        if self.overhead is not None:
            yield build.delay(self.overhead, "overhead")
        yield Deadline(self.idle_timeout or era[f"{kind}.idle_timeout"], gone)
        yield from build.call(self.to)
        yield EndDeadline()
        if build.services[self.to].kind == "lambda":
            yield IfOutcome(FAILED, failed)
        yield IfStatus(tuple(status for status in STATUSES if status // 100 == 4), client_error)
        yield IfStatus(tuple(status for status in STATUSES if status // 100 == 5), server_error)
        yield Jump(done)
        yield gone
        yield Answer(TIMEOUT, era[f"{kind}.status.timeout"], build.cause("idle timeout"))
        yield Jump(server_error)
        yield failed
        yield Answer(-1, era["alb.status.lambda_failed"])
        yield server_error
        yield Count(build.counter("5xx"))
        yield Jump(done)
        yield client_error
        yield Count(build.counter("4xx"))
        yield done

    def _units(self, build: Build) -> dict[str, int]:
        """Capacity units in each dimension that one request takes, in billionths of a unit for a second."""
        era, each = build.era, f"{self.kind}.lcu"
        connections, target = 1 / self.client_connections.requests, build.services[self.to].kind
        gb = era[f"{each}.gb_per_hour_lambda" if target == "lambda" else f"{each}.gb_per_hour"]
        active = connections * self.client_connections.lasts / NANO
        units = {
            "new_connections": connections / era[f"{each}.new_connections"],
            "active_connections": active / era[f"{each}.active_connections"],
            "bytes": (self.request + self.response) * 3600 / gb,
            "rules": self.rule_evaluations / era[f"{each}.rule_evaluations"],
        }
        return {dimension: round(NANO * unit) for dimension, unit in units.items()}

    def _lcu_hours(self, measured: Measured) -> float:
        return max(measured.starting("lcu.").values(), default=0.0) / NANO / 3600

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield Usage(measured.name, f"{self.kind}.hour", measured.hours)
        yield Usage(measured.name, f"{self.kind}.lcu", self._lcu_hours(measured))
        if measured["bytes_out"]:
            yield Usage(measured.name, "data_transfer.out", measured["bytes_out"] / 1024**3)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {
            "request_count": measured["request_count"],
            "4xx": measured["4xx"],
            "5xx": measured["5xx"],
            "consumed_lcus": self._lcu_hours(measured) / measured.hours,
        }
