"""The books of a run: integers and quantile histograms, so memory does not grow with requests.

The counts of every request type stand beside the same counts for each window: a slot is a type
within a window (slot = window x types + type; window 0 is the whole counted run). All of it is one
flat sequence of integers, a list in the `simpy` engine and an int64 array in the compiled one, which
begins with a header: a few sizes, then where each part begins. `recorder` writes in it while the run goes on.
"""

from __future__ import annotations

import math
from collections.abc import MutableSequence, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.measure.result import OUTCOMES, Cause, Counted, natural
from simulator.measure.sketch import BINS, Sketch
from simulator.measure.timeline import COARSE_BINS, Timeline
from simulator.measure.where import ROWS, Part, Where, where
from simulator.values.units import SECOND

Books = MutableSequence[int]
OUTCOME_COUNT = len(OUTCOMES)
COLUMNS = OUTCOME_COUNT + 1
ROUND_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
"""Of the time series: requests, then each outcome."""
IN_FLIGHT = OUTCOMES.index("in_flight")

TYPES, WINDOWS, CAUSES, WIDTH, SLICE, BIN, BIN_ENDS, NOW_SLICE, SLICE_BEGINS, PARTS, KEPT = range(11)
"""Sizes, of a time bin and of a slice of the timelines too; the time bin of now, and when it ends;
the slice of now, and when it began; the parts of which time is booked; how many requests are kept."""
(
    FROM, UNTIL, REQUESTS, ATTEMPTS, FAILURES, WHOLE, WHOLE_NS, PARTED, PARTED_NS, COMPLETION, COMPLETION_NS,
    UNDONE, DURATIONS, DURATIONS_NS, SERIES, TIMELINES, WHERE, SLOWEST, SIZE,
) = range(11, 30)  # fmt: skip
"""Where the parts begin. WHOLE: latency of requests that are complete with their answer; PARTED and
COMPLETION: latency and completion of those of which a part ran on; UNDONE: requests answered `ok` of which
an effect was lost, of which one was dead-lettered, and how long until these were over; DURATIONS: those that
services name. WHERE: time by part, in programs that trace it. SLOWEST: of each type the requests whose last
part ended latest after they were sent, KEPT of those that are completed and as many of those that are not."""
HEADER = 30

COMPLETED, LOST, DEAD_LETTERED = 0, 1, 2
"""What becomes of a request's effects."""


