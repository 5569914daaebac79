"""Mailbox: items in ordered lanes, handed to receivers in batches, and put back when a batch fails.

Queues and streams, and what polls them, are made of it. A queue is one mailbox: a standard queue has one
lane, a FIFO queue a lane for each message group. Of a stream each shard and each lane of a consumer is a
mailbox of its own, with one lane and one receiver. Lanes are `exclusive` where order matters: then one batch
at a time holds them.

Items are linked lists in one sequence, those not in use too: `spare` says which is the first and how many
there are. A rule that is done with items leaves them in a chain that begins at `gone`, for the engine to
settle. The engines keep who waits; `idle` counts them.

One file, because what goes in, what comes out and what comes back keep the same counts.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

from simulator.stations.hints import prefetch
from simulator.stations.rule import rule
from simulator.stations.station import Place, Station

METADATA = 1024
"""Bytes of the news that records were thrown away: about what AWS's example document has."""


class Item(Station):
    """One message or record, or the room for one."""

    identity: int
    family: Place
    """The request that it is a part of; -1: none waits for it."""
    since: int
    """When it was put into its queue or stream."""
    size: int
    """Bytes."""
    lane: Place
    number: Place
    """Which lane of the whole queue or stream it belongs to."""
    tries: int
    """Receives that failed."""
    cut: Place
    """1: a batch may not reach beyond it; 2: it ends a tumbling window, in a shard."""
    bad: Place
    """1: its receiver reported it as failed; 2: it has been received, and came back."""
    next: Place
    skip: Place
    """What comes some items later in the lane or batch, or came once: to be fetched from memory ahead."""


class Lane(Station):
    """Items in order."""

    head: Place
    tail: Place
    count: Place
    bytes: int
    held: Place
    """Items of it in the hands of receivers."""
    listed: Place
    """1: it is among the lanes that are ready."""
    next: Place
    """The next lane that is ready."""
    second: Place
    third: Place
    """The last item but one, and but two, if they are still there."""


class Mailbox(Station):
    """Lanes, the receivers' terms, and counts.

    What every item touches comes first, to lie in two lines of the processor's cache.
    """

    tallied: int
    waiting: int
    waiting_ns: int
    receivers_ns: int
    put: int
    put_bytes: int
    ready_bytes: int
    """Of the items in the lanes that are ready."""
    most_waiting: int
    receivers: Place
    """Receivers with a batch in hand."""
    base: Place
    """The first of its lanes."""
    lanes: Place
    exclusive: Place
    ready_head: Place
    ready_tail: Place
    ready: Place
    """Items in the lanes that are ready."""
    cuts: Place
    gatherer: Place
    """The receiver that gathers a batch; -1: none."""
    idle: Place
    """Receivers that wait."""
    held: Place
    """Items in the hands of receivers."""
    gone: Place
    gone_last: Place
    stores: Place
    """0: nobody receives; items are counted and not kept."""
    most_held: int
    """`held` at most."""
    window: int
    """How long a receiver gathers, ns."""
    batch_size: int
    batch_bytes: int
    deduplicates: int
    """For so long, ns, the same message is taken once only; 0: it is taken as often as it is sent."""
    lag: int
    """How long an item cannot be read yet, ns."""
    read_size: int
    """Items, and bytes, that one read finds at most."""
    read_bytes: int
    received: int
    received_again: int
    """Those of the received that had failed before."""
    batch: int
    """The chain that the last rule cut out, its length and its bytes."""
    batch_count: int
    batch_held_bytes: int
    longest: int
    """Items older than this, ns, are thrown away instead of handed over."""
    partial: int
    """1: a receiver reports which items failed."""
    acknowledged: int
    age: int
    """Of the last item of the batch handed over last."""
    expired: int
    most_tries: int
    """An item that has failed more often is thrown away."""
    whole: int
    """1: a batch that failed comes back as the batch it was."""
    bisects: int
    """1: or as its two halves."""
    dead: int
    """The mailbox that is told of what was thrown away; -1: none."""
    pause: int
    """Between two reads, ns, while items are found, and `idle_pause` while none is."""
    idle_pause: int
    """0: a reader is told at once."""
    reading: int
    """Bytes read in a second, at most; 0: no such limit."""
    idle_head: int
    idle_tail: int
    retiring: int
    """Receivers that are to end when they come back."""
    most_held_seen: int
    first: int
    """The first mailbox of its kind, which counts the receivers of all of them with a batch in hand."""
    together: int
    most_together: int
    marked: int
    """How many had been put when the last tumbling window ended."""
    marks: int
    """Ends of tumbling windows that came in."""
    repeated: int
    """Not put, because they had been."""
    batches: int
    largest_batch: int
    put_back: int
    told: int
    """Messages sent here as news of what another one threw away."""
    thrown_away: int
    handed: int
    """When the last batch was handed over, or counting began."""
    failing_ns: int
    """Of a mailbox of one receiver: how long it had batches in hand that failed."""

    def __init__(self, **values: int) -> None:
        links = ("dead", "ready_head", "ready_tail", "idle_head", "idle_tail", "gatherer")
        chains = ("batch", "gone", "gone_last")
        never = 1 << 62
        terms = {"lanes": 1, "batch_size": 1, "stores": 1} | dict.fromkeys(
            ("batch_bytes", "longest", "most_held", "most_tries", "read_size", "read_bytes"), never
        )
        given = {name: int(value) for name, value in values.items()}
        super().__init__(**{**dict.fromkeys((*links, *chains), -1), **terms, **given})


