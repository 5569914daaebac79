"""RDS Proxy: many clients' connections on a few of the database's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import ERROR, OK, Answer, Free, Jump, Piece, Seize
from simulator.values.distributions import Constant, Distribution
from simulator.values.quantity import Quantity
from simulator.values.units import Duration

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

POOL, CLIENTS = "proxy connections", "client connections"


class Proxy(BaseModel):
    """A proxy's settings, and what they do to a request.

    A client's transaction, here a call, borrows one of the pool's connections until it has ended, and waits
    for one at most `borrow_timeout`. With `pinned` every session is, or those of the services named, since it
    is their code that pins (JDBC's extended protocol for PostgreSQL, SET, temporary tables and other causes):
    then each environment that `connects` keeps a connection of the pool from its start to its end, or fails
    to start after waiting in vain; what is kept is lost to the others.
    Left out: connections that the proxy itself opens and closes (all of the pool stand ready), a service of
    whose sessions only some are pinned, a limit of client connections, fewer proxies than one a database.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_connections_percent: int | None = Field(default=None, ge=1, le=100, examples=[90])
    """Of the database's max_connections. None: AWS's default."""
    borrow_timeout: Duration | None = Field(default=None, examples=["2 s"])
    """ConnectionBorrowTimeout. None: AWS's default."""
    pinned: bool | tuple[str, ...] = Field(default=False, examples=[True, ["reports"]])
    """Whether sessions are, or whose."""
    overhead: Distribution | None = None
    """What the proxy adds to a query."""

    def with_defaults(self, era: Era) -> Self:
        """The proxy with what settings that nobody wrote come to under an era."""
        own = {"borrow_timeout": self.patience(era), "max_connections_percent": self._percent(era)}
        return self.model_copy(update={**own, "overhead": self.overhead or era["rds.proxy.overhead"]})

    def _percent(self, era: Era) -> int:
        default: int = era["rds.proxy.max_connections_percent"]
        return default if self.max_connections_percent is None else self.max_connections_percent

    def pool(self, build: Build, limit: int) -> int:
        """The database's connections that it may use."""
        percent = self._percent(build.era)
        return build.servers(POOL, max(limit * percent // 100, 1), bound=None)

    def client_connections(self, build: Build, limit: int) -> int:
        """What an environment that connects owns one of."""
        return self.pool(build, limit) if self._pins(build) else build.servers(CLIENTS, None, bound=0)

    def patience(self, era: Era) -> int:
        """How long a client waits for a connection, ns."""
        default: int = era["rds.proxy.borrow_timeout"]
        return default if self.borrow_timeout is None else self.borrow_timeout

    def lend(self, build: Build, limit: int, query: Iterable[Piece]) -> Iterator[Piece]:
        """A query on a borrowed connection, and its answer."""
        yield build.delay(self.overhead or build.era["rds.proxy.overhead"], "proxy")
        if self._pins(build):  # the session has it already
            yield from query
            yield Answer(OK)
            return
        too_late, done = build.labels(2)
        pool = self.pool(build, limit)
        yield Seize(pool, too_late, self.patience(build.era))
        yield from query
        yield Free(pool)
        yield Answer(OK)
        yield Jump(done)
        yield too_late
        yield Answer(ERROR, 500, build.cause(POOL))
        yield done

    def _pins(self, build: Build) -> bool:
        """Whether the session of who calls, or connects, is pinned."""
        return self.pinned if isinstance(self.pinned, bool) else build.caller_name in self.pinned

    def waited(self, build: Build) -> Piece:
        """All of the pool is pinned to others: the client has waited in vain."""
        return build.delay(Constant(value=Quantity(self.patience(build.era))), "borrow")

    def counters(self, measured: Measured) -> dict[str, float]:
        """In CloudWatch's words, as far as it has any; clients that are pinned only where all are."""
        clients = CLIENTS if measured[f"{CLIENTS}.asked"] else POOL
        return {
            "client_connections_max": measured[f"{clients}.most_busy"],
            "database_connections_max": measured[f"{POOL}.most_busy"],
            "database_connections_mean": measured[f"{POOL}.busy_ns"] / measured.ns,
            "borrow_timeouts": measured[f"{POOL}.refused"],
            "borrow_waiting_max": measured[f"{POOL}.most_waiting"],
        }
