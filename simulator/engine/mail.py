"""Who waits at which mailbox, in the compiled loop: receivers, batches, and what becomes of their items."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.engine.branches import end_part, join_family
from simulator.engine.families import is_repeated
from simulator.engine.heap import push
from simulator.engine.machine import IN_LINE, REPLICATION, SEED, Frame, Machine, Post, Walker, new_request
from simulator.engine.random import batch_identity, epoch_below, uniform
from simulator.engine.steps import COMPLETED, DEAD_LETTERED, LOST, OK, WINDOW_END, Order, Row
from simulator.measure.recorder import measure
from simulator.stations.hints import prefetch
from simulator.stations.mailbox import (
    METADATA,
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
    stirs,
)
from simulator.stations.rule import inlined, rule

STEP, TIMER = int(Order.STEP), int(Order.TIMER)
DONE, THROWN_AWAY, TOO_OLD = 0, 1, 2
"""Why items are done with."""


@rule
def post_of(machine: Machine) -> Post:
    """The part of the machine that mailboxes are about."""
    return Post(
        machine.books,
        machine.families,
        machine.frames,
        machine.free_families,
        machine.free_requests,
        machine.heap,
        machine.items,
        machine.lanes,
        machine.mailboxes,
        machine.places,
        machine.requests,
        machine.rows,
        machine.shares,
        machine.spare,
        machine.state,
    )


@inlined
def stand_by(machine: Post, place: int, who: int) -> None:
    """Wait for a batch, behind the other receivers."""
    mailbox = machine.mailboxes[place]
    request = machine.requests[who]
    request.next = -1
    request.wake = -1
    if mailbox.idle_tail >= 0:
        machine.requests[mailbox.idle_tail].next = who
    else:
        mailbox.idle_head = who
    mailbox.idle_tail = who
    mailbox.idle += 1
    machine.state[IN_LINE] += 2  # it may be woken by a timer, and then by a full batch


@inlined
def first_standing_by(machine: Post, place: int) -> int:
    """Who has waited longest, and does not any more."""
    mailbox = machine.mailboxes[place]
    who = mailbox.idle_head
    mailbox.idle_head = machine.requests[who].next
    if mailbox.idle_head < 0:
        mailbox.idle_tail = -1
    mailbox.idle -= 1
    return who


@inlined
def take_batch(machine: Post, place: int, who: int, now: int) -> bool:
    """Who has gathered gets what there is; if it is all too old, it waits again."""
    mailbox = machine.mailboxes[place]
    mailbox.gatherer = -1
    machine.state[IN_LINE] -= 2
    count = hand_over(mailbox, machine.lanes, machine.items, now)
    if count == 0:
        stand_by(machine, place, who)
        return False
    count_together(machine.mailboxes[mailbox.first], 1)
    machine.requests[who].batch = mailbox.batch
    machine.requests[who].records = count
    return True


@inlined
def arouse(machine: Post, place: int, now: int) -> None:
    """Whoever waits gathers what is ready; a full batch is handed over at once."""
    mailbox = machine.mailboxes[place]
    while True:
        if mailbox.gatherer < 0:
            if not can_gather(mailbox):
                return
            who = first_standing_by(machine, place)
            mailbox.gatherer = who
            if not is_full(mailbox):
                order = STEP if mailbox.window == 0 else TIMER
                wake = push(machine.state, machine.heap, now + mailbox.window, order, who)
                machine.requests[who].wake = wake
                return
        elif mailbox.window == 0 or not is_full(mailbox):
            return  # without a window it gets what there is when its turn comes, in this instant
        who = mailbox.gatherer
        if take_batch(machine, place, who, now):
            machine.requests[who].wake = push(machine.state, machine.heap, now, STEP, who)


@rule
def settle_gone(machine: Post, place: int, why: int, now: int) -> None:
    """Items that are done with: their parts of requests have ended, and their room is free."""
    mailbox = machine.mailboxes[place]
    items = machine.items
    told = False
    number = mailbox.gone
    while number >= 0:
        prefetch(machine.families, items[number].family)
        number = items[number].next
    number = next_gone(mailbox, items)
    while number >= 0:
        item = items[number]
        family = item.family
        identity = item.identity
        size = item.size
        group = item.number
        free_item(items, machine.spare, number)
        how = COMPLETED if why == DONE else LOST
        if why != DONE and mailbox.dead >= 0 and (why == THROWN_AWAY or mailbox.whole != 0):
            how = DEAD_LETTERED
            if mailbox.whole == 0 or not told:
                told = True
                size = size if mailbox.whole == 0 else METADATA
                machine.mailboxes[mailbox.dead].told += mailbox.whole
                tell(machine, mailbox.dead, identity, group, size, now)
        if family >= 0:
            end_part(machine.state, machine.families, machine.free_families, machine.books, family, how, now)
        number = next_gone(mailbox, items)


@rule
def tell(machine: Post, place: int, identity: int, group: int, size: int, now: int) -> None:
    """A dead letter, or the news of one, goes to where it was to go, in its group."""
    mailbox = machine.mailboxes[place]
    if mailbox.stores == 0:
        count_unread(mailbox, size, now)
    else:
        put(mailbox, machine.lanes, machine.items, machine.spare, group, identity, -1, size, now)
        arouse(machine, place, now)


@rule
def look_up(places: Sequence[int], request: Walker, table: int) -> int:
    """The lane of a request's key, by the table that begins there."""
    if request.table != table:
        request.table = table
        request.found = places[table + request.key]
    return request.found