Items = Sequence[Item]
Lanes = Sequence[Lane]
Spare = MutableSequence[int]
"""The first item not in use, and how many there are."""


def empty_lanes(number: int) -> list[Lane]:
    """Lanes without items."""
    return [Lane(head=-1, tail=-1, next=-1, second=-1, third=-1) for _ in range(number)]


# ------------------------------------------------------------------ lists


@rule
def tally_mail(mailbox: Mailbox, now: int) -> None:
    """Bring the integrals up to now; to be called before any change."""
    passed = now - mailbox.tallied
    mailbox.tallied = now
    mailbox.waiting_ns += passed * mailbox.waiting
    mailbox.receivers_ns += passed * mailbox.receivers


@rule
def list_lane(mailbox: Mailbox, lanes: Lanes, place: int) -> None:
    """A lane is ready, behind the others that are."""
    lane = lanes[place]
    lane.listed = 1
    lane.next = -1
    if mailbox.ready_tail >= 0:
        lanes[mailbox.ready_tail].next = place
    else:
        mailbox.ready_head = place
    mailbox.ready_tail = place
    mailbox.ready += lane.count
    mailbox.ready_bytes += lane.bytes


@rule
def unlist_first(mailbox: Mailbox, lanes: Lanes) -> None:
    """The first of the ready lanes is ready no more."""
    lane = lanes[mailbox.ready_head]
    lane.listed = 0
    mailbox.ready_head = lane.next
    if mailbox.ready_head < 0:
        mailbox.ready_tail = -1
    mailbox.ready -= lane.count
    mailbox.ready_bytes -= lane.bytes


@rule
def offer(mailbox: Mailbox, lanes: Lanes, place: int, more: int, size: int) -> None:
    """A lane has so many more items, or is held by nobody any more: then it may be ready."""
    lane = lanes[place]
    lane.count += more
    lane.bytes += size
    if lane.listed != 0:
        mailbox.ready += more
        mailbox.ready_bytes += size
    elif lane.count > 0 and (mailbox.exclusive == 0 or lane.held == 0):
        list_lane(mailbox, lanes, place)


@rule
def append(mailbox: Mailbox, lanes: Lanes, items: Items, place: int, number: int) -> None:
    """Item `number` goes to the end of a lane."""
    lane = lanes[place]
    item = items[number]
    item.lane = place
    item.next = -1
    if lane.tail >= 0:
        items[lane.tail].next = number
    else:
        lane.head = number
    if lane.third >= 0:
        items[lane.third].skip = number
    lane.third = lane.second
    lane.second = lane.tail
    lane.tail = number
    mailbox.waiting += 1
    mailbox.most_waiting = max(mailbox.most_waiting, mailbox.waiting)
    offer(mailbox, lanes, place, 1, item.size)


