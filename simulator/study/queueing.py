"""What waits in line for a server: the M/G/c queue of Allen and Cunneen, whose load changes over time."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from simulator.study.fluid import RARE, Floats

LENGTHS: Final = 60
"""Times looked back over, from a step to all of the run."""
ALIKE: Final = 1.25
"""While no more than so many times the servers are idle that are at the peak, lines are as long."""
TINY: Final = 1e-12


class Waiting(NamedTuple):
    """Those in line, over time."""

    mean: Floats
    more: Floats
    """What chance adds to it in a run."""

    def of(self, share: Floats) -> Waiting:
        return Waiting(self.mean * share, self.more * share)

    def __add__(self, other: Waiting) -> Waiting:  # type: ignore[override]
        return Waiting(self.mean + other.mean, np.hypot(self.more, other.more))

    def upto(self, room: Floats) -> Waiting:
        """Of which there can be no more."""
        mean = np.minimum(self.mean, np.maximum(room, 0.0))
        return Waiting(mean, np.minimum(self.more, np.maximum(room - mean, 0.0)))


def waiting(busy: Floats, squared: Floats, rate: Floats, servers: Floats, step_s: float) -> Waiting:
    """In line for so many `servers`, of which on average `busy` are at work on `rate` requests/s, the second
    moments of whose times add up to `squared` a second.

    What is left to do is a Brownian motion that never falls below nothing. Its stationary tail, which is
    exponential, is also the most that comes to be left over any time that one may look back, if chance brings
    sqrt(2 ln(1 / p)) standard deviations in it. So a peak that is too short for a line as long as the
    stationary one has a shorter line. How rare is the longest line depends on how often a new one begins. One
    begins where all servers are busy: with Sakasegawa's share of arrivals, in the place of Erlang's.
    """
    spares = np.sort(servers - busy)

    def rare(busy: Floats, servers: Floats, squared: Floats) -> tuple[Floats, Floats, Floats]:
        """How likely there is a line, how many times its mean chance brings, and when it is stationary."""
        spare, likely = np.maximum(servers - busy, TINY), _all_busy(busy, servers)
        settles_s = squared / (2 * spare * spare)
        peak_s = step_s * np.searchsorted(spares, ALIKE * spare, "right")
        lines = np.clip(peak_s / np.maximum(settles_s, TINY), 1.0, RARE)
        longest = np.clip(np.log(lines) + np.euler_gamma, 1.0, math.log(RARE))
        return likely, np.maximum(longest + np.log(np.maximum(likely, TINY)), 0.0), settles_s

    # where it takes less than a step, the stationary line
    likely, longest, settles_s = rare(busy, servers, squared)
    line = settles_s * np.maximum(servers - busy, TINY)
    mean = np.where(settles_s <= step_s, likely * line, 0.0)
    most = np.where(longest * settles_s <= step_s, longest * line, 0.0)
    upto = [np.concatenate([[0.0], np.cumsum(each)]) * step_s for each in (busy, servers, squared)]
    for length in np.unique(np.geomspace(1, len(busy), LENGTHS).round().astype(int)):
        asked, there, variance = (total[length:] - total[:-length] for total in upto)
        likely, longest, _ = rare(*(each / (length * step_s) for each in (asked, there, variance)))
        for left, how_rare, share in ((mean, 1.0, likely), (most, longest, 1.0)):
            then = (asked - there + np.sqrt(2 * how_rare * variance)) * share
            left[length - 1 :] = np.maximum(left[length - 1 :], then)
    in_line = np.divide(rate, busy, out=np.zeros(len(busy)), where=busy > TINY)
    return Waiting(mean * in_line, np.maximum(most - mean, 0.0) * in_line)


def _all_busy(busy: Floats, servers: Floats) -> Floats:
    """How likely it is that one who comes finds no server idle."""
    used = np.minimum(busy / np.maximum(servers, TINY), 1.0)
    found: Floats = used ** (np.sqrt(2 * (servers + 1)) - 1)
    return found