class Layout(NamedTuple):
    """What the books have room for."""

    types: Sequence[str]
    causes: Sequence[tuple[str, str]]
    windows: Sequence[str]
    spans: Sequence[tuple[int, int]]
    """(from, until) in ns of the whole counted run, then of each window."""
    horizon: int
    parts: int = 0
    """Of which the time of requests is booked, at most."""
    durations: Sequence[tuple[str, str]] = ()
    """Names of the durations that services keep."""
    kept: int = 0
    """Of the slowest by completion so many are told apart, of each type."""

    def header(self) -> list[int]:
        """Sizes, and where the parts begin."""
        slots = len(self.types) * len(self.spans)
        width = bin_width(self.horizon)
        bins = -(-self.horizon // width)
        sizes = (
            len(self.spans),
            len(self.spans),
            slots,
            slots,
            slots * OUTCOME_COUNT * (len(self.causes) + 1),
            *(3 * (slots * BINS, slots * 2)),
            slots * 3,
            len(self.durations) * BINS,
            len(self.durations) * 2,
            bins * len(self.types) * COLUMNS,
            -(-self.horizon // slice_width(self.horizon)) * len(self.types) * COARSE_BINS,
            slots * ROWS * (self.parts + 1) if self.parts else 0,
            len(self.types) * 2 * self.kept * 2,
        )
        starts = [HEADER]
        for size in sizes:
            starts.append(starts[-1] + size)
        sizes_of = (len(self.types), len(self.spans), len(self.causes), width, slice_width(self.horizon))
        return [*sizes_of, 0, width, 0, 0, self.parts, self.kept, *starts]

    def books(self) -> NDArray[np.int64]:
        """Empty books."""
        header = self.header()
        books = np.zeros(header[SIZE], dtype=np.int64)
        books[:HEADER] = header
        for place, (start, until) in enumerate(self.spans):
            books[header[FROM] + place] = start
            books[header[UNTIL] + place] = until
        return books


def bin_width(horizon: int) -> int:
    """Width of a time bin in ns: round seconds, at most 1,200 of them."""
    return _round_width(horizon / 1_200)


def slice_width(horizon: int) -> int:
    """Width of a slice of the timelines in ns: whole bins, round seconds, at most 200 of them."""
    return _round_width(horizon / 200)


def _round_width(least: float) -> int:
    """So many seconds that ten of them, or minutes, or hours, can be made of it."""
    hour = ROUND_S[-1] * SECOND
    return next((s * SECOND for s in ROUND_S if s * SECOND >= least), math.ceil(least / hour) * hour)


class Grids(NamedTuple):
    """The books as arrays, one row per slot."""

    requests: NDArray[np.int64]
    attempts: NDArray[np.int64]
    failures: NDArray[np.int64]
    """slot, outcome, cause; the last cause is none (and that of every `ok`)."""
    whole: NDArray[np.int64]
    whole_ns: NDArray[np.int64]
    parted: NDArray[np.int64]
    parted_ns: NDArray[np.int64]
    completion: NDArray[np.int64]
    completion_ns: NDArray[np.int64]
    undone: NDArray[np.int64]
    """slot; lost, dead-lettered, ns of both together"""
    durations: NDArray[np.int64]
    """duration, bin"""
    durations_ns: NDArray[np.int64]
    series: NDArray[np.int64]
    """time bin, type, column"""
    timelines: NDArray[np.int64]
    """slice of time, type, coarse bin"""
    where: NDArray[np.int64]
    """slot, row of `where`, a count and then ns by part"""
    slowest: NDArray[np.int64]
    """type, completed or not, and for each that is kept ns and identity"""


def grids(books: Books) -> Grids:
    """Read the books."""
    flat = np.asarray(books, dtype=np.int64)
    parts = [flat[flat[part] : flat[part + 1]] for part in range(REQUESTS, SIZE)]
    slots = len(parts[0])
    shapes: list[tuple[int, ...]] = [(slots, -1)] * len(parts)
    shapes[:3] = (slots,), (slots,), (slots, OUTCOME_COUNT, -1)
    types, width = int(flat[TYPES]), int(flat[PARTS]) + 1
    shapes[-7:-4] = (slots, 3), (-1, BINS), (-1, 2)
    shapes[-4:] = (-1, types, COLUMNS), (-1, types, COARSE_BINS), (-1, ROWS, width), (types, 2, -1, 2)
    return Grids._make(part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))


def counted(books: Books, layout: Layout) -> dict[str, Counted]:
    """The books as results: by type, and by source where a source has several types."""
    read = grids(books)
    return {name: _with_windows(read, kinds, layout) for name, kinds in _members(layout.types).items()}


def durations(books: Books) -> list[Sketch]:
    """What services took, in the order of the layout."""
    read = grids(books)
    return [
        Sketch.of(bins, int(total), int(longest))
        for bins, (total, longest) in zip(read.durations, read.durations_ns, strict=True)
    ]


def so_far(books: Books, duration: int) -> tuple[int, int]:
    """The sum of a duration that services keep, ns, and how many it is of."""
    first = books[DURATIONS] + duration * BINS
    bins: Any = books[first : first + BINS]
    count = int(bins.sum()) if isinstance(bins, np.ndarray) else sum(bins)
    return int(books[books[DURATIONS_NS] + 2 * duration]), count


def timelines(books: Books, layout: Layout) -> dict[str, Timeline]:
    """Latency of `ok` answers by when their requests arrived, for the same keys as `counted`."""
    read = grids(books).timelines
    width = slice_width(layout.horizon)
    return {
        name: Timeline.of(width, read[:, kinds].sum(axis=1)) for name, kinds in _members(layout.types).items()
    }


def slowest(books: Books, kinds: Sequence[int], completed: bool) -> list[int]:
    """Identities of the requests of these types that are kept, the slowest by completion first; or of those
    that something was lost or dead-lettered of."""
    rows = grids(books).slowest[kinds, 0 if completed else 1].reshape(-1, 2)
    return [int(identity) for took, identity in rows[np.lexsort((rows[:, 1], -rows[:, 0]))] if took]


def where_by_type(
    books: Books, layout: Layout, parts: Sequence[Sequence[Part]]
) -> dict[str, dict[str, Where]]:
    """Time by part, for the keys of `counted`: of the whole counted run (no window) and of each window.

    `parts` are those of each type, by their numbers.
    """
    read, types = grids(books).where, len(layout.types)
    return {
        name: {
            window: where([(read[place * types + kind], parts[kind]) for kind in kinds])
            for place, window in enumerate(("", *layout.windows))
        }
        for name, kinds in _members(layout.types).items()
    }


def _members(types: Sequence[str]) -> dict[str, list[int]]:
    """The types of each source, and each type of a source that has several."""
    members: dict[str, list[int]] = {}
    for place, name in enumerate(types):
        members.setdefault(name.split(".")[0], []).append(place)
        if "." in name:
            members[name] = [place]
    return dict(sorted(members.items()))


def _with_windows(read: Grids, kinds: list[int], layout: Layout) -> Counted:
    """One type, or several as one, for the whole run and each window."""
    types = len(layout.types)
    each = [
        _counted(read, [window * types + kind for kind in kinds], layout.causes)
        for window in range(len(layout.spans))
    ]
    arrived = read.series[:, kinds, 0].sum(axis=1)
    whole, *parts = (
        _judged(one, span, layout.horizon, arrived) for one, span in zip(each, layout.spans, strict=True)
    )
    return replace(whole, windows=dict(zip(layout.windows, parts, strict=True)))


def _judged(found: Counted, span: tuple[int, int], horizon: int, arrived: NDArray[np.int64]) -> Counted:
    """What arrived in a span, and whether what is unfinished of it came shortly before the end of the run."""
    start, until = span
    lag_ns = max(found.completion.total_ns + found.given_up_ns - found.latency.total_ns, 0)
    each_ns = lag_ns // max(found.completion.count + found.lost + found.dead_lettered, 1)
    lately = int(arrived[max(until - each_ns, start) // bin_width(horizon) :].sum())
    allowed = natural(lag_ns, until - start, lately)
    return replace(found, keeps_up=until == horizon and found.unfinished <= allowed)


def _counted(read: Grids, slots: list[int], causes: Sequence[tuple[str, str]]) -> Counted:
    requests = int(read.requests[slots].sum())
    failures = read.failures[slots].sum(axis=0)
    outcomes = failures.sum(axis=1)
    outcomes[IN_FLIGHT] = requests - outcomes.sum()
    lost, dead_lettered, given_up_ns = read.undone[slots].sum(axis=0).tolist()
    names = [*causes, ("", "")]
    return Counted(
        requests=requests,
        outcomes={name: int(count) for name, count in zip(OUTCOMES, outcomes, strict=True)},
        causes={
            Cause(OUTCOMES[outcome], *names[cause]): int(failures[outcome, cause])
            for outcome, cause in zip(*np.nonzero(failures), strict=True)
            if outcome
        },
        attempts=int(read.attempts[slots].sum()),
        latency=_sketch(((read.whole, read.whole_ns), (read.parted, read.parted_ns)), slots),
        completion=_sketch(((read.whole, read.whole_ns), (read.completion, read.completion_ns)), slots),
        lost=lost,
        dead_lettered=dead_lettered,
        given_up_ns=given_up_ns,
    )


def _sketch(parts: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]], slots: list[int]) -> Sketch:
    """Several sketches of several slots as one."""
    return Sketch.of(
        np.sum([bins[slots].sum(axis=0) for bins, _ in parts], axis=0),
        sum(int(ns[slots, 0].sum()) for _, ns in parts),
        max(int(ns[slots, 1].max()) for _, ns in parts),
    )
