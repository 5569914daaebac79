"""Tables that a consumer writes once for a batch, as one that handles each record by itself would not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from simulator.services.consumers import consumers
from simulator.services.dynamodb import DynamoDb
from simulator.services.handler import references

if TYPE_CHECKING:
    from simulator.scenario.model import Design


class Batched(NamedTuple):
    """A consumer and what it writes into."""

    consumer: str
    source: str
    """The queue or stream."""
    table: str


def batched(design: Design) -> Iterator[Batched]:
    """Those whose batches may have several records where a call writes one item; who writes more has said how
    many, and who is told of batches of one has nothing to say."""
    for source in design.services:
        for mapping in consumers(design.services, source):
            if mapping.source.batch_size == 1:
                continue
            handler = getattr(design.services[mapping.function], "handler", ())
            for name in dict.fromkeys(found.name for found in references(handler, ())):
                table = design.services.get(name)
                if isinstance(table, DynamoDb) and table.writes == 1:
                    yield Batched(mapping.function, source, name)
