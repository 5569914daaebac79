"""Single requests as spans: what happened to one, call by call and wait by wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Span:
    """A stretch of time that belongs to one call, to a wait inside it, or to the request itself."""

    name: str
    """`checkout`, `cold start, init work`, `buyers.order`."""
    service: str
    kind: str
    """`request`, `call`, `part` (what a call spends its time on), `message` (in a queue or stream, until it
    is done with) or `batch` (in the hands of who received it)."""
    start: int
    """ns from the start of the run."""
    end: int
    running: bool = False
    """Whether the run ended before it did."""
    outcome: str = ""
    """How a call or the request was answered; nothing if it was cut off."""
    status: int = 0
    """The HTTP status of that; 0: none."""
    cause: tuple[str, str] = ("", "")
    """Why it failed: a service and its limit."""
    attempt: int = 0
    """Which attempt of its caller it is, from 0."""
    given_up: int | None = None
    """When its caller stopped waiting for it; it ran on, or ended with its caller."""
    sent: bool = False
    """Whether it was sent, or is one of several branches, so that its caller went on meanwhile."""
    messages: int = 0
    """Of a batch, its own among them."""
    children: list[Span] = field(default_factory=list)

    @property
    def ns(self) -> int:
        """Its length."""
        return self.end - self.start

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Span]]:
        """This span and all below it, in the order of their beginning, with their depths."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


@dataclass(frozen=True)
class Traced:
    """One request."""

    design: str
    replication: int
    identity: int
    """The same in every design."""
    traffic: str
    picked: str
    """`slowest`, `failed` or `sample`."""
    arrived: int
    """In ns from the start of the run."""
    sent: int
    answered: int
    outcome: str
    cause: tuple[str, str]
    root: Span
    """From sending to the answer; what runs on goes beyond it."""

    @property
    def latency(self) -> int:
        """What the client waited, in ns."""
        return self.answered - self.sent

    @property
    def messages(self) -> list[Span]:
        """What it has put into queues and streams, and what its messages have."""
        return [span for _, span in self.root.walk() if span.kind == "message"]

    @property
    def completed(self) -> str:
        """How its messages ended: `ok`, or how one that did not; `unfinished` if the run ended before; empty
        if it has none."""
        ends = ["unfinished" if span.running else span.outcome for span in self.messages]
        return next((end for end in ends if end != "ok"), "ok") if ends else ""

    @property
    def done(self) -> int:
        """When it had its answer and all that was sent on the way, without waiting for it, had ended."""
        return max([self.answered, *(span.end for _, span in self.root.walk() if span.sent)])

    @property
    def last(self) -> int:
        """When the last of it ended."""
        return max(span.end for _, span in self.root.walk())
