"""What fleets of servers have in common, whoever rents them out: requests, CPUs, connections, scaling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.engine.steps import ERROR, OK, Answer, Count, Free, Jump, Piece, Seize
from simulator.measure.measured import CPUS
from simulator.measure.usage import Usage
from simulator.services import handler as handlers
from simulator.services.fleet_control import FleetControl, Links, PerServer
from simulator.services.handler import Handler, Invocation
from simulator.services.machine import Machine
from simulator.services.outward import Outward
from simulator.services.receiving import Receives, Receiving
from simulator.services.service import MOST_BUSY, Mistake, Reference, Service
from simulator.services.sqs import Queue
from simulator.services.work import Work
from simulator.values.units import Duration

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured


BUSY: Final = {CPUS: MOST_BUSY, "workers": 1.0}
"""The limits that more servers raise, and how much of them may be in use at the peak."""


class Start(BaseModel):
    """What a server does once, before it takes requests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    work: Duration = 0
    """Until the application is up, after the machine is."""
    connects: tuple[str, ...] = ()
    """Databases to which each server opens a pool of connections and keeps it while it runs."""
    connections: int = Field(default=10, ge=1)
    """In each such pool; HikariCP's default is 10."""


class Size(NamedTuple):
    """CPUs of one server."""

    cores: int
    """How many requests compute at a time."""
    speed: float
    """Of each, where 1 is a whole vCPU."""

    @classmethod
    def of(cls, vcpus: float) -> Size:
        """Less than one vCPU is one core that computes for a part of the time."""
        cores = max(int(vcpus), 1)
        return cls(cores, vcpus / cores)


