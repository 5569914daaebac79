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
    IfAlone,
    IfOutcome,
    Join,
    Jump,
    Label,
    Piece,
    Return,
)
from simulator.services import machine
from simulator.services.attempts import Retries, attempts, never
from simulator.services.machine import Machine
from simulator.services.service import Mistake, Path, Reference, Service
from simulator.services.work import HandlerWork, PerRecord, time_of
from simulator.values.units import PositiveDuration, Share, format_share

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


class Send(BaseModel):
    """Send to a service and go on at once: a function is invoked asynchronously, a topic or a bus is
    published to. Handing over takes no time and does not fail the handler; `call` waits until it is taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str


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
    send: Annotated[Send, BeforeValidator(_short, json_schema_input_type=str | Send)] | None = None
    choose: tuple[Choice, ...] | None = None
    parallel: tuple[tuple[HandlerStep, ...], ...] | None = None
    """Branches that go on at the same time; the handler waits for all of them, and fails with the first that
    fails. They share one environment; that they share its CPU is left out."""
    fail: Share | None = None
    """This share of the invocations ends here with a function error."""
    crash: Share | None = None
    """This share ends here because the process does: out of memory, an exit. The next initialises anew."""

    @model_validator(mode="before")
    @classmethod
    def _one_verb(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and len(value) != 1:
            raise ValueError(
                "a handler step is one of work, call, send, choose, parallel, fail, crash;"
                " write each as its own `- `"
            )
        return value

    @model_validator(mode="after")
    def _whole(self) -> HandlerStep:
        total = sum(choice.share for choice in self.choose or ())
        if self.choose is not None and abs(total - 1) > 1e-9:
            raise ValueError(f"shares of `choose` add up to {format_share(round(total, 9))}; make them 100%")
        if self.parallel is not None and len(self.parallel) < 2:
            raise ValueError("`parallel` needs two branches or more; write each as a list of steps")
        for verb in ("respond", "crash"):
            if any(_says(verb, branch) for branch in self.parallel or ()):
                raise ValueError(f"`{verb}` within `parallel`; write it behind, where the branches are done")
        return self


def _walk(handler: Sequence[HandlerStep], path: Path) -> Iterator[tuple[Path, HandlerStep]]:
    """All its steps, those of choices and branches too, each with where it stands."""
    for place, step in enumerate(handler):
        yield (*path, place), step
        for number, choice in enumerate(step.choose or ()):
            yield from _walk(choice.do, (*path, place, "choose", number, "do"))
        for number, branch in enumerate(step.parallel or ()):
            yield from _walk(branch, (*path, place, "parallel", number))


def references(handler: Sequence[HandlerStep], path: Path) -> Iterator[Reference]:
    """The services that a handler calls."""
    for at, step in _walk(handler, path):
        if step.call:
            yield Reference((*at, "call"), step.call.to)
        if step.send:
            yield Reference((*at, "send"), step.send.to)


def works(handler: Sequence[HandlerStep]) -> Iterator[HandlerWork]:
    """All the work that a handler may do."""
    return (step.work for _, step in _walk(handler, ()) if step.work is not None)


def mistakes(
    handler: Sequence[HandlerStep], path: Path, services: Mapping[str, Service]
) -> Iterator[Mistake]:
    """What is wrong with it among the other services."""
    for at, step in _walk(handler, path):
        if step.call:
            yield from never(step.call.to, step.call.timeout, step.call.retries, services, (*at, "call"))


def _says(verb: str, steps: Sequence[HandlerStep]) -> bool:
    """Whether a verb stands somewhere in these steps."""
    for _, step in _walk(steps, ()):
        if verb == "crash" and step.crash is not None:
            return True
        if verb == "respond" and any(choice.respond is not None for choice in step.choose or ()):
            return True
    return False


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
        if step.work is not None:
            yield from _work(build, step.work, invocation)
        elif step.call is not None:
            yield from machine.connected(_call(build, step.call), step.call.to, build, invocation.machine)
            yield IfOutcome(FAILED, invocation.failed)
        elif step.send is not None:
            yield from build.send(step.send.to)
        elif step.parallel is not None:
            yield from _parallel(build, step.parallel, invocation)
        elif step.fail is not None:
            yield from _error(build, "fail", step.fail, invocation.failed)
        elif step.crash is not None:
            yield from _error(build, "crash", step.crash, invocation.crashed)
        elif step.choose is not None:
            yield from _choose(build, step.choose, invocation)


def _work(build: Build, work: HandlerWork, invocation: Invocation) -> Iterator[Piece]:
    if invocation.machine:
        yield from machine.work(build, work, invocation.machine)
        return
    time = time_of(work, invocation.memory, build.era["lambda.memory_per_vcpu"])
    yield build.delay(time, "work", work.per_record if isinstance(work, PerRecord) else 0)


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


def _parallel(
    build: Build, branches: Sequence[Sequence[HandlerStep]], invocation: Invocation
) -> Iterator[Piece]:
    for branch in branches:
        yield from build.fork(_branch(build, branch, invocation), "branch", waited=True)
    yield Join(invocation.failed, first=True)


def _branch(build: Build, branch: Sequence[HandlerStep], invocation: Invocation) -> Iterator[Piece]:
    """One after the other, while the handler has not failed in another branch."""
    (over,) = build.labels(1)
    for step in branch:
        yield IfAlone(over)
        yield from steps(build, (step,), invocation._replace(failed=over))
    yield over


Choice.model_rebuild()
Handler = tuple[HandlerStep, ...]


def said_once(handler: Handler, duration: HandlerWork | None) -> Handler:
    """What a handler does, written as steps or as one duration."""
    if bool(handler) == (duration is not None):
        what = "both `duration` and `handler`" if handler else "neither `duration` nor `handler`"
        raise ValueError(f"{what}; write `duration: X` or `handler: [{{work: X}}, ...]`")
    return handler or (HandlerStep(work=duration),)
