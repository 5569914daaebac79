"""Amazon Kinesis Data Streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import FULL, OK, THROTTLED, Again, Answer, Count, Jump, Piece, Write
from simulator.measure.usage import Usage
from simulator.services.stream import MANY_KEYS, Stream
from simulator.values.distributions import distribution
from simulator.values.units import Duration, PositiveDuration, Rate, format_duration

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

DAY = 86_400 * 1_000_000_000


class ProducerRetries(BaseModel):
    """Records that a shard refused are sent again, after a random part of a pause that doubles each time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts: int = Field(default=3, ge=0, le=100)
    backoff: PositiveDuration = 100_000_000
    cap: PositiveDuration = 5_000_000_000


class Producer(BaseModel):
    """What the producer's code does: it gathers records for up to `linger` before it sends them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reserved: ClassVar[Mapping[str, str]] = {}

    linger: Duration = 0
    """A record waits for a uniform random part of this, as in a buffer that is sent so often."""
    retries: ProducerRetries = ProducerRetries(attempts=0)


class Kinesis(Stream, kind="kinesis"):
    """A data stream with so many shards. A record's shard follows from the MD5 hash of its partition key. A
    shard takes 1,000 records and 1 MB a second (as a token bucket of one second's worth) and refuses what is
    more; the producer may try again. A record that was written is readable after it has spread.

    Lambda reads each shard once a second while it finds nothing and goes on at once while it does, within
    five reads and 2 MB a second that consumers share; with enhanced fan-out records are pushed. Within a
    shard a function has `parallelization_factor` batches at a time; records of a key stay in one lane, in
    order, and a batch that fails keeps its lane. The age of an iterator is that of the last record of a batch
    when it is sent to the function (Lambda's IteratorAge as its metrics page defines it).

    Left out: splitting and merging shards, on-demand capacity, aggregation, the limits of one request of a
    producer, consumers that are not Lambda.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        "resharding": "splitting and merging shards while the stream is used",
        "on_demand": "on-demand capacity",
        "producer.records": "the size of a producer's requests, which costs nothing here",
        "producer.aggregation": "many small records in one",
    }

    mode: Literal["provisioned"] = "provisioned"
    retention: PositiveDuration = Field(default=DAY, ge=DAY, le=365 * DAY)
    producer: Producer = Producer()

    def keep_for(self, era: Era) -> int:
        return self.retention

    def steps(self, build: Build) -> Iterator[Piece]:
        era, retries = build.era, self.producer.retries
        write, refused, gave_up, done = build.labels(4)
        yield build.carry(MANY_KEYS)
        if self.producer.linger:
            upto = format_duration(self.producer.linger)
            yield build.delay(distribution({"uniform": {"from": "0 s", "to": upto}}), "linger")
        yield write
        records: Rate = era["kinesis.shard_records"]
        size: Rate = era["kinesis.shard_bytes"]
        yield Write(
            build.bucket("shard records", records, round(records.per_second), clients=self.shards),
            build.bucket("shard bytes", size, round(size.per_second), clients=self.shards),
            build.table("shards", lambda: self.table(build, 1)),
            1,
            refused,
        )
        yield build.delay(era["kinesis.put"], "put")
        yield Count(build.counter("records"))
        yield Count(build.counter("bytes"), unit=1)
        yield Count(build.counter("units"), unit=era["kinesis.put_unit"])
        yield from self.deliver(build)
        yield Answer(OK)
        yield Jump(done)
        yield refused
        yield Count(build.counter("refused"))
        if retries.attempts:
            luck = build.stream("back-off")
            yield Again(write, retries.attempts, retries.backoff, retries.cap, FULL, luck)
        yield gave_up
        yield Answer(THROTTLED, 400, build.cause("shard throughput"))
        yield done

    def usage(self, measured: Measured) -> Iterator[Usage]:
        hours = self.shards * measured.hours
        yield Usage(measured.name, "kinesis.shard", hours)
        yield Usage(measured.name, "kinesis.put_units", measured["units"])
        pushed = [name for name in measured.starting("unread by ") if name.endswith(" (pushed).received")]
        if pushed:
            yield Usage(measured.name, "kinesis.fan_out", len(pushed) * hours)
            size = measured["bytes"] * len(pushed) / 1024**3
            yield Usage(measured.name, "kinesis.fan_out_data", size)
        if self.retention > DAY:
            yield Usage(measured.name, "kinesis.extended_retention", hours)
