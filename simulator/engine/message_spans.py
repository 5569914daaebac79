"""A request with the messages that it puts into queues and streams, and what becomes of them, as spans.

A message is told apart by the identity of who put it, its mailbox and the time; a batch by its own identity
and when it was received, since a batch that comes back unchanged is received again. What a batch puts into
another queue bears the batch's identity, and is followed like the request's own. How a message ends is not
noted but follows from its last note and from how often and how long its queue or stream keeps what it has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.engine.spans import ATTEMPTS, Follower, Legend
from simulator.engine.tracing import WAITING, Noted
from simulator.measure.rows import BATCH, BORN, IDENTITY, NOTED_AT, PLACE, SINCE, TRIES
from simulator.measure.spans import Span

HIDDEN = "visibility timeout"
NEVER = 1 << 62


@dataclass
class _Message:
    span: Span
    mailbox: int
    since: int
    part: Span | None = None
    """What it waits in."""
    outcome: str = ""
    """Unless it is received again."""

    def waits(self, name: str, now: int) -> None:
        self.part = Span(name, self.span.service, "part", now, -1)
        self.span.children.append(self.part)

    def goes_on(self, now: int) -> None:
        """Its wait is over; one that took no time is not worth a span."""
        if self.part is not None:
            self.part.end = now
            if self.part.start == now:
                self.span.children.remove(self.part)
            self.part = None

    def ends(self, outcome: str, now: int) -> None:
        self.goes_on(now)
        self.outcome, self.span.end = outcome, now


def span_of(rows: Iterable[tuple[int, ...]], name: str, legend: Legend) -> Span:
    """One request from its notes in the order in which they were taken: its children's, its messages' and
    those of the batches that these were in are among them."""
    return _Story(name, legend).follow(rows)


class _Story:
    def __init__(self, name: str, legend: Legend) -> None:
        self.legend = legend
        self.request = Follower(name, legend)
        self.batches: dict[int, tuple[Follower, Span]] = {}
        """Each as it was received last, by its identity."""
        self.followers = [self.request]
        self.put: list[tuple[int, _Message]] = []
        """With the identities of who put them, those that were not received yet."""
        self.first: dict[tuple[int, int], int] = {}
        """When each put what where, for queues that deduplicate."""
        self.messages: dict[tuple[int, int, int], _Message] = {}

    def follow(self, rows: Iterable[tuple[int, ...]]) -> Span:
        for row in rows:
            noted, now = self.legend.notes[row[PLACE]], row[NOTED_AT]
            if noted.batch:
                self.of_item(row, noted, now)
                continue
            follower, _ = self.batches.get(row[BORN], (self.request, None))
            caller = follower.take(row)
            if noted.what == "put" and self.is_kept(row, noted, now):
                self.put.append((row[IDENTITY], self.begin(caller, noted, now)))
        root, *_ = [follower.whole() for follower in self.followers]
        for message in (*self.messages.values(), *(message for _, message in self.put)):
            self.end(message)
        _without_single_attempts(root)
        return root

    def begin(self, caller: Span, noted: Noted, since: int) -> _Message:
        """A message is put, by a call or, if nobody did, by the queue of another one."""
        span = Span("message", noted.part.service, "message", since, -1, sent=True)
        caller.children.append(span)
        message = _Message(span, noted.mailbox, since)
        message.waits(WAITING, since)
        return message

    def is_kept(self, row: tuple[int, ...], noted: Noted, now: int) -> bool:
        """Whether somebody may receive what is put, and it has not been put before."""
        terms, key = self.legend.mailboxes[noted.mailbox], (row[IDENTITY], row[PLACE])
        repeated = now - self.first.get(key, now - NEVER) <= terms.deduplicates
        if not repeated:
            self.first[key] = now
        return bool(terms.stores) and not repeated

    def of_item(self, row: tuple[int, ...], noted: Noted, now: int) -> None:
        message = self.message(row, noted)
        match noted.what:
            case "receive":
                message.goes_on(now)
                message.outcome, message.span.end = "", -1
                self.receive(message, row[BATCH], row[TRIES] >> 32, now)
            case "acknowledge":
                self.let_go(row[BATCH], now)
                message.ends("ok", now)
            case "hand back":
                self.let_go(row[BATCH], now)
                message.ends("", now)
                message.waits(HIDDEN, now)
            case "put back":
                self.let_go(row[BATCH], now)
                message.ends("", now)
                terms = self.legend.mailboxes[message.mailbox]
                if noted.failed and (row[TRIES] & 0xFFFFFFFF) + 1 > terms.most_tries:
                    message.ends("dead-lettered" if terms.dead >= 0 else "discarded", now)
                else:
                    message.waits(WAITING, now)

    def message(self, row: tuple[int, ...], noted: Noted) -> _Message:
        """The one that a note of an item is about."""
        key = row[IDENTITY], noted.mailbox, row[SINCE]
        if key not in self.messages:
            for place, (identity, put) in enumerate(self.put):
                if (identity, put.span.service, put.since) == (key[0], noted.part.service, key[2]):
                    del self.put[place]
                    put.mailbox = noted.mailbox
                    self.messages[key] = put
                    break
            else:
                self.messages[key] = self.begin(self.source(key[0]), noted, key[2])
        return self.messages[key]

    def source(self, identity: int) -> Span:
        """Where a message comes from that nobody put: it was a message before, and is a dead letter now."""
        before = [message.span for (whose, *_), message in self.messages.items() if whose == identity]
        return before[-1] if before else self.request.span

    def receive(self, message: _Message, identity: int, count: int, now: int) -> None:
        """A message is in a batch, which stands under the first of the request's messages that are in it."""
        _, batch = self.batches.get(identity, (None, None))
        if batch is not None and batch.start == now and batch.end < 0:
            message.waits("in the same batch", now)
            return
        span = Span(f"batch of {count}", message.span.service, "batch", now, -1, messages=count)
        follower = Follower(span.name, self.legend)
        follower.receive(identity, span)
        message.span.children.append(span)
        self.batches[identity] = follower, span
        self.followers.append(follower)

    def let_go(self, batch: int, now: int) -> None:
        if batch in self.batches:
            self.batches[batch][0].let_go(now)

    def end(self, message: _Message) -> None:
        """What became of a message in the end."""
        terms, horizon, span = self.legend.mailboxes[message.mailbox], self.legend.horizon, message.span
        too_old = message.since + terms.longest
        if message.outcome:
            span.outcome = message.outcome
        elif message.part is not None and message.part.name == WAITING and too_old < horizon:
            message.ends("dead-lettered" if terms.whole and terms.dead >= 0 else "expired", too_old)
            span.outcome = message.outcome
        else:
            message.goes_on(horizon)
            span.end, span.running = horizon, True


def _without_single_attempts(span: Span) -> None:
    """A call that was not tried again stands by itself, without the code that would have done so."""
    for child in span.children:
        _without_single_attempts(child)
    span.children = [
        inner for child in span.children for inner in (child.children if _is_single(child, span) else [child])
    ]


def _is_single(span: Span, caller: Span) -> bool:
    """Whether it is the code that tries a call again, and did not."""
    own = span.name == ATTEMPTS and span.service == caller.service and span.kind == "call"
    return own and len(span.children) == 1 and not span.children[0].attempt
