"""Amazon RDS: a database with so many connections and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import Field, field_validator

from simulator.engine.steps import ERROR, OK, Answer, Free, Jump, Label, Own, Piece, Seize
from simulator.eras.document import instead
from simulator.eras.rds_instances import rds_instance, rds_instances
from simulator.measure.measured import CPUS
from simulator.measure.usage import Usage
from simulator.services.rds_proxy import POOL, Proxy
from simulator.services.service import MOST_BUSY, Mistake, Raising, Service
from simulator.values.distributions import Distribution
from simulator.values.units import format_duration

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured


class Rds(Service, kind="rds"):
    """A database instance. A function that `connects` holds one connection per environment while it lives, a
    fleet so many per server; any other caller opens one for each call. Beyond `max_connections` a caller is
    refused ("too many connections"). The limit follows from the class's memory: R23 and the parameter
    groups, see the era. With `vcpus` queries compete for CPUs, first come, first served, and `query` is the
    time for which each computes; without, a query takes as long however many run.

    Behind a `proxy` callers connect to that, as many as like, and each call borrows a connection for as long
    as its query runs. Left out: disks, replication, failover, storage.
    """

    connectable: ClassVar[bool] = True
    reserved: ClassVar[Mapping[str, str]] = {
        "multi_az": "standby instances",
        "storage": "storage and its price",
    }

    engine: Literal["mysql", "postgres", "mariadb"] = "mysql"
    instance: str = Field(examples=["db.m5.large"])
    query: Distribution
    max_connections: int | None = Field(default=None, ge=1)
    """Default: from the instance class's memory, as AWS's parameter groups do."""
    connect: Distribution | None = None
    """Opening a connection."""
    vcpus: Literal["of_class"] | int | None = Field(default=None, examples=["of_class"])
    """CPUs that queries compete for: a number, or those of the instance class."""
    proxy: Proxy | None = None
    """RDS Proxy before the database."""

    @field_validator("instance")
    @classmethod
    def _known(cls, name: str) -> str:
        rds_instance(name)
        return name

    @field_validator("vcpus", mode="before")
    @classmethod
    def _some(cls, vcpus: object) -> object:
        if vcpus in (None, "of_class") or (isinstance(vcpus, int) and vcpus >= 1):
            return vcpus
        raise ValueError(f"{vcpus} CPUs; write 'of_class', or 1 or more, a whole number")

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        if self.proxy and self.proxy.borrow_timeout is not None:
            longest = era["rds.proxy.borrow_timeout_maximum"]
            if self.proxy.borrow_timeout > longest:
                what = f"longer than the {format_duration(longest)} that a client may wait"
                write = f"write at most '{format_duration(longest)}'"
                yield Mistake(("proxy", "borrow_timeout"), what, write)
        if self.proxy and not isinstance(self.proxy.pinned, bool):
            for place, name in enumerate(self.proxy.pinned):
                if name not in services:
                    yield Mistake(("proxy", "pinned", place), f"no service {name!r}", instead(name, services))

    def raising(self, limit: str, services: Mapping[str, Service]) -> Iterator[Raising]:
        if limit == CPUS and self.vcpus == "of_class":
            classes = {name: rds_instance(name).vcpus for name in rds_instances()}
            yield Raising((CPUS,), self._cpus(), classes=classes, class_path=("instance",), busy=MOST_BUSY)
        elif limit == CPUS:
            yield Raising((CPUS,), self._cpus(), busy=MOST_BUSY)

    def with_defaults(self, era: Era) -> Self:
        own = {"max_connections": self.limit(era), "connect": self.connect or era["rds.connect"]}
        return self.model_copy(update={**own, "proxy": self.proxy and self.proxy.with_defaults(era)})

    def limit(self, era: Era) -> int:
        """Connections the database accepts."""
        if self.max_connections is not None:
            return self.max_connections
        key = f"rds.{self.engine}"
        usable = rds_instance(self.instance).memory_mb * 1024 * 1024 * era["rds.memory_share"]
        by_memory = int(usable / era[f"{key}.bytes_per_connection"])
        return min(by_memory, int(era[f"{key}.connections_maximum"]))

    def connections(self, build: Build) -> int:
        if self.proxy:
            return self.proxy.client_connections(build, self.limit(build.era))
        return build.servers("connections", self.limit(build.era), bound=0)

    def _open(self, build: Build) -> Piece:
        return build.delay(self.connect or build.era["rds.connect"], "connect")

    def connecting(self, build: Build, refused: Label) -> Iterator[Piece]:
        turned_away, done = build.labels(2)
        yield Own(self.connections(build), turned_away)
        yield self._open(build)
        yield Jump(done)
        yield turned_away
        if self.proxy:
            yield self.proxy.waited(build)
        yield self._too_many(build)
        yield Jump(refused)
        yield done

    def steps(self, build: Build) -> Iterator[Piece]:
        refused, done = build.labels(2)
        if build.holds(build.here):
            yield from self._query(build)
            return
        pool = self.connections(build)
        yield Seize(pool, refused, self.proxy.patience(build.era) if self.proxy else None)
        yield self._open(build)
        yield from self._query(build)
        yield Free(pool)
        yield Jump(done)
        yield refused
        yield self._too_many(build)
        yield done

    def _too_many(self, build: Build) -> Answer:
        return Answer(ERROR, 500, build.cause(POOL if self.proxy else "max_connections"))

    def _query(self, build: Build) -> Iterator[Piece]:
        """On a connection of the caller's own, or on one that the proxy lends."""
        if self.proxy is None:
            yield from self._computing(build)
            yield Answer(OK)
        else:
            yield from self.proxy.lend(build, self.limit(build.era), self._computing(build))

    def _computing(self, build: Build) -> Iterator[Piece]:
        if self.vcpus is None:
            yield build.delay(self.query, "query")
            return
        (done,) = build.labels(1)
        cpus = build.servers(CPUS, self._cpus(), bound=None)
        lent = self.proxy.pool(build, self.limit(build.era)) if self.proxy else self.connections(build)
        build.waits_inside(lent, cpus)
        yield Seize(cpus, done)
        yield build.delay(self.query, "query")
        yield Free(cpus)
        yield done

    def _cpus(self) -> int:
        return self.vcpus if isinstance(self.vcpus, int) else rds_instance(self.instance).vcpus

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield Usage(measured.name, f"rds.{self.engine}.{self.instance}", measured.hours)
        if self.proxy:
            vcpus = max(rds_instance(self.instance).vcpus, 2)
            yield Usage(measured.name, "rds.proxy", vcpus * measured.hours)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        computed = {"cpu_utilization_mean": measured[f"{CPUS}.busy_ns"] / (self._cpus() * measured.ns)}
        if self.proxy:
            return self.proxy.counters(measured) | (computed if self.vcpus else {})
        return {
            "connections_max": measured["connections.most_busy"],
            "connections_mean": measured["connections.busy_ns"] / measured.ns,
            "connections_refused": measured["connections.refused"],
        } | (computed if self.vcpus else {})
