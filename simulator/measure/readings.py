"""The books of a run as results: sketches, shares, time series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.measure.books import (
    CAUSES,
    COLUMNS,
    DURATIONS,
    DURATIONS_NS,
    IN_FLIGHT,
    OUTCOME_COUNT,
    PARTS,
    REQUESTS,
    SIZE,
    SLICES,
    TYPES,
    Books,
    Layout,
    bin_width,
)
from simulator.measure.result import OUTCOMES, Cause, Counted, natural
from simulator.measure.sketch import BINS, Sketch
from simulator.measure.timeline import COARSE_POWERS, COARSE_SUB_BINS, KeptTimeline, Timeline, fine_width
from simulator.measure.where import ROWS, Blocks, Part, Spent, Where, where


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
    arrived: NDArray[np.int64]
    """type, slice of time, all or failed"""
    timelines: NDArray[np.int64]
    """type, power of two, slice of time, coarse bin of the power"""
    where: NDArray[np.int64]
    """slot, row of `where`, a count and then ns by part"""
    again: NDArray[np.int64]
    """slot, cause, a count, the outcome and then ns by part"""
    slowest: NDArray[np.int64]
    """type, completed or not, and for each that is kept ns and identity"""


def grids(books: Books) -> Grids:
    """Read the books."""
    flat = np.asarray(books, dtype=np.int64)
    parts = [flat[flat[part] : flat[part + 1]] for part in range(REQUESTS, SIZE)]
    slots = len(parts[0])
    shapes: list[tuple[int, ...]] = [(slots, -1)] * len(parts)
    shapes[:3] = (slots,), (slots,), (slots, OUTCOME_COUNT, -1)
    types, slices, width = int(flat[TYPES]), int(flat[SLICES]), int(flat[PARTS]) + 1
    shapes[-9:-6] = (slots, 3), (-1, BINS), (-1, 2)
    shapes[-6:-4] = (-1, types, COLUMNS), (types, slices, 2)
    shapes[-4:-2] = (types, COARSE_POWERS, slices, COARSE_SUB_BINS), (-1, ROWS, width)
    shapes[-2:] = (-1, int(flat[CAUSES]) + 1, width + 1), (types, 2, -1, 2)
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
    return int(books[books[DURATIONS_NS] + 2 * duration]), int(bins_so_far(books, duration).sum())


def bins_so_far(books: Books, duration: int) -> NDArray[np.int64]:
    """How many it is of, by the bins of a sketch."""
    first = books[DURATIONS] + duration * BINS
    return np.array(books[first : first + BINS], dtype=np.int64)


def timelines(books: Books, layout: Layout) -> dict[str, KeptTimeline]:
    """What became of requests by when they arrived, for the same keys as `counted`."""
    read, width = grids(books), fine_width(layout.horizon)
    each = [
        Timeline.of(width, arrived[:, 0], arrived[:, 1], counts)
        for arrived, counts in zip(read.arrived, read.timelines, strict=True)
    ]
    return {
        name: KeptTimeline.of(Timeline.merge([each[kind] for kind in kinds]))
        for name, kinds in _members(layout.types).items()
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
    read, types = grids(books), len(layout.types)
    return {
        name: {
            window: replace(
                where([(read.where[place * types + kind], parts[kind]) for kind in kinds]),
                again=_again([(read.again[place * types + kind], parts[kind]) for kind in kinds], layout),
            )
            for place, window in enumerate(("", *layout.windows))
        }
        for name, kinds in _members(layout.types).items()
    }


def _again(blocks: Blocks, layout: Layout) -> dict[tuple[str, str, str], Spent]:
    found: dict[tuple[str, str, str], Spent] = {}
    for rows, parts in blocks:
        for row, name in zip(rows.tolist(), [*layout.causes, ("", "")], strict=True):
            if row[0]:
                key = OUTCOMES[row[1]], *name
                spent = Spent.of(row[0], _by_part(parts, row[2:]))
                found[key] = Spent.merge([found[key], spent]) if key in found else spent
    return found


def _by_part(parts: Sequence[Part], ns: Sequence[float]) -> dict[Part, float]:
    """A part that stands in several loops is one."""
    found: dict[Part, float] = {}
    for part, spent in zip(parts, ns, strict=False):
        found[part] = found.get(part, 0) + spent
    return found


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
