"""What the compiled loop works on: every part of a running program as flat sequences.

Compiled, they are arrays (of int64, or of records with the fields named here); interpreted, lists of
the same integers and objects, so that one text walks both.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import Any, NamedTuple

import numpy as np

from simulator.engine.families import Family, Group
from simulator.engine.heap import SEQUENCE
from simulator.engine.program import Backoff, Drawn
from simulator.engine.random import epoch_below
from simulator.engine.steps import Row
from simulator.stations.environment_pool import PROVISIONED, ConcurrencyQuota, EnvironmentPool
from simulator.stations.hints import LINE
from simulator.stations.inside import Inside
from simulator.stations.mailbox import Item, Lane, Mailbox
from simulator.stations.rule import rule
from simulator.stations.server_pool import ServerPool
from simulator.stations.station import Station
from simulator.stations.token_bucket import TokenBucket

NEVER = 1 << 62
(
    NEXT_ARRIVAL, ARRIVALS, TRAFFIC_OVER, FREE_REQUESTS, FREE_FAMILIES, FREE_GROUPS, IN_LINE, LOGGED,
    LOG_ROOM, HEAP_ROOM, EVENTS, NOW, RESUME, NEEDED, SEED, REPLICATION, DEPTHS, ROOM,
) = range(SEQUENCE + 1, SEQUENCE + 19)  # fmt: skip
"""Places in the state, after the heap's own (PENDING, SEQUENCE). RESUME: the request (+ 1) whose step
found too little room, and goes on when there is more: for NEEDED requests besides those always asked for.
ROOM: numbers in a request's account of its time."""
STATE = ROOM + 1
LOG = 7
"""Numbers in a row of the log: identity, type, arrived, sent, answered, outcome, cause."""


class Walker(Station):
    """One arrival, a child of one, or the part that its caller left behind (see `simpy_engine.Request`).

    What every step touches comes first, to lie in one line of the processor's cache.
    """

    identity: int
    at: int
    """The step to take next."""
    wake: int
    """What the sequence of pushing calls the end of this wait; -1: it will not come to it."""
    deadline: int
    """The same for the timer of its deadline."""
    arrived: int
    sent: int
    type: int
    outcome: int
    patience: int
    """The same for the end of its patience."""
    status: int
    cause: int
    base: int
    family: int
    """-1: none."""
    row: int
    """With a timer: the step that waits."""
    until: int
    """With a timer: the end of the wait, if known."""
    line: int
    """The server pool it stands in line for; -1: none."""
    next: int
    previous: int
    pledged: int
    """The server pool it has a server of that it gives back if a deadline ends the call; -1: none."""
    born: int
    serial: int
    group: int
    """Whose child it is (+ 1), while it may be waited for. 0 as soon as it ends, like the two below."""
    forked: int
    """Frames that are its parent's."""
    joining: int
    """The group (+ 1) of the children that it waits for itself."""
    key: int
    """Which of a population it means."""
    table: int
    """Where in the places those begin among which its key was looked up last, and what it found there:
    places are many, and far from the processor; -1: nowhere yet."""
    found: int
    own: int
    """Of a receiver: which of a kind it is, and so which mailbox is its own."""
    size: int
    """Bytes."""
    batch: int
    """The first item in hand; -1: none."""
    records: int
    """How many items it was handed, or 1: itself."""


class Frame(Station):
    """What a request knows of one call it is in (see `simpy_engine.Frame`)."""

    key: int
    nearest: int
    owner: int
    own: int
    mark: int
    start: int
    ends: int
    expired: int
    epoch: int
    attempt: int
    history: int
    """Events so far; -1: it keeps none."""


class Ties(Station):
    """What an environment pool is tied to, by place."""

    quota: int
    scaling: int
    """The bucket that new environments come out of."""
    owned_from: int
    """Where in `Machine.owned` the server pools stand of which each environment owns a server."""
    owned: int
    """How many."""


class Machine(NamedTuple):
    """The program, the stations, the requests, the books: all that the loop reads and changes."""

    state: MutableSequence[int]
    heap: MutableSequence[int]
    rows: Sequence[Row]
    distributions: Sequence[Drawn]
    table: Sequence[float]
    shares: Sequence[float]
    targets: Sequence[int]
    records: Sequence[int]
    backoffs: Sequence[Backoff]
    ties: Sequence[Ties]
    owned: Sequence[int]
    roundings: Sequence[int]
    prefixes: Sequence[int]
    entries: Sequence[int]
    times: Sequence[int]
    sources: Sequence[int]
    numbers: Sequence[int]
    requests: MutableSequence[Walker]
    frames: MutableSequence[Frame]
    """Frame `depth` of request `who` is at who x DEPTHS + depth."""
    accounts: MutableSequence[int]
    """Where time is traced: that of request `who` begins at who x ROOM."""
    families: MutableSequence[Family]
    groups: MutableSequence[Group]
    free_requests: MutableSequence[int]
    free_families: MutableSequence[int]
    free_groups: MutableSequence[int]
    buckets: MutableSequence[TokenBucket]
    fresh_until: MutableSequence[int]
    """By entry of a cache."""
    quotas: MutableSequence[ConcurrencyQuota]
    pools: MutableSequence[EnvironmentPool]
    ring: MutableSequence[int]
    servers: MutableSequence[ServerPool]
    insides: MutableSequence[Inside]
    begins: Sequence[int]
    """Where in `insides` those of each server pool, quota and environment pool begin."""
    heads: MutableSequence[int]
    tails: MutableSequence[int]
    mailboxes: MutableSequence[Mailbox]
    lanes: MutableSequence[Lane]
    items: MutableSequence[Item]
    spare: MutableSequence[int]
    """The first item not in use, and how many there are."""
    places: Sequence[int]
    counters: MutableSequence[int]
    meters: MutableSequence[int]
    books: MutableSequence[int]
    log: MutableSequence[int]


