"""Queues and streams on a terminal and as cells: how many messages, how old, in which batches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from simulator.measure.messages import Messages
from simulator.measure.messages import messages as found
from simulator.measure.summary import Summary
from simulator.report.grid import across, plain, told
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
    "oldest max": "oldest_max_s",
    "waits mean": "waiting_mean_s",
    "age p50": "age_p50_s",
    "age p99": "age_p99_s",
    "age max": "age_max_s",
}
BATCHES = {
    "batch mean": "batch_size_mean",
    "batch max": "batch_size_max",
    "takes mean": "batch_time_mean_s",
    "in use mean": "in_use_mean",
    "most in use": "in_use_max",
    "lanes": "lanes",
    "busiest lane": "busiest",
}
LEGEND = (
    "again: had been received before; waiting of a stream and oldest (of those that wait): as sampled; waits:"
    " each message until handed over, batch window included; age, of each batch:"
    " when handed over, of the last record of a stream's (IteratorAge of Lambda's metrics page), of the"
    " first message of a queue's; takes: a batch, with pauses after failures; in use: lanes or"
    " pollers with a batch in hand; most and batch max: the mean of the runs' maxima; oldest and age max: the"
    " longest of all runs"
)

ANSWER = {
    "most\nwaiting": "waiting_max",
    "oldest\nwaiting": "oldest_max_s",
    "age\nmax": "age_max_s",
    "batch\nmean": "batch_size_mean",
    "most\nin use": "in_use_max",
    "\nagain": "received_again",
    "dead-\nlettered": "dead_lettered",
    "\nexpired": "expired",
}
SELDOM = ("received_again", "dead_lettered", "expired")
"""Not worth a column where nothing is."""
AGE_OF = {
    "stream": "of the last record of a stream's batch (IteratorAge)",
    "queue": "of the first message of a queue's batch, since it was sent, visibility timeouts included",
    "async": "of an asynchronous event",
}
IN_USE = {"stream": "lanes", "queue": "pollers"}


def answer(summary: Summary, width: int) -> Iterator[RenderableType]:
    """How well each receiver of each design kept up, in one table; a queue that nobody receives from is
    told where its messages come from."""
    every = [row for row in found(summary) if row.of == "async" or math.isfinite(row.waiting_mean_s)]
    if not every:
        return
    receivers = list(dict.fromkeys(map(receiver, every)))
    alone = f": {receivers[0]}" if len(receivers) == 1 else ""
    shown = []
    for name in columns(every, ANSWER):
        field = ANSWER[name]
        if field not in SELDOM or any(getattr(row, field) > 0 for row in every):
            of = field == "in_use_max"
            notes = [f"of {whole(row.lanes)}" if of and math.isfinite(row.lanes) else "" for row in every]
            shown.append(told(name, [cell(row, field) for row in every], notes))
    names = [Text(row.design if alone else title(row)) for row in every]
    kinds = {row.of for row in every}
    ages = ", ".join(said for of, said in AGE_OF.items() if of in kinds)
    used = " or ".join(said for of, said in IN_USE.items() if of in kinds)
    legend = [f"age: when handed over, {ages}", *([f"in use: {used} with a batch in hand"] if used else [])]
    if any(row.received_again > 0 for row in every):
        legend.append("again: had been received before")
    if summary.replications > 1:
        legend.append("most: the mean of the runs' maxima; oldest and age max: the longest of all runs")
    yield Group(
        Text(f"Queues and streams{alone}", style="bold"),
        Prose("; ".join(legend), "dim"),
        *across("", names, shown, width),
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
