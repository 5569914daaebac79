"""Amazon EFS: a file system whose throughput all its clients share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from pydantic import Field, model_validator

from simulator.engine.steps import ERROR, OK, Answer, Count, Delay, Jump, Label, Own, Piece, Take, TakeInTurn
from simulator.measure.usage import Usage
from simulator.services.service import Loading, Mistake, Service
from simulator.values.distributions import Constant, Distribution
from simulator.values.quantity import Quantity
from simulator.values.rate import Rate
from simulator.values.units import Share, Size

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

KIB, MIB, GIB = 1024, 1024**2, 1024**3
HOURS_A_MONTH = 730
PARTS, PART_NS = 128, 20_000_000
"""What is moved is cut into at most so many parts, each of which takes a client alone about so long."""


class Throughput(NamedTuple):
    """What a file system gives, in KiB a second as they are metered."""

    most: int
    baseline: int = 0
    """What earns credits; 0: none are needed."""
    saved: int = 0
    """Credits at the beginning, KiB."""
    cap: int = 0


class Efs(Service, kind="efs"):
    """A file system. A function mounts it by naming it in `init.connects`: each new environment makes one
    connection, kept while it lives, and reads `load` (a model, say); a call reads `read` and writes `write`.
    What is loaded in the init code counts towards Lambda's INIT limit, and is read again from its beginning
    by an init that reached it; what is loaded when the handler first runs counts towards its timeout only.

    All share the throughput: bursting (so much for what is stored, and credits to go faster), or provisioned,
    or elastic, where writes have one of their own. What is read and written is cut into parts that take their
    turns, so that all advance together, no client faster than it may be. Writes are metered in full; reads by
    the era: in full in 2020, a third of them today. Left out: limits of operations a second, the time of
    mounting, fleets; what is loaded in init code, provisioned environments read while they are ready already,
    and those that Lambda initialises ahead not at all; that Lambda's network may be slower than a client of
    EFS may be.
    """

    connectable: ClassVar[bool] = True
    mounted: ClassVar[bool] = True
    stored: Size = Field(examples=["100 GB"])
    """Of the Standard class, which alone earns throughput."""
    infrequent_access: Size = 0
    """Stored besides, in the Infrequent Access class."""
    infrequent_access_share: Share = 0.0
    """Of what is read and written, for the bill."""
    one_zone: bool = False
    """In one Availability Zone, for less."""
    throughput: Literal["bursting", "provisioned", "elastic"] = "bursting"
    provisioned: Size | None = Field(default=None, examples=["100 MB"])
    """A second, of `throughput: provisioned`."""
    credits: Size | None = None
    """Burst credits at the beginning; by default all there can be."""
    load: Size = 0
    """What a new client reads first."""
    loads: Loading = "init"
    """When: in the init code, or lazily, when the handler first runs."""
    read: Size = 0
    """What a call reads."""
    write: Size = 0
    """What a call writes."""
    latency: Distribution | None = None
    """Of the first byte that is read."""

    @model_validator(mode="after")
    def _provisions(self) -> Efs:
        if (self.throughput == "provisioned") != (self.provisioned is not None):
            what = "says no provisioned throughput" if self.provisioned is None else "is not provisioned"
            raise ValueError(f"{what}; write 'throughput: provisioned' and 'provisioned: 100 MB' together")
        return self

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        if self.throughput == "elastic" and not era["efs.elastic_most"]:
            what = f"no elastic throughput in era {era.name}"
            yield Mistake(("throughput",), what, "write 'bursting' or 'provisioned'")
        if self.one_zone and not era["efs.one_zone"]:
            yield Mistake(("one_zone",), f"no One Zone storage in era {era.name}", "remove it")

    def gives(self, era: Era) -> Throughput:
        """The throughput of this file system."""
        stored, tib = self.stored / GIB, max(self.stored / GIB / 1024, 1.0)
        if self.throughput == "elastic":
            return Throughput(era["efs.elastic_most"] // KIB)
        if self.provisioned is not None:
            return Throughput(max(self.provisioned // KIB, 1))
        baseline = max(int(stored * era["efs.baseline_per_gib"]), era["efs.baseline_least"]) // KIB
        cap = int(tib * era["efs.credits_per_tib"]) // KIB
        saved = cap if self.credits is None else min(self.credits // KIB, cap)
        return Throughput(max(int(tib * era["efs.burst_per_tib"]) // KIB, baseline), baseline, saved, cap)

    # ------------------------------------------------------------------ what a client meets

    def connections(self, build: Build) -> int:
        return build.servers("connections", build.era["efs.connections_maximum"], bound=0)

    def connecting(self, build: Build, refused: Label) -> Iterator[Piece]:
        era = build.era
        too_many, too_fast, done = build.labels(3)
        rate = build.bucket("new connections", era["efs.connections_rate"], era["efs.connections_burst"])
        yield Take(rate, too_fast)
        yield Own(self.connections(build), too_many)
        yield Jump(done)
        yield too_fast
        yield Answer(ERROR, 500, build.cause("new connections"))
        yield Jump(refused)
        yield too_many
        yield Answer(ERROR, 500, build.cause("max_connections"))
        yield Jump(refused)
        yield done

    def loading(self, build: Build, when: Loading) -> Iterator[Piece]:
        if self.load and self.loads == when:
            yield from self._moving(build, self.load, "load")

    def steps(self, build: Build) -> Iterator[Piece]:
        if self.read or not self.write:
            yield from self._moving(build, self.read, "read")
        if self.write:
            yield from self._moving(build, self.write, "write")
        yield Answer(OK)

    def _moving(self, build: Build, size: int, purpose: Literal["load", "read", "write"]) -> Iterator[Piece]:
        """So many bytes, in parts: each waits for its turn in the throughput, and for credits."""
        era, gives, way = build.era, self.gives(build.era), "write" if purpose == "write" else "read"
        elastic = self.throughput == "elastic"
        yield build.delay(self._first_byte(era, way), purpose)
        if size == 0:
            return
        metered = era["efs.read_metered"] if way == "read" and not elastic else 1.0
        client = self._client(era)
        parts = _parts(size, client)
        amount = max(round(size * metered / parts / KIB), 1)
        pipe = self._pipe(build, gives.most, "throughput")
        if elastic and way == "write":
            pipe = self._pipe(build, era["efs.elastic_write_most"] // KIB, "write throughput")
        alone = Delay(Constant(value=Quantity(round(size / parts / client * 1e9))), build.stream("transfer"))
        for _ in range(parts):
            (turn,) = build.labels(1)
            yield TakeInTurn(pipe, turn, amount)
            yield turn
            if gives.baseline:
                spent = gives.cap - gives.saved
                saved = build.bucket("burst credits", Rate(gives.baseline), gives.cap, spent=spent)
                (paid,) = build.labels(1)
                yield TakeInTurn(saved, paid, amount)
                yield paid
            yield alone
        yield Count(build.counter(f"data_{way}_bytes"), size)
        yield Count(build.counter("metered_kib"), amount * parts)

    def _first_byte(self, era: Era, way: str) -> Distribution:
        zone = "_one_zone" if self.one_zone else ""
        latency: Distribution = era["efs.read_latency" if way == "read" else f"efs.write_latency{zone}"]
        return self.latency if self.latency and way == "read" else latency

    def _client(self, era: Era) -> int:
        """What one client may move, bytes a second."""
        most: int = era["efs.client_most_elastic" if self.throughput == "elastic" else "efs.client_most"]
        return most

    def _pipe(self, build: Build, most: int, name: str) -> int:
        """What all share, KiB a second."""
        # what it gives while a client is busy with a part is there when that client asks for the next
        client = self._client(build.era)
        sizes = (self.load, self.read, self.write, KIB)
        longest = max(size / _parts(size, client) / client for size in sizes)
        return build.bucket(name, Rate(most), max(int(most * longest), 1))

    # ------------------------------------------------------------------ what is reported and billed

    def usage(self, measured: Measured) -> Iterator[Usage]:
        name, months = measured.name, measured.hours / HOURS_A_MONTH
        storage = "efs.storage_one_zone" if self.one_zone else "efs.storage"
        yield Usage(name, storage, self.stored / GIB * months)
        if self.infrequent_access:
            yield Usage(name, f"{storage}_infrequent", self.infrequent_access / GIB * months)
        if self.provisioned is not None:
            # what is stored entitles to a twentieth of a MB a second for each GB
            beyond = max(self.provisioned / MIB - self.stored / GIB / 20, 0.0)
            yield Usage(name, "efs.provisioned_throughput", beyond * months)
        if self.throughput == "elastic":
            yield Usage(name, "efs.elastic_read", measured["data_read_bytes"] / GIB)
            if self.write:
                yield Usage(name, "efs.elastic_write", measured["data_write_bytes"] / GIB)
        if self.infrequent_access_share:
            moved = measured["data_read_bytes"] + measured["data_write_bytes"]
            yield Usage(name, "efs.infrequent_access_requests", moved / GIB * self.infrequent_access_share)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        balance = measured["burst credits.level"] / max(measured["burst credits.per"], 1) * KIB
        return {
            "client_connections_max": measured["connections.most_busy"],
            "data_read_bytes": measured["data_read_bytes"],
            "data_write_bytes": measured["data_write_bytes"],
            "metered_io_bytes": measured["metered_kib"] * KIB,
        } | ({"burst_credit_balance": max(balance, 0.0)} if self.throughput == "bursting" else {})


def _parts(size: int, client: int) -> int:
    """Into how many parts so many bytes are cut, of a client that may read so many bytes a second."""
    return min(max(-(-size // (client * PART_NS // 10**9)), 1), PARTS)
