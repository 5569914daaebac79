"""The steps of a program: the smallest things that happen to a request.

Services yield them, once, when the program is built; the engines walk them. A step is one row of
whole numbers in the program, so both engines read the same text. Times are nanoseconds.

One file, because the steps are one vocabulary and are read together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol

from simulator.values.distributions import Distribution
from simulator.values.lowered import CONSTANT, Lowered


class Op(IntEnum):
    """Kinds of step, as the rows number them."""

    DELAY = 0
    TAKE = 1
    ENTER = 2
    LEAVE = 3
    OWN = 4
    SEIZE = 5
    FREE = 6
    CHOOSE = 7
    AGAIN = 8
    DEADLINE = 9
    END_DEADLINE = 10
    BEGIN = 11
    RETURN = 12
    ANSWER = 13
    IF_OUTCOME = 14
    IF_STATUS = 15
    JUMP = 16
    MARK = 17
    METER = 18
    COUNT = 19
    TYPE = 20
    SEND = 21
    RECORD = 22
    REAP = 23
    RENEW = 24
    LOOK_UP = 25
    STORE = 26
    END = 27
    FORK = 28
    JOIN = 29
    OVER = 30
    IF_ALONE = 31
    LOSE = 32
    MEASURE = 33
    TAKE_IN_TURN = 34
    CARRY = 35
    WRITE = 36
    PUT = 37
    READ = 38
    RECEIVE = 39
    POISON = 40
    ACKNOWLEDGE = 41
    PUT_BACK = 42
    HAND_BACK = 43
    RETRACE = 44
    APPEND = 45
    PLEDGE = 46
    AWAIT = 47
    WAKE = 48
    IF_DURING = 49
    TRACE = 50  # these four: see `simulator.engine.tracing`
    WRITE_OFF = 51
    SETTLE = 52
    NOTE = 53
    LIVE = 60
    LOOK_AGAIN = 61


class Order(IntEnum):
    """The order of simultaneous events; SimPy keeps 0 and 1 for controls and its inner events."""

    FREE = 2
    """The end of a delay whose next step gives something back."""
    STEP = 3
    """Every other continuation."""
    TIMER = 4
    """Patience and deadlines."""
    ARRIVE = 5
    """New traffic."""


OK, THROTTLED, TIMEOUT, ERROR, EXPIRED, DROPPED, IN_FLIGHT = range(7)
"""Outcomes, numbered as in `simulator.measure.result.OUTCOMES`."""
FAILED = (THROTTLED, TIMEOUT, ERROR, EXPIRED, DROPPED)
COMPLETED, LOST, DEAD_LETTERED = 0, 1, 2
"""What becomes of a request's effects, numbered as in `simulator.measure.books`."""
NO_ANSWER = 0
"""The status of a caller that gave up waiting."""
ANSWERS = (200, 202, 400, 403, 404, 408, 413, 429, 500, 502, 503, 504)
"""HTTP statuses that services answer with."""
STATUSES = (NO_ANSWER, *ANSWERS, 424, 507, 598)
"""Statuses that a request can carry; a row names one by its place here. The last three are those of a state
machine's own failures (`simulator.workflows.failing`)."""


class Row(NamedTuple):
    """One step, ready to run. What `a`, `b`, `c` mean is said where the step is defined."""

    op: int
    a: int = 0
    b: int = 0
    c: int = 0
    target: int = -1
    other: int = -1
    next: int = -1
    """The step that follows where nothing says otherwise."""
    stream: int = 0
    order: int = Order.STEP
    depth: int = 0
    """Calls that enclose the step."""
    boundaries: int = 0
    """Bit d is set if the call at depth d runs on when its caller gives up."""


class Label:
    """A place in the program, to jump to; yield it where it stands."""

    __slots__ = ()


class Lowerable(Protocol):
    """What can be drawn: a distribution, a population."""

    def lower(self) -> Lowered: ...


