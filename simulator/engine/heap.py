"""What is due next: a heap of four children per node, in one flat sequence of whole numbers.

An entry is two numbers: the time, and a key made of the order of simultaneous events, the sequence of
pushing, and who it concerns. So the smallest entry is the
earliest, then the first in order, then the first that was pushed.
"""

from __future__ import annotations

from collections.abc import MutableSequence

from simulator.engine.steps import Order
from simulator.stations.rule import rule

Integers = MutableSequence[int]

PENDING, SEQUENCE = 0, 1
"""Places in the state: entries in the heap; entries ever pushed."""
WHO_BITS = 24
SEQUENCE_SHIFT = WHO_BITS
ORDER_SHIFT = 61
FIRST_ORDER = int(Order.FREE)
MOST_REQUESTS = 1 << WHO_BITS
MOST_PUSHES = 1 << (ORDER_SHIFT - SEQUENCE_SHIFT)


@rule
def push(state: Integers, heap: Integers, time: int, order: int, who: int) -> int:
    """`who` is due at `time`; the heap must have room. Returns the sequence number."""
    place = state[PENDING]
    sequence = state[SEQUENCE]
    key = ((order - FIRST_ORDER) << ORDER_SHIFT) | (sequence << SEQUENCE_SHIFT) | who
    state[PENDING] = place + 1
    state[SEQUENCE] = sequence + 1
    while place > 0:
        above = (place - 1) >> 2
        if heap[2 * above] < time or (heap[2 * above] == time and heap[2 * above + 1] < key):
            break
        heap[2 * place] = heap[2 * above]
        heap[2 * place + 1] = heap[2 * above + 1]
        place = above
    heap[2 * place] = time
    heap[2 * place + 1] = key
    return sequence


@rule
def pop(state: Integers, heap: Integers) -> None:
    """Remove the first entry."""
    last = state[PENDING] - 1
    state[PENDING] = last
    time = heap[2 * last]
    key = heap[2 * last + 1]
    place = 0
    below = 1
    while below < last:
        first = below
        first_time = heap[2 * below]
        first_key = heap[2 * below + 1]
        for child in range(below + 1, min(below + 4, last)):
            child_time = heap[2 * child]
            child_key = heap[2 * child + 1]
            # which child is first cannot be foretold, so nothing branches on it
            sooner = (child_time < first_time) | ((child_time == first_time) & (child_key < first_key))
            first = child if sooner else first
            first_time = child_time if sooner else first_time
            first_key = child_key if sooner else first_key
        if first_time > time or (first_time == time and first_key > key):
            break
        heap[2 * place] = first_time
        heap[2 * place + 1] = first_key
        place = first
        below = 4 * place + 1
    heap[2 * place] = time
    heap[2 * place + 1] = key


@rule
def who_of(key: int) -> int:
    """Whom an entry concerns."""
    return key & (MOST_REQUESTS - 1)


@rule
def sequence_of(key: int) -> int:
    """When it was pushed."""
    return (key >> SEQUENCE_SHIFT) & (MOST_PUSHES - 1)
