"""The books of a run: integers and quantile histograms, so memory does not grow with requests.

The counts of every request type stand beside the same counts for each window: a slot is a type
within a window (slot = window x types + type; window 0 is the whole counted run). All of it is one
flat sequence of integers, a list in the `simpy` engine and an int64 array in the compiled one, which
begins with a header: a few sizes, then where each part begins. `recorder` writes in it while the run goes on.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.measure.result import OUTCOMES
from simulator.measure.sketch import BINS
from simulator.measure.timeline import COARSE_BINS, fine_width, round_width
from simulator.measure.where import ROWS

Books = MutableSequence[int]
OUTCOME_COUNT = len(OUTCOMES)
COLUMNS = OUTCOME_COUNT + 1
"""Of the time series: requests, then each outcome."""
IN_FLIGHT = OUTCOMES.index("in_flight")

TYPES, WINDOWS, CAUSES, WIDTH, SLICE, SLICES, BIN, NOW_ENDS, NOW_SLICE, SLICE_BEGINS, PARTS, KEPT = range(12)
"""Sizes, of a time bin and of a slice of the timelines too, and how many slices; the time bin of now, and
when it or the slice ends; the slice of now, and when it began; the parts of which time is booked; how many
requests are kept."""
(
    FROM, UNTIL, REQUESTS, ATTEMPTS, FAILURES, WHOLE, WHOLE_NS, PARTED, PARTED_NS, COMPLETION, COMPLETION_NS,
    UNDONE, DURATIONS, DURATIONS_NS, SERIES, ARRIVED, TIMELINES, WHERE, AGAIN, SLOWEST, SIZE,
) = range(12, 33)  # fmt: skip
"""Where the parts begin. WHOLE: latency of requests that are complete with their answer; PARTED and
COMPLETION: latency and completion of those of which a part ran on; UNDONE: requests answered `ok` of which
an effect was lost, of which one was dead-lettered, and how long until these were over; DURATIONS: those that
services name. ARRIVED: by type and slice, how many arrive, and how many of these fail; TIMELINES: by type,
and by power of two of the latency, so that what no request takes is never touched, and takes no memory.
WHERE: time by part, in programs that trace it; AGAIN: the same of attempts that were made
again, by what ended them. SLOWEST: of each type the requests whose last part ended latest after they were
sent, KEPT of those that are completed and as many of those that are not."""
HEADER = 33

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
        bins, slices = -(-self.horizon // width), -(-self.horizon // fine_width(self.horizon))
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
            len(self.types) * slices * 2,
            len(self.types) * slices * COARSE_BINS,
            slots * ROWS * (self.parts + 1) if self.parts else 0,
            slots * (len(self.causes) + 1) * (self.parts + 2) if self.parts else 0,
            len(self.types) * 2 * self.kept * 2,
        )
        starts = [HEADER]
        for size in sizes:
            starts.append(starts[-1] + size)
        fine = fine_width(self.horizon)
        sizes_of = (len(self.types), len(self.spans), len(self.causes), width, fine, slices)
        return [*sizes_of, 0, min(width, fine), 0, 0, self.parts, self.kept, *starts]

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
    return round_width(horizon / 1_200)
