"""What HTTP APIs and REST APIs of Amazon API Gateway have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import (
    ERROR,
    OK,
    STATUSES,
    THROTTLED,
    TIMEOUT,
    Answer,
    Count,
    Deadline,
    EndDeadline,
    IfOutcome,
    IfStatus,
    Jump,
    Key,
    Label,
    Mark,
    Meter,
    Piece,
    Take,
)
from simulator.measure.usage import Usage
from simulator.services.service import Mistake, Path, Reference, Service
from simulator.values.distributions import Distribution
from simulator.values.units import PositiveDuration, Rate, Size, format_duration, format_size

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured


class Throttle(BaseModel):
    """A token bucket: `rate` steadily, `burst` at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: Rate
    burst: int = Field(ge=1)


class Route(BaseModel):
    """What happens to requests of one type."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    to: str | None = Field(default=None, examples=["checkout"])
    """The integration: the service that the request is handed to."""
    request: Size = 0
    """Payload of a request, for metering; data in is free."""
    response: Size = 0
    """Payload of an answer, for metering and data transfer out."""
    throttle: Throttle | None = None
    """Of this route alone, instead of the stage's."""
    timeout: PositiveDuration | None = None
    """Integration timeout, if shorter than the API's."""
    vpc_link: bool = False
    """Whether the integration is private: what `to` names is reached in its VPC, at no charge."""
    respond: Literal[200, 202] | None = None
    """The status that the client sees when all went well."""


class Check(NamedTuple):
    """A throttle on the way of a request."""

    bucket: int
    cause: int
    key: Key | None = None
    """Whose bucket it is, where each client has one."""


