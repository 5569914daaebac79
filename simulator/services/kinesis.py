"""Amazon Kinesis Data Streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.engine.steps import FULL, OK, THROTTLED, Again, Answer, Count, Jump, Piece, Write
from simulator.measure.usage import Usage
from simulator.services.consumers import consumers
from simulator.services.kinesis_growth import Growth, Throughput
from simulator.services.service import Mistake, Raising, Service
from simulator.services.stream import MANY_KEYS, Stream
from simulator.values.distributions import distribution
from simulator.values.units import Duration, PositiveDuration, Rate, Size, format_duration

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
    """What the producer's code does: it gathers records for up to `linger` before it sends them, and may
    make one of many, as the Kinesis Producer Library does."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reserved: ClassVar[Mapping[str, str]] = {}

    linger: Duration = 0
    """A record waits for a uniform random part of this, as in a buffer that is sent so often."""
    aggregation: int = Field(default=1, ge=1, le=1000)
    """Records of one's own in one of the stream's, on average: what a buffer gathers while it lingers. A
    shard takes a thousand of the stream's a second, and they are billed and batched."""
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

    On demand a stream takes twice the peak of the 30 days before, `previous_peak`, or what a new one does,
    as so many shards; what is asked beyond that is refused. Each quarter of an hour its busiest minute may
    raise that to its double. It is what each shard takes that grows then, and not the shards: consumers keep
    the lanes and reads of the shards that there were, fewer than AWS would give them, and a key may write
    more than one of AWS's shards takes. Billed are hours and what goes in and out.

    Left out: splitting and merging shards; what a Region lets a stream on demand grow to; that records made
    one are refused together; the limits of one request of a producer; consumers that are not Lambda.
    """

    throttles_with: ClassVar[int] = 400
    reserved: ClassVar[Mapping[str, str]] = {
        "resharding": "splitting and merging shards while the stream is used",
    }

    renamed: ClassVar[Mapping[str, str]] = {
        # of a request of many each record is taken or refused, and billed, by itself
        "producer.records": "linger (how long records wait to be sent together)"
        " or aggregation (how many become one record of the stream)",
    }

    mode: Literal["provisioned", "on_demand"] = "provisioned"
    previous_peak: Size = Field(default=0, examples=["20 MB"])
    """Of a stream on demand: the most that was written a second, in the 30 days before."""
    retention: PositiveDuration = Field(default=DAY, ge=DAY, le=365 * DAY)
    producer: Producer = Producer()

    @model_validator(mode="after")
    def _one_mode(self) -> Kinesis:
        if self.mode == "on_demand" and "shards" in self.model_fields_set:
            raise ValueError("a stream on demand has as many shards as it needs; remove 'shards'")
        if self.mode == "on_demand" and self.retention > DAY:
            raise ValueError("what a stream on demand costs beyond 24 h is not known; remove 'retention'")
        if self.mode == "provisioned" and self.previous_peak:
            raise ValueError("previous_peak is of streams on demand; remove it, or write 'mode: on_demand'")
        return self

    def keep_for(self, era: Era) -> int:
        return self.retention

    def open_shards(self, era: Era) -> int:
        if self.mode == "provisioned":
            return self.shards
        times: int = era["kinesis.on_demand.times"]
        shard: Rate = era["kinesis.shard_bytes"]
        least: int = era["kinesis.on_demand.shards"]
        return max(-(-times * self.previous_peak // round(shard.per_second)), least)

    @property
    def aggregated(self) -> int:
        return self.producer.aggregation

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        if self.mode == "on_demand" and not era["kinesis.on_demand.shards"]:
            yield Mistake(("mode",), f"no streams on demand in era {era.name}", "write 'provisioned'")
        for name, service in services.items():
            if service is self and self.aggregated > 1:
                for mapping in consumers(services, name):
                    if mapping.source.parallelization_factor > 1:
                        what = f"{mapping.function} reads with several lanes a shard, and Lambda does not"
                        what += " know the keys of records that were made one"
                        yield Mistake(("producer", "aggregation"), what, "write 1, or factor 1 there")
        yield from super().check(services, era)

    def raising(self, limit: str, services: Mapping[str, Service]) -> Iterator[Raising]:
        if self.mode == "provisioned" and limit.startswith("shard"):
            yield Raising(("shards",), self.shards)

    def steps(self, build: Build) -> Iterator[Piece]:
        era, retries = build.era, self.producer.retries
        write, too_many, too_large, refused, done = build.labels(5)
        # its first consumer's table leads to shards too, and what a record has looked up it knows
        factor = next((one.source.parallelization_factor for one in consumers(build.services, build.here)), 1)
        yield build.carry(MANY_KEYS)
        if self.producer.linger:
            upto = format_duration(self.producer.linger)
            yield build.delay(distribution({"uniform": {"from": "0 s", "to": upto}}), "linger")
        yield write
        one: Rate = era["kinesis.shard_records"]
        records = Rate(one.count * self.aggregated, one.per_ns)
        size: Rate = era["kinesis.shard_bytes"]
        counted, sized = self._throughput(build, "records", records), self._throughput(build, "bytes", size)
        if self.mode == "on_demand":
            times, period = era["kinesis.on_demand.times"], era["kinesis.on_demand.growth_period"]
            added = build.counter("shards added")
            growth = Growth((counted, sized), self.open_shards(era), times, period, added)
            build.control("growth", growth)
        table = self.table(build, factor)
        yield Write(counted.bucket, sized.bucket, table, factor, too_many, too_large)
        yield build.delay(era["kinesis.put"], "put")
        yield Count(counted.written)
        yield Count(sized.written, unit=1)
        unit = era["kinesis.on_demand.unit" if self.mode == "on_demand" else "kinesis.put_unit"]
        yield Count(build.counter("units"), unit=unit // self.aggregated)
        yield from self.deliver(build)
        yield Answer(OK)
        yield Jump(done)
        yield too_many
        yield Answer(THROTTLED, self.throttles_with, build.cause("shard records"))
        yield Jump(refused)
        yield too_large
        yield Answer(THROTTLED, self.throttles_with, build.cause("shard bytes"))
        yield refused
        yield Count(build.counter("refused"))
        if retries.attempts:
            luck = build.stream("back-off")
            yield Again(write, retries.attempts, retries.backoff, retries.cap, FULL, luck)
        yield done

    def _throughput(self, build: Build, what: str, each: Rate) -> Throughput:
        """What is written of it, and what each shard takes of it."""
        second = round(each.per_second)
        bucket = build.bucket(f"shard {what}", each, second, clients=self.open_shards(build.era))
        return Throughput(build.counter(what), bucket, second)

    def usage(self, measured: Measured) -> Iterator[Usage]:
        if self.mode == "on_demand":
            yield from self._on_demand(measured)
            return
        hours = self.shards * measured.hours
        yield Usage(measured.name, "kinesis.shard", hours)
        yield Usage(measured.name, "kinesis.put_units", measured["units"] / self.aggregated)
        pushed = [name for name in measured.starting("unread by ") if name.endswith(" (pushed).received")]
        if pushed:
            yield Usage(measured.name, "kinesis.fan_out", len(pushed) * hours)
            size = measured["bytes"] * len(pushed) / 1024**3
            yield Usage(measured.name, "kinesis.fan_out_data", size)
        if self.retention > DAY:
            yield Usage(measured.name, "kinesis.extended_retention", hours)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        grown = {"write_shards_added": measured["shards added"]} if self.mode == "on_demand" else {}
        return {**super().counters(measured), **grown}

    def _on_demand(self, measured: Measured) -> Iterator[Usage]:
        gb = measured["units"] / self.aggregated / 1024**2
        readers = [name.endswith(" (pushed).received") for name in measured.starting("unread by ")
                   if name.endswith(".received")]  # fmt: skip
        yield Usage(measured.name, "kinesis.on_demand.hour", measured.hours)
        yield Usage(measured.name, "kinesis.on_demand.in", gb)
        if pushed := sum(readers):
            yield Usage(measured.name, "kinesis.on_demand.fan_out", gb * pushed)
        if pulled := len(readers) - pushed:
            yield Usage(measured.name, "kinesis.on_demand.out", gb * pulled)