class Assembler(Protocol):
    """What a step needs to become a row."""

    def at(self, label: Label) -> int: ...
    def distribution(self, drawn: Lowerable) -> int: ...
    def choice(self, shares: Sequence[float], labels: Sequence[Label]) -> int: ...
    def records(self, records: Sequence[Sequence[int]]) -> int: ...
    def backoff(self, base: int, cap: int, jitter: int, rate: float) -> int: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One of the classes below."""

    def row(self, to: Assembler) -> Row:
        """The step in numbers."""
        raise NotImplementedError


Piece = Step | Label


@dataclass(frozen=True, slots=True)
class Delay(Step):
    """Time passes: work, a network, a wait whose length does not depend on others; and `per_record` ns more
    for each record of the batch in hand."""

    time: Distribution
    stream: int
    per_record: int = 0

    def row(self, to: Assembler) -> Row:
        return Row(Op.DELAY, a=to.distribution(self.time), b=self.per_record, stream=self.stream)


class Key(NamedTuple):
    """Which member of a population is meant: drawn once, so that a retry means the same."""

    population: Lowerable
    stream: int


@dataclass(frozen=True, slots=True)
class Take(Step):
    """Take tokens from a bucket, or go to `refused`.

    With a `key` there is a bucket for each of a population of clients, the first of them `bucket`; a user of
    a closed loop is the same client in all its requests.
    """

    bucket: int
    refused: Label
    amount: int = 1
    key: Key | None = None

    def row(self, to: Assembler) -> Row:
        row = Row(Op.TAKE, a=self.bucket, b=self.amount, target=to.at(self.refused))
        if self.key is None:
            return row
        return row._replace(c=1 + to.distribution(self.key.population), stream=self.key.stream)


@dataclass(frozen=True, slots=True)
class TakeInTurn(Step):
    """Take tokens from a bucket as soon as there are enough, first come, first served; who had to wait for
    them goes on at `waited`. Tokens are taken even if a deadline ends the wait."""

    bucket: int
    waited: Label
    amount: int = 1

    def row(self, to: Assembler) -> Row:
        return Row(Op.TAKE_IN_TURN, a=self.bucket, b=self.amount, target=to.at(self.waited))


@dataclass(frozen=True, slots=True)
class LookUp(Step):
    """Go to `hit` if the cache, whose entries begin at `entries`, holds a fresh answer for the key."""

    entries: int
    key: Key
    hit: Label

    def row(self, to: Assembler) -> Row:
        population = to.distribution(self.key.population)
        return Row(Op.LOOK_UP, a=self.entries, b=population, target=to.at(self.hit), stream=self.key.stream)


@dataclass(frozen=True, slots=True)
class Store(Step):
    """Keep the answer under the key; it is fresh for `ttl` ns."""

    entries: int
    key: Key
    ttl: int

    def row(self, to: Assembler) -> Row:
        population = to.distribution(self.key.population)
        return Row(Op.STORE, a=self.entries, b=population, c=self.ttl, stream=self.key.stream)


@dataclass(frozen=True, slots=True)
class Await(Step):
    """Wait until somebody wakes those who wait for the key's entry of a cache."""

    entries: int
    key: Key

    def row(self, to: Assembler) -> Row:
        population = to.distribution(self.key.population)
        return Row(Op.AWAIT, a=self.entries, b=population, stream=self.key.stream)


@dataclass(frozen=True, slots=True)
class Wake(Step):
    """All who wait for the key's entry go on, in the order in which they came."""

    entries: int
    key: Key

    def row(self, to: Assembler) -> Row:
        population = to.distribution(self.key.population)
        return Row(Op.WAKE, a=self.entries, b=population, stream=self.key.stream)


@dataclass(frozen=True, slots=True)
class Enter(Step):
    """Enter an execution environment; one that has not been used, new or initialised ahead, goes on with the
    next step, a ready one at `ready`, one whose process has ended at `reset`.
    """

    pool: int
    ready: Label
    reset: Label
    no_concurrency: Label
    no_scaling: Label

    def row(self, to: Assembler) -> Row:
        return Row(
            Op.ENTER,
            a=self.pool,
            b=to.at(self.ready),
            c=to.at(self.reset),
            target=to.at(self.no_concurrency),
            other=to.at(self.no_scaling),
        )


@dataclass(frozen=True, slots=True)
class Live(Step):
    """The environment just entered for the first time will end when it is `lifetime` old; go to `ahead` if
    it was initialised ahead; or to `provisioned` if it is that, and has no end of its own."""

    lifetime: Distribution
    stream: int
    ahead: Label
    provisioned: Label

    def row(self, to: Assembler) -> Row:
        return Row(
            Op.LIVE,
            a=to.distribution(self.lifetime),
            target=to.at(self.ahead),
            other=to.at(self.provisioned),
            stream=self.stream,
        )


