"""How long an item that always fails holds up its lane of a stream."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from simulator.stations.mailbox import Mailbox


ENDLESS: Final = 1 << 62
"""Tries, where a mapping names no number."""


def stalled_s(lane: Mailbox, full: int, batch_s: Callable[[float], float], pause_s: float) -> float:
    """How much longer a lane works on a batch of `full` items because one of them is poison, on average over
    its places, with the pauses before it is tried again: until it, or its batch, is given up by the terms of
    the mapping that the lane has (`stations.mailbox.put_back`). `batch_s` is what a batch of so many takes.

    Without a number of retries that is when it is too old: what `longest` says, and no more.
    """
    retries = math.inf if lane.most_tries >= ENDLESS else float(lane.most_tries)

    def tried_s(size: int, times: float) -> float:
        return times * (batch_s(size) + pause_s)

    @cache
    def anywhere_s(size: int) -> float:
        if not lane.bisects or size == 1:
            return tried_s(size, 1 + retries)
        halves = (size // 2, size - size // 2)
        then = (one / size * (anywhere_s(one) + batch_s(size - one)) for one in halves)
        return tried_s(size, 1) + sum(then)

    @cache
    def at_head_s(size: int) -> float:
        """What stood before the poison has been reported as done, which uses a retry unless batches halve."""
        if not lane.bisects:
            return tried_s(size, retries)
        if size == 1:
            return tried_s(size, 1 + retries)
        return tried_s(size, 1) + at_head_s(size // 2) + batch_s(size - size // 2)

    if not lane.partial:
        took = anywhere_s(full)
    else:
        took = sum(tried_s(full, 1) + at_head_s(left) for left in range(1, full)) / full
        took += (at_head_s(full) + (0 if lane.bisects else tried_s(full, 1))) / full
    return min(took - batch_s(full), lane.longest / 1e9)
