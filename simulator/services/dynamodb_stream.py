"""Amazon DynamoDB Streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.engine.steps import OK, Answer, Count, Piece
from simulator.services.stream import MANY_KEYS, Stream

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era


class DynamoDbStream(Stream, kind="dynamodb_stream"):
    """The changes of a table, as Lambda reads them: four times a second from each shard, at once while it
    finds records. Shards are the table's partitions, so that their number is the table's affair; it is said
    here. Items of a partition key stay in order.

    Left out: the table (a request is written in DynamoDB's latency, and costs nothing), shards that split as
    the table grows, consumers that are not Lambda.
    """

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
