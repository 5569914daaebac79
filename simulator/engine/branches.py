"""Requests of several parts, in the compiled loop: families, children, and what its caller left behind."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

from simulator.engine.families import (
    NEXT,
    UNCOUNTED,
    UNDER_WAY,
    WAKE,
    Family,
    Group,
    begin_family,
    begin_group,
    child_done,
    part_done,
)
from simulator.engine.heap import PENDING, push
from simulator.engine.machine import (
    DEPTHS,
    FREE_FAMILIES,
    FREE_GROUPS,
    FREE_REQUESTS,
    HEAP_ROOM,
    IN_LINE,
    NEVER,
    NOW,
    ROOM,
    Frame,
    Walker,
    copy_frame,
    new_request,
    settle_deadline,
)
from simulator.engine.random import child_identity
from simulator.engine.spent import open_account, take_over
from simulator.engine.steps import OK, Order, Row
from simulator.measure.recorder import count_effects
from simulator.stations.rule import rule

Integers = MutableSequence[int]
STEP = int(Order.STEP)


@rule
def join_family(
    state: Integers, families: Sequence[Family], free_families: Sequence[int], request: Walker
) -> Family:
    """The family of a request, which begins with it if it had none; there must be a free one."""
    if request.family < 0:
        state[FREE_FAMILIES] -= 1
        request.family = free_families[state[FREE_FAMILIES]]
        begin_family(families[request.family], request.type, request.arrived, request.sent, request.identity)
    return families[request.family]


@rule
def end_part(
    state: Integers,
    families: Sequence[Family],
    free_families: Integers,
    books: Integers,
    place: int,
    how: int,
    now: int,
) -> None:
    """A part of a family has ended; the last one is counted, and leaves the place free."""
    family = families[place]
    became = part_done(family, how)
    if became == UNDER_WAY:
        return
    if became != UNCOUNTED:
        count_effects(books, became, family.type, family.arrived, family.sent, now, family.identity)
    free_families[state[FREE_FAMILIES]] = place
    state[FREE_FAMILIES] += 1


@rule
def lacks_room(state: Integers, begun: int) -> bool:
    """Whether there is too little room for so many children to begin."""
    return (
        state[FREE_REQUESTS] < begun + 1
        or state[FREE_FAMILIES] < 1
        or state[FREE_GROUPS] < 1
        or state[PENDING] + state[IN_LINE] + begun + 8 > state[HEAP_ROOM]
    )


@rule
def join_group(
    state: Integers, groups: Sequence[Group], free_groups: Sequence[int], request: Walker, who: int
) -> Group:
    """The children that a request has and will wait for; there must be room for a new group."""
    if request.joining == 0:
        state[FREE_GROUPS] -= 1
        request.joining = free_groups[state[FREE_GROUPS]] + 1
        begin_group(groups[request.joining - 1], who)
    return groups[request.joining - 1]


@rule
def free_group(state: Integers, free_groups: Integers, place: int) -> None:
    """All children have ended and nobody waits for them."""
    free_groups[state[FREE_GROUPS]] = place
    state[FREE_GROUPS] += 1


@rule
def abandon(state: Integers, groups: Sequence[Group], free_groups: Integers, request: Walker) -> None:
    """Wait for one's children no more."""
    if request.joining > 0:
        group = groups[request.joining - 1]
        group.walker = -1
        if group.pending == 0:
            free_group(state, free_groups, request.joining - 1)
        request.joining = 0


@rule
def begin_child(
    state: Integers,
    heap: Integers,
    requests: Sequence[Walker],
    frames: Sequence[Frame],
    accounts: Integers,
    families: Sequence[Family],
    free_requests: Sequence[int],
    who: int,
    row: Row,
    number: int,
    now: int,
) -> None:
    """The `number`-th child of a fork begins to walk, after what is under way."""
    parent = requests[who]
    first = who * state[DEPTHS]
    identity = child_identity(parent.identity, row.stream, frames[first + row.depth].key, number)
    child = new_request(state, free_requests, requests, frames, identity, row.target, parent.arrived)
    other = requests[child]
    others = child * state[DEPTHS]
    other.born = parent.born
    other.sent = parent.sent
    other.type = parent.type
    other.family = parent.family
    other.key = parent.key
    other.size = parent.size
    other.records = parent.records
    families[parent.family].parts += 1
    if row.a != 0:
        other.base = parent.base
        other.forked = row.depth + 1
        other.group = parent.joining
        for place in range(row.depth + 1):
            copy_frame(frames[others + place], frames[first + place])
    else:
        other.base = row.depth + 1
        sender = frames[others + row.depth]
        copy_frame(sender, frames[first + row.depth])
        sender.own = NEVER
        sender.nearest = NEVER
        sender.owner = row.depth
    room = state[ROOM]
    open_account(accounts, child * room, room, now)
    other.wake = push(state, heap, now, STEP, child)


