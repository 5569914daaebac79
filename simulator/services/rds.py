"""Amazon RDS: a database with so many connections and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, field_validator

from simulator.engine.steps import ERROR, OK, Answer, Free, Jump, Label, Own, Piece, Seize
from simulator.eras.rds_instances import rds_instance
from simulator.measure.usage import Usage
from simulator.services.service import Service
from simulator.values.distributions import Distribution

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.measure.measured import Measured


class Rds(Service, kind="rds"):
    """A database instance. A function that `connects` holds one connection per environment while it lives;
    any other caller opens one for each call. Beyond `max_connections` a caller is refused ("too many
    connections"). The limit follows from the class's memory: R23 and the parameter groups, see the era.

    Left out: the database's CPU and disks (a query takes as long however many run), failover, storage.
    """

    connectable: ClassVar[bool] = True
    reserved: ClassVar[Mapping[str, str]] = {
        "proxy": "RDS Proxy",
        "multi_az": "standby instances",
        "storage": "storage and its price",
        "vcpus": "queries that compete for CPU",
    }

    engine: Literal["mysql", "postgres", "mariadb"] = "mysql"
    instance: str = Field(examples=["db.m5.large"])
    query: Distribution
    max_connections: int | None = Field(default=None, ge=1)
    """Default: from the instance class's memory, as AWS's parameter groups do."""
    connect: Distribution | None = None
    """Opening a connection."""

    @field_validator("instance")
    @classmethod
    def _known(cls, name: str) -> str:
        rds_instance(name)
        return name

    def limit(self, build: Build) -> int:
        """Connections the database accepts."""
        if self.max_connections is not None:
            return self.max_connections
        era, key = build.era, f"rds.{self.engine}"
        usable = rds_instance(self.instance).memory_mb * 1024 * 1024 * era["rds.memory_share"]
        by_memory = int(usable / era[f"{key}.bytes_per_connection"])
        return min(by_memory, int(era[f"{key}.connections_maximum"]))

    def connections(self, build: Build) -> int:
        return build.servers("connections", self.limit(build), bound=0)

    def _open(self, build: Build) -> Piece:
        return build.delay(self.connect or build.era["rds.connect"], "connect")

    def connecting(self, build: Build, refused: Label) -> Iterator[Piece]:
        turned_away, done = build.labels(2)
        yield Own(self.connections(build), turned_away)
        yield self._open(build)
        yield Jump(done)
        yield turned_away
        yield Answer(ERROR, 500, build.cause("max_connections"))
        yield Jump(refused)
        yield done

    def steps(self, build: Build) -> Iterator[Piece]:
        refused, done = build.labels(2)
        if build.holds(build.here):
            yield build.delay(self.query, "query")
            yield Answer(OK)
            return
        pool = self.connections(build)
        yield Seize(pool, refused)
        yield self._open(build)
        yield build.delay(self.query, "query")
        yield Free(pool)
        yield Answer(OK)
        yield Jump(done)
        yield refused
        yield Answer(ERROR, 500, build.cause("max_connections"))
        yield done

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield Usage(measured.name, f"rds.{self.engine}.{self.instance}", measured.hours)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {
            "connections_max": measured["connections.most_busy"],
            "connections_mean": measured["connections.busy_ns"] / measured.ns,
            "connections_refused": measured["connections.refused"],
        }
