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


def messages(summary: Summary) -> Iterator[RenderableType]:
    """What was received, then the batches; nothing where there are no messages."""
    rows = list(found(summary))
    if not rows:
        return
    parts: list[RenderableType] = [Text("Queues and streams, a run", style="bold")]
    for titles in (ITEMS, AGES, BATCHES):
        told = rows if titles is ITEMS else [row for row in rows if _has(row, titles)]
        shown = columns(told, titles)
        table = plain("", *shown, right=len(shown))
        for row in told:
            table.add_row(Text(title(row)), *(Text(cell(row, titles[name])) for name in shown))
        parts += [table, Text("")] if told else []
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
