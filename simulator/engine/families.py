"""The parts of one request, and the children that a request waits for: rules that both engines share.

A request becomes a family when it is split or sends something. Each part says how it ended; when the last
one has, the request is complete, or something of it was lost, or is kept for somebody to look at.
"""

from __future__ import annotations

from simulator.engine.steps import COMPLETED, DEAD_LETTERED, LOST, OK
from simulator.stations.rule import rule
from simulator.stations.station import Place, Station

UNDER_WAY, UNCOUNTED = -2, -1
"""What a part's end may also come to: other parts go on; or the request was not answered with `ok`, or
nobody asked for it."""
NOTHING, NEXT, WAKE = 0, 1, 2
"""What follows the end of a child: nothing, the next child begins, or whoever waits goes on."""


class Family(Station):
    """The account of all effects of a request that has several parts."""

    answered: Place
    """The outcome; -1: none yet."""
    parts: Place
    """That have not ended."""
    lost: Place
    """Effects that were not carried out, and are kept nowhere."""
    dead_lettered: Place
    """Effects that were not carried out, and are kept in a dead-letter queue or a destination of failures."""
    type: Place
    arrived: int
    sent: int
    identity: int
    messages: int
    """One bit for each step that has put a message of it into a queue that deduplicates."""
    since: int
    """When the first of them did."""


class Group(Station):
    """Children of a request that waits for them at its `Join`."""

    walker: int
    """Who waits; -1: nobody any more."""
    pending: int
    """Children that have not ended."""
    left: int
    """Children that have not begun, and begin one by one as others end."""
    number: int
    """Of the child that began last."""
    fork: int
    """The row of its `Fork`."""
    first: int
    """1: the first failure is enough to go on."""
    failures: int
    tolerated: int
    """Failures that do not count."""
    outcome: int
    """Of the first child whose failure counts, with its status and cause; OK: none did."""
    status: int
    cause: int


@rule
def begin_family(family: Family, kind: int, arrived: int, sent: int, identity: int) -> None:
    """A request is all of its parts so far."""
    family.answered = -1
    family.parts = 1
    family.lost = 0
    family.dead_lettered = 0
    family.type = kind
    family.arrived = arrived
    family.sent = sent
    family.identity = identity
    family.messages = 0


@rule
def is_repeated(family: Family, number: int, interval: int, now: int) -> bool:
    """Whether this step has put the same message there within the interval; from now on it has."""
    if now - family.since > interval:
        family.messages = 0
    if family.messages == 0:
        family.since = now
    before = family.messages
    family.messages |= 1 << number
    return family.messages == before


@rule
def lose(family: Family, how: int) -> None:
    """An effect is not carried out: LOST, or DEAD_LETTERED."""
    if how == LOST:
        family.lost += 1
    else:
        family.dead_lettered += 1


@rule
def part_done(family: Family, how: int) -> int:
    """A part has ended: COMPLETED, LOST or DEAD_LETTERED. What this comes to for the request; unless it is
    UNDER_WAY, the family is over."""
    if how != COMPLETED:
        lose(family, how)
    family.parts -= 1
    if family.parts > 0:
        return UNDER_WAY
    if family.answered != OK:
        return UNCOUNTED
    if family.lost > 0:
        return LOST
    return DEAD_LETTERED if family.dead_lettered > 0 else COMPLETED


@rule
def begin_group(group: Group, walker: int) -> None:
    """No children yet."""
    group.walker = walker
    group.pending = 0
    group.left = 0
    group.number = 0
    group.fork = -1
    group.first = 0
    group.failures = 0
    group.tolerated = 0
    group.outcome = OK
    group.status = 1
    group.cause = -1


@rule
def wait_for(group: Group, first: int, tolerated: int, share: int) -> None:
    """Its parent waits from now on: for the first failure that counts, or for all."""
    group.first = first
    group.tolerated = min(tolerated, share * (group.pending + group.left) // 1_000_000)


@rule
def child_done(group: Group, outcome: int, status: int, cause: int) -> int:
    """A child has ended with this answer: NOTHING, NEXT or WAKE."""
    group.pending -= 1
    if group.walker < 0:
        return NOTHING
    if outcome != OK:
        group.failures += 1
        if group.failures == group.tolerated + 1:
            group.outcome = outcome
            group.status = status
            group.cause = cause
    settled = group.first != 0 and group.outcome != OK
    if group.left > 0 and not settled:
        group.left -= 1
        group.number += 1
        group.pending += 1
        return NEXT
    return WAKE if settled or group.pending == 0 else NOTHING