class Post(NamedTuple):
    """What the steps of mailboxes read and change: handing over less of the machine costs less."""

    books: MutableSequence[int]
    families: MutableSequence[Family]
    frames: MutableSequence[Frame]
    free_families: MutableSequence[int]
    free_requests: MutableSequence[int]
    heap: MutableSequence[int]
    items: MutableSequence[Item]
    lanes: MutableSequence[Lane]
    mailboxes: MutableSequence[Mailbox]
    places: Sequence[int]
    requests: MutableSequence[Walker]
    rows: Sequence[Row]
    shares: Sequence[float]
    spare: MutableSequence[int]
    state: MutableSequence[int]


def _stations(kind: type[Station]) -> np.dtype[Any]:
    """Those of which some fields are places are many: each fills whole lines of the processor's cache."""
    if not kind.all_places:
        return _records(kind.fields())
    formats = [np.int32 if name in kind.all_places else np.int64 for name in kind.fields()]
    fields: Any = {"names": kind.fields(), "formats": formats}
    fields["itemsize"] = -(-np.dtype(fields, align=True).itemsize // LINE) * LINE
    made: np.dtype[Any] = np.dtype(fields, align=True)
    return made


def _records(fields: Sequence[str], floats: Sequence[str] = ()) -> np.dtype[Any]:
    return np.dtype([(name, np.float64 if name in floats else np.int64) for name in fields])


DTYPES: dict[str, np.dtype[Any]] = {
    **dict.fromkeys(Machine._fields, np.dtype(np.int64)),
    **dict.fromkeys(("table", "shares"), np.dtype(np.float64)),
    "places": np.dtype(np.int32),
    "rows": _records(Row._fields),
    "distributions": _records(Drawn._fields, floats=("a", "b")),
    "backoffs": _records(Backoff._fields, floats=("rate",)),
    "ties": _stations(Ties),
    "requests": _stations(Walker),
    "frames": _stations(Frame),
    "families": _stations(Family),
    "groups": _stations(Group),
    "buckets": _stations(TokenBucket),
    "quotas": _stations(ConcurrencyQuota),
    "pools": _stations(EnvironmentPool),
    "servers": _stations(ServerPool),
    "insides": _stations(Inside),
    "mailboxes": _stations(Mailbox),
    "lanes": _stations(Lane),
    "items": _stations(Item),
}
"""What the machine's arrays hold when it is compiled."""


@rule
def new_request(
    state: MutableSequence[int],
    free_requests: Sequence[int],
    requests: Sequence[Walker],
    frames: Sequence[Frame],
    identity: int,
    at: int,
    now: int,
) -> int:
    """A place for a request; there must be a free one."""
    state[FREE_REQUESTS] -= 1
    who = free_requests[state[FREE_REQUESTS]]
    request = requests[who]
    request.identity = identity
    request.born = identity
    request.at = at
    request.arrived = now
    request.sent = now
    request.type = 0
    request.outcome = 0
    request.status = 1
    request.cause = -1
    request.base = 0
    request.serial = 0
    request.family = -1
    request.line = -1
    request.pledged = -1
    request.deadline = -1
    request.patience = -1
    request.key = 0
    request.table = -1
    request.own = 0
    request.size = 0
    request.batch = -1
    request.records = 1
    frame = frames[who * state[DEPTHS]]
    frame.own = NEVER
    frame.nearest = NEVER
    frame.owner = 0
    frame.mark = 0
    frame.attempt = 0
    frame.epoch = 0
    frame.history = -1
    frame.key = epoch_below(0, 0)
    return who


@rule
def begin_frame(frame: Frame, caller: Frame, history: int) -> None:
    """A call begins, with a history or without (0)."""
    frame.history = history - 1
    frame.own = NEVER
    frame.nearest = caller.nearest
    frame.owner = caller.owner
    frame.expired = -1
    frame.attempt = 0
    frame.epoch = caller.key
    frame.key = epoch_below(caller.key, 0)
    frame.mark = caller.mark
    frame.start = PROVISIONED
    frame.ends = 0


@rule
def copy_frame(to: Frame, frame: Frame) -> None:
    """All fields."""
    to.attempt = frame.attempt
    to.ends = frame.ends
    to.epoch = frame.epoch
    to.expired = frame.expired
    to.history = frame.history
    to.key = frame.key
    to.mark = frame.mark
    to.nearest = frame.nearest
    to.own = frame.own
    to.owner = frame.owner
    to.start = frame.start


@rule
def settle_deadline(frames: Sequence[Frame], first: int, base: int, depth: int) -> None:
    """The nearest deadline at a depth: its own, unless a caller's comes first or together with it."""
    frame = frames[first + depth]
    frame.nearest = frame.own
    frame.owner = depth
    if depth > base:
        caller = frames[first + depth - 1]
        if caller.nearest <= frame.own:
            frame.nearest = caller.nearest
            frame.owner = caller.owner
