"""A function's handler: what it does, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from simulator.engine.steps import (
    ERROR,
    FAILED,
    Answer,
    Begin,
    Choose,
    Count,
    IfOutcome,
    Jump,
    Label,
    Piece,
    Return,
)
from simulator.services import machine
from simulator.services.attempts import Retries, attempts
from simulator.services.machine import Machine
from simulator.services.service import Path, Reference
from simulator.services.work import HandlerWork, PerRecord, time_of
from simulator.values.units import PositiveDuration, Share

if TYPE_CHECKING:
    from simulator.engine.build import Build


class Call(BaseModel):
    """Call a service and wait for its answer; a failure that retries do not mend fails the handler."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str
    timeout: PositiveDuration | None = None
    """How long one attempt may take; what is given up on runs on."""
    retries: Retries | None = None


def _short(value: Any) -> Any:
    """`call: stock` is short for `call: {to: stock}`."""
    return {"to": value} if isinstance(value, str) else value


class Choice(BaseModel):
    """One way the handler can go on, with its share of the invocations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: Share
    do: tuple[HandlerStep, ...] = ()
    respond: str | None = None
    """End the handler with an answer of this name: an answer, not a failure."""


class HandlerStep(BaseModel):
    """One thing a handler does: exactly one of the keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    work: HandlerWork | None = None
    """The function's own time."""
    call: Annotated[Call, BeforeValidator(_short, json_schema_input_type=str | Call)] | None = None
    choose: tuple[Choice, ...] | None = None
    fail: Share | None = None
    """This share of the invocations ends here with a function error."""
    crash: Share | None = None
    """This share ends here because the process does: out of memory, an exit. The next initialises anew."""

    @model_validator(mode="before")
    @classmethod
    def _one_verb(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            for verb, later in (("send", "calls that are not waited for"), ("parallel", "parallel calls")):
                if verb in value:
                    raise ValueError(
                        f"`{verb}` ({later}) is not yet simulated; use work, call, choose, fail or crash"
                    )
            if len(value) != 1:
                raise ValueError(
                    "a handler step is one of work, call, choose, fail, crash; write each as its own `- `"
                )
        return value

    @model_validator(mode="after")
    def _whole(self) -> HandlerStep:
        total = sum(choice.share for choice in self.choose or ())
        if self.choose is not None and abs(total - 1) > 1e-9:
            raise ValueError(f"shares of `choose` add up to {total:.6%}; make them 100%")
        return self


def references(handler: Sequence[HandlerStep], path: Path) -> Iterator[Reference]:
    """The services that a handler calls."""
    for place, step in enumerate(handler):
        if step.call:
            yield Reference((*path, place, "call"), step.call.to)
        for number, choice in enumerate(step.choose or ()):
            yield from references(choice.do, (*path, place, "choose", number, "do"))


class Invocation(NamedTuple):
    """The memory that a handler runs with, and where it leads."""

    memory: int
    ended: Label
    """An early answer."""
    failed: Label
    """A function error: the environment is used again as it is."""
    crashed: Label
    """The end of its process."""
    machine: Machine | None = None
    """What it shares with others that run at the same time; None: it has its environment to itself."""


def steps(build: Build, handler: Sequence[HandlerStep], invocation: Invocation) -> Iterator[Piece]:
    """The handler's steps."""
    for step in handler:
        if step.work is not None and invocation.machine:
            parts = step.work.of_one if isinstance(step.work, PerRecord) else (step.work,)
            for part in parts:
                yield from machine.work(build, part, invocation.machine)
        elif step.work is not None:
            time = time_of(step.work, invocation.memory, build.era["lambda.memory_per_vcpu"])
            per_record = step.work.per_record if isinstance(step.work, PerRecord) else 0
            yield build.delay(time, "work", per_record)
        elif step.call is not None:
            yield from machine.connected(_call(build, step.call), step.call.to, build, invocation.machine)
            yield IfOutcome(FAILED, invocation.failed)
        elif step.fail is not None:
            yield from _error(build, "fail", step.fail, invocation.failed)
        elif step.crash is not None:
            yield from _error(build, "crash", step.crash, invocation.crashed)
        elif step.choose is not None:
            yield from _choose(build, step.choose, invocation)


def _error(build: Build, kind: str, share: float, leads_to: Label) -> Iterator[Piece]:
    errs, goes_on = build.labels(2)
    yield Choose((share,), (errs,), build.stream(kind))
    yield Jump(goes_on)
    yield errs
    yield Answer(ERROR, 500, build.cause(kind))
    yield Jump(leads_to)
    yield goes_on


def _call(build: Build, call: Call) -> Iterator[Piece]:
    if call.timeout is None and call.retries is None:
        yield from build.call(call.to)
        return
    # the loop is the caller's own code: it dies with its environment, what it called does not
    yield Begin(survives=False)
    yield from attempts(build, call.to, call.timeout, call.retries, client=False)
    yield Return()


def _choose(build: Build, choices: Sequence[Choice], invocation: Invocation) -> Iterator[Piece]:
    labels = build.labels(len(choices))
    (done,) = build.labels(1)
    yield Choose(tuple(choice.share for choice in choices), labels, build.stream("choose"))
    for choice, label in zip(choices, labels, strict=True):
        with build.alternative():
            yield label
            yield from steps(build, choice.do, invocation)
            if choice.respond is not None:
                yield Count(build.counter(f"responded.{choice.respond}"))
                yield Jump(invocation.ended)
            yield Jump(done)
    yield done


Choice.model_rebuild()
Handler = tuple[HandlerStep, ...]


def said_once(handler: Handler, duration: HandlerWork | None) -> Handler:
    """What a handler does, written as steps or as one duration."""
    if bool(handler) == (duration is not None):
        what = "both `duration` and `handler`" if handler else "neither `duration` nor `handler`"
        raise ValueError(f"{what}; write `duration: X` or `handler: [{{work: X}}, ...]`")
    return handler or (HandlerStep(work=duration),)
