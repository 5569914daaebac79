"""One row for each answered request: in whole numbers, as engines write them down, and in words.

A request that has not ended when the run does has no row; it is counted as `in_flight`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.measure.result import OUTCOMES
from simulator.stations.rule import rule

IDENTITY, TYPE, ARRIVED, SENT, ANSWERED, OUTCOME, CAUSE = range(7)
"""The numbers in a row; times in ns."""
WIDTH = CAUSE + 1
NOTED = -1
"""Instead of a type: no answer, but a note of where a request was."""
PLACE, EPOCH, NOTED_AT, ANSWER, BORN = range(2, 7)
"""The other numbers of a note: which one, what tells apart the calls of several attempts, the time, the
answer at hand, the identity of the first request of a user or of a child's first parent."""
SINCE, BATCH, TRIES = EPOCH, ANSWER, BORN
"""In their place in a note of an item of a batch: since when it is in its queue or stream, the identity of
its batch, and how many the batch has and how often the item has failed."""
AT_ONCE = 1 << 16
"""Rows that are held until they are handed on together."""

Block = NDArray[np.int64]
"""Rows in the order of the answers, WIDTH numbers each."""
Take = Callable[[Block], None]
"""Takes the next rows; the block is used again when it returns."""


@rule
def noted_answer(outcome: int, status: int, cause: int) -> int:
    """Three small numbers as one; `status` is a place, `cause` may be -1."""
    return outcome + (status << 8) + ((cause + 1) << 16)


@rule
def noted_item(records: int, tries: int) -> int:
    """Two small numbers as one."""
    return (records << 32) + tries


class Words(NamedTuple):
    """A column of texts: numbers, and what they stand for; -1 stands for nothing."""

    codes: NDArray[np.int32]
    words: tuple[str, ...]


Column = NDArray[np.int32] | NDArray[np.int64] | NDArray[np.float64] | Words


class Legend(NamedTuple):
    """What the numbers in the rows of one run stand for."""

    design: str
    replication: int
    types: Sequence[str]
    causes: Sequence[tuple[str, str]]
    """(service, limit)."""
    counted_from: int
    """When the warm-up ends, in ns; what arrived before is in no result and has no row."""

    def columns(self, block: Block) -> dict[str, Column]:
        """Rows as a reader wants them: units in the names, words for numbers."""
        found = block[block[:, ARRIVED] >= self.counted_from].T
        services = tuple(dict.fromkeys(service for service, _ in self.causes))
        limits = tuple(dict.fromkeys(limit for _, limit in self.causes))
        cause = np.where(found[OUTCOME] == 0, -1, found[CAUSE])
        return {
            "design": _words(np.zeros_like(cause), (self.design,)),
            "replication": np.full(len(cause), self.replication, np.int32),
            "traffic": _words(found[TYPE], self.types),
            "identity": found[IDENTITY],
            "arrived_ns": found[ARRIVED],
            "sent_ns": found[SENT],
            "answered_ns": found[ANSWERED],
            "latency_s": (found[ANSWERED] - found[SENT]) / 1e9,
            "outcome": _words(found[OUTCOME], OUTCOMES),
            # -1, no cause, is the last place of these arrays
            "service": _words(np.array([*(services.index(s) for s, _ in self.causes), -1])[cause], services),
            "limit": _words(np.array([*(limits.index(one) for _, one in self.causes), -1])[cause], limits),
        }


def _words(codes: NDArray[np.int64], words: Sequence[str]) -> Words:
    return Words(codes.astype(np.int32), tuple(words))


class Rows:
    """The rows of one run, kept in memory."""

    def __init__(self, legend: Legend) -> None:
        self.legend = legend
        self._blocks: list[Block] = []

    def take(self, block: Block) -> None:
        """The next rows."""
        self._blocks.append(block.copy())

    def columns(self) -> dict[str, Column]:
        """All rows."""
        return self.legend.columns(np.concatenate([np.empty((0, WIDTH), np.int64), *self._blocks]))
