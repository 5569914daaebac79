"""Counting while the run goes on: the rules that write in the books."""

from __future__ import annotations

from simulator.measure.books import (
    AGAIN,
    ARRIVED,
    ATTEMPTS,
    BIN,
    CAUSES,
    COLUMNS,
    COMPLETED,
    COMPLETION,
    COMPLETION_NS,
    DURATIONS,
    DURATIONS_NS,
    FAILURES,
    FROM,
    KEPT,
    NOW_ENDS,
    NOW_SLICE,
    OUTCOME_COUNT,
    PARTED,
    PARTED_NS,
    PARTS,
    REQUESTS,
    SERIES,
    SLICE,
    SLICE_BEGINS,
    SLICES,
    SLOWEST,
    TIMELINES,
    TYPES,
    UNDONE,
    UNTIL,
    WHERE,
    WHOLE,
    WHOLE_NS,
    WIDTH,
    WINDOWS,
    Books,
)
from simulator.measure.sketch import BINS, SUB_BITS, bin_of
from simulator.measure.timeline import COARSE_POWERS, COARSE_SHIFT, COARSE_SUB_BINS
from simulator.measure.where import ROWS
from simulator.stations.rule import rule


@rule
def count_request(to: Books, kind: int, now: int) -> None:
    """A request of type `kind` arrives."""
    for window in range(to[WINDOWS]):
        if to[to[FROM] + window] <= now < to[to[UNTIL] + window]:
            to[to[REQUESTS] + window * to[TYPES] + kind] += 1
    to[to[SERIES] + (time_bin(to, now) * to[TYPES] + kind) * COLUMNS] += 1
    to[to[ARRIVED] + (kind * to[SLICES] + to[NOW_SLICE]) * 2] += 1


@rule
def time_bin(to: Books, now: int) -> int:
    """The bin of now, which only grows."""
    if now >= to[NOW_ENDS]:
        to[BIN] = now // to[WIDTH]
        to[NOW_SLICE] = now // to[SLICE]
        to[SLICE_BEGINS] = to[NOW_SLICE] * to[SLICE]
        to[NOW_ENDS] = min((to[BIN] + 1) * to[WIDTH], to[SLICE_BEGINS] + to[SLICE])
    return to[BIN]


@rule
def count_attempt(to: Books, kind: int, arrived: int) -> None:
    """A client sends, for a request that arrived at `arrived`."""
    for window in range(to[WINDOWS]):
        if to[to[FROM] + window] <= arrived < to[to[UNTIL] + window]:
            to[to[ATTEMPTS] + window * to[TYPES] + kind] += 1


@rule
def count_answer(
    to: Books, kind: int, arrived: int, sent: int, now: int, outcome: int, cause: int, whole: bool
) -> None:
    """The client of a request has its answer; `whole`: and nothing of the request still runs.

    The cause counts only if the outcome is not `ok` (0).
    """
    to[to[SERIES] + (time_bin(to, now) * to[TYPES] + kind) * COLUMNS + 1 + outcome] += 1
    causes = to[CAUSES]
    column = causes if outcome == 0 or cause < 0 else cause
    part = to[NOW_SLICE] if arrived >= to[SLICE_BEGINS] else arrived // to[SLICE]
    found = 0
    if outcome == 0:
        found = bin_of(now - sent)
        power = kind * COARSE_POWERS + (found >> SUB_BITS)
        place = (power * to[SLICES] + part) * COARSE_SUB_BINS
        to[to[TIMELINES] + place + ((found >> COARSE_SHIFT) & (COARSE_SUB_BINS - 1))] += 1
    else:
        to[to[ARRIVED] + (kind * to[SLICES] + part) * 2 + 1] += 1
    for window in range(to[WINDOWS]):
        if to[to[FROM] + window] <= arrived < to[to[UNTIL] + window]:
            slot = window * to[TYPES] + kind
            to[to[FAILURES] + (slot * OUTCOME_COUNT + outcome) * (causes + 1) + column] += 1
            if outcome == 0 and whole:
                count_duration(to, to[WHOLE], to[WHOLE_NS], slot, now - sent, found)
            elif outcome == 0:
                count_duration(to, to[PARTED], to[PARTED_NS], slot, now - sent, found)


