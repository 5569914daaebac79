"""Mailboxes in the `simpy` engine: who waits for a batch, who gathers one, and what becomes of its items.

Each method named after a step says what that step does, as in `SimpyEngine`, of which this is a part.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, MutableSequence
from typing import TYPE_CHECKING, Any

import simpy
from simpy.events import Event

from simulator.engine.families import is_repeated
from simulator.engine.layout import mail, spare_items
from simulator.engine.random import batch_identity, epoch_below
from simulator.engine.steps import COMPLETED, DEAD_LETTERED, LOST, OK, WINDOW_END, Op, Order, Row
from simulator.stations.mailbox import (
    METADATA,
    Item,
    Mailbox,
    acknowledge,
    can_gather,
    come_back,
    count_together,
    count_unread,
    end_window,
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
from simulator.stations.token_bucket import ONE, TAKEN, take_both

if TYPE_CHECKING:
    from simulator.engine.leaves import Leaves
    from simulator.engine.program import Program
    from simulator.engine.simpy_engine import Request

Wait = Event | None
DONE, THROWN_AWAY, TOO_OLD = 0, 1, 2
"""Why items are done with."""
ROOM = 16


class Mail:
    """The steps of mailboxes, and what they do it with."""

    env: Any
    program: Program
    kin: dict[int, Any]
    """Families of which there are items, by the number that the items bear."""
    seed: int
    replication: int
    leaves: Leaves
    books: MutableSequence[int]
    buckets: Any
    if TYPE_CHECKING:  # what `SimpyEngine` has
        after: Callable[..., Any]
        happen: Callable[..., None]
        wait: Callable[..., Event]
        member: Callable[..., int]
        join_family: Callable[..., Any]
        end_part: Callable[..., None]
        begin_walk_after: Callable[..., None]

    def __init__(self, program: Program) -> None:
        self.kin = {}
        self.mailboxes, self.lanes = mail(program)
        self.items = spare_items(ROOM)
        self.spare = [0, ROOM]
        self.standing: list[deque[Request]] = [deque() for _ in self.mailboxes]
        self.gatherers: list[Any] = [None] * len(self.mailboxes)
        self.windows: list[Any] = [None] * len(self.mailboxes)
        self.own_rows = {
            id(row): place for place, row in enumerate(program.rows) if row.op in (Op.READ, Op.RECEIVE)
        }

    # ------------------------------------------------------------------ who waits

    def stand_by(self, place: int, request: Request) -> None:
        """Wait for a batch, behind the other receivers."""
        if request.waiting is None:
            request.waiting = Event(self.env)
        self.standing[place].append(request)
        self.mailboxes[place].idle += 1

    def first_standing_by(self, place: int) -> Request:
        """Who has waited longest, and does not any more."""
        self.mailboxes[place].idle -= 1
        return self.standing[place].popleft()

    def take_batch(self, place: int, request: Request) -> bool:
        """Who has gathered gets what there is; if it is all too old, it waits again."""
        mailbox = self.mailboxes[place]
        mailbox.gatherer = -1
        self.gatherers[place] = self.windows[place] = None
        count = hand_over(mailbox, self.lanes, self.items, self.env.now)
        if count == 0:
            self.stand_by(place, request)
            return False
        count_together(self.mailboxes[mailbox.first], 1)
        request.batch, request.records = mailbox.batch, count
        return True

    def arouse(self, place: int) -> None:
        """Whoever waits gathers what is ready; a full batch is handed over at once."""
        mailbox = self.mailboxes[place]
        while True:
            if mailbox.gatherer < 0:
                if not can_gather(mailbox):
                    return
                self.gatherers[place] = self.first_standing_by(place)
                mailbox.gatherer = 0
                if not is_full(mailbox):
                    self.begin_window(place)
                    return
            elif mailbox.window == 0 or not is_full(mailbox):
                return  # without a window it gets what there is when its turn comes, in this instant
            gatherer = self.gatherers[place]
            ticket = gatherer.waiting
            if self.take_batch(place, gatherer):
                self.happen(ticket, Order.STEP)

    def begin_window(self, place: int) -> None:
        """The gatherer gets what there is after the batch window."""
        ticket, window = self.gatherers[place].waiting, self.mailboxes[place].window
        if window == 0:
            self.happen(ticket, Order.STEP)
            return
        timer = self.windows[place] = self.after(window, Order.TIMER)
        timer.callbacks.append(
            lambda _: self.happen(ticket, simpy.events.URGENT) if self.windows[place] is timer else None
        )

    def come_back(self, mailbox: Mailbox) -> None:
        """A receiver has no batch in hand any more."""
        come_back(mailbox, self.env.now)
        count_together(self.mailboxes[mailbox.first], -1)

    # ------------------------------------------------------------------ what becomes of items

    def settle_gone(self, place: int, why: int) -> None:
        """Items that are done with: their parts of requests have ended, and their room is free."""
        mailbox, told = self.mailboxes[place], False
        while (number := next_gone(mailbox, self.items)) >= 0:
            item = self.items[number]
            family, identity, size, group = item.family, item.identity, item.size, item.number
            free_item(self.items, self.spare, number)
            how = COMPLETED if why == DONE else LOST
            if why != DONE and mailbox.dead >= 0 and (why == THROWN_AWAY or mailbox.whole):
                how = DEAD_LETTERED
                if not mailbox.whole or not told:
                    told = True
                    self.mailboxes[mailbox.dead].told += mailbox.whole
                    self.tell(mailbox.dead, identity, group, METADATA if mailbox.whole else size)
            if family >= 0:
                self.end_part(self.kin[family], how)
                if not self.kin[family].parts:
                    del self.kin[family]

    def tell(self, place: int, identity: int, group: int, size: int) -> None:
        """A dead letter, or the news of one, goes to where it was to go, in its group."""
        mailbox = self.mailboxes[place]
        if not mailbox.stores:
            count_unread(mailbox, size, self.env.now)
        else:
            self.put_item(mailbox, group, identity, -1, size)
            self.arouse(place)

    def put_item(self, mailbox: Mailbox, number: int, identity: int, family: int, size: int) -> None:
        """Into the mailbox, with more room where there is none."""
        self.make_room()
        put(mailbox, self.lanes, self.items, self.spare, number, identity, family, size, self.env.now)

    def make_room(self) -> None:
        """Room for one more item at least."""
        if self.spare[1] < 1:
            count = len(self.items)
            self.items += [Item(next=place + 1) for place in range(count, 2 * count)]
            self.spare[:] = [count, count]

    def end_own_part(self, request: Request) -> None:
        """What a receiver did for a request is done."""
        if request.family is not None:
            self.end_part(request.family, COMPLETED)
            request.family = None

    # ------------------------------------------------------------------ the steps

    def carry(self, request: Request, row: Row) -> None:
        if row.a:
            request.key = self.member(request.born, row, row.a - 1)
        size = self.program.distributions[row.b]
        request.size = self.leaves.drawn(
            self.seed, self.replication, request.born, row.c, 0,
            size.kind, size.a, size.b, self.leaves.table, size.start, size.length,
        )  # fmt: skip

    def write(self, request: Request, row: Row) -> None:
        shard = self.program.places[row.stream + request.key] // row.c
        records, size = self.buckets[row.a + shard], self.buckets[row.b + shard]
        lacking = take_both(records, size, request.size, self.env.now)
        if lacking != TAKEN:
            request.at = row.target if lacking == ONE else row.other

    def put(self, request: Request, row: Row) -> None:
        if row.stream == WINDOW_END:
            place, number = row.a + request.own, request.own * row.c
            self.make_room()
            asked = (self.mailboxes[place], self.lanes, self.items, self.spare, number)
            end_window(*asked, request.identity, self.env.now)
            self.arouse(place)
            return
        number = self.program.places[row.b - 1 + request.key] if row.b else 0
        place = row.a + number // row.c
        mailbox = self.mailboxes[place]
        interval = mailbox.deduplicates
        if interval and is_repeated(self.join_family(request), row.stream, interval, self.env.now):
            mailbox.repeated += 1
            return
        if not mailbox.stores:
            count_unread(mailbox, request.size, self.env.now)
            return
        family = self.join_family(request)
        family.parts += 1
        self.kin[id(family)] = family
        self.put_item(mailbox, number, request.identity, id(family), request.size)
        if row.stream < 0:
            self.items[self.lanes[mailbox.base + number % mailbox.lanes].tail].since -= request.own
        self.arouse(place)
        self.settle_gone(place, TOO_OLD)

    def read(self, request: Request, row: Row) -> Wait:
        place, now = row.a + request.own, self.env.now
        mailbox = self.mailboxes[place]
        request.at = self.own_rows[id(row)]
        if self.gatherers[place] is request:
            mailbox.gatherer, self.gatherers[place] = -1, None
        count = size = 0
        while (number := read(mailbox, self.lanes, self.items, count, size, now)) >= 0:
            item = self.items[number]
            count, size, to = count + 1, size + item.size, row.b + item.number
            pass_on(self.mailboxes[to], self.lanes, self.items, number, now)
            self.arouse(to)
            self.settle_gone(to, TOO_OLD)
        if mailbox.idle_pause == 0 and mailbox.waiting == 0:
            self.stand_by(place, request)
            return self.wait(request, request.waiting)
        again = next_read(mailbox, self.lanes, self.items, count, size, now)
        return self.wait(request, self.after(again - now, Order.STEP), again)

    def receive(self, request: Request, row: Row) -> Wait:
        place, frame = row.a + request.own, request.frames[-1]
        mailbox = self.mailboxes[place]
        if request.batch < 0:
            self.end_own_part(request)
            if self.gatherers[place] is request:
                self.take_batch(place, request)
            elif mailbox.retiring > 0:
                mailbox.retiring -= 1
                request.at = row.target
                return None
            else:
                self.stand_by(place, request)
            waiting = request.waiting
            self.arouse(place)
            self.settle_gone(place, TOO_OLD)
            if waiting is not None:
                request.at = self.own_rows[id(row)]
                return self.wait(request, waiting)
        first = self.items[request.batch]
        request.identity = request.born = batch_identity(first.identity, first.tries, request.records)
        request.outcome, request.status, request.cause = OK, 1, -1
        frame.attempt, frame.key, frame.mark = 0, epoch_below(frame.epoch, 0), self.env.now
        age = mailbox.age if mailbox.whole else self.env.now - first.since
        self.leaves.measure(self.books, row.b, age, self.env.now)
        if first.family >= 0:  # what its function sends on is a part of the first item's request
            request.family = self.kin[first.family]
            request.family.parts += 1
        return None

    def poison(self, request: Request, row: Row) -> None:
        share, target = self.program.choices[row.a]

        def is_poison(identity: int) -> bool:
            return bool(self.leaves.uniform(self.seed, self.replication, identity, row.stream, 0) < share)

        number, found = request.batch, request.batch < 0 and is_poison(request.identity)
        while number >= 0:
            item = self.items[number]
            if is_poison(item.identity):
                item.bad, found = 1, True
            number = item.next
        if found:
            request.at = target

    def acknowledge(self, request: Request, row: Row) -> None:
        place = row.a + request.own
        mailbox = self.mailboxes[place]
        left = acknowledge(mailbox, self.lanes, self.items, request.batch, self.env.now)
        request.batch = mailbox.batch
        if left:
            request.at = row.target
        else:
            self.come_back(mailbox)
            self.end_own_part(request)
        self.settle_gone(place, DONE)
        self.arouse(place)
        self.settle_gone(place, TOO_OLD)

    def put_back(self, request: Request, row: Row) -> None:
        place = row.a + request.own
        mailbox = self.mailboxes[place]
        if not row.c:
            self.come_back(mailbox)
            self.end_own_part(request)
        failed = bool(row.b)
        put_back(mailbox, self.lanes, self.items, request.batch, request.records, failed, self.env.now)
        request.batch = -1
        self.settle_gone(place, THROWN_AWAY)
        self.arouse(place)
        self.settle_gone(place, TOO_OLD)

    def hand_back(self, request: Request, row: Row) -> None:
        self.come_back(self.mailboxes[row.a + request.own])
        self.end_own_part(request)
        heir = type(request)(request.identity, row.target, self.env.now)
        heir.own, heir.batch, heir.records = request.own, request.batch, request.records
        request.batch = -1
        self.begin_walk_after(max(request.frames[-1].mark + row.b - self.env.now, 0), heir)

    def retire(self, mailbox: int, amount: int) -> None:
        for _ in range(amount):
            if self.standing[mailbox]:
                request = self.first_standing_by(mailbox)
                request.at = request.row.target
                self.happen(request.waiting, Order.STEP)
            else:
                self.mailboxes[mailbox].retiring += 1
