"""Amazon ElastiCache: answers from memory, and asks what is behind it for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, model_validator

from simulator.engine.steps import OK, Answer, Choose, Count, Jump, Piece
from simulator.measure.usage import Usage
from simulator.services.service import Reference, Service
from simulator.values.distributions import Distribution
from simulator.values.units import Share

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.measure.measured import Measured


class ElastiCache(Service, kind="elasticache"):
    """A cluster of nodes. The share `hits` of the calls is answered by the cache after `latency`; the others
    go on to `to`, if there is one, as a caller does who fills the cache itself.

    Left out: what a node can bear (requests, connections, network), keys that expire together, a cache that
    is empty at first, replication and failover.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        "serverless": "ElastiCache Serverless",
        "keys": "keys and their expiry; write the share of 'hits'",
    }

    node: str = Field(examples=["cache.t4g.small"])
    nodes: int = Field(default=1, ge=1)
    hits: Share = 1.0
    to: str | None = None
    """What is asked when the cache has no answer."""
    latency: Distribution = Field(examples=["1 ms"])

    @model_validator(mode="after")
    def _knows_who_else_to_ask(self) -> ElastiCache:
        if self.hits < 1 and self.to is None:
            raise ValueError("who answers what is not in the cache? write 'to', or 'hits: 100%'")
        return self

    def references(self) -> Iterator[Reference]:
        if self.to is not None:
            yield Reference(("to",), self.to)

    def steps(self, build: Build) -> Iterator[Piece]:
        hit, done = build.labels(2)
        yield build.delay(self.latency, "latency")
        yield Choose((self.hits,), (hit,), build.stream("hit"))
        yield Count(build.counter("cache_misses"))
        if self.to is not None:
            yield from build.call(self.to)
        yield Jump(done)
        yield hit
        yield Count(build.counter("cache_hits"))
        yield Answer(OK)
        yield done

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield Usage(measured.name, f"elasticache.{self.node}", self.nodes * measured.hours)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {name: measured[name] for name in ("cache_hits", "cache_misses")}
