"""Programs that trace: steps which the assembly puts between those of the services, when it is asked to.

A program that traces takes the same decisions at the same times with the same luck; it is a little slower.
Services need not know: before each step that may wait stands one that says to which part (a service, and
what takes time there) the time belongs from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from simulator.engine import steps
from simulator.engine.steps import (
    Acknowledge,
    Again,
    Assembler,
    Begin,
    HandBack,
    Op,
    Put,
    PutBack,
    Receive,
    Record,
    Return,
    Row,
    Send,
    Step,
    Type,
)
from simulator.measure.where import Part

Mode = Literal["", "where", "spans"]
"""Trace nothing; the time of all requests by part; where each request is when, for single ones."""

AT_ONCE = (
    steps.Take, steps.LookUp, steps.Store, steps.Enter, steps.Leave, steps.Own, steps.Free, steps.Choose,
    steps.Deadline, steps.EndDeadline, steps.Begin, steps.Return, steps.Answer, steps.IfOutcome,
    steps.IfStatus, steps.Jump, steps.Mark, steps.Meter, steps.Count, steps.Type, steps.Send, steps.Record,
    steps.Acknowledge, steps.Carry, steps.HandBack, steps.Poison, steps.Put, steps.PutBack, steps.Write,
    steps.End, steps.Renew, steps.Fork, steps.Over, steps.IfAlone, steps.IfDuring, steps.Lose, steps.Measure,
    steps.Retrace, steps.Live, steps.LookAgain, steps.Append, steps.Pledge, steps.Wake,
)  # fmt: skip
"""Steps that never wait; any other is taken to."""
NOTED_BEFORE: Mapping[type[Step], str] = {
    Record: "answer", Return: "return", Again: "again",
    Put: "put", Acknowledge: "acknowledge", HandBack: "hand back", PutBack: "put back",
}  # fmt: skip
NOTED_AFTER: Mapping[type[Step], str] = {
    Type: "arrive", Send: "send", Begin: "begin", Receive: "receive",
}  # fmt: skip
OF_BATCHES = (Receive, Acknowledge, HandBack, PutBack)
"""What happens to all items of the batch in hand."""
WAITING, EARLIER, PAUSE = "waiting", "earlier attempts", "back-off"


@dataclass(frozen=True, slots=True)
class Trace(Step):
    """From now on the request's time belongs to a part; `sent`: and, if it has just been sent for the first
    time, nothing before counts."""

    sent: bool = False

    def row(self, to: Assembler) -> Row:
        return Row(Op.TRACE, b=self.sent)  # a, the part, is filled in by `Tracing.number`


@dataclass(frozen=True, slots=True)
class WriteOff(Step):
    """If the `Again` that follows goes back, what the attempt took is booked under earlier attempts; of a
    loop that lies in no other, by how it ended too."""

    def row(self, to: Assembler) -> Row:
        return Row(Op.WRITE_OFF)  # a, b and c are filled in by `Tracing.number`


@dataclass(frozen=True, slots=True)
class Settle(Step):
    """The account is closed with the `answer`; or, without, if the caller of what ends here has given up."""

    answer: bool

    def row(self, to: Assembler) -> Row:
        return Row(Op.SETTLE, a=self.answer)


@dataclass(frozen=True, slots=True)
class Note(Step):
    """A row of the log says that the request was here; or, of a batch, that each item in it was."""

    batch: bool = False

    def row(self, to: Assembler) -> Row:
        return Row(Op.NOTE, b=self.batch)


class Noted(NamedTuple):
    """What it means that a request was at a `Note`."""

    what: str
    """`arrive`, `send`, `begin`, `wait`, `again`, `return`, `answer` or `put`; of the items of a batch
    `receive`, `acknowledge`, `hand back` or `put back`."""
    part: Part
    """The service that was speaking and, of a wait, what takes time."""
    calls: tuple[int, ...]
    """The calls that enclose it, each by the place of its `Begin`, the outermost first."""
    survives: bool
    """Whether the innermost of them runs on if its caller gives up."""
    mailbox: int = -1
    """Of items; of several mailboxes of a kind the first."""
    batch: bool = False
    """Whether it is the items of a batch that were there."""
    failed: bool = False
    """Whether they have failed once more."""


class Names(NamedTuple):
    """What the numbers in rows stand for."""

    streams: Mapping[int, tuple[str, str]]
    """(service, purpose) of luck."""
    servers: Sequence[tuple[str, str]]
    """(service, name) of server pools."""
    buckets: Sequence[tuple[str, str]]
    """The same of token buckets."""
    causes: Callable[[str, str], tuple[str, str]]
    """(cause, detail) of a service's purpose."""


class _Place(NamedTuple):
    what: str
    type: int
    speaker: str
    calls: tuple[int, ...]
    survives: bool


