"""Services that a consumer calls once for a batch, as one that handles each record by itself would not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from simulator.services.consumers import consumers
from simulator.services.dynamodb import DynamoDb
from simulator.services.handler import references

if TYPE_CHECKING:
    from simulator.scenario.model import Design


class Batched(NamedTuple):
    """A consumer and what it calls."""

    consumer: str
    source: str
    """The queue or stream."""
    called: str
    is_table: bool
    """Of which one may say how many items a call writes."""


def batched(design: Design) -> Iterator[Batched]:
    """Those whose batches may have several records. Who takes one at a time calls for each; who reads or
    writes several items of a table with a call has said how many."""
    for source in design.services:
        for mapping in consumers(design.services, source):
            if mapping.source.batch_size == 1:
                continue
            handler = getattr(design.services[mapping.function], "handler", ())
            for name in dict.fromkeys(found.name for found in references(handler, ())):
                called = design.services.get(name)
                is_table = isinstance(called, DynamoDb)
                if not isinstance(called, DynamoDb) or max(called.reads, called.writes) == 1:
                    yield Batched(mapping.function, source, name, is_table)