@dataclass(frozen=True, slots=True)
class LookAgain(Step):
    """Before the new environment initialises: if another has come free, take that, and go to `ready`, or to
    `ahead` if it has not been used."""

    pool: int
    ready: Label
    ahead: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.LOOK_AGAIN, a=self.pool, target=to.at(self.ready), other=to.at(self.ahead))


ENDED, KEPT, PROCESS_ENDED = 0, 1, 2
"""What becomes of an environment, numbered as in `simulator.stations.environment_pool`."""


@dataclass(frozen=True, slots=True)
class Leave(Step):
    """Leave the environment, and with it the call's own deadline ends; unless it is KEPT, the environment
    gives back the first `owned` things it owns."""

    pool: int
    owned: int
    becomes: int = KEPT

    def row(self, to: Assembler) -> Row:
        return Row(Op.LEAVE, a=self.pool, b=self.becomes, c=self.owned)


@dataclass(frozen=True, slots=True)
class Own(Step):
    """The environment takes a server for as long as it lives (a connection), or goes to `refused`."""

    servers: int
    refused: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.OWN, a=self.servers, target=to.at(self.refused))


@dataclass(frozen=True, slots=True)
class Seize(Step):
    """Take a server, waiting in line at most `patience` ns (None: for ever), or go to `refused`."""

    servers: int
    refused: Label
    patience: int | None = None

    def row(self, to: Assembler) -> Row:
        patience = -1 if self.patience is None else self.patience
        return Row(Op.SEIZE, a=self.servers, b=patience, target=to.at(self.refused))


@dataclass(frozen=True, slots=True)
class Free(Step):
    """Give a server back; who waits longest has it at once."""

    servers: int

    def row(self, to: Assembler) -> Row:
        return Row(Op.FREE, a=self.servers)


@dataclass(frozen=True, slots=True)
class Pledge(Step):
    """The server just seized is given back if a deadline of those who wait ends the call before it frees it;
    None: it need not be any more. Until then the call may wait for children, and call nobody."""

    servers: int | None

    def row(self, to: Assembler) -> Row:
        return Row(Op.PLEDGE, a=-1 if self.servers is None else self.servers)


@dataclass(frozen=True, slots=True)
class Choose(Step):
    """Go to one of the labels, each with its share; what the shares leave of 1 goes on with the next step."""

    shares: tuple[float, ...]
    labels: tuple[Label, ...]
    stream: int

    def row(self, to: Assembler) -> Row:
        return Row(Op.CHOOSE, a=to.choice(self.shares, self.labels), b=len(self.labels), stream=self.stream)


@dataclass(frozen=True, slots=True)
class Retrace(Step):
    """Go the way that is on record: a request and its children draw one record by the luck of `stream`, the
    same at every such step. A record says which of the labels comes at first, and which after each time
    that this call has gone back (`Again`); the last holds for all that follow."""

    records: tuple[tuple[int, ...], ...]
    labels: tuple[Label, ...]
    stream: int

    def row(self, to: Assembler) -> Row:
        labels = to.choice((1.0,) * len(self.labels), self.labels)
        return Row(Op.RETRACE, a=to.records(self.records), b=labels, c=len(self.records), stream=self.stream)


NONE, EQUAL, FULL = 0, 1, 2
"""Jitter of a back-off."""


@dataclass(frozen=True, slots=True)
class Again(Step):
    """Back to `start` after a back-off, at most `attempts` times; then on with the next step.

    The n-th back-off (from 0) is min(cap, base x rate^n), of which `jitter` (NONE, EQUAL, FULL)
    leaves all, a random half to all, or a random part.
    """

    start: Label
    attempts: int
    base: int
    cap: int
    jitter: int
    stream: int
    rate: float = 2.0

    def row(self, to: Assembler) -> Row:
        return Row(
            Op.AGAIN,
            a=self.attempts,
            b=to.backoff(self.base, self.cap, self.jitter, self.rate),
            target=to.at(self.start),
            stream=self.stream,
        )