@rule
def first_out(mailbox: Mailbox, lanes: Lanes, items: Items, place: int) -> int:
    """The first item of a lane, which leaves it."""
    lane = lanes[place]
    number = lane.head
    item = items[number]
    lane.head = item.next
    prefetch(items, item.skip)
    if lane.head < 0:
        lane.tail = -1
        lane.second = -1
        lane.third = -1
    lane.count -= 1
    lane.bytes -= item.size
    mailbox.waiting -= 1
    if lane.listed != 0:
        mailbox.ready -= 1
        mailbox.ready_bytes -= item.size
    if item.cut == 1:
        mailbox.cuts -= 1
    item.next = -1
    return number


@rule
def throw(mailbox: Mailbox, items: Items, number: int) -> None:
    """Add an item to the chain of those that are done with."""
    items[number].next = -1
    if mailbox.gone_last >= 0:
        items[mailbox.gone_last].next = number
    else:
        mailbox.gone = number
    mailbox.gone_last = number


@rule
def keep(mailbox: Mailbox, items: Items, number: int, last: int) -> None:
    """Add an item to the chain that is cut out, behind `last`."""
    items[number].next = -1
    if last >= 0:
        items[last].next = number
    else:
        mailbox.batch = number
    mailbox.batch_count += 1
    mailbox.batch_held_bytes += items[number].size


@rule
def next_gone(mailbox: Mailbox, items: Items) -> int:
    """The next item that is done with, out of its chain; -1: there is none."""
    number = mailbox.gone
    if number >= 0:
        mailbox.gone = items[number].next
        if mailbox.gone < 0:
            mailbox.gone_last = -1
    return number


@rule
def free_item(items: Items, spare: Spare, number: int) -> None:
    """The room of an item can be used again."""
    items[number].next = spare[0]
    spare[0] = number
    spare[1] += 1


# ------------------------------------------------------------------ in and out


@rule
def put(  # noqa: PLR0913 (the parts of an item)
    mailbox: Mailbox,
    lanes: Lanes,
    items: Items,
    spare: Spare,
    number: int,
    identity: int,
    family: int,
    size: int,
    now: int,
) -> None:
    """A new item goes to the end of lane `number` (modulo the mailbox's lanes); there must be room."""
    tally_mail(mailbox, now)
    mailbox.put += 1
    mailbox.put_bytes += size
    place = spare[0]
    item = items[place]
    spare[0] = item.next
    spare[1] -= 1
    item.identity = identity
    item.family = family
    item.since = now
    item.size = size
    item.number = number
    item.tries = 0
    item.cut = 0
    item.bad = 0
    append(mailbox, lanes, items, mailbox.base + number % mailbox.lanes, place)


@rule
def end_window(
    mailbox: Mailbox, lanes: Lanes, items: Items, spare: Spare, number: int, identity: int, now: int
) -> None:
    """Behind what was put in a tumbling window goes an item that ends it; if there was anything."""
    if mailbox.put == mailbox.marked:
        return
    put(mailbox, lanes, items, spare, number, identity, -1, 0, now)
    mailbox.marked = mailbox.put
    items[lanes[mailbox.base + number % mailbox.lanes].tail].cut = 2


@rule
def count_unread(mailbox: Mailbox, size: int, now: int) -> None:
    """An item that nobody will receive."""
    tally_mail(mailbox, now)
    mailbox.put += 1
    mailbox.put_bytes += size
    mailbox.waiting += 1
    mailbox.most_waiting = max(mailbox.most_waiting, mailbox.waiting)


@rule
def can_gather(mailbox: Mailbox) -> bool:
    """Whether there is something to hand over and somebody who is waiting for it, and nobody gathers."""
    return (
        mailbox.gatherer < 0 and mailbox.idle > 0 and mailbox.ready > 0 and mailbox.held < mailbox.most_held
    )