@rule
def count_effects(
    to: Books, became: int, kind: int, arrived: int, sent: int, now: int, identity: int
) -> None:
    """The last part of a request is done, and its answer was `ok`; its effects are COMPLETED, LOST or
    DEAD_LETTERED."""
    found = bin_of(now - sent)
    for window in range(to[WINDOWS]):
        if to[to[FROM] + window] <= arrived < to[to[UNTIL] + window]:
            slot = window * to[TYPES] + kind
            if became == COMPLETED:
                count_duration(to, to[COMPLETION], to[COMPLETION_NS], slot, now - sent, found)
            else:
                to[to[UNDONE] + 3 * slot + became - 1] += 1
                to[to[UNDONE] + 3 * slot + 2] += now - sent
    keep(to, became, kind, arrived, now - sent, identity)


@rule
def keep(to: Books, became: int, kind: int, arrived: int, took: int, identity: int) -> None:
    """Of a counted request that is over: in the place of the quickest that is kept, if it is slower.

    Those kept are a binary heap with the quickest on top."""
    kept = to[KEPT]
    if kept == 0 or not to[to[FROM]] <= arrived < to[to[UNTIL]]:
        return
    first = to[SLOWEST] + 2 * kept * (2 * kind + (0 if became == COMPLETED else 1))
    if took <= to[first]:
        return
    place = 0
    below = 1
    while below < kept:
        if below + 1 < kept and to[first + 2 * below + 2] < to[first + 2 * below]:
            below += 1
        if to[first + 2 * below] >= took:
            break
        to[first + 2 * place] = to[first + 2 * below]
        to[first + 2 * place + 1] = to[first + 2 * below + 1]
        place = below
        below = 2 * place + 1
    to[first + 2 * place] = took
    to[first + 2 * place + 1] = identity


@rule
def measure(to: Books, duration: int, took: int, now: int) -> None:
    """A service has taken a time; it counts if it ends within the counted run."""
    if to[to[FROM]] <= now:
        count_duration(to, to[DURATIONS], to[DURATIONS_NS], duration, took, bin_of(took))


@rule
def count_parts(to: Books, kind: int, arrived: int, row: int, account: Books, first: int) -> None:
    """The time that a request spent by part, which begins at `first`, under a row of `where`."""
    parts = to[PARTS]
    for window in range(to[WINDOWS]):
        if to[to[FROM] + window] <= arrived < to[to[UNTIL] + window]:
            place = to[WHERE] + ((window * to[TYPES] + kind) * ROWS + row) * (parts + 1)
            to[place] += 1
            for part in range(parts):
                to[place + 1 + part] += account[first + part]


@rule
def count_again(  # noqa: PLR0913 (an attempt, and the stretch of its account)
    to: Books,
    kind: int,
    arrived: int,
    outcome: int,
    cause: int,
    account: Books,
    first: int,
    part: int,
    until: int,
) -> None:
    """An attempt that ended so is made again: what it took in the parts from `part` to `until`."""
    parts, causes = to[PARTS], to[CAUSES]
    column = causes if cause < 0 else cause
    for window in range(to[WINDOWS]):
        if to[to[FROM] + window] <= arrived < to[to[UNTIL] + window]:
            slot = window * to[TYPES] + kind
            place = to[AGAIN] + (slot * (causes + 1) + column) * (parts + 2)
            to[place] += 1
            to[place + 1] = outcome
            for each in range(part, until):
                to[place + 2 + each] += account[first + each]


@rule
def count_duration(to: Books, sketches: int, sums: int, slot: int, took: int, found: int) -> None:
    """Into the sketch of a slot, its sum and its maximum; `found` is the bin of `took`."""
    to[sketches + slot * BINS + found] += 1
    to[sums + 2 * slot] += took
    if took > to[sums + 2 * slot + 1]:
        to[sums + 2 * slot + 1] = took
