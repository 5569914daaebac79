"""A program: the steps of a design as rows of whole numbers, and the stations they meet; ready to run."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from simulator.engine.nesting import Nesting, nesting
from simulator.engine.steps import Begin, Delay, Label, Lowerable, Op, Order, Piece, Return, Row, Step
from simulator.engine.tracing import Noted, Tracing
from simulator.errors import ModelError, Problem, ScenarioError
from simulator.measure.where import Part
from simulator.stations.environment_pool import ConcurrencyQuota, EnvironmentPool
from simulator.stations.mailbox import Mailbox
from simulator.stations.server_pool import ServerPool
from simulator.stations.token_bucket import TokenBucket
from simulator.values.lowered import CONSTANT, Lowered

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World


NO_TIME = Lowered(CONSTANT, 0.0)


class Control(Protocol):
    """A SimPy process that changes stations as time goes by."""

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        """Yield SimPy events; change stations only through `world`."""


@runtime_checkable
class Bounding(Protocol):
    """A control that allows so many of something at a time."""

    def bound(self, world: World) -> tuple[Name, str, int, int] | None:
        """The limit, what is bounded, the most of it that there was, and how much there can be; None: it
        bounds nothing."""


class Drawn(NamedTuple):
    """A distribution as the sampling rule takes it; `start`, `length` cut its part out of the table."""

    kind: int
    a: float
    b: float
    start: int
    length: int


class Backoff(NamedTuple):
    """base, cap in ns; jitter 0 none, 1 equal, 2 full; each pause is `rate` times the one before."""

    base: int
    cap: int
    jitter: int
    rate: float


class BucketPlan(NamedTuple):
    """A token bucket, or one for each of so many clients."""

    bucket: TokenBucket
    clients: int = 1


class PoolPlan(NamedTuple):
    """An environment pool and what it is tied to, by place in the program's tuples."""

    pool: EnvironmentPool
    quota: int
    scaling: int
    owned: tuple[int, ...]
    """Server pools of which each environment holds one server while it lives."""


class MailboxPlan(NamedTuple):
    """A mailbox, or as many of its kind as a stream has shards or lanes."""

    mailbox: Mailbox
    copies: int = 1


class Source(NamedTuple):
    """Where one traffic source enters the program."""

    name: str
    entry: int
    users: int = 0
    """Users of a closed loop who start here; 0: open arrivals."""
    ramp: int = 0
    """The users start evenly over this many ns."""


Name = tuple[str, str]
"""Service and station (or counter, meter, limit) in the scenario's and AWS's words."""


@dataclass(frozen=True)
class Program:
    """All that an engine needs; frozen, so that every run begins the same."""

    rows: tuple[Row, ...]
    distributions: tuple[Drawn, ...]
    table: tuple[float, ...]
    choices: tuple[tuple[float, int], ...]
    """(cumulative share, row) of every Choose, one after the other."""
    records: tuple[int, ...]
    """Of each Retrace: where its records begin in this list, where the last ends, and the records."""
    backoffs: tuple[Backoff, ...]
    buckets: Mapping[Name, BucketPlan]
    quotas: Mapping[Name, ConcurrencyQuota]
    pools: Mapping[Name, PoolPlan]
    servers: Mapping[Name, ServerPool]
    mailboxes: Mapping[Name, MailboxPlan]
    places: tuple[int, ...]
    """Tables that lead from a key to a lane, one after the other."""
    meters: Mapping[Name, int]
    """Rounding of each meter, in ns."""
    cached: int
    """Entries of all caches together."""
    counters: tuple[Name, ...]
    durations: tuple[Name, ...]
    """Of which the number, the percentiles and the maximum are kept."""
    causes: tuple[Name, ...]
    types: tuple[str, ...]
    """`source` or `source.type`, as the request's type numbers them."""
    sources: tuple[Source, ...]
    reapers: tuple[int, ...]
    """Rows at which the reapers start."""
    walks: tuple[int, ...]
    """Rows at which a control may start what no client asked for."""
    controls: tuple[Control, ...]
    depth: int
    """Calls inside one another, at most."""
    inside: tuple[tuple[int, int], ...] = ()
    """Server pools, and pools inside of them, where the rows do not show it: of what is kept for others."""
    parts: tuple[tuple[Part, ...], ...] = ()
    """Of a program that traces where time goes: for each type of request, what takes time, by its number."""
    notes: Mapping[int, Noted] = field(default_factory=dict)
    """Of a program that traces single requests: what it means to be at a `Note`, by its place."""

    @cached_property
    def nesting(self) -> Nesting:
        """What may be waited for while something is held."""
        return nesting(self)

    @cached_property
    def in_turn(self) -> frozenset[int]:
        """The buckets at which who finds too few tokens waits for them."""
        return frozenset(row.a for row in self.rows if row.op == Op.TAKE_IN_TURN)

    @property
    def width(self) -> int:
        """Parts that the time of a request is told apart in; 0: it is not traced."""
        return max((max(len(found), 1) for found in self.parts), default=0)


