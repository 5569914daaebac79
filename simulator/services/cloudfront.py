"""Amazon CloudFront: a cache in front of an API, a load balancer or a function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.engine.steps import (
    FAILED,
    OK,
    THROTTLED,
    TIMEOUT,
    Answer,
    Await,
    Choose,
    Count,
    Deadline,
    EndDeadline,
    IfOutcome,
    Jump,
    Label,
    LookUp,
    Piece,
    Store,
    Take,
    Wake,
)
from simulator.measure.usage import Usage
from simulator.services.service import Mistake, Reference, Service
from simulator.values.distributions import Distribution
from simulator.values.population import Members
from simulator.values.units import Duration, PositiveDuration, Rate, Share, Size, format_duration

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

KB, GB = 1024, 1024**3


class Objects(BaseModel):
    """What is cached: so many objects, each fresh for its time to live."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: Members
    """Different objects, as the cache key tells them apart."""
    ttl: Duration | None = None
    """The era's default is CloudFront's."""
    collapse: bool = True
    """Whether requests for an object on its way wait for it; CloudFront does so unless told not to cache."""


class CloudFront(Service, kind="cloudfront"):
    """A distribution in front of `to`. The share `hits` is answered from the cache; or, with a `cache`, what
    is fresh there. Who asks for an object that is being fetched waits for it and is answered with it
    (request collapsing); if the fetch fails, the one who has waited longest fetches again.

    Billed by HTTPS requests and by bytes to viewers and to the origin, at the price of the United States and
    Europe; what an API or a balancer behind it sends to it is free. Left out: caches apart for each edge
    location (all share one, as behind Origin Shield), objects pushed out for want of room, retries of
    connections to the origin, its own delay unless `overhead` says one.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        "edge_locations": "a cache for each edge location; all share one",
        "error_caching": "error answers that are kept",
        "functions": "CloudFront Functions and Lambda@Edge",
        "price_class": "price classes; the United States and Europe are billed",
        "behaviors": "several cache behaviors; write one service for each",
    }

    to: str = Field(examples=["api"])
    hits: Share | None = None
    cache: Objects | None = None
    request: Size = 0
    """Payload that is sent to the origin, for the bill."""
    response: Size = 0
    """Payload that is sent to viewers."""
    origin_timeout: PositiveDuration | None = Field(default=None, examples=["30 s"])
    """How long the origin may take to answer; the era's default is CloudFront's."""
    overhead: Distribution | None = None

    @model_validator(mode="after")
    def _one_kind_of_cache(self) -> Self:
        if self.hits is not None and self.cache is not None:
            raise ValueError("a share of hits and a cache; write one of 'hits' and 'cache'")
        return self

    def references(self) -> Iterator[Reference]:
        yield Reference(("to",), self.to)

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        if self.to in services and services[self.to].kind in ("client", "cloudfront", "waf"):
            what = f"{self.to!r} is a {services[self.to].kind}, no origin"
            yield Mistake(("to",), what, "name an API, a load balancer or another service")
        longest = era["cloudfront.origin_timeout_maximum"]
        if self.origin_timeout and self.origin_timeout > longest:
            what = f"longer than CloudFront's {format_duration(longest)}"
            yield Mistake(("origin_timeout",), what, f"write at most '{format_duration(longest)}'")

    # ------------------------------------------------------------------ what a request meets

    def steps(self, build: Build) -> Iterator[Piece]:
        era = build.era
        too_many, too_much, hit, answered, done = build.labels(5)
        rate: Rate = era["cloudfront.request_rate"]
        yield Take(build.bucket("request rate", rate, round(rate.per_second)), too_many)
        if self.response:
            rate = era["cloudfront.data_rate"]
            bucket = build.bucket("data transfer rate", rate, round(rate.per_second))
            yield Take(bucket, too_much, -(-self.response // KB))
        yield Count(build.counter("requests"))
        if self.overhead is not None:
            yield build.delay(self.overhead, "overhead")
        if self.hits is not None:
            yield Choose((self.hits,), (hit,), build.stream("hit"))
        if self.cache:
            yield from self._cached(build, self.cache, hit, answered)
        else:
            yield from self._fetch(build, answered)
        yield hit
        yield Count(build.counter("hits"))
        yield Answer(OK)
        yield answered
        if self.response:
            yield Count(build.counter("bytes_out"), self.response)
        for label, limit in ((too_many, "request rate"), (too_much, "data transfer rate")):
            yield Jump(done)
            yield label
            yield Answer(THROTTLED, era["cloudfront.status.throttled"], build.cause(limit))
        yield done

    def _cached(self, build: Build, cache: Objects, hit: Label, answered: Label) -> Iterator[Piece]:
        """Go to `hit` if the object is there, or comes while it is waited for; or fetch it."""
        fetch, wait, again = build.labels(3)
        key, count = build.key(cache.keys, "cache key"), cache.keys.count
        objects, fetches = build.cache("objects", count), build.cache("fetches", count)
        ttl = build.era["cloudfront.ttl"] if cache.ttl is None else cache.ttl
        yield LookUp(objects, key, hit)
        if not cache.collapse:
            yield from self._fetch(build, answered, kept=(Store(objects, key, ttl),))
            return
        yield LookUp(fetches, key, wait)
        yield fetch
        yield Store(fetches, key, self._timeout(build))
        # whoever waits goes on at once, and is to find even what is not kept
        over = (Store(fetches, key, 0), Wake(fetches, key))
        yield from self._fetch(build, answered, (Store(objects, key, max(ttl, 1)),), over)
        yield wait
        yield Count(build.counter("collapsed"))
        yield again
        yield Await(fetches, key)
        yield LookUp(objects, key, hit)
        yield LookUp(fetches, key, again)
        yield Jump(fetch)

    def _fetch(
        self, build: Build, answered: Label, kept: tuple[Piece, ...] = (), over: tuple[Piece, ...] = ()
    ) -> Iterator[Piece]:
        """Ask the origin and go to `answered`: `kept` is done if it went well, `over` whatever came of it."""
        gone, failed = build.labels(2)
        yield Count(build.counter("misses"))
        if self.request:
            yield Count(build.counter("bytes_to_origin"), self.request)
        yield Deadline(self._timeout(build), gone)
        yield from build.call(self.to)
        yield EndDeadline()
        yield IfOutcome(FAILED, failed)
        yield from kept
        yield from over
        yield Jump(answered)
        yield gone
        yield Answer(TIMEOUT, build.era["cloudfront.status.timeout"], build.cause("origin timeout"))
        yield failed
        yield from over
        yield Jump(answered)

    def _timeout(self, build: Build) -> int:
        timeout: int = self.origin_timeout or build.era["cloudfront.origin_timeout"]
        return timeout

    # ------------------------------------------------------------------ what is reported and billed

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield Usage(measured.name, "cloudfront.https_requests", measured["requests"])
        yield Usage(measured.name, "cloudfront.data_out", measured["bytes_out"] / GB)
        if self.request:
            yield Usage(measured.name, "cloudfront.data_to_origin", measured["bytes_to_origin"] / GB)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {
            "requests": measured["requests"],
            "cache_hit_rate": measured["hits"] / max(measured["requests"], 1),
            "origin_requests": measured["misses"],
            "collapsed_requests": measured["collapsed"],
        }
