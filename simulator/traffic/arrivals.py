"""All sources of traffic in one order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.traffic.types import Times

Block = tuple[Times, NDArray[np.int32], NDArray[np.int64]]
"""Time, index of the source, number within the source."""


def merge(sources: Sequence[Iterator[Times]]) -> Iterator[Block]:
    """Blocks of arrivals ordered by (time, source, number), each source's times being ascending.

    No more is held than one block of each source.
    """
    if len(sources) == 1:
        yield from _alone(sources[0])
        return
    waiting = [np.empty(0, np.int64) for _ in sources]
    numbers = [0 for _ in sources]
    live = set(range(len(sources)))
    while live:
        for source in sorted(live):
            while source in live and not len(waiting[source]):
                block = next(sources[source], None)
                if block is None:
                    live.discard(source)
                else:
                    waiting[source] = block
        # Nothing can still come before the earliest of the sources' last known arrivals.
        limit = min(((int(waiting[source][-1]), source) for source in live), default=None)
        if limit is None:
            return
        last, slowest = limit
        ready = [
            len(times) and int(np.searchsorted(times, last, "right" if source <= slowest else "left"))
            for source, times in enumerate(waiting)
        ]
        yield _in_order(waiting, numbers, ready)
        waiting = [times[count:] for times, count in zip(waiting, ready, strict=True)]
        numbers = [number + count for number, count in zip(numbers, ready, strict=True)]


def _alone(source: Iterator[Times]) -> Iterator[Block]:
    number = 0
    for times in source:
        yield times, np.zeros(len(times), np.int32), np.arange(number, number + len(times))
        number += len(times)


def _in_order(waiting: Sequence[Times], numbers: Sequence[int], ready: Sequence[int]) -> Block:
    times = np.concatenate([block[:count] for block, count in zip(waiting, ready, strict=True)])
    source = np.repeat(np.arange(len(ready), dtype=np.int32), ready)
    number = np.concatenate([first + np.arange(count) for first, count in zip(numbers, ready, strict=True)])
    order = np.argsort(times, kind="stable")
    return times[order], source[order], number[order]
