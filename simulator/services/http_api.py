"""Amazon API Gateway, HTTP API: routes, throttles, a timeout, and the status the client sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import (
    ERROR,
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
    Piece,
    Take,
)
from simulator.measure.usage import Usage
from simulator.services.service import Mistake, Reference, Service
from simulator.values.distributions import Distribution
from simulator.values.units import PositiveDuration, Rate, Size, format_size

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured


class Throttle(BaseModel):
    """A token bucket of a route: `rate` steadily, `burst` at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: Rate
    burst: int = Field(ge=1)


class Route(BaseModel):
    """What happens to requests of one type."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    to: str
    request: Size = 0
    """Payload of a request, for metering; data in is free."""
    response: Size = 0
    """Payload of an answer, for metering and data transfer out."""
    throttle: Throttle | None = None
    timeout: PositiveDuration | None = None
    """Integration timeout, if shorter than the API's."""


class HttpApi(Service, kind="http_api"):
    """An HTTP API. A request passes the route's throttle and the account's (429), takes the gateway's
    overhead, and is handed on; after the integration timeout the client is answered while the backend
    runs on. A throttle and an error of a Lambda function become 5xx answers, as the era says.

    A request goes by the route of its type (the name in its source's `mix`), else by the route of its
    source's name, else by `default`. Overhead of both ways is taken before the integration.
    Left out: authorizers, CORS, stages other than one, private integrations, the 10 MB payload limit.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        "routes.*.respond": "answers that the API gives itself",
        "vpc_link": "private integrations",
        "authorizer": "authorizers",
        "stage": "stage throttles",
        "cache": "no HTTP API has a cache; REST APIs do",
        "usage_plan": "usage plans of REST APIs",
    }

    routes: dict[str, Route] = Field(min_length=1)
    timeout: PositiveDuration | None = None
    overhead: Distribution | None = None

    def references(self) -> Iterator[Reference]:
        for name, route in self.routes.items():
            yield Reference(("routes", name, "to"), route.to)

    def route_of(self, source: str, request_type: str) -> str | None:
        """Name of the route that a request takes; None: there is none for it."""
        return next((name for name in (request_type, source, "default") if name in self.routes), None)

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        for name, route in self.routes.items():
            if route.to in services and services[route.to].kind == "client":
                yield Mistake(
                    ("routes", name, "to"), f"{route.to!r} is a client", "name a service behind the API"
                )
            largest = era["http_api.payload_maximum"]
            for what in ("request", "response"):
                if getattr(route, what) > largest:
                    said = f"a payload beyond the {format_size(largest)} of an HTTP API"
                    yield Mistake(("routes", name, what), said, f"write at most '{format_size(largest)}'")

    def steps(self, build: Build) -> Iterator[Piece]:
        era, account = build.era, build.account
        name = self.route_of(build.source, build.request_type) or ""
        route = self.routes[name]
        over_route, over_account, gone, lambda_throttled, function_error = build.labels(5)
        client_error, server_error, done = build.labels(3)

        yield Count(build.counter("count"))
        if route.throttle:
            bucket = build.bucket(f"throttle of route {name}", route.throttle.rate, route.throttle.burst)
            yield Take(bucket, over_route)
        yield Take(account.api_gateway(build), over_account)
        unit = era["http_api.metering_unit"]
        yield Count(build.counter("metered"), max(-(-max(route.request, route.response) // unit), 1))
        yield build.delay(self.overhead or era["http_api.overhead"], "overhead")
        limit = self.timeout or era["http_api.integration_timeout"]
        yield Deadline(min(limit, route.timeout or limit), gone)
        yield from build.call(route.to)
        yield EndDeadline()
        if build.services[route.to].kind == "lambda":  # any other backend's status is passed on as it is
            yield IfOutcome((THROTTLED,), lambda_throttled)
            yield IfOutcome((ERROR, TIMEOUT), function_error)
        else:
            yield IfStatus(tuple(status for status in STATUSES if status // 100 == 4), client_error)
            yield IfStatus(tuple(status for status in STATUSES if status // 100 == 5), server_error)
        if route.response:
            yield Count(build.counter("bytes_out"), route.response)
        yield Jump(done)

        yield over_route
        yield Answer(THROTTLED, era["http_api.status.throttled"], build.cause(f"throttle of route {name}"))
        yield Jump(client_error)
        yield over_account
        cause = build.cause("api gateway requests", owner="account")
        yield Answer(THROTTLED, era["http_api.status.throttled"], cause)
        yield client_error
        yield Count(build.counter("4xx"))
        yield Jump(done)
        yield gone
        yield Answer(TIMEOUT, era["http_api.status.timeout"], build.cause("integration timeout"))
        yield Jump(server_error)
        yield lambda_throttled
        yield Answer(-1, era["http_api.status.lambda_throttled"])
        yield Jump(server_error)
        yield function_error
        yield Answer(-1, era["http_api.status.function_error"])
        yield server_error
        yield Count(build.counter("5xx"))
        yield done

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield Usage(measured.name, "http_api.requests", measured["metered"])
        yield Usage(measured.name, "data_transfer.out", measured["bytes_out"] / 1024**3)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {name: measured[name] for name in ("count", "4xx", "5xx")}
