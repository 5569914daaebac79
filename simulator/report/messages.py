"""Queues and streams on a terminal and as cells: how many messages, how old, in which batches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from simulator.measure.messages import Messages
from simulator.measure.messages import messages as found
from simulator.measure.summary import Summary
from simulator.report.grid import plain
from simulator.report.numbers import significant, whole, with_unit
from simulator.report.paper import Prose

CAPTIONS = (
    "Queues and streams: messages, records and events of a run",
    "Queues and streams: how old they were",
    "Queues and streams: batches",
)
ITEMS = {
    "received": "received",
    "again": "received_again",
    "dead-lettered": "dead_lettered",
    "expired": "expired",
    "most waiting": "waiting_max",
    "at the end": "waiting_end",
}
AGES = {
    "oldest": "oldest_max_s",
    "waits": "waiting_mean_s",
    "age p50": "age_p50_s",
    "age p99": "age_p99_s",
    "age max": "age_max_s",
}
BATCHES = {
    "batch": "batch_size_mean",
    "largest": "batch_size_max",
    "takes": "batch_time_mean_s",
    "in use": "in_use_mean",
    "most in use": "in_use_max",
    "lanes": "lanes",
    "busiest lane": "busiest",
}
LEGEND = (
    "again: had been received before; waiting of a stream and oldest (of those that wait): as sampled; waits:"
    " on average until handed over, batch window included; age:"
    " when handed over, of the last record of a stream's batch (IteratorAge of Lambda's metrics page), of the"
    " first message of a queue's; takes: a batch, on average, with pauses after failures; in use: lanes or"
    " pollers with a batch in hand"
)


def blocks(summary: Summary) -> Iterator[tuple[str, list[Messages], dict[str, str]]]:
    """Of each table, if there are messages: its caption, the rows that have numbers, and what to show."""
    every = list(found(summary))
    for caption, titles in zip(CAPTIONS, (ITEMS, AGES, BATCHES), strict=True):
        rows = [row for row in every if titles is ITEMS or _has(row, titles)]
        if rows:
            yield caption, rows, {name: titles[name] for name in columns(rows, titles)}


def messages(summary: Summary) -> Iterator[RenderableType]:
    """What was received, how old it was, and the batches; nothing where there are no messages."""
    parts: list[RenderableType] = []
    for caption, rows, titles in blocks(summary):
        table = plain("", *titles, right=len(titles))
        for row in rows:
            table.add_row(Text(title(row)), *(Text(cell(row, field)) for field in titles.values()))
        parts += [Text(caption, style="bold"), table, Text("")]
    if parts:
        yield Group(*parts, Prose(LEGEND, "dim"))


def _has(row: Messages, titles: dict[str, str]) -> bool:
    """Whether any of these numbers is more than nothing."""
    return any(getattr(row, field) > 0 for field in titles.values())


def title(row: Messages) -> str:
    """Who receives, in which design."""
    return f"{row.design}: {receiver(row)}"


def receiver(row: Messages) -> str:
    """The queue, or the function."""
    return f"{row.service}{' (async)' if row.of == 'async' else ''}"


def columns(rows: Sequence[Messages], titles: dict[str, str]) -> list[str]:
    """Titles of what any of these rows has."""
    return [name for name, field in titles.items() if any(math.isfinite(getattr(row, field)) for row in rows)]


def cell(row: Messages, field: str) -> str:
    """One number of a row."""
    value: float = getattr(row, field)
    if not math.isfinite(value):
        return "-"
    if field.endswith("_s"):
        return with_unit(value, "s")
    if field == "busiest":
        return f"{significant(100 * value, 3)} %"
    return significant(value) if field in ("batch_size_mean", "in_use_mean", "in_use_max") else whole(value)
