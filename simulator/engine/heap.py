"""What is due next: a heap of four children per node, in one flat sequence of whole numbers.

An entry is (time, order and sequence in one number, who and what, token), so that the smallest is the
earliest, then the first in the order of simultaneous events, then the first that was pushed.
"""

from __future__ import annotations

from collections.abc import MutableSequence

from simulator.stations.rule import rule

Integers = MutableSequence[int]

PENDING, SEQUENCE = 0, 1
"""Places in the state: entries in the heap; entries ever pushed."""
WAKE, PATIENCE, DEADLINE = 0, 1, 2
"""What is due: the end of a wait, of a request's patience, or of the time its caller gives it."""
WIDTH = 4


@rule
def push(state: Integers, heap: Integers, time: int, order: int, who: int, what: int, token: int) -> None:
    """Something is due at `time`; the heap must have room."""
    place = state[PENDING]
    key = (order << 56) | state[SEQUENCE]
    state[PENDING] += 1
    state[SEQUENCE] += 1
    while place > 0:
        above = (place - 1) >> 2
        if heap[4 * above] < time or (heap[4 * above] == time and heap[4 * above + 1] < key):
            break
        for part in range(WIDTH):
            heap[4 * place + part] = heap[4 * above + part]
        place = above
    heap[4 * place] = time
    heap[4 * place + 1] = key
    heap[4 * place + 2] = who * 4 + what
    heap[4 * place + 3] = token


@rule
def pop(state: Integers, heap: Integers) -> None:
    """Remove the first entry."""
    last = state[PENDING] - 1
    state[PENDING] = last
    time = heap[4 * last]
    key = heap[4 * last + 1]
    place = 0
    while True:
        below = 4 * place + 1
        if below >= last:
            break
        first = below
        first_time = heap[4 * below]
        first_key = heap[4 * below + 1]
        for child in range(below + 1, min(below + 4, last)):
            if heap[4 * child] < first_time or (heap[4 * child] == first_time and heap[4 * child + 1] < first_key):
                first = child
                first_time = heap[4 * child]
                first_key = heap[4 * child + 1]
        if first_time > time or (first_time == time and first_key > key):
            break
        for part in range(WIDTH):
            heap[4 * place + part] = heap[4 * first + part]
        place = first
    for part in range(WIDTH):
        heap[4 * place + part] = heap[4 * last + part]
