"""Amazon API Gateway, HTTP API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import model_validator

from simulator.services.gateway import Gateway, Route

if TYPE_CHECKING:
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured


class HttpApi(Gateway, kind="http_api"):
    """An HTTP API. A request passes the route's throttle and the account's (429), takes the gateway's
    overhead, and is handed on; after the integration timeout the client is answered while the backend
    runs on. A throttle and an error of a Lambda function become 5xx answers, as the era says. It is billed
    once for each started 512 KB of the request or the answer, but not if it was throttled.

    A request goes by the route of its type (the name in its source's `mix`), else by the route of its
    source's name, else by `default`. Overhead of both ways is taken before the integration. `respond`
    replaces the status of answers that are well, as a parameter mapping does.
    Left out: authorizers, CORS, stages other than one, VPC links that fall asleep after 60 days without
    traffic.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        **Gateway.reserved,
        "cache": "no HTTP API has a cache; REST APIs do",
        "routes.*.cache": "no HTTP API has a cache; REST APIs do",
        "usage_plans": "no HTTP API has usage plans; REST APIs do",
    }

    def private(self, era: Era) -> tuple[str, ...]:
        return ("alb", "nlb", "cloud_map")

    @model_validator(mode="after")
    def _integrated(self) -> Self:
        for name, route in self.routes.items():
            if route.to is None:
                raise ValueError(
                    f"route {name} leads nowhere, and an HTTP API has no mock integrations;"
                    " write its 'to', or take a rest_api"
                )
        return self

    def units(self, route: Route, era: Era) -> int:
        unit: int = era["http_api.metering_unit"]
        return max(-(-max(route.request, route.response) // unit), 1)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {name: measured[name] for name in ("count", "4xx", "5xx")} | self.latencies(measured)