@dataclass(frozen=True, slots=True)
class Deadline(Step):
    """From now on wait at most `after` ns: then go to `expired`, and leave running what was called.
    `mark`: and remember the time, as `Mark` does; `since_mark`: counted from the time remembered."""

    after: int
    expired: Label
    mark: bool = False
    since_mark: bool = False

    def row(self, to: Assembler) -> Row:
        return Row(Op.DEADLINE, a=self.after, b=self.mark, c=self.since_mark, target=to.at(self.expired))


@dataclass(frozen=True, slots=True)
class EndDeadline(Step):
    """What the deadline was for has been done."""

    def row(self, to: Assembler) -> Row:
        return Row(Op.END_DEADLINE)


@dataclass(frozen=True, slots=True)
class Begin(Step):
    """A call begins. `survives`: it runs on if its caller gives up, as services do; `history`: it keeps one
    of its events."""

    survives: bool = True
    history: bool = False

    def row(self, to: Assembler) -> Row:
        return Row(Op.BEGIN, a=self.survives, b=self.history)


@dataclass(frozen=True, slots=True)
class Return(Step):
    """The call is over; a request whose caller gave up ends here."""

    def row(self, to: Assembler) -> Row:
        return Row(Op.RETURN)


@dataclass(frozen=True, slots=True)
class Answer(Step):
    """Answer with an outcome, a status and a cause; -1 keeps the one there is."""

    outcome: int
    status: int = 200
    cause: int = -1

    def row(self, to: Assembler) -> Row:
        status = STATUSES.index(self.status) if self.status >= 0 else -1
        return Row(Op.ANSWER, a=self.outcome, b=status, c=self.cause)


def _mask(places: Collection[int]) -> int:
    return sum(1 << place for place in set(places))


@dataclass(frozen=True, slots=True)
class IfOutcome(Step):
    """Go to `then` if the answer's outcome is one of these."""

    outcomes: tuple[int, ...]
    then: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.IF_OUTCOME, a=_mask(self.outcomes), target=to.at(self.then))


@dataclass(frozen=True, slots=True)
class IfStatus(Step):
    """Go to `then` if the answer's status is one of these."""

    statuses: tuple[int, ...]
    then: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.IF_STATUS, a=_mask([STATUSES.index(s) for s in self.statuses]), target=to.at(self.then))


@dataclass(frozen=True, slots=True)
class IfDuring(Step):
    """Go to `then` from `start` on and before `end` (ns from the beginning of the run)."""

    start: int
    end: int
    then: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.IF_DURING, a=self.start, b=self.end, target=to.at(self.then))


@dataclass(frozen=True, slots=True)
class Jump(Step):
    """Go to a label."""

    to: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.JUMP, target=to.at(self.to))


@dataclass(frozen=True, slots=True)
class Mark(Step):
    """Remember the time, for the next `Meter` or `Measure` of this call, and of calls in it without one."""

    def row(self, to: Assembler) -> Row:
        return Row(Op.MARK)


@dataclass(frozen=True, slots=True)
class Meter(Step):
    """Add the time since `Mark` to a meter: `provisioned` if the call holds such an environment."""

    meter: int
    provisioned: int

    def row(self, to: Assembler) -> Row:
        return Row(Op.METER, a=self.meter, b=self.provisioned)


@dataclass(frozen=True, slots=True)
class Count(Step):
    """Add to a counter; with a `unit`, so much for each started `unit` bytes of the request's size."""

    counter: int
    amount: int = 1
    unit: int = 0

    def row(self, to: Assembler) -> Row:
        return Row(Op.COUNT, a=self.counter, b=self.amount, c=self.unit)


@dataclass(frozen=True, slots=True)
class Type(Step):
    """The request is of this type from now on, and counts as one; `sent`: there is no client before the
    design, so it counts as sent as well."""

    type: int
    sent: bool = False

    def row(self, to: Assembler) -> Row:
        return Row(Op.TYPE, a=self.type, b=self.sent)


@dataclass(frozen=True, slots=True)
class Send(Step):
    """The client sends: counted as an attempt; its waiting begins with the first."""

    def row(self, to: Assembler) -> Row:
        return Row(Op.SEND)