@inlined
def leave_item(machine: Post, who: int, row: Row, now: int) -> None:
    """Step `Put`."""
    request = machine.requests[who]
    if row.stream == WINDOW_END:
        place = row.a + request.own
        mailbox = machine.mailboxes[place]
        number = request.own * row.c
        end_window(mailbox, machine.lanes, machine.items, machine.spare, number, request.identity, now)
        if stirs(mailbox):
            arouse(machine, place, now)
        return
    number = look_up(machine.places, request, row.b - 1) if row.b > 0 else 0
    place = row.a + number // row.c
    mailbox = machine.mailboxes[place]
    if mailbox.deduplicates > 0:
        family = join_family(machine.state, machine.families, machine.free_families, request)
        if is_repeated(family, row.stream, mailbox.deduplicates, now):
            mailbox.repeated += 1
            return
    if mailbox.stores == 0:
        count_unread(mailbox, request.size, now)
        return
    join_family(machine.state, machine.families, machine.free_families, request).parts += 1
    put(
        mailbox, machine.lanes, machine.items, machine.spare,
        number, request.identity, request.family, request.size, now,
    )  # fmt: skip
    if row.stream < 0:
        machine.items[machine.lanes[mailbox.base + number % mailbox.lanes].tail].since -= request.own
    if stirs(mailbox):
        arouse(machine, place, now)
    if mailbox.gone >= 0:
        settle_gone(machine, place, TOO_OLD, now)


@inlined
def read_shard(machine: Post, who: int, row: Row, now: int) -> None:
    """Step `Read`."""
    request = machine.requests[who]
    place = row.a + request.own
    mailbox = machine.mailboxes[place]
    if mailbox.gatherer == who:
        mailbox.gatherer = -1
        machine.state[IN_LINE] -= 2
    count = 0
    size = 0
    number = read(mailbox, machine.lanes, machine.items, count, size, now)
    while number >= 0:
        item = machine.items[number]
        count += 1
        size += item.size
        to = row.b + item.number
        lane = machine.mailboxes[to]
        pass_on(lane, machine.lanes, machine.items, number, now)
        if stirs(lane):
            arouse(machine, to, now)
        if lane.gone >= 0:
            settle_gone(machine, to, TOO_OLD, now)
        number = read(mailbox, machine.lanes, machine.items, count, size, now)
    if mailbox.idle_pause == 0 and mailbox.waiting == 0:
        stand_by(machine, place, who)
    else:
        again = next_read(mailbox, machine.lanes, machine.items, count, size, now)
        request.wake = push(machine.state, machine.heap, again, STEP, who)


@inlined
def receive(machine: Post, who: int, row: Row, frame: Frame, now: int) -> int:
    """Step `Receive`: the row to go on at, or -1 to wait."""
    request = machine.requests[who]
    place = row.a + request.own
    mailbox = machine.mailboxes[place]
    if request.batch < 0:
        end_own_part(machine, request, now)
        if mailbox.gatherer == who:
            take_batch(machine, place, who, now)
        elif mailbox.retiring > 0:
            mailbox.retiring -= 1
            return row.target
        else:
            stand_by(machine, place, who)
            if stirs(mailbox):
                arouse(machine, place, now)
            if mailbox.gone >= 0:
                settle_gone(machine, place, TOO_OLD, now)
            return -1
        if stirs(mailbox):
            arouse(machine, place, now)
        if mailbox.gone >= 0:
            settle_gone(machine, place, TOO_OLD, now)
        if request.batch < 0:
            return -1
    first = machine.items[request.batch]
    request.identity = batch_identity(first.identity, first.tries, request.records)
    request.born = request.identity
    request.outcome = OK
    request.status = 1
    request.cause = -1
    frame.attempt = 0
    frame.key = epoch_below(frame.epoch, 0)
    frame.mark = now
    age = mailbox.age if mailbox.whole != 0 else now - first.since
    measure(machine.books, row.b, age, now)
    if first.family >= 0:  # what its function sends on is a part of the first item's request
        request.family = first.family
        machine.families[first.family].parts += 1
    return row.next


