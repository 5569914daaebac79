"""Amazon DynamoDB: a table with so much throughput, and so much for each item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.engine.steps import OK, THROTTLED, Answer, Count, Jump, Label, Piece, Take
from simulator.measure.usage import Usage
from simulator.services.dynamodb_growth import Growth
from simulator.services.service import Mistake, Raising, Service
from simulator.values.distributions import Distribution
from simulator.values.population import Members
from simulator.values.rate import Rate
from simulator.values.units import Size

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

HOURS_A_MONTH, GB = 730, 1024**3
READ_UNIT, WRITE_UNIT = 4 * 1024, 1024
"""Bytes of a read and of a write unit."""


class Provisioned(BaseModel):
    """Capacity that is bought: units a second, of which those of five minutes may be saved up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    read: int = Field(ge=1, examples=[100])
    write: int = Field(ge=1, examples=[50])


class DynamoDb(Service, kind="dynamodb"):
    """A table. A call makes `reads` reads and `writes` writes of one item of size `item`: those that are
    named and no others, and one read if neither is. Beyond what the table or the item may take it is
    throttled (400), which the AWS SDKs try again and a call here only with `retries`.

    On demand the table takes twice its previous peak, and 4,000 writes and 12,000 reads a second at least;
    every half hour the peak of the last half hour may raise that. With `provisioned` it takes what is bought,
    and what was not used in the last five minutes. With `keys` each call means one of so many items, and no
    item takes more than a partition, 3,000 reads and 1,000 writes a second: the hot one is throttled first,
    whatever is bought. A read that is not `consistent` counts half.
    With `replicas` each write is one in every Region of a global table, which stores the table too, at the
    prices of this Region. Left out: partitions that hot items share before they are isolated, indexes,
    transactions, auto scaling of provisioned capacity, warm throughput that is bought, DAX; of replicas, what
    their Regions read and write, and that they lag.
    """

    throttles_with: ClassVar[int] = 400
    implied: ClassVar[tuple[str, ...]] = ("reads", "writes")
    reserved: ClassVar[Mapping[str, str]] = {
        "auto_scaling": "auto scaling of provisioned capacity",
        "indexes": "secondary indexes",
        "stream": "DynamoDB Streams",
        "dax": "DynamoDB Accelerator",
        "warm_throughput": "warm throughput; say what the table has seen with previous_peak",
    }

    reads: int = Field(default=1, ge=0)
    """Of one call; none where only `writes` are named."""
    writes: int = Field(default=0, ge=0)
    item: Size = Field(default=1024, ge=1, le=400 * 1024)
    consistent: bool = False
    """Strongly consistent reads."""
    keys: Members | None = None
    """Items that calls mean: a number, or {count, zipf}."""
    mode: Literal["provisioned", "on_demand"] | None = None
    """Of capacity; what is not `provisioned` is on demand."""
    provisioned: Provisioned | None = None
    previous_peak: Provisioned | None = None
    """On demand, what the table has taken before: units a second."""
    latency: Distribution | None = None
    """Of one read or write, as the caller sees it."""
    stored: Size = 0
    replicas: int = Field(default=0, ge=0, examples=[2])
    """Further Regions of a global table."""
    point_in_time_recovery: bool = False
    """Continuous backups, billed by what is stored."""
    backups: Size = 0
    """Kept in backups that were made on demand."""
    restored: Size = 0
    """From backups, in a month."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        writes_only = isinstance(value, Mapping) and "writes" in value
        return {"reads": 0, **value} if writes_only else value

    @model_validator(mode="after")
    def _does_something(self) -> DynamoDb:
        if self.reads + self.writes == 0:
            raise ValueError("a call neither reads nor writes; write 'reads: 1' or 'writes: 1'")
        if self.mode == "on_demand" and self.provisioned:
            raise ValueError(
                "a mode 'on_demand' beside provisioned capacity; remove one of them, in a design by"
                " 'provisioned: null'"
            )
        if self.mode == "provisioned" and not self.provisioned:
            raise ValueError("says no provisioned capacity; write 'provisioned: {read: 100, write: 100}'")
        if self.provisioned and self.previous_peak:
            raise ValueError("previous_peak is of tables on demand; remove it, or 'provisioned'")
        return self

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        for what in ("read", "write"):
            most = era["dynamodb.table_units_maximum"]
            if self.provisioned and getattr(self.provisioned, what) > most:
                said = f"more than the {most} units a second that a table may have"
                yield Mistake(("provisioned", what), said, f"write at most {most}")

    def units(self, what: str) -> int:
        """Half units that one read or write takes."""
        if what == "write":
            return 2 * -(-self.item // WRITE_UNIT)
        return (2 if self.consistent else 1) * -(-self.item // READ_UNIT)

    def raising(self, limit: str, services: Mapping[str, Service]) -> Iterator[Raising]:
        what = limit.removesuffix(" capacity")
        if self.provisioned and what in ("read", "write"):
            yield Raising(("provisioned", what), getattr(self.provisioned, what))

    def steps(self, build: Build) -> Iterator[Piece]:
        done = Label()
        refused: list[tuple[Label, str]] = []
        for what, count in (("read", self.reads), ("write", self.writes)):
            for _ in range(count):
                yield from self._operation(build, what, refused)
        yield Answer(OK)
        yield Jump(done)
        for label, cause in refused:
            yield label
            yield Answer(THROTTLED, self.throttles_with, build.cause(cause))
            yield Count(build.counter("throttled_requests"))
            yield Jump(done)
        yield done

    def _operation(self, build: Build, what: str, refused: list[tuple[Label, str]]) -> Iterator[Piece]:
        era, units = build.era, self.units(what)
        hot, too_many = build.labels(2)
        refused += [(hot, f"{what} capacity of an item"), (too_many, f"{what} capacity")]
        if self.keys:
            # what a table saves up may be used beyond its capacity, never beyond that of a partition
            each = 2 * era[f"dynamodb.partition_{what}"]
            bucket = build.bucket(f"{what} capacity of an item", Rate(each), each, clients=self.keys.count)
            yield Take(bucket, hot, units, build.key(self.keys, "item"))
        yield Take(self._table(build, what), too_many, units)
        yield Count(build.counter(f"{what}_units"), units)
        yield build.delay(self.latency or era["dynamodb.latency"], what)

    def _table(self, build: Build, what: str) -> int:
        """The bucket of the table, in half units."""
        era = build.era
        if self.provisioned:
            rate = 2 * getattr(self.provisioned, what)
            return build.bucket(f"{what} capacity", Rate(rate), rate * era["dynamodb.saved_seconds"])
        peak = getattr(self.previous_peak, what) if self.previous_peak else 0
        most = era["dynamodb.table_units_maximum"]
        rate = 2 * min(max(2 * peak, era[f"dynamodb.on_demand_{what}"]), most)
        bucket = build.bucket(f"{what} capacity", Rate(rate), rate)
        build.control(f"growth of {what}", Growth(bucket, rate, 2 * most, era["dynamodb.growth_period"]))
        return bucket

    def usage(self, measured: Measured) -> Iterator[Usage]:
        name, regions = measured.name, 1 + self.replicas
        write, wcu = ("replicated_write", "replicated_wcu") if self.replicas else ("write", "wcu")
        if self.provisioned:
            hours = measured.hours
            yield Usage(name, "dynamodb.provisioned.rcu", self.provisioned.read * hours)
            yield Usage(name, f"dynamodb.provisioned.{wcu}", self.provisioned.write * hours * regions)
        else:
            yield Usage(name, "dynamodb.on_demand.read", measured["read_units"] / 2)
            yield Usage(name, f"dynamodb.on_demand.{write}", measured["write_units"] / 2 * regions)
        months = measured.hours / HOURS_A_MONTH
        yield Usage(name, "dynamodb.storage", self.stored / GB * months * regions)
        recovered = self.stored if self.point_in_time_recovery else 0
        for item, size in (
            ("point_in_time_recovery", recovered),
            ("backups", self.backups),
            ("restored", self.restored),
        ):
            if size:
                yield Usage(name, f"dynamodb.{item}", size / GB * months)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {
            "consumed_read_capacity_units": measured["read_units"] / 2,
            "consumed_write_capacity_units": measured["write_units"] / 2,
            "throttled_requests": measured["throttled_requests"],
        }
