"""Mailbox: lanes, batches, and what comes back; whatever happens, order holds and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from simulator.stations.mailbox import (
    Item,
    Mailbox,
    acknowledge,
    empty_lanes,
    free_item,
    hand_over,
    is_full,
    next_gone,
    next_read,
    pass_on,
    put,
    put_back,
    read,
)


class Post:
    """A mailbox with its lanes and items; items are named by their identity."""

    def __init__(self, room: int = 100, **terms: int) -> None:
        self.mailbox = Mailbox(**terms)
        self.lanes = empty_lanes(self.mailbox.lanes)
        self.items = [Item(next=place + 1) for place in range(room)]
        self.spare = [0, room]

    def put(self, *identities: int, lane: int = 0, now: int = 0, size: int = 1) -> None:
        for identity in identities:
            put(self.mailbox, self.lanes, self.items, self.spare, lane, identity, -1, size, now)

    def take(self, now: int = 0) -> int:
        """The chain of a batch."""
        hand_over(self.mailbox, self.lanes, self.items, now)
        return self.mailbox.batch

    def named(self, chain: int) -> list[int]:
        found = []
        while chain >= 0:
            found.append(self.items[chain].identity)
            chain = self.items[chain].next
        return found

    def gone(self) -> list[int]:
        found = []
        while (number := next_gone(self.mailbox, self.items)) >= 0:
            found.append(self.items[number].identity)
            free_item(self.items, self.spare, number)
        return found

    def done(self, batch: int, bad: Iterable[int] = ()) -> int:
        """Acknowledge a batch but for those reported; what is left of it."""
        chain = batch
        while chain >= 0:
            self.items[chain].bad = int(self.items[chain].identity in bad)
            chain = self.items[chain].next
        acknowledge(self.mailbox, self.lanes, self.items, batch, 0)
        return self.mailbox.batch

    def back(self, batch: int, count: int, failed: bool = True) -> None:
        put_back(self.mailbox, self.lanes, self.items, batch, count, failed, 0)

    def all(self) -> list[list[int]]:
        """What waits in each lane."""
        return [self.named(lane.head) for lane in self.lanes]


STREAM = {"exclusive": 1, "whole": 1, "batch_size": 4}


def test_a_batch_is_what_came_first_up_to_its_size() -> None:
    post = Post(batch_size=3)
    post.put(1, 2, 3, 4)
    assert is_full(post.mailbox)
    assert post.named(post.take()) == [1, 2, 3]
    assert not is_full(post.mailbox)
    assert post.all() == [[4]]


def test_a_batch_ends_before_the_item_that_would_make_it_too_large_but_has_one() -> None:
    post = Post(batch_size=9, batch_bytes=100)
    post.put(1, size=60)
    post.put(2, size=50)
    post.put(3, size=500)
    assert [post.named(post.take()) for _ in range(3)] == [[1], [2], [3]]


def test_a_lane_that_is_exclusive_is_handed_to_one_at_a_time() -> None:
    post = Post(exclusive=1, batch_size=1)
    post.put(1, 2)
    first = post.take()
    assert post.named(post.take()) == []
    assert post.done(first) == -1
    assert post.named(post.take()) == [2]


def test_a_lane_that_is_not_is_handed_to_many() -> None:
    post = Post(batch_size=1)
    post.put(1, 2)
    assert [post.named(post.take()), post.named(post.take())] == [[1], [2]]


def test_a_batch_may_mix_groups_each_of_which_it_holds() -> None:
    post = Post(lanes=3, exclusive=1, batch_size=3)
    post.put(1, 2, lane=0)
    post.put(3, 4, lane=1)
    post.put(5, lane=2)
    first = post.take()
    assert post.named(first) == [1, 2, 3]
    assert post.named(post.take()) == [5]
    post.done(first)
    assert post.named(post.take()) == [4]


def test_a_batch_of_a_stream_that_failed_comes_back_as_it_was() -> None:
    post = Post(**STREAM)
    post.put(1, 2)
    batch = post.take()
    post.put(3, 4, 5)
    post.back(batch, 2)
    assert is_full(post.mailbox), "there is nothing to wait for"
    again = post.take()
    assert post.named(again) == [1, 2]
    post.done(again)
    assert post.named(post.take()) == [3, 4, 5]
    assert post.mailbox.received_again == 2


def test_or_as_its_two_halves_which_uses_no_retry() -> None:
    post = Post(**STREAM, bisects=1, most_tries=0)
    post.put(1, 2, 3)
    post.back(post.take(), 3)
    first = post.take()
    assert post.named(first) == [1]
    post.back(first, 1)
    assert post.gone() == [1]
    assert post.named(post.take()) == [2, 3]


def test_a_batch_that_failed_too_often_is_thrown_away() -> None:
    post = Post(**STREAM, most_tries=2)
    post.put(1, 2)
    for _ in range(3):
        assert post.gone() == []
        post.back(post.take(), 2)
    assert post.gone() == [1, 2]
    assert (post.mailbox.thrown_away, post.mailbox.held, post.lanes[0].held) == (2, 0, 0)


def test_a_batch_that_was_only_throttled_has_not_failed() -> None:
    post = Post(**STREAM, most_tries=0, bisects=1)
    post.put(1, 2)
    post.back(post.take(), 2, failed=False)
    assert post.gone() == []
    assert post.named(post.take()) == [1, 2]


def test_of_a_queue_what_was_reported_bad_is_left_and_of_a_stream_all_that_follows_too() -> None:
    for exclusive, left in ((0, [2]), (1, [2, 3])):
        post = Post(batch_size=3, partial=1, exclusive=exclusive)
        post.put(1, 2, 3)
        assert post.named(post.done(post.take(), bad=[2])) == left


def test_what_is_left_after_a_part_was_done_is_not_halved_and_has_used_no_retry_where_one_bisects() -> None:
    post = Post(**STREAM, bisects=1, partial=1, most_tries=0)
    post.put(1, 2, 3, 4)
    post.back(post.done(post.take(), bad=[3]), 4)
    assert post.named(post.take()) == [3, 4]


def test_what_is_too_old_is_not_handed_over() -> None:
    post = Post(batch_size=5, longest=10)
    post.put(1, now=0)
    post.put(2, now=5)
    assert post.named(post.take(now=11)) == [2]
    assert post.gone() == [1]
    assert post.mailbox.expired == 1


def test_a_shard_is_read_up_to_the_limits_of_a_read_and_not_before_the_records_have_spread() -> None:
    shard = Post(lag=10, read_size=2, read_bytes=5, idle_pause=1000, pause=200, reading=1_000_000_000)
    lane = Mailbox(batch_size=9)
    shard.put(1, 2, 3, now=0, size=2)
    shard.put(4, now=5, size=2)

    def reads(now: int) -> list[int]:
        found, size = [], 0
        while (number := read(shard.mailbox, shard.lanes, shard.items, len(found), size, now)) >= 0:
            found.append(shard.items[number].identity)
            size += shard.items[number].size
        return found

    assert reads(9) == []
    assert reads(10) == [1, 2]
    assert reads(14) == [3]
    assert reads(15) == [4]
    asked = (shard.mailbox, shard.lanes, shard.items)
    assert next_read(*asked, 0, 0, 15) == 1015, "none found: at the idle rate"
    assert next_read(*asked, 1, 2, 15) == 215
    assert next_read(*asked, 2, 500, 15) == 515, "as many bytes as may be read"
    shard.mailbox.reading = 0
    assert next_read(*asked, 2, 500, 15) == 215, "or as many as there are"
    assert lane.waiting == 0


def test_an_item_that_is_passed_on_keeps_its_age() -> None:
    shard = Post(read_size=9)
    shard.put(1, now=3)
    number = read(shard.mailbox, shard.lanes, shard.items, 0, 0, 7)
    consumer = Mailbox(batch_size=9)
    lanes = empty_lanes(1)
    pass_on(consumer, lanes, shard.items, number, 7)
    assert hand_over(consumer, lanes, shard.items, 12) == 1
    assert consumer.age == 9


@given(
    st.fixed_dictionaries(
        {
            "exclusive": st.integers(0, 1),
            "lanes": st.integers(1, 3),
            "batch_size": st.integers(1, 4),
            "batch_bytes": st.integers(1, 9),
            "partial": st.integers(0, 1),
            "most_tries": st.integers(0, 3),
            "longest": st.sampled_from([30, 1 << 62]),
        }
    ),
    st.booleans(),
    st.integers(0, 1),
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 2), st.integers(0, 3), st.integers(0, 7)), max_size=80
    ),
)
def test_order_holds_and_nothing_is_lost_whatever_fails(  # noqa: C901 (one move after the other)
    terms: dict[str, int], stream: bool, bisects: int, moves: list[tuple[int, int, int, int]]
) -> None:
    if stream:
        terms |= {"exclusive": 1, "lanes": 1, "whole": 1, "bisects": bisects}
    post = Post(room=200, **terms)
    lane_of: dict[int, int] = {}
    held: list[tuple[int, int, list[int]]] = []
    finished: list[int] = []
    now = 0
    for move, lane, gap, bits in moves:
        now += gap
        if move <= 1:
            for _ in range(1 + lane):
                lane_of[len(lane_of)] = lane % terms["lanes"]
                post.put(len(lane_of) - 1, lane=lane, now=now)
        elif move == 2:
            batch = post.take(now)
            finished += post.gone()
            if batch >= 0:
                names = post.named(batch)
                busy = {lane_of[name] for _, _, others in held for name in others}
                assert not (terms["exclusive"] and busy & {lane_of[name] for name in names})
                held.append((batch, len(names), names))
        elif held:
            batch, count, names = held.pop(lane % len(held))
            left = batch if move == 4 else post.done(batch, [n for k, n in enumerate(names) if bits >> k & 1])
            finished += post.gone()
            if left >= 0:
                post.back(left, count, failed=bits != 0)
                finished += post.gone()
        waiting, under_way = post.all(), [name for _, _, names in held for name in names]
        everything = [*finished, *under_way, *(name for names in waiting for name in names)]
        assert sorted(everything) == list(range(len(lane_of))), "each item is in one place"
        assert post.mailbox.waiting == sum(map(len, waiting))
        assert post.mailbox.held == len(under_way)
        assert post.spare[1] == 200 - len(lane_of) + len(finished)
        if terms["exclusive"]:
            assert all(names == sorted(names) for names in waiting), "in the order in which they came"
            for _, _, names in held:
                for name in names:
                    assert all(name < later for later in waiting[lane_of[name]])
