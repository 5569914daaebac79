"""The scenario's own short form of a state machine: states in order, as a handler reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from simulator.values.distributions import Distribution
from simulator.values.units import PositiveDuration, Share, format_share
from simulator.workflows.counts import Items
from simulator.workflows.machine import (
    CALL,
    CALLBACK,
    SEND,
    Catcher,
    Choice,
    Fail,
    Machine,
    Map,
    Parallel,
    Pass,
    Retrier,
    State,
    Succeed,
    Task,
    Tolerated,
    Wait,
)

ALL = ("States.ALL",)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Retry(_Part):
    """What a state tries again; AWS's own defaults."""

    attempts: Annotated[int, Field(ge=0, le=100)] = 3
    on: tuple[str, ...] = ALL
    """Names of errors, as ErrorEquals."""
    interval: PositiveDuration = 1_000_000_000
    backoff_rate: Annotated[float, Field(ge=1)] = 2.0
    max_delay: PositiveDuration = 31_622_400_000_000_000
    jitter: Literal["none", "full"] = "none"


class Way(_Part):
    """One way to go on, with its share."""

    share: Share
    do: tuple[ShortState, ...] = ()


class Catch(_Part):
    """What is done about a failure that retries did not mend; then the machine goes on."""

    on: tuple[str, ...] = ALL
    do: tuple[ShortState, ...] = ()