@rule
def is_full(mailbox: Mailbox) -> bool:
    """Whether gathering longer would not make the batch larger."""
    return (
        mailbox.ready >= mailbox.batch_size or mailbox.ready_bytes >= mailbox.batch_bytes or mailbox.cuts > 0
    )


@rule
def stirs(mailbox: Mailbox) -> bool:
    """Whether somebody may begin to gather, or gathers no longer: asked often, and mostly not so."""
    if mailbox.gatherer < 0:
        return can_gather(mailbox)
    return mailbox.window > 0 and is_full(mailbox)


@rule
def hand_over(mailbox: Mailbox, lanes: Lanes, items: Items, now: int) -> int:
    """Cut out a batch from the ready lanes, in their turn; its length, 0 if all there was is too old.

    Those too old are done with.
    """
    tally_mail(mailbox, now)
    mailbox.batch = -1
    mailbox.batch_count = 0
    mailbox.batch_held_bytes = 0
    last = second = third = -1
    over = False
    while mailbox.ready_head >= 0 and not over:
        place = mailbox.ready_head
        lane = lanes[place]
        taken = 0
        while lane.count > 0 and not over:
            item = items[lane.head]
            if now - item.since > mailbox.longest:
                mailbox.expired += 1
                throw(mailbox, items, first_out(mailbox, lanes, items, place))
                continue
            if mailbox.batch_count > 0 and mailbox.batch_held_bytes + item.size > mailbox.batch_bytes:
                over = True
                break
            number = first_out(mailbox, lanes, items, place)
            keep(mailbox, items, number, last)
            items[third if third >= 0 else number].skip = number
            third = second
            second = last
            last = number
            taken += 1
            if item.bad == 2:
                mailbox.received_again += 1
            over = item.cut != 0 or mailbox.batch_count >= mailbox.batch_size
            item.cut = 0
        lane.held += taken
        if lane.count == 0 or (mailbox.exclusive != 0 and taken > 0):
            unlist_first(mailbox, lanes)
    count = mailbox.batch_count
    if count > 0:
        mailbox.age = now - items[last].since
        mailbox.handed = now
        mailbox.batches += 1
        mailbox.received += count
        mailbox.held += count
        mailbox.most_held_seen = max(mailbox.most_held_seen, mailbox.held)
        mailbox.largest_batch = max(mailbox.largest_batch, count)
        mailbox.receivers += 1
    return count


@rule
def let_go(mailbox: Mailbox, lanes: Lanes, item: Item) -> None:
    """An item that a receiver had is in its hands no more."""
    mailbox.held -= 1
    lanes[item.lane].held -= 1


@rule
def acknowledge(mailbox: Mailbox, lanes: Lanes, items: Items, batch: int, now: int) -> int:
    """A batch is done, except what its receiver has reported as bad: how many items are left of it.

    In exclusive lanes all that comes after a bad item is left too, for the order's sake.
    """
    tally_mail(mailbox, now)
    mailbox.batch = -1
    mailbox.batch_count = 0
    last = -1
    number = batch
    while number >= 0:
        item = items[number]
        behind = item.next
        prefetch(items, item.skip)
        if mailbox.partial != 0 and (item.bad == 1 or (mailbox.exclusive != 0 and last >= 0)):
            keep(mailbox, items, number, last)
            last = number
        else:
            let_go(mailbox, lanes, item)
            mailbox.acknowledged += 1
            throw(mailbox, items, number)
            offer(mailbox, lanes, item.lane, 0, 0)
        item.bad = 0
        number = behind
    return mailbox.batch_count


@rule
def come_back(mailbox: Mailbox, now: int) -> None:
    """A receiver has no batch in hand any more."""
    tally_mail(mailbox, now)
    mailbox.receivers -= 1


@rule
def count_together(first: Mailbox, more: int) -> None:
    """So many more receivers of a kind have a batch in hand."""
    first.together += more
    first.most_together = max(first.most_together, first.together)