class Gateway(Service):
    """An API of API Gateway, of either kind; the era's facts of a kind begin with its name."""

    reserved: ClassVar[Mapping[str, str]] = {
        "authorizer": "authorizers",
        "stages": "more than one stage",
        "endpoint": "edge-optimised and private endpoints",
    }

    routes: Mapping[str, Route] = Field(min_length=1)
    throttle: Throttle | None = None
    """The stage's default: each route without a throttle of its own has one like this to itself."""
    timeout: PositiveDuration | None = None
    """Integration timeout of all routes."""
    overhead: Distribution | None = None

    def references(self) -> Iterator[Reference]:
        for name, route in self.routes.items():
            if route.to is not None:
                yield Reference(("routes", name, "to"), route.to)

    def with_defaults(self, era: Era) -> Self:
        timeout = self.timeout or era[f"{self.kind}.integration_timeout"]
        return self.model_copy(update={"timeout": timeout})

    def route_of(self, source: str, request_type: str) -> str | None:
        """Name of the route that a request takes; None: there is none for it."""
        return next((name for name in (request_type, source, "default") if name in self.routes), None)

    def private(self, era: Era) -> tuple[str, ...]:
        """Kinds of service that its VPC links lead to."""
        raise NotImplementedError

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        yield from self._too_short(era[f"{self.kind}.integration_timeout_minimum"])
        longest = era[f"{self.kind}.integration_timeout_maximum"]
        if self.timeout is not None and self.timeout > longest:
            what = f"longer than the {format_duration(longest)} that an integration may take"
            yield Mistake(("timeout",), what, f"write at most '{format_duration(longest)}'")
        whole = self.timeout or era[f"{self.kind}.integration_timeout"]
        for name, route in self.routes.items():
            path = ("routes", name)
            if route.timeout is not None and route.timeout > whole:
                what = f"longer than the {format_duration(whole)} of the API, which holds"
                yield Mistake((*path, "timeout"), what, f"write at most '{format_duration(whole)}'")
            kind = services[route.to].kind if route.to is not None and route.to in services else ""
            if kind == "client":
                yield Mistake((*path, "to"), f"{route.to!r} is a client", "name a service behind the API")
            yield from self._link(path, route, services, era)
            largest, whose = era[f"{self.kind}.payload_maximum"], "an API Gateway, which answers 413"
            if kind == "lambda":
                largest, whose = era["lambda.payload_maximum"], "a synchronous invocation"
            for what in ("request", "response"):
                if getattr(route, what) > largest:
                    said = f"a payload beyond the {format_size(largest)} of {whose}"
                    yield Mistake((*path, what), said, f"write at most '{format_size(largest)}'")

    def _too_short(self, least: int) -> Iterator[Mistake]:
        timeouts: list[tuple[Path, int | None]] = [(("timeout",), self.timeout)]
        timeouts += [(("routes", name, "timeout"), route.timeout) for name, route in self.routes.items()]
        for path, timeout in timeouts:
            if timeout is not None and timeout < least:
                what = f"shorter than the {format_duration(least)} that AWS sets at least"
                yield Mistake(path, what, f"write '{format_duration(least)}' or more")

    def _link(self, path: Path, route: Route, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        """What a VPC link cannot lead to, and what cannot be reached without one."""
        target = services.get(route.to or "")
        if target is None:
            return
        private = self.private(era)
        if route.vpc_link and target.kind not in private:
            what = f"a VPC link of this API leads to {' or '.join(private)}, not to {target.kind}"
            yield Mistake((*path, "vpc_link"), what, "put one of them between, or remove it")
        elif not route.vpc_link and getattr(target, "scheme", "") == "internal":
            what = f"{route.to!r} is internal, out of an API's reach"
            yield Mistake((*path, "to"), what, "write 'vpc_link: true', or 'scheme: internet-facing' there")
        elif not route.vpc_link and target.kind == "cloud_map":
            yield Mistake((*path, "to"), f"{route.to!r} is found in its VPC only", "write 'vpc_link: true'")

    # ------------------------------------------------------------------ what a request meets

    def steps(self, build: Build) -> Iterator[Piece]:
        era, kind = build.era, self.kind
        name = self.route_of(build.source, build.request_type) or ""
        route = self.routes[name]
        client_error, server_error, answered, done = build.labels(4)
        refused: list[tuple[Label, int]] = []

        yield Count(build.counter("count"))
        for check in self.checks(build, name, route):
            (too_many,) = build.labels(1)
            refused.append((too_many, check.cause))
            yield Take(check.bucket, too_many, key=check.key)
        yield Count(build.counter("metered"), self.units(route, era))
        yield Mark()
        yield build.delay(self.overhead or era[f"{kind}.overhead"], "overhead")
        yield Meter(build.meter("overhead", 1), build.meter("overhead", 1))
        yield from self.integration(build, name, answered, client_error, server_error)
        yield answered
        if route.respond is not None:
            yield Answer(-1, route.respond)
        if route.response and build.caller != "cloudfront":  # to which AWS's own origins send for nothing
            yield Count(build.counter("bytes_out"), route.response)
        yield Jump(done)

        for label, cause in refused:
            yield label
            yield Answer(THROTTLED, era[f"{kind}.status.throttled"], cause)
            yield Jump(client_error)
        yield client_error
        yield Count(build.counter("4xx"))
        yield Jump(done)
        yield server_error
        yield Count(build.counter("5xx"))
        yield done

    def checks(self, build: Build, name: str, route: Route) -> Iterator[Check]:
        """The throttles that a request must pass, in their order; what a later one refuses has cost a token
        of those before it."""
        if throttle := route.throttle or self.throttle:
            what = f"throttle of route {name}"
            yield Check(build.bucket(what, throttle.rate, throttle.burst), build.cause(what))
        cause = build.cause("api gateway requests", owner="account")
        yield Check(build.account.api_gateway(build), cause)

    def units(self, route: Route, era: Era) -> int:
        """Requests that one request is billed as."""
        return 1

    def integration(
        self, build: Build, name: str, answered: Label, client_error: Label, server_error: Label
    ) -> Iterator[Piece]:
        """From the gateway to the answer and back; a failure goes to one of the last two labels."""
        era, status, route = build.era, f"{self.kind}.status", self.routes[name]
        if route.to is None:
            yield Answer(OK)
            return
        gone, lambda_throttled, function_error = build.labels(3)
        latency = build.meter("integration", 1)
        longest = self.timeout or era[f"{self.kind}.integration_timeout"]
        yield Mark()
        yield Deadline(min(longest, route.timeout or longest), gone)
        yield from build.call(route.to)
        yield EndDeadline()
        yield Meter(latency, latency)
        if build.services[route.to].kind == "lambda":  # any other backend's status is passed on as it is
            yield IfOutcome((THROTTLED,), lambda_throttled)
            yield IfOutcome((ERROR, TIMEOUT), function_error)
        else:
            yield IfStatus(tuple(status for status in STATUSES if status // 100 == 4), client_error)
            yield IfStatus(tuple(status for status in STATUSES if status // 100 == 5), server_error)
        (well,) = build.labels(1)
        yield Jump(well)

        yield gone
        yield Meter(latency, latency)
        yield Answer(TIMEOUT, era[f"{status}.timeout"], build.cause("integration timeout"))
        yield Jump(server_error)
        yield lambda_throttled
        yield Answer(-1, era[f"{status}.lambda_throttled"])
        yield Jump(server_error)
        yield function_error
        yield Answer(-1, era[f"{status}.function_error"])
        yield Jump(server_error)
        yield well

    # ------------------------------------------------------------------ what is reported and billed

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield Usage(measured.name, f"{self.kind}.requests", measured["metered"])
        yield Usage(measured.name, "data_transfer.out", measured["bytes_out"] / 1024**3)

    def latencies(self, measured: Measured) -> dict[str, float]:
        """CloudWatch's Latency and IntegrationLatency; what was throttled does not count."""
        passed, integrated = measured["overhead.count"], measured["integration.count"]
        both_ns = measured["overhead.ns"] + measured["integration.ns"]
        return {
            "latency_mean_s": both_ns / max(passed, 1) / 1e9,
            "integration_latency_mean_s": measured["integration.ns"] / max(integrated, 1) / 1e9,
        }
