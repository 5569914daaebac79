"""What is due next: a heap of four children per node, in one flat sequence of whole numbers.

An entry is two numbers: the time, and a key made of the order of simultaneous events, the sequence of
pushing, and who it concerns. So the smallest entry is the earliest, then the first in order, then the
first that was pushed.

The first entry stands at place 3, so that four children fill one line of the processor's cache; every
place without an entry holds NOTHING, so that there are always four. Which child is first cannot be
foretold, so nothing branches on it: their times are compared, which waits for nothing but these, and their
keys only where two times are the same.
"""

from __future__ import annotations

from collections.abc import MutableSequence

from simulator.engine.steps import Order
from simulator.stations.hints import index
from simulator.stations.rule import rule

Integers = MutableSequence[int]

PENDING, SEQUENCE = 0, 1
"""Places in the state: entries in the heap; entries ever pushed."""
NOTHING = (1 << 63) - 1
ROOT = 3
FIRST = 2 * ROOT
"""Where in the sequence the first entry's time stands; its key is next to it."""
SPARE = 2 * (ROOT + 4)
"""Numbers that the sequence has more than two for each entry."""
WHO_BITS = 24
SEQUENCE_SHIFT = WHO_BITS
ORDER_SHIFT = 61
FIRST_ORDER = int(Order.FREE)
MOST_REQUESTS = 1 << WHO_BITS
MOST_PUSHES = 1 << (ORDER_SHIFT - SEQUENCE_SHIFT)


@rule
def push(state: Integers, heap: Integers, time: int, order: int, who: int) -> int:
    """`who` is due at `time`; the heap must have room. Returns the sequence number."""
    sequence = state[SEQUENCE]
    place = state[PENDING] + ROOT
    state[PENDING] += 1
    state[SEQUENCE] = sequence + 1
    key = ((order - FIRST_ORDER) << ORDER_SHIFT) | (sequence << SEQUENCE_SHIFT) | who
    settle(heap, place, time, key)
    return sequence


@rule
def settle(heap: Integers, place: int, time: int, key: int) -> None:
    """Put an entry into the empty `place`, or as far above it as it belongs."""
    while place > ROOT:
        above = (place >> 2) + 2
        over = heap[index(2 * above)]
        if over < time or (over == time and heap[index(2 * above + 1)] < key):
            break
        heap[index(2 * place)] = over
        heap[index(2 * place + 1)] = heap[index(2 * above + 1)]
        place = above
    heap[index(2 * place)] = time
    heap[index(2 * place + 1)] = key


@rule
def sooner(heap: Integers, place: int, other: int) -> bool:
    """Whether the entry at `place` comes before the one at `other`."""
    time = heap[index(2 * place)]
    its = heap[index(2 * other)]
    return (time < its) | ((time == its) & (heap[index(2 * place + 1)] < heap[index(2 * other + 1)]))


@rule
def soonest_of(heap: Integers, below: int) -> int:
    """Which of the four entries from `below` on comes first, by times and keys."""
    one = below + int(sooner(heap, below + 1, below))
    two = below + 2 + int(sooner(heap, below + 3, below + 2))
    return two if sooner(heap, two, one) else one


@rule
def pop(state: Integers, heap: Integers) -> None:
    """Remove the first entry: its place goes down to where the last entry can take it."""
    last = state[PENDING] - 1 + ROOT
    state[PENDING] -= 1
    time = heap[index(2 * last)]
    key = heap[index(2 * last + 1)]
    heap[index(2 * last)] = NOTHING
    if last == ROOT:
        return
    place = ROOT
    below = 4
    while below < last:
        a = heap[index(2 * below)]
        b = heap[index(2 * below + 2)]
        c = heap[index(2 * below + 4)]
        d = heap[index(2 * below + 6)]
        one = below if a <= b else below + 1
        left = min(a, b)
        two = below + 2 if c <= d else below + 3
        right = min(c, d)
        first = one if left <= right else two
        soonest = min(left, right)
        if (a == b) | (c == d) | (left == right):
            first = soonest_of(heap, below)
        if soonest > time or (soonest == time and heap[index(2 * first + 1)] > key):
            break
        heap[index(2 * place)] = soonest
        heap[index(2 * place + 1)] = heap[index(2 * first + 1)]
        place = first
        below = 4 * (place - 2)
    heap[index(2 * place)] = time
    heap[index(2 * place + 1)] = key


@rule
def who_of(key: int) -> int:
    """Whom an entry concerns."""
    return key & (MOST_REQUESTS - 1)


@rule
def sequence_of(key: int) -> int:
    """When it was pushed."""
    return (key >> SEQUENCE_SHIFT) & (MOST_PUSHES - 1)