@rule
def end_child(
    state: Integers,
    heap: Integers,
    rows: Sequence[Row],
    requests: Sequence[Walker],
    frames: Sequence[Frame],
    accounts: Integers,
    families: Sequence[Family],
    groups: Sequence[Group],
    free_requests: Sequence[int],
    free_groups: Integers,
    who: int,
    now: int,
) -> None:
    """A child has ended: the next one begins, or whoever waits goes on."""
    request = requests[who]
    group = groups[request.group - 1]
    follows = child_done(group, request.outcome, request.status, request.cause)
    if follows == NEXT:
        row = rows[group.fork]
        begin_child(
            state, heap, requests, frames, accounts, families, free_requests,
            group.walker, row, group.number, now,
        )  # fmt: skip
    elif follows == WAKE:
        waiting = requests[group.walker]
        if group.outcome != OK:
            waiting.at = rows[waiting.row].target
            waiting.outcome = group.outcome
            waiting.status = group.status
            waiting.cause = group.cause
        waiting.joining = 0
        room = state[ROOM]
        take_over(accounts, group.walker * room, who * room, room, now)
        waiting.wake = push(state, heap, now, STEP, group.walker)
        group.walker = -1
    leave_group(state, groups, free_groups, request)


@rule
def leave_group(state: Integers, groups: Sequence[Group], free_groups: Integers, request: Walker) -> None:
    """Be nobody's child any more."""
    group = groups[request.group - 1]
    if group.pending == 0 and group.walker < 0:
        free_group(state, free_groups, request.group - 1)
    request.group = 0
    request.forked = 0


@rule
def desert(state: Integers, groups: Sequence[Group], free_groups: Integers, request: Walker) -> None:
    """A deadline of those who wait has passed: they give up at this instant too, each at its own timer."""
    groups[request.group - 1].pending -= 1
    leave_group(state, groups, free_groups, request)


@rule
def is_alone(requests: Sequence[Walker], groups: Sequence[Group], request: Walker, row: Row) -> bool:
    """Whether a child runs on though nobody waits for it any more, or for the child whose child it is."""
    while True:  # up to the call of the service that forked, which is a boundary
        waiting = groups[request.group - 1].walker
        if waiting < 0:
            return True
        below = request.forked
        request = requests[waiting]
        if (row.boundaries & ((1 << below) - 1)) >> request.forked != 0:
            return False  # a service called in between runs on


@rule
def append(
    state: Integers,
    requests: Sequence[Walker],
    frames: Sequence[Frame],
    groups: Sequence[Group],
    who: int,
    depth: int,
    events: int,
) -> int:
    """Lengthen the nearest history, be it that of a parent who waits; its length (0: nobody keeps one)."""
    while True:
        request = requests[who]
        first = who * state[DEPTHS]
        while depth > 0 and frames[first + depth].history < 0:
            depth -= 1
        if depth >= request.forked:
            frame = frames[first + depth]
            frame.history += events
            return frame.history
        who = groups[request.group - 1].walker
        if who < 0:
            return 0


@rule
def leave_behind(
    state: Integers,
    requests: Sequence[Walker],
    frames: Sequence[Frame],
    families: Sequence[Family],
    free_requests: Sequence[int],
    free_families: Sequence[int],
    who: int,
    owner: int,
    surviving: int,
    depth: int,
) -> int:
    """Split a request: who set the deadline goes on (returned), what survives it runs on as `who`."""
    request = requests[who]
    caller = new_request(state, free_requests, requests, frames, request.identity, 0, state[NOW])
    other = requests[caller]
    other.arrived = request.arrived
    other.base = request.base
    other.born = request.born
    other.forked = request.forked
    other.group = request.group
    other.sent = request.sent
    other.serial = request.serial
    other.type = request.type
    other.key = request.key
    other.own = request.own
    other.size = request.size
    other.records = request.records
    other.batch = request.batch
    request.batch = -1
    first = who * state[DEPTHS]
    others = caller * state[DEPTHS]
    for place in range(owner + 1):
        copy_frame(frames[others + place], frames[first + place])
    give_up(other, frames, others, owner)
    join_family(state, families, free_families, request).parts += 1
    other.family = request.family
    request.forked = 0
    request.group = 0
    run_on(request, frames, first, owner, surviving, depth)
    return caller


@rule
def give_up(request: Walker, frames: Sequence[Frame], first: int, owner: int) -> None:
    """Go on where the call at depth `owner` says for when its deadline has passed."""
    frame = frames[first + owner]
    request.at = frame.expired
    frame.own = NEVER
    settle_deadline(frames, first, request.base, owner)


@rule
def run_on(
    request: Walker, frames: Sequence[Frame], first: int, owner: int, surviving: int, depth: int
) -> None:
    """The deadline at depth `owner` and those above it are those of the survivors no more."""
    base = owner + 1
    while surviving & 1 == 0:
        surviving >>= 1
        base += 1
    request.base = base
    for place in range(base, depth + 1):
        settle_deadline(frames, first, base, place)
