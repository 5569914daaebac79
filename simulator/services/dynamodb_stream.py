"""Amazon DynamoDB Streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from simulator.engine.steps import OK, Answer, Count, Piece
from simulator.measure.usage import Usage
from simulator.services.stream import MANY_KEYS, Stream
from simulator.values.units import Rate

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured


class DynamoDbStream(Stream, kind="dynamodb_stream"):
    """The changes of a table, as Lambda reads them: four times a second from each shard, at once while it
    finds records. Shards are the table's partitions, so that their number is the table's affair; it is said
    here. Items of a partition key stay in order.

    Left out: the table (a request is written in DynamoDB's latency, and costs nothing), shards that split as
    the table grows; consumers that are not Lambda are on the bill alone.
    """

    other_reads: Rate | None = Field(default=None, examples=["5/s"])
    """Of consumers that are not Lambda, whose own reads are free: each of up to 1 MB."""

    @property
    def read_elsewhere(self) -> bool:
        return self.other_reads is not None or super().read_elsewhere

    def keep_for(self, era: Era) -> int:
        keep: int = era["dynamodb_stream.retention"]
        return keep

    def steps(self, build: Build) -> Iterator[Piece]:
        yield build.carry(MANY_KEYS)
        yield build.delay(build.era["dynamodb_stream.write"], "write")
        yield Count(build.counter("records"))
        yield Count(build.counter("bytes"), unit=1)
        yield from self.deliver(build)
        yield Answer(OK)

    def usage(self, measured: Measured) -> Iterator[Usage]:
        if self.other_reads:
            reads = self.other_reads.per_second * measured.hours * 3600
            yield Usage(measured.name, "dynamodb_stream.reads", reads)
