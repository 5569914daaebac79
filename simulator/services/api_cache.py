"""The cache of a REST API's stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from simulator.engine.steps import OK, Answer, Count, Jump, Label, LookUp, Piece, Store
from simulator.services.service import Mistake
from simulator.values.population import Members
from simulator.values.units import Duration, format_duration, format_size

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era


class Cache(BaseModel):
    """A node of its own, paid by the hour, used or not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: Literal["0.5 GB", "1.6 GB", "6.1 GB", "13.5 GB", "28.4 GB", "58.2 GB", "118 GB", "237 GB"]
    ttl: Duration | None = None
    """How long an answer stays fresh; the era's default is 300 s."""

    @property
    def room(self) -> int:
        """Its size in bytes, rounded down."""
        return int(float(self.size.removesuffix(" GB")) * 1024**3)


class Cached(BaseModel):
    """A method whose answers are kept. AWS does it for GET unless told otherwise, so write it for those."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: Members
    """Different requests, as the cache's key parameters tell them apart: pages, products."""
    ttl: Duration | None = None
    """Instead of the stage's."""

    def steps(
        self, build: Build, route: str, stage: Cache, integration: Iterator[Piece], answered: Label
    ) -> Iterator[Piece]:
        """Answer from the cache, or go the way of the integration and keep its answer if it was well."""
        (hit,) = build.labels(1)
        entries = build.cache(f"cache of route {route}", self.keys.count)
        key = build.key(self.keys, f"cache key of route {route}")
        stage_ttl = build.era["rest_api.cache.ttl"] if stage.ttl is None else stage.ttl
        yield LookUp(entries, key, hit)
        yield Count(build.counter("cache_miss_count"))
        yield from integration
        yield Store(entries, key, stage_ttl if self.ttl is None else self.ttl)
        yield Jump(answered)
        yield hit
        yield Count(build.counter("cache_hit_count"))
        yield Answer(OK)


def cache_mistakes(
    stage: Cache | None, cached: Mapping[str, tuple[Cached, int]], era: Era
) -> Iterator[Mistake]:
    """What is wrong with a stage's cache and the routes that use it, each with the size of its answers."""
    if stage is None:
        for name in cached:
            instead = "write 'cache: {size: 0.5 GB}' beside 'routes', or remove it here"
            yield Mistake(("routes", name, "cache"), "a cached route of an API without a cache", instead)
        return
    if not cached:
        instead = "write for example 'cache: {keys: 1000}' in a route"
        yield Mistake(("cache",), "a cache that no route uses", instead)
    yield from _too_long(("cache", "ttl"), stage.ttl, era)
    largest = era["rest_api.cache.item_maximum"]
    for name, (route, size) in cached.items():
        yield from _too_long(("routes", name, "cache", "ttl"), route.ttl, era)
        if size > largest:
            what = f"an answer of {format_size(size)}, which is too large to be cached"
            yield Mistake(("routes", name, "response"), what, f"write at most '{format_size(largest)}'")
    needed = sum(size * route.keys.count for route, size in cached.values())
    if needed > stage.room:
        what = f"too small for answers of {format_size(needed)} in all; pushing out is not simulated"
        yield Mistake(("cache", "size"), what, "write a larger size, or fewer keys")


def _too_long(path: tuple[str, ...], ttl: int | None, era: Era) -> Iterator[Mistake]:
    longest = era["rest_api.cache.ttl_maximum"]
    if ttl is not None and ttl > longest:
        what = f"longer than the {format_duration(longest)} that an answer may be kept"
        yield Mistake(path, what, f"write at most '{format_duration(longest)}'")
