"""Servers that receive from a queue by themselves, instead of Lambda's pollers."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field


class Receives(BaseModel):
    """Threads of each server that go round: ReceiveMessage, the handler, DeleteMessage.

    The handler is given the batch, as a function's is: `work: {per_record: 200 ms}` handles its messages one
    after the other, a call is made once. A batch whose handler fails is visible again after the queue's
    visibility timeout. Servers that are ended finish the batches they have and receive no more.
    Left out: calls that return fewer messages than wait (short polls), a visibility that is prolonged.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    from_: str = Field(alias="from", examples=["orders"])
    batch_size: int = Field(default=10, ge=1, le=10)
    """MaxNumberOfMessages of a call."""
    receivers: int = Field(default=1, ge=1, le=1000)
    """Threads of each server; one that has a batch takes one of its `concurrency` places."""


class Receiving(NamedTuple):
    """The receivers of a fleet, as its control starts and retires them."""

    mailbox: int
    walk: int
    identity: int
    """Of the first; the others follow."""
    seconds: int
    """The queue's counter of receiver-seconds, by which empty receives are billed."""
    each: int
    """On a server."""
    name: tuple[str, str]
    """Of the limit that they are."""