class Assembly:
    """Turns pieces into rows: places labels, shares distributions, and works out what each wait ends in."""

    def __init__(self, most: int, tracing: Tracing | None = None) -> None:
        self.most = most
        self.tracing = tracing
        self.places: dict[Label, int] = {}
        self.drawn: dict[Lowered, int] = {}
        self.distributions: list[Drawn] = []
        self.table: list[float] = []
        self.choices: list[tuple[float, int]] = []
        self.recorded: list[int] = []
        self.backoffs: dict[Backoff, int] = {}
        self.depth = 0
        self._steps: list[tuple[Step, int, int]] = []
        self._count = 0

    def here(self) -> int:
        """The row of the next step."""
        return len(self._steps)

    def add(self, pieces: Iterable[Piece]) -> int:
        """Append a stretch of program; its first row."""
        start = self.here()
        boundaries = [0]
        for piece in pieces:
            if isinstance(piece, Label):
                if piece in self.places:
                    raise ModelError("a label stands in two places")
                self.places[piece] = self.here()
                continue
            if isinstance(piece, Delay) and piece.time.lower() == NO_TIME and not piece.per_record:
                continue
            if isinstance(piece, Begin):
                depth = len(boundaries)
                boundaries.append(boundaries[-1] | (int(piece.survives) << depth))
                self.depth = max(self.depth, depth)
            for step in self.tracing.around(piece, self.here()) if self.tracing else (piece,):
                self._steps.append((step, len(boundaries) - 1, boundaries[-1]))
            self._count += 1
            if self._count > self.most:
                what = f"unfolds into more than {self.most} steps"
                raise ScenarioError(Problem("architecture", what, "call fewer services from one another"))
            if isinstance(piece, Return):
                boundaries.pop()
        if len(boundaries) != 1:
            raise ModelError("a call begins and does not return")
        return start

    def at(self, label: Label) -> int:
        if label not in self.places:
            raise ModelError("a step goes to a label that stands nowhere")
        return self.places[label]

    def distribution(self, drawn: Lowerable) -> int:
        lowered = drawn.lower()
        if lowered not in self.drawn:
            self.drawn[lowered] = len(self.distributions)
            part = Drawn(lowered.kind, lowered.a, lowered.b, len(self.table), len(lowered.table))
            self.distributions.append(part)
            self.table.extend(lowered.table)
        return self.drawn[lowered]

    def choice(self, shares: Sequence[float], labels: Sequence[Label]) -> int:
        start, total = len(self.choices), 0.0
        for share, label in zip(shares, labels, strict=True):
            total += share
            # shares written as percentages may miss 1 by a rounding; the last label takes what is left
            self.choices.append((2.0 if total > 1 - 1e-9 else total, self.at(label)))
        return start

    def records(self, records: Sequence[Sequence[int]]) -> int:
        """Where each record begins, and where the last ends; then the records."""
        start = len(self.recorded)
        begins = start + len(records) + 1
        for record in records:
            self.recorded.append(begins)
            begins += len(record)
        self.recorded.append(begins)
        for record in records:
            self.recorded.extend(record)
        return start

    def backoff(self, base: int, cap: int, jitter: int, rate: float) -> int:
        return self.backoffs.setdefault(Backoff(base, cap, jitter, rate), len(self.backoffs))

    def rows(self) -> tuple[Row, ...]:
        """All rows, with the step that follows each and the order of their wake-ups; jumps are resolved."""
        rows = [
            step.row(self)._replace(next=place + 1, depth=depth, boundaries=boundaries)
            for place, (step, depth, boundaries) in enumerate(self._steps)
        ]

        def end_of(place: int) -> int:
            for _ in rows:
                if not 0 <= place < len(rows) or rows[place].op != Op.JUMP:
                    return place
                place = rows[place].target
            raise ModelError("jumps in a circle")

        self.choices = [(share, end_of(target)) for share, target in self.choices]
        threaded = [
            row._replace(
                target=end_of(row.target),
                other=end_of(row.other),
                next=end_of(row.next),
                b=end_of(row.b) if row.op == Op.ENTER else row.b,
                c=end_of(row.c) if row.op == Op.ENTER else row.c,
            )
            for row in rows
        ]
        if any(row.op == Op.FORK and row.a and not _joins(threaded, row) for row in threaded):
            raise ModelError("after forks whose children are waited for comes a Join, and nothing between")
        return tuple(
            row._replace(order=Order.FREE) if row.op == Op.DELAY and _gives_back(threaded, row.next) else row
            for row in threaded
        )


_BOOKKEEPING = {
    Op.END_DEADLINE, Op.METER, Op.MEASURE, Op.COUNT, Op.ANSWER, Op.MARK, Op.RETURN, Op.TRACE, Op.WRITE_OFF,
    Op.SETTLE, Op.NOTE,
}  # fmt: skip


def _gives_back(rows: Sequence[Row], place: int) -> bool:
    """Whether what follows without another wait or decision is giving something back."""
    while rows[place].op in _BOOKKEEPING:
        place = rows[place].next
    return rows[place].op in (Op.LEAVE, Op.FREE, Op.ACKNOWLEDGE, Op.PUT_BACK, Op.HAND_BACK)


def _joins(rows: Sequence[Row], fork: Row) -> bool:
    """Whether a fork leads to its join: by others, unless there are children that begin later."""
    following = rows[fork.next]
    while following.op in (Op.TRACE, Op.NOTE):
        following = rows[following.next]
    if following.op == Op.FORK and following.a:
        return fork.c == following.c == 0
    return following.op == Op.JOIN