@dataclass(frozen=True, slots=True)
class Record(Step):
    """The client has its answer; `last`: and the request is over."""

    last: bool = True

    def row(self, to: Assembler) -> Row:
        return Row(Op.RECORD, a=self.last)


@dataclass(frozen=True, slots=True)
class Fork(Step):
    """Children begin at `start`, where a call begins (`Begin` … `Return`) and then `Over` stands.

    A child has an identity of its own, and so its own luck. `waited`: this request waits for it at the
    `Join` that follows; the child inherits the deadlines of those who wait, ends with them, and leaves
    running what it called. Otherwise it is sent: nobody waits, and it is a part of what the request must
    do to be complete.

    `count` says how many there are (drawn, if it is a distribution); of those waited for, `at_once` go on
    at a time (0: all): each one that ends begins the next. One that is sent may be `handed` the server just
    seized, which it frees; this says so to who reads the program as a flow.
    """

    start: Label
    stream: int
    waited: bool = False
    count: int | Lowerable = 1
    at_once: int = 0
    handed: int | None = None

    def row(self, to: Assembler) -> Row:
        count = to.distribution(_Always(self.count) if isinstance(self.count, int) else self.count)
        c = self.at_once if self.waited else 0 if self.handed is None else -1 - self.handed
        return Row(Op.FORK, a=self.waited, b=count, c=c, target=to.at(self.start), stream=self.stream)


class _Always:
    """The same number always."""

    def __init__(self, number: int) -> None:
        self.number = number

    def lower(self) -> Lowered:
        return Lowered(CONSTANT, float(self.number))


@dataclass(frozen=True, slots=True)
class Join(Step):
    """Wait until all children of the forks before this have ended; if one failed, go to `failed` with its
    answer. `first`: at the first failure at once, and no more children begin.

    So many failures are `tolerated`, but not more than the share of the children (in millionths): the one
    after them is the first that counts.
    """

    failed: Label
    first: bool = False
    tolerated: int = 0
    tolerated_share: int = 1_000_000

    def row(self, to: Assembler) -> Row:
        target = to.at(self.failed)
        return Row(Op.JOIN, a=self.first, b=self.tolerated, c=self.tolerated_share, target=target)


@dataclass(frozen=True, slots=True)
class Append(Step):
    """So many events more in the history of the nearest enclosing call that keeps one, be it that of a
    parent who waits, and in a counter; if they would be more than `most`, go to `full`."""

    counter: int
    events: int
    most: int
    full: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.APPEND, a=self.counter, b=self.events, c=self.most, target=to.at(self.full))


@dataclass(frozen=True, slots=True)
class Over(Step):
    """A child has done what it was for."""

    def row(self, to: Assembler) -> Row:
        return Row(Op.OVER)


@dataclass(frozen=True, slots=True)
class IfAlone(Step):
    """Go to `then` if this is a waited child that nobody waits for any more: others failed first."""

    then: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.IF_ALONE, target=to.at(self.then))


@dataclass(frozen=True, slots=True)
class Lose(Step):
    """An effect of the request is not carried out; `dead_lettered`: and is kept for somebody to look at."""

    dead_lettered: bool = False

    def row(self, to: Assembler) -> Row:
        return Row(Op.LOSE, a=DEAD_LETTERED if self.dead_lettered else LOST)


@dataclass(frozen=True, slots=True)
class Measure(Step):
    """Add the time since `Mark` to named durations: their number, mean, percentiles and maximum."""

    durations: int

    def row(self, to: Assembler) -> Row:
        return Row(Op.MEASURE, a=self.durations)


@dataclass(frozen=True, slots=True)
class End(Step):
    """What no client asked for is over."""

    def row(self, to: Assembler) -> Row:
        return Row(Op.END)


@dataclass(frozen=True, slots=True)
class Reap(Step):
    """End the environments that have been idle too long and free what they own; wait for the next."""

    pool: int

    def row(self, to: Assembler) -> Row:
        return Row(Op.REAP, a=self.pool, order=Order.FREE)


@dataclass(frozen=True, slots=True)
class Renew(Step):
    """A user of a closed loop makes the next request: a new identity, arriving now."""

    def row(self, to: Assembler) -> Row:
        return Row(Op.RENEW)


