"""How long a record that always fails holds up its lane is what the mailbox's rules make of it."""

from __future__ import annotations

import pytest

from simulator.stations.mailbox import (
    Item,
    Mailbox,
    acknowledge,
    empty_lanes,
    hand_over,
    next_gone,
    put,
    put_back,
)
from simulator.study.stalled import stalled_s

PAUSE_S = 0.1


def batch_s(size: float) -> float:
    return 0.5 + 0.01 * size


def worked_s(terms: dict[str, int], full: int, bad: int) -> float:
    """Until a lane has nothing left of a batch one item of which always fails."""
    mailbox, lanes = Mailbox(exclusive=1, whole=1, batch_size=full, **terms), empty_lanes(1)
    items, spare = [Item(next=place + 1) for place in range(full)], [0, full]
    for identity in range(full):
        put(mailbox, lanes, items, spare, 0, identity, -1, 1, 0)
    took = 0.0
    while mailbox.waiting:
        count = hand_over(mailbox, lanes, items, 0)
        took += batch_s(count)
        batch = number = mailbox.batch
        poisoned = False
        while number >= 0:
            items[number].bad = int(items[number].identity == bad)
            poisoned |= items[number].identity == bad
            number = items[number].next
        left = 0 if poisoned and not mailbox.partial else acknowledge(mailbox, lanes, items, batch, 0)
        if poisoned:
            took += PAUSE_S
            put_back(mailbox, lanes, items, mailbox.batch if left else batch, count, True, 0)
        while next_gone(mailbox, items) >= 0:
            pass
    return took


@pytest.mark.parametrize("full", [1, 2, 50, 64])
@pytest.mark.parametrize(
    "terms",
    [
        {"most_tries": 0},
        {"most_tries": 3},
        {"most_tries": 3, "bisects": 1},
        {"most_tries": 0, "bisects": 1},
        {"most_tries": 3, "partial": 1},
        {"most_tries": 3, "partial": 1, "bisects": 1},
    ],
    ids=str,
)
def test_a_lane_works_so_much_longer_because_of_an_item_that_always_fails(
    terms: dict[str, int], full: int
) -> None:
    told = stalled_s(Mailbox(**terms), full, batch_s, PAUSE_S)
    worked = sum(worked_s(terms, full, bad) for bad in range(full)) / full
    assert told == pytest.approx(worked - batch_s(full))


def test_without_an_end_of_tries_it_holds_up_its_lane_until_it_is_too_old() -> None:
    assert stalled_s(Mailbox(bisects=1, longest=60_000_000_000), 50, batch_s, PAUSE_S) == 60