@inlined
def end_own_part(machine: Post, request: Walker, now: int) -> None:
    """What a receiver did for a request is done."""
    if request.family >= 0:
        end_part(
            machine.state, machine.families, machine.free_families, machine.books,
            request.family, COMPLETED, now,
        )  # fmt: skip
        request.family = -1


@inlined
def be_free(machine: Post, mailbox: Mailbox, request: Walker, now: int) -> None:
    """A receiver has no batch in hand any more, and what it did for the batch is done."""
    come_back(mailbox, now)
    count_together(machine.mailboxes[mailbox.first], -1)
    end_own_part(machine, request, now)


@inlined
def is_poisoned(machine: Post, who: int, row: Row) -> bool:
    """Step `Poison`."""
    state = machine.state
    share = machine.shares[row.a]
    request = machine.requests[who]
    number = request.batch
    if number < 0:
        return uniform(state[SEED], state[REPLICATION], request.identity, row.stream, 0) < share
    found = False
    while number >= 0:
        item = machine.items[number]
        if uniform(state[SEED], state[REPLICATION], item.identity, row.stream, 0) < share:
            item.bad = 1
            found = True
        number = item.next
    return found


@inlined
def finish_batch(machine: Post, who: int, row: Row, now: int) -> int:
    """Step `Acknowledge`: the row to go on at."""
    request = machine.requests[who]
    place = row.a + request.own
    mailbox = machine.mailboxes[place]
    left = acknowledge(mailbox, machine.lanes, machine.items, request.batch, now)
    request.batch = mailbox.batch
    if left == 0:
        be_free(machine, mailbox, request, now)
    settle_gone(machine, place, DONE, now)
    if stirs(mailbox):
        arouse(machine, place, now)
    if mailbox.gone >= 0:
        settle_gone(machine, place, TOO_OLD, now)
    return row.target if left > 0 else row.next


@inlined
def return_batch(machine: Post, who: int, row: Row, now: int) -> None:
    """Step `PutBack`."""
    request = machine.requests[who]
    place = row.a + request.own
    mailbox = machine.mailboxes[place]
    if row.c == 0:
        be_free(machine, mailbox, request, now)
    put_back(mailbox, machine.lanes, machine.items, request.batch, request.records, row.b != 0, now)
    request.batch = -1
    if mailbox.gone >= 0:
        settle_gone(machine, place, THROWN_AWAY, now)
    if stirs(mailbox):
        arouse(machine, place, now)
    if mailbox.gone >= 0:
        settle_gone(machine, place, TOO_OLD, now)


@inlined
def leave_batch(machine: Post, who: int, row: Row, frame: Frame, now: int) -> None:
    """Step `HandBack`."""
    request = machine.requests[who]
    mailbox = machine.mailboxes[row.a + request.own]
    be_free(machine, mailbox, request, now)
    heir = new_request(
        machine.state, machine.free_requests, machine.requests, machine.frames,
        request.identity, row.target, now,
    )  # fmt: skip
    other = machine.requests[heir]
    other.own = request.own
    other.batch = request.batch
    other.records = request.records
    request.batch = -1
    other.wake = push(machine.state, machine.heap, max(now, frame.mark + row.b), STEP, heir)


@rule
def retire(machine: Post, place: int, amount: int, now: int) -> None:
    """So many receivers are to end: those that wait at once, others when they come back."""
    mailbox = machine.mailboxes[place]
    for _ in range(amount):
        if mailbox.idle > 0:
            who = first_standing_by(machine, place)
            machine.state[IN_LINE] -= 2
            request = machine.requests[who]
            request.at = machine.rows[request.at].target
            request.wake = push(machine.state, machine.heap, now, STEP, who)
        else:
            mailbox.retiring += 1