class Fleet(Outward):
    """Servers behind an ideal load balancer: no request waits at one while another has room.

    A request takes one of the `concurrency` places of a server (a thread, a worker process) until it is
    answered, or waits in line for one; beyond `backlog` in line for each server it is answered 503. Its
    `work` is computing: it takes a CPU for as long as it lasts and waits for one first come, first served;
    of work written `{measured, at, cpu}` only the share `cpu` does. Calls keep the place and no CPU.
    Who has given up waiting stays in line and is served all the same, as servers do.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        "timeout": "a server has none of its own; give the client or the API in front one",
        "memory_limit": "servers that run out of memory",
        "health_check": "health checks; servers do not fail",
    }

    duration: Work | None = None
    """Short for a handler that only works."""
    handler: Handler = ()
    """What a request does, in the words of a Lambda function's handler."""
    init: Start = Start()
    concurrency: int = Field(default=200, ge=1)
    """Requests a server works at at a time; Tomcat's default is 200 threads."""
    backlog: int = Field(default=100, ge=0)
    """Requests that may wait for each server; Tomcat's default is 100."""
    receives: Receives | None = None
    """From a queue, beside the requests that come by themselves."""

    @model_validator(mode="after")
    def _says_what_it_does(self) -> Self:
        handlers.said_once(self.handler, self.duration)
        return self

    # ------------------------------------------------------------------ what a kind of fleet says of itself

    def size(self) -> Size:
        """CPUs of one server."""
        raise NotImplementedError

    def most(self) -> int:
        """Servers there can ever be."""
        raise NotImplementedError

    def fixed(self) -> bool:
        """Whether there are always so many: then their number is no limit that anything comes near."""
        raise NotImplementedError

    def control(self, build: Build, stations: Stations) -> FleetControl:
        """What keeps the servers at the number wanted."""
        raise NotImplementedError

    # ------------------------------------------------------------------ what a request meets

    def references(self) -> Iterator[Reference]:
        yield from handlers.references(self.handler, ("handler",))
        for place, name in enumerate(self.init.connects):
            yield Reference(("init", "connects", place), name)
        if self.receives:
            yield Reference(("receives", "from"), self.receives.from_, ("sqs",), "reads")
        yield from super().references()

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        for place, name in enumerate(self.init.connects):
            if name in services and not services[name].connectable:
                what = f"{name!r} ({services[name].kind}) takes no connections"
                yield Mistake(("init", "connects", place), what, "name a database")
            elif name in services and services[name].kind == "efs":
                what = "file systems of fleets are not simulated yet"
                yield Mistake(("init", "connects", place), what, "remove it")
        yield from handlers.mistakes(self.handler, ("handler",), services)
        if self.receives and self.receives.receivers > self.concurrency:
            what = f"more than the {self.concurrency} places of a server (`concurrency`)"
            yield Mistake(("receives", "receivers"), what, f"write at most {self.concurrency}")

    def steps(self, build: Build) -> Iterator[Piece]:
        stations = Stations.of(self, build)
        build.control("fleet", self.control(build, stations))
        build.own(self.init.connects)
        work = handlers.said_once(self.handler, self.duration)
        refused, ended, failed, gone, done = build.labels(5)

        yield Count(build.counter("request_count"))
        yield Seize(stations.workers, refused)
        yield from handlers.steps(build, work, Invocation(0, ended, failed, failed, stations.machine))
        yield ended
        yield Answer(OK)
        yield Jump(gone)
        yield failed
        yield Answer(ERROR, 500)
        yield Count(build.counter("errors"))
        yield gone
        yield Free(stations.workers)
        yield Jump(done)
        yield refused
        yield Answer(ERROR, 503, build.cause("workers"))
        yield Count(build.counter("rejected"))
        yield done

    def standing(self, build: Build) -> None:
        build.control("fleet", self.control(build, Stations.of(self, build)))

    def counters(self, measured: Measured) -> Mapping[str, float]:
        cores = self.size().cores * max(measured["servers.busy_ns"], 1)
        return {
            "request_count": measured["request_count"],
            "errors": measured["errors"],
            "rejected": measured["rejected"],
            "servers_max": measured["servers.most_busy"],
            "servers_mean": measured["servers.busy_ns"] / measured.ns,
            "cpu_utilization_mean": measured[f"{CPUS}.busy_ns"] / cores,
            "queue_length_max": measured["workers.most_waiting"],
        } | {f"responded.{name}": count for name, count in measured.starting("responded.").items()}

    def usage(self, measured: Measured) -> Iterator[Usage]:
        return self.outward(measured.name, measured["request_count"] - measured["rejected"])

    def server_hours(self, measured: Measured) -> float:
        """Hours of servers that are billed."""
        return (measured["servers.busy_ns"] + measured["rounding_ns"]) / 3.6e12


class Stations(NamedTuple):
    """The stations of a fleet, by place in the program."""

    servers: int
    """Those that exist: the control holds them, and their time is what is billed."""
    workers: int
    """Places for requests."""
    machine: Machine
    per_server: tuple[PerServer, ...]
    links: tuple[Links, ...]
    receiving: Receiving | None

    @classmethod
    def of(cls, fleet: Fleet, build: Build) -> Stations:
        """Of the fleet that is speaking; without room until its control has servers."""
        size = fleet.size()
        workers, cpus = build.servers("workers", 0, 0), build.servers(CPUS, 0, None)
        servers = build.servers("servers", None if fleet.fixed() else fleet.most(), 0)
        links = tuple(
            Links(build.servers_of(name), build.servers(f"connections to {name}", 0, None))
            for name in fleet.init.connects
        )
        kept = {name: link.kept for name, link in zip(fleet.init.connects, links, strict=True)}
        machine = Machine(cpus, size.speed, build.era["lambda.memory_per_vcpu"], kept)
        each = (
            PerServer(cpus, size.cores, 0),
            PerServer(workers, fleet.concurrency, fleet.backlog),
        )
        receiving = None
        if fleet.receives and isinstance(queue := build.services[fleet.receives.from_], Queue):
            receiving = queue.receiving(build, fleet.receives)
        return cls(servers, workers, machine, each, links, receiving)
