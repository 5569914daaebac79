"""How full mailboxes are, those of a kind together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.stations.mailbox import Mailbox

if TYPE_CHECKING:
    from simulator.engine.program import Program

NEVER = 1 << 62
Column = Callable[[str], NDArray[np.int64]]
"""One field of all stations of a kind."""


def of_kind(program: Program, mailboxes: Sequence[Mailbox]) -> Iterator[Sequence[Mailbox]]:
    """The mailboxes of each name of the program."""
    first = 0
    for plan in program.mailboxes.values():
        yield mailboxes[first : first + plan.copies]
        first += plan.copies


def column(stations: Sequence[Any]) -> Column:
    """Of stations that are objects."""
    return lambda name: np.array([getattr(station, name) for station in stations], dtype=np.int64)


def mail_levels(program: Program, now: int, mailboxes: Column, lanes: Column, items: Column) -> list[int]:
    """Items that wait, receivers with a batch in hand, the age of the oldest item that waits in ns, items and
    batches that receivers have taken so far: each for all names."""
    if not program.mailboxes:
        return []
    heads = lanes("head")
    since = np.where(heads >= 0, items("since")[heads], NEVER)
    oldest = np.minimum.reduceat(since, mailboxes("base"))
    counts = [mailboxes(field) for field in ("waiting", "receivers", "received", "batches")]
    if len(program.mailboxes) < len(counts[0]):
        kinds = [0, *accumulate(plan.copies for plan in program.mailboxes.values())][:-1]
        oldest = np.minimum.reduceat(oldest, kinds)
        counts = [np.add.reduceat(each, kinds) for each in counts]
    ages = np.where(oldest == NEVER, 0, now - oldest)
    levels: list[int] = np.concatenate((*counts[:2], ages, *counts[2:])).tolist()
    return levels
