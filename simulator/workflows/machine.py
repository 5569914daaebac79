"""A state machine as it is run: states, where they lead, and what is tried again.

The data that flows through a machine is not simulated. So what AWS decides by data is decided here by
shares and distributions, which stand beside the definition: see `completed`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, Self

from simulator.values.spec import Spec
from simulator.workflows.counts import Counts

CALL: Final = "call"
SEND: Final = "send"
CALLBACK: Final = "callback"
"""How a task uses a service: waits for its answer; does not; waits for a callback after it."""
SECOND = 1_000_000_000
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Retrier:
    """What is tried again, and when. The defaults are those of Amazon States Language."""

    errors: tuple[str, ...]
    attempts: int = 3
    interval: int = SECOND
    rate: float = 2.0
    cap: int = 31_622_400 * SECOND
    full_jitter: bool = False


@dataclass(frozen=True, slots=True)
class Catcher:
    """Where a failure leads that retries did not mend."""

    errors: tuple[str, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What every state has."""

    name: str
    next: str | None = None
    """None: the machine, or its branch, ends here."""
    line: int = 0
    """Of the file it was read from."""

    @property
    def exits(self) -> tuple[str, ...]:
        """The states that may follow."""
        return () if self.next is None else (self.next,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded(State):
    """A state that can fail."""

    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()

    @property
    def exits(self) -> tuple[str, ...]:
        after = () if self.next is None else (self.next,)
        return (*after, *(catcher.next for catcher in self.catch))


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Guarded):
    """Uses a service."""

    target: str | None
    """The service, by its name in the design; None: said beside the definition."""
    pattern: Literal["call", "send", "callback"] = "call"
    starts: bool = False
    """Whether it starts an execution of another state machine."""
    timeout: int | None = None
    callback: Spec | None = None
    """With a task token: the time until somebody sends it back."""
    heartbeat: int | None = None
    """Then too: the longest time without a heartbeat."""
    heartbeats: float = 0.0
    """The share of workers who send them; who sends none has that time for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(State):
    """Goes on in one of several ways, each with its share."""

    targets: tuple[str, ...]
    shares: tuple[float, ...] = ()
    records: tuple[tuple[int, ...], ...] = ()
    """Instead of shares: in each of several executions, the places of the targets that followed, one for each
    time that a way had led back before; see `simulator.engine.steps.Retrace`."""

    @property
    def exits(self) -> tuple[str, ...]:
        return self.targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(State):
    """Time passes."""

    time: Spec | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass(State):
    """Changes data, which is not simulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeed(State):
    """Ends well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(State):
    """Ends with an error."""

    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(Guarded):
    """Runs branches side by side and waits for all of them."""

    branches: tuple[Machine, ...]


class Tolerated(NamedTuple):
    """Items of a distributed Map that may fail: so many, and at most a share of them (in millionths)."""

    number: int = 0
    share: int = MILLION

    @classmethod
    def of(cls, number: int | None, share: float | None) -> Self:
        """Whichever of them is given; of both the one that is reached first."""
        if share is None:
            return cls(number or 0)
        return cls(MILLION**3 if number is None else number, min(round(share * MILLION), MILLION))


NONE_TOLERATED: Final = Tolerated()


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(Guarded):
    """Runs a machine once for each item."""

    body: Machine
    items: Counts | None = None
    at_once: int = 0
    """MaxConcurrency; 0: as many as AWS allows."""
    distributed: Literal["", "standard", "express"] = ""
    """Kind of the executions of a distributed Map."""
    tolerated: Tolerated = NONE_TOLERATED
    """How many of them may fail."""


@dataclass(frozen=True)
class Machine:
    """A state machine, or a branch of one."""

    start: str
    states: Mapping[str, State] = field(hash=False)
    timeout: int | None = None

    def every(self) -> Iterator[State]:
        """All states, those of branches and of Map states' machines among them."""
        for state in self.states.values():
            yield state
            for inner in inside(state):
                yield from inner.every()

    def loops(self) -> frozenset[tuple[str, str]]:
        """The ways (from, to) that lead back: without them no state comes twice."""
        back: set[tuple[str, str]] = set()
        way: dict[str, Iterator[str]] = {self.start: iter(self.states[self.start].exits)}
        done: set[str] = set()
        while way:
            name = next(reversed(way))
            following = next(way[name], None)
            if following is None:
                done.add(name)
                del way[name]
            elif following in way:
                back.add((name, following))
            elif following not in done:
                way[following] = iter(self.states[following].exits)
        return frozenset(back)


def inside(state: State) -> tuple[Machine, ...]:
    """The machines that a state runs within itself."""
    if isinstance(state, Parallel):
        return state.branches
    return (state.body,) if isinstance(state, Map) else ()


def counter_names(machine: Machine) -> Mapping[State, str]:
    """What the counters of each state begin with: its name in lower-case letters, digits and underscores."""
    found: dict[State, str] = {}
    for state in machine.every():
        plain = "".join(
            letter if letter.isascii() and letter.isalnum() else "_" for letter in state.name.lower()
        )
        plain = plain.strip("_") or "state"
        while plain in found.values():
            plain += "_"
        found[state] = plain
    return found
