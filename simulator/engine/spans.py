"""From notes of where a request was to its spans.

A call is told apart by the place where it begins, by the identity of the request (children have their own)
and by its epoch, which differs between the attempts of its callers. A wait ends with the next note: of the
same call, of one that it makes, or of whoever gave up on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulator.engine.random import epoch_below
from simulator.engine.steps import STATUSES
from simulator.engine.tracing import PAUSE, Noted
from simulator.errors import ModelError
from simulator.measure.result import OUTCOMES
from simulator.measure.rows import ANSWER, EPOCH, IDENTITY, NOTED_AT, PLACE
from simulator.measure.spans import Span
from simulator.stations.mailbox import Mailbox

Key = tuple[int, int, int]
"""Identity, place of the `Begin` (-1: the request itself), epoch."""
MOST_ATTEMPTS = 128
ATTEMPTS = "attempts"
"""The code of a caller that may try a call again."""


class _Call:
    """A call that is being followed."""

    def __init__(self, key: Key, span: Span, caller: _Call | None, survives: bool) -> None:
        self.key, self.span, self.caller, self.survives = key, span, caller, survives
        self.open: list[_Call] = []
        """What it called and waits for."""
        self.part: Span | None = None
        """What it waits in."""


class Legend(NamedTuple):
    """What the numbers in notes stand for."""

    notes: Mapping[int, Noted]
    causes: tuple[tuple[str, str], ...]
    horizon: int
    mailboxes: Sequence[Mailbox] = ()
    """By their places: how often and how long they keep what they have."""


class Follower:
    """Follows a request, or a batch, whose span is there when it is received."""

    def __init__(self, name: str, legend: Legend) -> None:
        self.name, self.legend = name, legend
        self.calls: dict[Key, _Call] = {}
        self.root: _Call | None = None

    def take(self, row: tuple[int, ...]) -> Span:
        """The next note, of its own or of a child; the span of the call that it is about."""
        noted, now = self.legend.notes[row[PLACE]], row[NOTED_AT]
        begin = noted.calls[-1] if noted.calls else -1
        key = (row[IDENTITY], begin, row[EPOCH] if noted.calls else 0)
        call = self.calls.get(key)
        if call is None:
            call = self.begin(key, noted, row, now)
        elif call is self.root and call.span.kind == "batch" and call.span.end >= 0:
            return call.span  # what a receiver does when it has no batch any more
        else:
            self.goes_on(call, now)
        self.note(call, noted, row, now)
        return call.span

    def receive(self, identity: int, span: Span) -> None:
        """What is followed is a batch."""
        self.root = _Call((identity, -1, 0), span, None, survives=True)
        self.calls[self.root.key] = self.root

    def let_go(self, now: int) -> None:
        """The batch is in nobody's hands any more, if it was; what it waited for is given up."""
        if self.root is not None and self.root.span.end < 0:
            self.goes_on(self.root, now)
            self.root.span.end = now

    @property
    def span(self) -> Span:
        """Of the request or the batch, as far as it has been noted."""
        if self.root is None:
            raise ModelError("a request was noted before it arrived")
        return self.root.span

    def whole(self) -> Span:
        """The same, with an end to all that the end of the run cut off."""
        for call in self.calls.values():
            if call.span.end < 0:
                call.span.end, call.span.running = self.legend.horizon, True
            if call.part is not None:
                self.end_part(call, call.span.end)
        return self.span

    def begin(self, key: Key, noted: Noted, row: tuple[int, ...], now: int) -> _Call:
        """A call, or the request itself, is seen for the first time."""
        if not noted.calls:
            self.root = _Call(key, Span(self.name, "", "request", now, -1), None, survives=True)
            self.calls[key] = self.root
            return self.root
        caller, attempt = self.caller(key, noted)
        name = noted.part.service
        if name == caller.span.service:  # not a call of another service, but code of its own
            name = ATTEMPTS if caller.key[0] == key[0] else "send" if noted.survives else "branch"
        span = Span(name, noted.part.service, "call", now, -1, attempt=attempt)
        call = _Call(key, span, caller, noted.survives)
        self.calls[key] = call
        caller.span.children.append(span)
        if caller.key[0] == key[0]:
            self.end_part(caller, now)
            caller.open.append(call)
        else:
            span.sent = True
        return call

    def caller(self, key: Key, noted: Noted) -> tuple[_Call, int]:
        """Who calls, and the how manieth of its attempts it is: the epoch is made of both."""
        place = noted.calls[-2] if len(noted.calls) > 1 else -1
        own_first = sorted(
            (call for call in self.calls.values() if call.key[1] == place),
            key=lambda call: call.key[0] != key[0],
        )
        for call in own_first:
            for attempt in range(MOST_ATTEMPTS):
                if epoch_below(call.key[2], attempt) == key[2]:
                    return call, attempt
        return (own_first[0] if own_first else self.root or self.calls[key]), 0

    def goes_on(self, call: _Call, now: int) -> None:
        """A call is seen again: its wait is over, and what it waited for and has not returned, given up."""
        self.end_part(call, now)
        for called in call.open:
            self.give_up(called, now)
        call.open = []

    def give_up(self, call: _Call, now: int) -> None:
        call.span.given_up = now
        if call.survives:
            return
        self.end_part(call, now)
        call.span.end = now
        for called in call.open:
            self.give_up(called, now)
        call.open = []

    def note(self, call: _Call, noted: Noted, row: tuple[int, ...], now: int) -> None:
        if noted.what in ("wait", "again"):
            what = f"{noted.part.cause}, {noted.part.detail}" if noted.part.detail else noted.part.cause
            part = Span(PAUSE if noted.what == "again" else what, noted.part.service, "part", now, -1)
            call.part = part
            call.span.children.append(part)
        elif noted.what in ("return", "answer"):
            outcome, status, cause = row[ANSWER] & 255, row[ANSWER] >> 8 & 255, (row[ANSWER] >> 16) - 1
            call.span.end = now
            call.span.outcome, call.span.status = OUTCOMES[outcome], STATUSES[status]
            if outcome and cause >= 0:
                call.span.cause = self.legend.causes[cause]
            if call.caller is not None and call in call.caller.open:
                call.caller.open.remove(call)

    def end_part(self, call: _Call, now: int) -> None:
        """A wait that took no time is not worth a span."""
        if call.part is not None:
            call.part.end = now
            if call.part.end == call.part.start:
                call.span.children.remove(call.part)
            call.part = None