class Tracing:
    """Puts the steps in while a program is assembled; numbers the parts of each type when it is whole."""

    def __init__(self, mode: Mode, speaker: Callable[[], str]) -> None:
        self.mode = mode
        self.speaker = speaker
        """Name of the service that is saying its steps."""
        self._type = -1
        self._types = 0
        self._calls: list[tuple[int, bool]] = []
        self._places: dict[int, _Place] = {}

    def walk_ends(self) -> None:
        """What follows is of no request, and of no message."""
        self._type = -1

    def around(self, step: Step, place: int) -> Iterator[Step]:
        """A step with what stands before and after it; the first of them has this place."""
        if isinstance(step, Type):
            self._type = step.type
            self._types = max(self._types, step.type + 1)
        elif isinstance(step, Receive) and self.mode == "spans":
            self._type = 0  # the messages of any
        if not self.mode or self._type < 0:
            yield step
            return
        if isinstance(step, Begin):
            self._calls.append((place, step.survives))
        yield from self._noted(step, place) if self.mode == "spans" else self._accounted(step, place)
        if isinstance(step, Return):
            self._calls.pop()
        if isinstance(step, Record):
            self._type = -1

    def _accounted(self, step: Step, place: int) -> Iterator[Step]:
        if isinstance(step, Record | Return):
            yield Settle(isinstance(step, Record))
        elif not isinstance(step, AT_ONCE):
            self._remember("wait", place)
            yield WriteOff() if isinstance(step, Again) else Trace()
        yield step
        if isinstance(step, Send) or (isinstance(step, Type) and step.sent):
            yield Trace(sent=True)

    def _noted(self, step: Step, place: int) -> Iterator[Step]:
        what = NOTED_BEFORE.get(type(step), "" if isinstance(step, (*AT_ONCE, Receive)) else "wait")
        batch = isinstance(step, OF_BATCHES)
        if what:
            self._remember(what, place)
            yield Note(batch)
        yield step
        if type(step) in NOTED_AFTER:
            self._remember(NOTED_AFTER[type(step)], place + bool(what) + 1)
            yield Note(batch)

    def _remember(self, what: str, place: int) -> None:
        calls = tuple(begin for begin, _ in self._calls)
        survives = bool(self._calls) and self._calls[-1][1]
        self._places[place] = _Place(what, self._type, self.speaker(), calls, survives)

    # ------------------------------------------------------------------ when the program is whole

    def notes(self, rows: Sequence[Row], names: Names) -> dict[int, Noted]:
        """What it means to be at a `Note`, by its place."""
        return {
            place: Noted(
                at.what,
                _part(step, at.speaker, names) if at.what == "wait" else Part(at.speaker, at.what),
                at.calls,
                at.survives,
                step.a if at.what == "put" or rows[place].b else -1,
                bool(rows[place].b),
                step.op == Op.PUT_BACK and bool(step.b),
            )
            for place, at in self._places.items()
            if rows[place].op == Op.NOTE
            for step in [rows[place - 1 if at.what == "receive" else place + 1]]
        }

    def number(
        self, rows: Sequence[Row], names: Names
    ) -> tuple[tuple[Row, ...], tuple[tuple[Part, ...], ...]]:
        """The rows with the numbers of the parts in them, and, if time is told apart, the parts of each type.

        The parts inside a loop of attempts have numbers of their own, all together, so that they can be
        written off: first its earlier attempts, then its pauses, then the others, those of loops inside it
        the last.
        """
        paths = dict(_paths(rows, sorted(self._places)))
        keys: dict[int, set[tuple[_Path, int, Part]]] = {}
        asked: dict[int, tuple[_Path, int, Part]] = {}
        for place, at in self._places.items():
            path, of_type = paths[place], keys.setdefault(at.type, set())
            if rows[place].op == Op.WRITE_OFF:
                asked[place] = (path, 0, Part(at.speaker, EARLIER))
                of_type |= {asked[place], (path, 1, Part(at.speaker, PAUSE))}
            elif rows[place].op == Op.TRACE:
                asked[place] = (path, 2, _part(rows[place + 1], at.speaker, names))
                of_type.add(asked[place])
        parts = {kind: sorted(found) for kind, found in keys.items()}
        numbers = {kind: {key: number for number, key in enumerate(found)} for kind, found in parts.items()}
        made = list(rows)
        for place, key in asked.items():
            kind = self._places[place].type
            within = [n for other, n in numbers[kind].items() if other[0][: len(key[0])] == key[0]]
            made[place] = rows[place]._replace(a=numbers[kind][key])
            if rows[place].op == Op.WRITE_OFF:
                made[place] = made[place]._replace(b=len(key[0]) == 1, c=1 + max(within))
        for place in self._places:
            if rows[place].op == Op.NOTE:
                made[place] = rows[place]._replace(a=place)
        if self.mode != "where":
            return tuple(made), ()
        return tuple(made), tuple(
            tuple(part for *_, part in parts.get(kind, ())) for kind in range(self._types)
        )


_Path = tuple[tuple[int, int], ...]
"""The loops of attempts around a step, the outermost first."""


def _paths(rows: Sequence[Row], places: Sequence[int]) -> Iterator[tuple[int, _Path]]:
    """The loops that each of these places lies in, for a `WriteOff` its own among them."""
    loops = sorted((row.target, -place) for place, row in enumerate(rows) if row.op == Op.AGAIN)
    around: list[tuple[int, int]] = []
    following = 0
    for place in places:
        while following < len(loops) and loops[following][0] <= place:
            around.append(loops[following])
            following += 1
        around = [loop for loop in around if place < -loop[1]]
        yield place, tuple(around)


def _part(row: Row, speaker: str, names: Names) -> Part:
    """What takes time at a step."""
    if row.op in (Op.SEIZE, Op.TAKE_IN_TURN):
        service, name = (names.servers if row.op == Op.SEIZE else names.buckets)[row.a]
        return Part(service, WAITING, name)
    if row.op == Op.DELAY and row.stream in names.streams:
        service, purpose = names.streams[row.stream]
        return Part(service, *names.causes(service, purpose))
    if row.op == Op.AWAIT:
        return Part(speaker, WAITING, "fetch under way")
    return Part(speaker, Op(row.op).name.lower())
