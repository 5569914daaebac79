"""Where the time of requests goes: seconds by part, of all `ok` answers, of the slowest and of the failed.

Sums by part are kept for each coarse bin of latency, so that the slowest hundredth can be picked when the
run is over. Of the bin in which that hundredth begins the mean counts, as often as requests are missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.measure.timeline import COARSE_BINS

FAILED, LEFT_BEHIND = COARSE_BINS, COARSE_BINS + 1
"""Behind the bins of latency: requests that failed, and what ran on after its caller had given up."""
ROWS = COARSE_BINS + 2
TAIL = 100
"""The slowest of so many are the tail."""


class Part(NamedTuple):
    """A service and what takes time there."""

    service: str
    cause: str
    detail: str = ""
    """Of a cold start, its phase; of waiting, what for."""


@dataclass(frozen=True)
class Spent:
    """The time of so many requests, in ns by part; the largest part first."""

    requests: float
    ns: Mapping[Part, float]

    @property
    def total_ns(self) -> float:
        """All parts together."""
        return sum(self.ns.values())

    @classmethod
    def of(cls, requests: float, ns: Mapping[Part, float]) -> Spent:
        """Without the parts in which no time passed."""
        largest = sorted(ns.items(), key=lambda item: (-item[1], item[0]))
        return cls(requests, {part: spent for part, spent in largest if spent})

    @classmethod
    def merge(cls, spent: Iterable[Spent]) -> Spent:
        """That of several runs together."""
        requests, ns = 0.0, dict[Part, float]()
        for one in spent:
            requests += one.requests
            for part, found in one.ns.items():
                ns[part] = ns.get(part, 0) + found
        return cls.of(requests, ns)


@dataclass(frozen=True)
class Where:
    """The time of the requests of one source or type that arrived in the counted time, or in a window."""

    mean: Spent
    """Latency of all `ok` answers: the sum of the parts is the sum of the latencies, to the nanosecond."""
    tail: Spent
    """Latency of the slowest hundredth of them, rounded up to whole requests."""
    failed: Spent
    """From sending to the last failure, of those that failed."""
    left: Spent
    """Work that ran on after its caller had given up, until its end: calls, and their time by part."""
    again: Mapping[tuple[str, str, str], Spent] = field(default_factory=dict)
    """Attempts that were made again, of all these requests, by how they ended: outcome, service and limit or
    fault. Of loops of attempts that lie in no other, as a client's do."""

    @classmethod
    def merge(cls, found: Sequence[Where]) -> Where:
        """That of several runs together; the tail is that of each run."""
        parts = ("mean", "tail", "failed", "left")
        again = {
            how: Spent.merge(one.again[how] for one in found if how in one.again)
            for how in dict.fromkeys(how for one in found for how in one.again)
        }
        mean, tail, failed, left = (Spent.merge(getattr(one, part) for one in found) for part in parts)
        return cls(mean, tail, failed, left, again)


def left_s(found: Where, replications: int) -> float:
    """Seconds of a run for which work went on after its caller had given up."""
    return found.left.total_ns / replications / 1e9


Blocks = Sequence[tuple[NDArray[np.int64], Sequence[Part]]]
"""For each type: a row for each bin of latency, FAILED and LEFT_BEHIND, with a count and then ns by part; and
the parts."""


def where(blocks: Blocks) -> Where:
    """One type, or several as one."""
    counts = np.sum([block[:, 0] for block, _ in blocks], axis=0)
    total = _sums(blocks, np.arange(ROWS) < COARSE_BINS)
    return Where(
        mean=Spent.of(int(np.sum(counts[:COARSE_BINS])), total),
        tail=_tail(blocks, counts[:COARSE_BINS]),
        failed=_one(blocks, FAILED),
        left=_one(blocks, LEFT_BEHIND),
    )


def _one(blocks: Blocks, row: int) -> Spent:
    return Spent.of(sum(int(block[row, 0]) for block, _ in blocks), _sums(blocks, np.arange(ROWS) == row))


def _tail(blocks: Blocks, counts: NDArray[np.int64]) -> Spent:
    wanted = -(-int(counts.sum()) // TAIL)
    if not wanted:
        return Spent(0, {})
    above = np.cumsum(counts[::-1])[::-1]
    edge = int(np.flatnonzero(above >= wanted)[-1])
    whole = _sums(blocks, (np.arange(ROWS) > edge) & (np.arange(ROWS) < COARSE_BINS))
    missing = (wanted - int(above[edge]) + int(counts[edge])) / int(counts[edge])
    part = _sums(blocks, np.arange(ROWS) == edge)
    together = {name: whole.get(name, 0) + missing * part.get(name, 0) for name in whole | part}
    return Spent.of(wanted, together)


def _sums(blocks: Blocks, rows: NDArray[np.bool_]) -> dict[Part, float]:
    sums: dict[Part, float] = {}
    for block, parts in blocks:
        for part, spent in zip(parts, block[rows, 1 : len(parts) + 1].sum(axis=0).tolist(), strict=True):
            sums[part] = sums.get(part, 0) + spent
    return sums
