"""What became of requests by when they arrived: how many failed, and how long the others took.

Thirty-two bins for every power of two, so a percentile read off a timeline is at most 3.2 % off: enough
for a picture, and 32 times smaller than a sketch. Merging is adding, as with sketches. Slices are short
whatever the length of the run, so that ten seconds of it can be looked at; pictures put several together.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.measure.sketch import BINS, SUB_BITS, edges_of
from simulator.values.units import SECOND

Counts = NDArray[np.signedinteger[Any]]

COARSE_SHIFT = 5
"""A coarse bin is 2^5 bins of a sketch."""
COARSE_BINS = BINS >> COARSE_SHIFT
COARSE_SUB_BINS = 1 << (SUB_BITS - COARSE_SHIFT)
COARSE_POWERS = COARSE_BINS // COARSE_SUB_BINS
"""Powers of two, each with so many coarse bins."""
ROUND_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
DRAWN, FINE_S, KEPT = 200, 5, 17_280
"""Slices that are drawn at most; how many seconds long those are that are kept of longer runs; and how many
are kept at most, which are a day of them."""


def round_width(least: float) -> int:
    """So many seconds, in ns, that ten of them, or minutes, or hours, can be made of it."""
    hour = ROUND_S[-1] * SECOND
    return next((s * SECOND for s in ROUND_S if s * SECOND >= least), math.ceil(least / hour) * hour)


def drawn_width(horizon: int) -> int:
    """Width of a slice in pictures, in ns: round seconds, at most 200 slices."""
    return round_width(horizon / DRAWN)


def fine_width(horizon: int) -> int:
    """Width of a slice in ns, of which those in pictures are made: 5 s in runs of up to a day, or less."""
    return min(drawn_width(horizon), max(FINE_S * SECOND, round_width(horizon / KEPT)))


@dataclass(frozen=True, eq=False)
class Timeline:
    """Counts by slice of time: all that arrive, the failed, and `ok` answers by coarse bin of latency."""

    width_ns: int
    """Of a slice."""
    arrived: Counts
    """slice"""
    failed: Counts
    """slice"""
    places: Counts
    """slice * COARSE_BINS + bin, ascending, where there are `ok` answers"""
    counts: Counts
    """how many there are in each of these places"""

    @classmethod
    def of(
        cls,
        width_ns: int,
        arrived: Counts,
        failed: Counts,
        dense: Counts,
    ) -> Timeline:
        """From counts of `ok` answers by power of two, slice and coarse bin of the power, in one run."""
        places, counts = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.int32)]
        for power, plane in enumerate(dense.reshape(len(dense), -1)):
            if plane.max(initial=0):
                there = np.flatnonzero(plane)
                place, inside = there // COARSE_SUB_BINS, there % COARSE_SUB_BINS
                of_power = place * COARSE_BINS + power * COARSE_SUB_BINS + inside
                places.append(of_power.astype(np.int32))
                counts.append(plane[there].astype(np.int32))
        totals = arrived.astype(np.int32), failed.astype(np.int32)
        return cls(width_ns, *totals, *_added(np.concatenate(places), np.concatenate(counts)))

    @classmethod
    def merge(cls, timelines: Sequence[Timeline]) -> Timeline:
        """One timeline of all requests; they have the same slices."""
        first = timelines[0]
        if len(timelines) == 1:
            return first
        places, counts = _added(
            np.concatenate([one.places for one in timelines]),
            np.concatenate([one.counts for one in timelines]),
        )
        arrived, failed = np.sum([(one.arrived, one.failed) for one in timelines], axis=0)
        return cls(first.width_ns, arrived, failed, places, counts)

    def wider(self, width_ns: int) -> Timeline:
        """In slices of this width, a multiple of the own."""
        together = width_ns // self.width_ns
        firsts = np.arange(0, len(self.arrived), together)
        place, found = np.divmod(self.places, COARSE_BINS)
        places, counts = _added(place // together * COARSE_BINS + found, self.counts)
        arrived, failed = (np.add.reduceat(one, firsts) for one in (self.arrived, self.failed))
        return Timeline(width_ns, arrived, failed, places, counts)

    def drawn(self) -> Timeline:
        """In slices few enough for a picture, of which none is shorter than the own."""
        return self.wider(max(drawn_width(len(self.arrived) * self.width_ns), self.width_ns))

    def stretches(self, together: int) -> Timeline:
        """So many slices together, one such stretch beginning with every slice that has as many behind it."""
        together = min(together, len(self.arrived))
        begin = len(self.arrived) - together + 1
        shifted = [self.places - back * COARSE_BINS for back in range(together)]
        inside = [(places >= 0) & (places < begin * COARSE_BINS) for places in shifted]
        places, counts = _added(
            np.concatenate([places[there] for places, there in zip(shifted, inside, strict=True)]),
            np.concatenate([self.counts[there] for there in inside]),
        )
        arrived, failed = (
            np.convolve(one, np.ones(together, dtype=np.int64), "valid")
            for one in (self.arrived, self.failed)
        )
        return Timeline(self.width_ns, arrived, failed, places, counts)

    def between(self, first: int, end: int) -> Timeline:
        """The slices from the first one up to this end, as one."""
        part = self.part(first, end)
        arrived, failed = (one.sum(keepdims=True) for one in (part.arrived, part.failed))
        return Timeline(self.width_ns, arrived, failed, *_added(part.places % COARSE_BINS, part.counts))

    def part(self, first: int, end: int) -> Timeline:
        """The slices from the first one up to this end, the first at 0 s."""
        there = slice(*np.searchsorted(self.places, [first * COARSE_BINS, end * COARSE_BINS]))
        totals = self.arrived[first:end], self.failed[first:end]
        return Timeline(self.width_ns, *totals, self.places[there] - first * COARSE_BINS, self.counts[there])

    @property
    def time_s(self) -> NDArray[np.float64]:
        """When the slices begin."""
        return np.arange(len(self.arrived), dtype=np.float64) * (self.width_ns / 1e9)

    @property
    def requests(self) -> Counts:
        """How many were answered `ok`, by slice."""
        return np.diff(self._upto(self._edges))

    @property
    def _edges(self) -> NDArray[np.intp]:
        """Where the places of each slice begin, and those of the last one end."""
        return np.searchsorted(self.places, np.arange(len(self.arrived) + 1) * COARSE_BINS)

    def _upto(self, edges: NDArray[np.intp]) -> NDArray[np.int64]:
        upto: NDArray[np.int64] = np.concatenate([[0], np.cumsum(self.counts)])[edges]
        return upto

    def mean(self) -> NDArray[np.float64]:
        """In seconds, for each slice, at most 1.6 % off; an empty slice has the mean of all."""
        place, found = np.divmod(self.places, COARSE_BINS)
        low, high = edges_of(found.astype(np.int64) << COARSE_SHIFT)
        middle = low + (high - low + 1) * ((1 << COARSE_SHIFT) / 2)
        total = self.requests
        sums = np.bincount(place, self.counts * middle, minlength=len(total)) / 1e9
        usual = sums.sum() / max(total.sum(), 1)
        mean: NDArray[np.float64] = np.where(total > 0, sums / np.maximum(total, 1), usual)
        return mean

    def quantile(self, share: float) -> NDArray[np.float64]:
        """In seconds, for each slice; NaN where so few requests arrived that it would be their maximum.

        Inside a bin the durations are taken to lie evenly.
        """
        total, before = self.requests, self._upto(self._edges[:-1])
        if not len(self.places):
            return np.full(len(total), np.nan)
        enough = total * (1 - share) >= 1 - 1e-9
        rank = np.maximum(np.ceil(np.round(share * total, 6)), 1)
        upto = np.cumsum(self.counts)
        found = np.minimum(np.searchsorted(upto, before + rank), len(upto) - 1)
        inside = self.counts[found]
        part = (before + rank - upto[found] + inside - 0.5) / inside
        fine = (self.places[found] % COARSE_BINS).astype(np.int64) << COARSE_SHIFT
        low, high = edges_of(fine)[0], edges_of(fine + (1 << COARSE_SHIFT) - 1)[1] + 1
        return np.where(enough, (low + part * (high - low)) / 1e9, np.nan)


@dataclass(frozen=True, eq=False)
class KeptTimeline:
    """A timeline in a tenth of the room, as results keep it: a day of requests would else take as much as
    they themselves."""

    width_ns: int
    arrived: Counts
    failed: Counts
    packed: tuple[bytes, bytes]
    """Steps from place to place, and counts."""

    @classmethod
    def of(cls, timeline: Timeline) -> KeptTimeline:
        steps = np.diff(timeline.places, prepend=0)
        packed, counts = (
            zlib.compress(each.astype(np.int32).tobytes(), 1) for each in (steps, timeline.counts)
        )
        return cls(timeline.width_ns, timeline.arrived, timeline.failed, (packed, counts))

    def opened(self) -> Timeline:
        """The same."""
        steps, counts = (np.frombuffer(zlib.decompress(each), dtype=np.int32) for each in self.packed)
        places = np.cumsum(steps, dtype=np.int32)
        return Timeline(self.width_ns, self.arrived, self.failed, places, counts)


def _added(places: Counts, counts: Counts) -> tuple[Counts, Counts]:
    """Each place once, with all that was counted there."""
    if not len(places):
        return places, counts
    order = np.argsort(places, kind="stable")  # quick on the few sorted runs that there are
    places, counts = places[order], counts[order]
    again = places[1:] == places[:-1]
    if not again.any():
        return places, counts
    first = np.flatnonzero(np.concatenate([[True], ~again]))
    return places[first], np.add.reduceat(counts, first, dtype=np.int64)