class Each(_Part):
    """States that run once for each item."""

    items: Items
    max_concurrency: Annotated[int, Field(ge=0)] = 0
    """At a time; 0: as many as AWS allows."""
    distributed: Literal["standard", "express"] | None = None
    """Each item in an execution of its own, of this kind."""
    tolerated_failure_count: Annotated[int, Field(ge=0)] | None = None
    """Of a distributed Map: so many items may fail."""
    tolerated_failure_percentage: Share | None = None
    """And such a share of them; of both, whichever is reached first."""
    do: tuple[ShortState, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _tolerates_executions(self) -> Each:
        if self.distributed is None and self.tolerated != Tolerated():
            raise ValueError("failures of an inline Map are not tolerated; write `distributed: standard`")
        return self

    @property
    def tolerated(self) -> Tolerated:
        """How many items may fail."""
        return Tolerated.of(self.tolerated_failure_count, self.tolerated_failure_percentage)


class Again(_Part):
    """States that run once, and again for a share of the times."""

    share: Share = Field(lt=1)
    do: tuple[ShortState, ...] = Field(min_length=1)


def _one(value: Any) -> Any:
    return (value,) if isinstance(value, Mapping) else value


Retries = Annotated[
    tuple[Retry, ...], BeforeValidator(_one, json_schema_input_type=Retry | tuple[Retry, ...])
]
Catches = Annotated[
    tuple[Catch, ...], BeforeValidator(_one, json_schema_input_type=Catch | tuple[Catch, ...])
]
_VERBS = ("call", "send", "choose", "wait", "parallel", "map", "repeat", "pass", "fail", "succeed")


class ShortState(_Part):
    """One state: exactly one of the verbs, and what belongs to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    call: str | None = None
    """Task: use a service and wait for its answer; another state machine's, for its end."""
    send: str | None = None
    """Task: start another state machine, or hand a service the request, and do not wait."""
    choose: tuple[Way, ...] | None = None
    wait: Distribution | None = None
    parallel: tuple[tuple[ShortState, ...], ...] | None = None
    map: Each | None = None
    repeat: Again | None = None
    pass_: bool | None = Field(default=None, alias="pass")
    fail: str | None = None
    """End with an error of this name."""
    succeed: bool | None = None
    name: str | None = None
    """The state's name, if not that of the service, or of the verb and a number."""
    timeout: PositiveDuration | None = None
    callback: Distribution | None = None
    """.waitForTaskToken: after the answer wait so long until somebody sends the token back."""
    heartbeat: PositiveDuration | None = None
    """HeartbeatSeconds: who waits gives up after so long without a heartbeat of the one who has the token."""
    heartbeats: Share = 0.0
    """The share of times that he sends heartbeats; otherwise the token must be back within that time."""
    retry: Retries = ()
    catch: Catches = ()

    @model_validator(mode="after")
    def _one_verb(self) -> ShortState:
        verbs = [verb for verb in _VERBS if getattr(self, {"pass": "pass_"}.get(verb, verb)) is not None]
        if len(verbs) != 1:
            raise ValueError(f"a state is one of {', '.join(_VERBS)}; write each as its own `- `")
        if verbs[0] not in ("call", "send", "parallel", "map") and (self.retry or self.catch):
            raise ValueError(
                f"`{verbs[0]}` cannot fail; write retry and catch at a call, send, parallel or map"
            )
        if verbs[0] not in ("call", "send") and self.timeout is not None:
            raise ValueError(f"`{verbs[0]}` has no timeout; write it at a call or at the machine")
        if self.callback is not None and self.call is None:
            raise ValueError("a callback without a call; write it beside `call`")
        if self.heartbeat is not None and self.callback is None:
            raise ValueError("a heartbeat without a callback; write it beside `callback`")
        if self.heartbeats and self.heartbeat is None:
            raise ValueError("heartbeats that nobody waits for; write `heartbeat` beside them")
        total = sum(way.share for way in self.choose or ())
        if self.choose is not None and abs(total - 1) > 1e-9:
            raise ValueError(f"shares of `choose` add up to {format_share(round(total, 9))}; make them 100%")
        return self

    @property
    def inner(self) -> Iterator[tuple[tuple[str | int, ...], Sequence[ShortState]]]:
        """The states inside, each with the way there."""
        for number, way in enumerate(self.choose or ()):
            yield ("choose", number, "do"), way.do
        for number, branch in enumerate(self.parallel or ()):
            yield ("parallel", number), branch
        for key in ("map", "repeat"):
            if (part := getattr(self, key)) is not None:
                yield (key, "do"), part.do
        for number, catch in enumerate(self.catch):
            yield ("catch", number, "do"), catch.do


Way.model_rebuild()
Catch.model_rebuild()
Each.model_rebuild()
Again.model_rebuild()


def read_short(states: Sequence[ShortState], timeout: int | None = None) -> Machine:
    """The machine that the short form describes."""
    return _Names().machine(states, timeout)


class _Names:
    """Lays states out in order and gives each a name of its own."""

    def __init__(self) -> None:
        self.used: dict[str, int] = {}

    def name(self, wanted: str) -> str:
        self.used[wanted] = number = self.used.get(wanted, 0) + 1
        return wanted if number == 1 else self.name(f"{wanted} {number}")

    def machine(self, states: Sequence[ShortState], timeout: int | None = None) -> Machine:
        laid: dict[str, State] = {}
        start = self.way(states, None, laid)
        order = [start]
        for name in order:  # grows as it goes
            order += [other for other in laid[name].exits if other not in order]
        return Machine(start, {name: laid[name] for name in order}, timeout)

    def lay(self, states: Sequence[ShortState], following: str | None, laid: dict[str, State]) -> str | None:
        """Lay a stretch of states, the last of which leads to `following`; where it starts."""
        names = [self.name(self.wanted(state)) for state in states]
        for state, name in reversed(list(zip(states, names, strict=True))):
            following = self.one(state, name, following, laid)
        return following

    def wanted(self, state: ShortState) -> str:
        return (
            state.name
            or state.call
            or state.send
            or (f"fail {state.fail}" if state.fail else state_verb(state))
        )

    def one(self, state: ShortState, name: str, after: str | None, laid: dict[str, State]) -> str:
        """Lay one state; where it starts."""
        common: dict[str, Any] = {"name": name, "next": after}
        if state.call is not None or state.send is not None:
            pattern: Literal["call", "send", "callback"] = (
                SEND if state.send else CALLBACK if state.callback else CALL
            )
            target = state.call or state.send
            laid[name] = Task(
                **common, target=target, pattern=pattern, timeout=state.timeout, callback=state.callback,
                heartbeat=state.heartbeat, heartbeats=state.heartbeats,
            )  # fmt: skip
        elif state.wait is not None:
            laid[name] = Wait(**common, time=state.wait)
        elif state.fail is not None:
            laid[name] = Fail(name=name, error=state.fail)
        elif state.succeed:
            laid[name] = Succeed(name=name)
        elif state.parallel is not None:
            laid[name] = Parallel(**common, branches=tuple(self.machine(branch) for branch in state.parallel))
        elif state.map is not None:
            laid[name] = Map(
                **common, body=self.machine(state.map.do), items=state.map.items,
                at_once=state.map.max_concurrency, distributed=state.map.distributed or "",
                tolerated=state.map.tolerated,
            )  # fmt: skip
        elif state.choose is not None:
            self.choose(state.choose, name, after, laid)
        elif state.repeat is not None:
            return self.repeat(state.repeat, name, after, laid)
        else:
            laid[name] = Pass(**common)
        guarded = laid.get(name)
        if isinstance(guarded, Task | Parallel | Map) and (state.retry or state.catch):
            retry = tuple(
                Retrier(r.on, r.attempts, r.interval, r.backoff_rate, r.max_delay, r.jitter == "full")
                for r in state.retry
            )
            catch = [Catcher(each.on, self.way(each.do, after, laid)) for each in state.catch]
            laid[name] = replace(guarded, retry=retry, catch=tuple(catch))
        return name

    def way(self, states: Sequence[ShortState], after: str | None, laid: dict[str, State]) -> str:
        """Where a way starts; one without states that leads to the end needs a state to end in."""
        start = self.lay(states, after, laid)
        if start is None:
            start = self.name("done")
            laid[start] = Succeed(name=start)
        return start

    def choose(self, ways: Sequence[Way], name: str, after: str | None, laid: dict[str, State]) -> None:
        shares: dict[str, float] = {}
        for way in ways:
            start = self.way(way.do, after, laid)
            shares[start] = shares.get(start, 0.0) + way.share
        laid[name] = Choice(name=name, targets=tuple(shares), shares=tuple(shares.values()))

    def repeat(self, again: Again, name: str, after: str | None, laid: dict[str, State]) -> str:
        """The states, and then a Choice, of the given name, that leads back."""
        end = self.way((), after, laid)
        start = str(self.lay(again.do, name, laid))
        laid[name] = Choice(name=name, targets=(start, end), shares=(again.share, 1 - again.share))
        return start


def state_verb(state: ShortState) -> str:
    """The verb of a state, as it is written."""
    return next(verb for verb in _VERBS if getattr(state, {"pass": "pass_"}.get(verb, verb)) is not None)
