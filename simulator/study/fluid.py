"""Environments of a function as a fluid: how many are busy, alive and starting, if nothing refuses them.

A request takes an idle environment, or begins a new one, which is busy for the length of a cold start
before it serves. So the first seconds of a surge, in which every request that finds none idle starts another,
need far more environments than Little's law says of warm ones.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SPREAD: Final = 3.0
"""Standard deviations above the mean that chance brings in a run: of Poisson counts, one time in 700."""
RARE: Final = 700
"""The same as a number of times: what chance brings more seldom is left out."""

TINY: Final = 1e-6
"""Items that are none."""

SETTLED_S: Final = 60.0
"""After so long chance has brought what it brings, and the environments for it have been started."""


class Environments(NamedTuple):
    """Of one function, over time."""

    busy: Floats
    alive: Floats
    """Idle ones and provisioned ones too."""
    started_per_s: Floats


def with_chance(mean: Floats, at_once: Floats | float = 1.0) -> Floats:
    """The most that a count of independent requests comes to, or of such as come so many at once: a compound
    Poisson count, whose variance is that many times its mean and whose third moment as many times that.

    Few groups are far from a bell, so Cornish and Fisher's term of the third moment is added for them; and
    groups so seldom that chance brings none add nothing.
    """
    skewed = np.where(mean * RARE > at_once, (SPREAD**2 - 1) / 6 * (np.asarray(at_once) - 1), 0.0)
    most: Floats = mean + SPREAD * np.sqrt(at_once * mean) + skewed
    return most


def environments(
    rate: Floats, step_s: float, warm_s: float, cold_s: float, kept: Floats, keep_alive_s: float
) -> Environments:
    """For `rate` requests/s in steps of so many seconds, each busy for `warm_s`, or for `cold_s` longer in a
    new environment; `kept` are alive whatever comes, and others for `keep_alive_s` after their last use.
    """
    # numbers and lists of Python's own: one at a time, those of numpy take three times as long
    busy, alive, started = list[float](), list[float](), list[float]()
    stay = math.exp(-step_s / warm_s) if warm_s > 0 else 0.0
    held = warm_s * (1 - stay)  # of a step's requests per second, how many are still there at its end
    starting = deque([0.0] * max(1, round(cold_s / step_s)))
    keep_alive, settled = round(keep_alive_s / step_s), round(SETTLED_S / step_s)
    falling = deque[tuple[int, float]]()  # the most used lately, and what is left once that is too long ago
    warm = cold = 0.0
    for step, (coming, least) in enumerate(zip(rate.tolist(), kept.tolist(), strict=True)):
        ready = starting.popleft()
        cold, warm = cold - ready if cold > ready else 0.0, warm + ready
        there = max(least, warm + cold)
        while falling and falling[0][0] < step - keep_alive:
            falling.popleft()
        if falling and falling[0][1] > there:
            there = falling[0][1]
        served, free = coming, there - cold - warm * stay
        if held > 0 and free < coming * held:
            served = free / held if free > 0 else 0.0
        new = (coming - served) * step_s
        warm = warm * stay + served * held
        cold += new
        starting.append(new)
        used = now = warm + cold
        if step >= settled:
            usual = min(now, busy[step - settled])
            often = float(math.ceil(usual + SPREAD * math.sqrt(usual)))
            used = max(now, often)
        while falling and falling[-1][1] <= used:
            falling.pop()
        falling.append((step, used))
        busy.append(now)
        alive.append(max(now, there))
        started.append(new / step_s)
    return Environments(np.array(busy), np.array(alive), np.array(started))


class Batches(NamedTuple):
    """Of one size."""

    items: float
    seconds: float
    """What one takes."""

    @property
    def per_s(self) -> float:
        """Items that a receiver takes with them."""
        return self.items / self.seconds


class Drained(NamedTuple):
    """What is received from a queue or stream, over time."""

    per_s: Floats
    full: Floats
    """The share of it in full batches: 1 if items are left waiting, 0 while receivers idle."""
    there: Floats
    """Receivers."""


def drained(
    items: Floats, step_s: float, few: Batches, full: Batches, least: float, most: float, more_per_s: float
) -> Drained:
    """Of `items`/s, in batches as they come, larger ones while all receivers are at work, and `full` ones
    while items are left waiting. There are `least`; while all are at work and items wait, be it by chance, so
    many more a second begin, up to `most`, and else a fifth as many end.
    """
    received, share, receivers = (np.zeros(len(items)) for _ in range(3))
    there, waiting = least, 0.0
    for step, rate in enumerate(items):
        waiting += rate * step_s
        taken = min(waiting / step_s, there * full.per_s)
        waiting -= taken * step_s
        received[step], receivers[step] = taken, there
        needed = taken / few.per_s
        change = more_per_s if needed + SPREAD * math.sqrt(needed) > there else -more_per_s / 5
        if waiting > TINY:
            share[step], change = 1.0, more_per_s
        elif needed > there * (1 + TINY):  # batches grow until no more are in hand
            share[step] = (needed - there) / (needed - taken / full.per_s)
            # of those that come free, how many find something waiting
            size = 1 / ((1 - share[step]) / few.items + share[step] / full.items)
            change = more_per_s * size / (size + 1)
        there = min(max(there + change * step_s, least), most)
    return Drained(received, share, receivers)


def grown(
    needed: Floats, step_s: float, least: float, most: Floats | float, more_per_s: float
) -> tuple[Floats, Floats]:
    """Receivers that there are as `needed` changes, and how many seconds what comes waits because they are
    still too few: they grow and shrink as in `drained`, and no further than they are needed."""
    there, late_s = np.zeros(len(needed)), np.zeros(len(needed))
    now, lacking = least, 0.0
    for step, wanted in enumerate(np.clip(needed, least, most)):
        now = min(max(wanted, now - more_per_s / 5 * step_s), now + more_per_s * step_s)
        lacking = lacking + (wanted - now) * step_s if now < wanted else 0.0
        there[step], late_s[step] = now, lacking / wanted if lacking else 0.0
    return there, late_s