@dataclass(frozen=True, slots=True)
class Carry(Step):
    """From now on the request has a size in bytes and, maybe, a key: drawn once, by its first identity."""

    key: Key | None
    size: Distribution
    stream: int
    """Of the size."""

    def row(self, to: Assembler) -> Row:
        size = to.distribution(self.size)
        if self.key is None:
            return Row(Op.CARRY, b=size, c=self.stream)
        key = 1 + to.distribution(self.key.population)
        return Row(Op.CARRY, a=key, b=size, c=self.stream, stream=self.key.stream)


@dataclass(frozen=True, slots=True)
class Write(Step):
    """Take one token of the shard's bucket of records and, of its bucket of bytes, as many as the request's
    size; or neither, and go to `too_many` or `too_large`, as the records or the bytes are refused. The
    request's key says which shard: `table` leads to a lane, `each` lanes are a shard."""

    records: int
    bytes: int
    table: int
    each: int
    too_many: Label
    too_large: Label

    def row(self, to: Assembler) -> Row:
        return Row(
            Op.WRITE,
            a=self.records,
            b=self.bytes,
            c=self.each,
            target=to.at(self.too_many),
            other=to.at(self.too_large),
            stream=self.table,
        )


AGED, WINDOW_END = -1, -2


@dataclass(frozen=True, slots=True)
class Put(Step):
    """Leave an item in a mailbox: a part of the request that its answer does not wait for.

    With a `table` the request's key says which lane: the first `each` lanes belong to `mailbox`, the next
    ones to the next, and so on. `number`: of the step, among those that put into mailboxes which
    deduplicate; or AGED, of an item that was written as many ns ago as the walker's own number; or
    WINDOW_END, of what ends a tumbling window of the walker's own shard, which has `each` lanes.
    """

    mailbox: int
    table: int | None = None
    each: int = 1
    number: int = 0

    def row(self, to: Assembler) -> Row:
        table = 0 if self.table is None else 1 + self.table
        return Row(Op.PUT, a=self.mailbox, b=table, c=self.each, stream=self.number)


@dataclass(frozen=True, slots=True)
class Read(Step):
    """Read a shard, the walker's own of those from `shards` on, for a consumer whose lanes, `each` a shard,
    begin at `lanes`; then wait until it can be read again."""

    shards: int
    lanes: int

    def row(self, to: Assembler) -> Row:
        return Row(Op.READ, a=self.shards, b=self.lanes)


@dataclass(frozen=True, slots=True)
class Receive(Step):
    """Wait for a batch of a mailbox, the walker's own of those from `mailbox` on; or, if there are too many
    receivers, go to `retired`. The age of the batch's last item (of a stream) or first one (of a queue)
    is added to named durations."""

    mailbox: int
    ages: int
    retired: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.RECEIVE, a=self.mailbox, b=self.ages, target=to.at(self.retired))


@dataclass(frozen=True, slots=True)
class Poison(Step):
    """Go to `failed` if an item of the batch in hand is poison: a share of all are, whenever they are tried.
    A request without a batch is itself the item."""

    share: float
    failed: Label
    stream: int

    def row(self, to: Assembler) -> Row:
        return Row(Op.POISON, a=to.choice((self.share,), (self.failed,)), stream=self.stream)


@dataclass(frozen=True, slots=True)
class Acknowledge(Step):
    """The batch is done; go to `left` if its receiver has reported items that failed."""

    mailbox: int
    left: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.ACKNOWLEDGE, a=self.mailbox, target=to.at(self.left))


@dataclass(frozen=True, slots=True)
class PutBack(Step):
    """What is left of the batch goes back; `failed`: its items have failed once more. `later`: not by the
    receiver itself, which has come back before."""

    mailbox: int
    failed: bool = True
    later: bool = False

    def row(self, to: Assembler) -> Row:
        return Row(Op.PUT_BACK, a=self.mailbox, b=self.failed, c=self.later)


@dataclass(frozen=True, slots=True)
class HandBack(Step):
    """Leave the batch to somebody who begins at `then`, `after` ns after the last `Mark` or now, if later."""

    mailbox: int
    after: int
    then: Label

    def row(self, to: Assembler) -> Row:
        return Row(Op.HAND_BACK, a=self.mailbox, b=self.after, target=to.at(self.then))
