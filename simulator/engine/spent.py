"""A request's account of its time, in programs that trace it: how long it spent in each part.

An account is a stretch of whole numbers: since when and in which part time passes now, whether the
caller has given up, then nanoseconds by part. Both engines keep one for each request that is traced.
"""

from __future__ import annotations

from collections.abc import MutableSequence

from simulator.stations.rule import rule

SINCE, NOW_IN, LEFT, PARTS = range(4)
"""Places in an account; the parts begin at PARTS."""

Integers = MutableSequence[int]


def room_for(parts: int) -> int:
    """Numbers in an account of so many parts; none where time is not traced."""
    return PARTS + parts if parts else 0


@rule
def spend(account: Integers, first: int, now: int, part: int) -> None:
    """The time until now belongs to the part it passed in; from now on it passes in `part`."""
    account[first + PARTS + account[first + NOW_IN]] += now - account[first + SINCE]
    account[first + SINCE] = now
    account[first + NOW_IN] = part


@rule
def open_account(account: Integers, first: int, width: int, now: int) -> None:
    """Nothing is spent yet, and nobody has given up."""
    if width > 0:
        for place in range(first, first + width):
            account[place] = 0
        account[first + SINCE] = now


@rule
def write_off(account: Integers, first: int, kept: int, until: int) -> None:
    """The attempt is made again: what it took in the parts behind `kept` and `kept` + 1 (the pauses), up to
    `until`, is booked under `kept`."""
    for part in range(kept + 2, until):
        account[first + PARTS + kept] += account[first + PARTS + part]
        account[first + PARTS + part] = 0


@rule
def begin_anew(account: Integers, first: int, width: int, now: int) -> None:
    """A caller of what goes on has given up: only what it takes from now on is spent."""
    if width > 0:
        part = account[first + NOW_IN]
        open_account(account, first, width, now)
        account[first + NOW_IN] = part
        account[first + LEFT] = 1


@rule
def take_over(account: Integers, first: int, child: int, width: int, now: int) -> None:
    """Whoever waits goes on after its last child: what that one took is spent in the child's parts."""
    if width > 0:
        spend(account, child, now, account[child + NOW_IN])
        waited_in = account[first + NOW_IN]
        spend(account, first, now, waited_in)
        for part in range(PARTS, width):
            account[first + part] += account[child + part]
            account[first + PARTS + waited_in] -= account[child + part]


@rule
def divide(account: Integers, first: int, other: int, width: int, now: int) -> None:
    """The caller goes on with what was spent, in the account at `other`; what it left behind begins anew."""
    if width > 0:
        spend(account, first, now, account[first + NOW_IN])
        for place in range(width):
            account[other + place] = account[first + place]
        for place in range(PARTS, width):
            account[first + place] = 0
        account[first + LEFT] = 1
