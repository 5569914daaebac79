"""Amazon API Gateway, REST API: usage plans and a cache, besides what an HTTP API has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, model_validator

from simulator.engine.steps import Label, Piece
from simulator.measure.usage import Usage
from simulator.services.api_cache import Cache, Cached, cache_mistakes
from simulator.services.gateway import Check, Gateway, Route
from simulator.services.service import Mistake, Reference, Service
from simulator.services.usage_plans import UsagePlan

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured


class Method(Route):
    """A route of a REST API: AWS's method of a resource."""

    cache: Cached | None = None

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.to is None and self.respond is None:
            raise ValueError("neither `to` nor `respond`; write `to: SERVICE`, or `respond: 202` for a mock")
        return self


class RestApi(Gateway, kind="rest_api"):
    """A REST API. A request passes, in AWS's order, the throttles of its API key (on the route, then on all),
    the key's quota, the throttle of the route and the account's; each refuses with 429. It takes the
    gateway's overhead and is answered from the stage's cache, or by a mock (`respond` without `to`), or by
    the integration; after the integration timeout the client has its answer while the backend runs on.
    Throttles and errors of a Lambda function become 5xx answers, as the era says. It is billed
    per request whatever its size, unless it was throttled.

    The cache: each request asks for one of the route's `keys`, the same at every attempt. An answer that went
    well is kept from the moment it arrives for `ttl`. While it is on its way, or after it has expired, all
    who ask for it go to the integration: AWS says nothing about merging them.
    Routes are chosen as in an HTTP API, and overhead taken in the same place.
    Left out: authorizers, methods that insist on an API key, edge-optimised and private endpoints, stages
    other than one, custom gateway responses, invalidation and loss of cached answers,
    the making of the cache (it is there when the run begins, empty), VPC links that fall asleep after 60 days
    without traffic, and that AWS may lower the account's throttle in return for a raised timeout (set
    `account.api_gateway_rate`).
    """

    reserved: ClassVar[Mapping[str, str]] = {
        **Gateway.reserved,
        "gateway_responses": "custom gateway responses",
        "api_key_required": "methods that insist on an API key",
    }

    routes: Mapping[str, Method] = Field(min_length=1)
    usage_plans: dict[str, UsagePlan] = Field(default={})
    cache: Cache | None = None

    def sources(self) -> Iterator[Reference]:
        for plan, settings in self.usage_plans.items():
            for place, name in enumerate(settings.sources):
                yield Reference(("usage_plans", plan, "sources", place), name)

    def private(self, era: Era) -> tuple[str, ...]:
        return ("alb", "nlb") if era["rest_api.vpc_link_to_alb"] else ("nlb",)

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        yield from super().check(services, era)
        yield from self._bad_plans()
        cached = {
            name: (method.cache, method.response) for name, method in self.routes.items() if method.cache
        }
        yield from cache_mistakes(self.cache, cached, era)

    def _bad_plans(self) -> Iterator[Mistake]:
        owner: dict[str, str] = {}
        for path, name, *_ in self.sources():
            plan = str(path[1])
            if owner.setdefault(name, plan) != plan:
                yield Mistake(path, f"{name!r} is in usage plan {owner[name]!r} too", "name it in one plan")
        for plan, settings in self.usage_plans.items():
            for route in [name for name in settings.routes if name not in self.routes]:
                near = get_close_matches(route, self.routes, n=1) or list(self.routes)
                path = ("usage_plans", plan, "routes", route)
                yield Mistake(path, f"no route named {route!r}", f"write {near[0]!r}")

    # ------------------------------------------------------------------ what a request meets

    def checks(self, build: Build, name: str, route: Route) -> Iterator[Check]:
        for plan, settings in self.usage_plans.items():
            if build.source in settings.sources:
                yield from settings.checks(build, plan, name)
        yield from super().checks(build, name, route)

    def integration(
        self, build: Build, name: str, answered: Label, client_error: Label, server_error: Label
    ) -> Iterator[Piece]:
        ways = super().integration(build, name, answered, client_error, server_error)
        cached = self.routes[name].cache
        return cached.steps(build, name, self.cache, ways, answered) if cached and self.cache else ways

    # ------------------------------------------------------------------ what is reported and billed

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield from super().usage(measured)
        if self.cache:
            yield Usage(measured.name, f"rest_api.cache.{self.cache.size.replace(' ', '')}", measured.hours)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        errors = {"4xx_error": measured["4xx"], "5xx_error": measured["5xx"]}
        hits = (
            {name: measured[name] for name in ("cache_hit_count", "cache_miss_count")} if self.cache else {}
        )
        return {"count": measured["count"]} | errors | hits | self.latencies(measured)
