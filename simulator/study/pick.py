"""Which requests to follow: the slowest, some that failed, a uniform sample, or certain ones.

The slowest by latency, and those that failed, are found among the answers as they come; the slowest by
completion, and those that something was lost or dead-lettered of, are told by the books of the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.measure.books import Books
from simulator.measure.readings import slowest
from simulator.measure.rows import ANSWERED, ARRIVED, IDENTITY, OUTCOME, SENT, TYPE, WIDTH, Block

SALT = {"failed": 0x5BD1E995, "sample": 0}
"""Failed requests and a sample of all are picked by chances of their own."""


class Wanted(NamedTuple):
    """How many of each; `identities` are asked for by name."""

    slowest: int = 0
    failed: int = 0
    sample: int = 0
    identities: Sequence[int] = ()
    by: Literal["latency", "completion"] = "latency"
    """What the slowest are slow in; and by completion those that something is lost or dead-lettered of have
    failed, ahead of those whose answer was not `ok`."""

    @property
    def kept(self) -> int:
        """So many the books are to tell."""
        return max(self.slowest, self.failed) if self.by == "completion" else 0


class Picker:
    """Looks at rows as they come and keeps no more than are wanted; in any order it picks the same."""

    def __init__(self, wanted: Wanted, types: Sequence[int], span: tuple[int, int]) -> None:
        self.wanted = wanted
        self.types = types
        self.span = span
        """Requests that arrive in it may be picked, in ns."""
        nothing: Block = np.empty((0, WIDTH), np.int64)
        self._kept = {"slowest": nothing, "failed": nothing, "sample": nothing, "asked for": nothing}

    def take(self, block: Block) -> None:
        """The next rows."""
        inside = np.isin(block[:, TYPE], self.types)
        inside &= (block[:, ARRIVED] >= self.span[0]) & (block[:, ARRIVED] < self.span[1])
        found = block[inside]
        ok = found[:, OUTCOME] == 0
        slow = found[ok]
        if self.wanted.by == "latency":
            self._keep("slowest", slow, self.wanted.slowest)
        self._keep("failed", found[~ok], self.wanted.failed)
        self._keep("sample", found, self.wanted.sample)
        asked = block[np.isin(block[:, IDENTITY], np.array(self.wanted.identities, np.int64))]
        self._kept["asked for"] = np.concatenate([self._kept["asked for"], asked])

    def _keep(self, name: str, rows: Block, count: int) -> None:
        """The first `count` in the order that `name` asks for, of these and of those kept so far."""
        if count == 0:
            return
        if len(rows) > count:
            order = _order(name, rows)
            rows = rows[order <= np.partition(order, count - 1)[count - 1]]
        both = np.concatenate([self._kept[name], rows])
        self._kept[name] = both[np.lexsort((both[:, IDENTITY], _order(name, both)))[:count]]

    def picked(self, books: Books) -> Mapping[int, str]:
        """By identity, why it was picked first."""
        found = {why: rows[:, IDENTITY].tolist() for why, rows in self._kept.items()}
        if self.wanted.by == "completion":
            found["slowest"] = slowest(books, self.types, completed=True)[: self.wanted.slowest]
            lost = slowest(books, self.types, completed=False)
            found["failed"] = [*lost, *found["failed"]][: self.wanted.failed]
        why_of: dict[int, str] = {}
        for why, identities in found.items():
            for identity in identities:
                why_of.setdefault(identity, why)
        return why_of


def _order(name: str, rows: Block) -> NDArray[np.int64]:
    """The slowest first; or by chance, of which each purpose has its own."""
    if name == "slowest":
        return rows[:, SENT] - rows[:, ANSWERED]
    return hashed(rows[:, IDENTITY] ^ SALT[name])


def hashed(identities: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers that have nothing to do with when or how a request came (the finalizer of SplitMix64)."""
    mixed = identities.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)