@rule
def put_back(
    mailbox: Mailbox, lanes: Lanes, items: Items, batch: int, count: int, failed: bool, now: int
) -> None:
    """What is left of a batch of `count` items goes back to the front of its lanes.

    `failed`: each item has failed once more, and is done with if that is too often. But where a mailbox
    bisects, a batch that did not fail alone comes back as two instead, or as what was left of it.
    """
    tally_mail(mailbox, now)
    if failed and mailbox.whole != 0:
        mailbox.failing_ns += now - mailbox.handed
    left = 0
    number = batch
    while number >= 0:
        left += 1
        number = items[number].next
    split = failed and mailbox.bisects != 0 and left > 1 and left == count
    if mailbox.bisects != 0 and left < count:
        failed = False
    turned = -1
    number = batch
    for place in range(left):
        item = items[number]
        behind = item.next
        if failed and not split:
            item.tries += 1
        item.bad = 2
        item.cut = 0
        if item.tries > mailbox.most_tries:
            mailbox.thrown_away += 1
            let_go(mailbox, lanes, item)
            throw(mailbox, items, number)
            offer(mailbox, lanes, item.lane, 0, 0)
        else:
            if mailbox.whole != 0 and (place == left - 1 or (split and place == left // 2 - 1)):
                item.cut = 1
            item.next = turned
            turned = number
        number = behind
    while turned >= 0:
        item = items[turned]
        behind = item.next
        lane = lanes[item.lane]
        item.next = lane.head
        lane.head = turned
        if lane.tail < 0:
            lane.tail = turned
        mailbox.cuts += item.cut
        mailbox.put_back += 1
        mailbox.waiting += 1
        let_go(mailbox, lanes, item)
        offer(mailbox, lanes, item.lane, 1, item.size)
        turned = behind
    mailbox.most_waiting = max(mailbox.most_waiting, mailbox.waiting)


# ------------------------------------------------------------------ reading a shard


@rule
def is_readable(mailbox: Mailbox, lanes: Lanes, items: Items, now: int) -> bool:
    """Whether the first item of a shard can be read."""
    head = lanes[mailbox.base].head
    return head >= 0 and items[head].since + mailbox.lag <= now


@rule
def read(mailbox: Mailbox, lanes: Lanes, items: Items, count: int, size: int, now: int) -> int:
    """The next item that a read of a shard finds, after `count` items of `size` bytes; -1: no more."""
    if count >= mailbox.read_size or not is_readable(mailbox, lanes, items, now):
        return -1
    if count > 0 and size + items[lanes[mailbox.base].head].size > mailbox.read_bytes:
        return -1
    tally_mail(mailbox, now)
    mailbox.received += 1
    if lanes[mailbox.base].count == 1:
        unlist_first(mailbox, lanes)
    return first_out(mailbox, lanes, items, mailbox.base)


@rule
def next_read(mailbox: Mailbox, lanes: Lanes, items: Items, count: int, size: int, now: int) -> int:
    """When to read a shard again after a read that found `count` items of `size` bytes."""
    if mailbox.idle_pause == 0:  # told of each item: the next can be read when it can
        head = lanes[mailbox.base].head
        return now if head < 0 else max(now, items[head].since + mailbox.lag)
    if count == 0:
        return now + mailbox.idle_pause
    passed = mailbox.pause
    if mailbox.reading > 0:
        passed = max(passed, size * 1_000_000_000 // mailbox.reading)
    return now + passed


@rule
def pass_on(mailbox: Mailbox, lanes: Lanes, items: Items, number: int, now: int) -> None:
    """An item read from a shard goes to the lane of its consumer; what ends a window is its own batch."""
    tally_mail(mailbox, now)
    mailbox.put += 1
    mailbox.put_bytes += items[number].size
    place = mailbox.base + items[number].number % mailbox.lanes
    if items[number].cut == 2:
        before = lanes[place].tail
        items[number].cut = 1
        mailbox.marks += 1
        mailbox.cuts += 1
        if before >= 0 and items[before].cut == 0:
            items[before].cut = 1
            mailbox.cuts += 1
    append(mailbox, lanes, items, place, number)
