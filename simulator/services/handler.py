"""A function's handler: what it does, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

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
from simulator.services.attempts import Retries, attempts
from simulator.services.service import Path, Reference
from simulator.values.distributions import Distribution
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

    work: Distribution | None = None
    """The function's own time."""
    call: Annotated[Call, BeforeValidator(_short, json_schema_input_type=str | Call)] | None = None
    choose: tuple[Choice, ...] | None = None
    fail: Share | None = None
    """This share of the invocations ends here with a function error."""

    @model_validator(mode="before")
    @classmethod
    def _one_verb(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            for verb, later in (("send", "calls that are not waited for"), ("parallel", "parallel calls")):
                if verb in value:
                    raise ValueError(
                        f"`{verb}` ({later}) is not yet simulated; use work, call, choose or fail"
                    )
            if len(value) != 1:
                raise ValueError(
                    "a handler step is one of work, call, choose, fail; write each as its own `- `"
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


def steps(build: Build, handler: Sequence[HandlerStep], failed: Label, ended: Label) -> Iterator[Piece]:
    """The handler's steps; `failed` is where a function error goes, `ended` where an early answer goes."""
    for step in handler:
        if step.work is not None:
            yield build.delay(step.work, "work")
        elif step.call is not None:
            yield from _call(build, step.call)
            yield IfOutcome(FAILED, failed)
        elif step.fail is not None:
            (fails,) = build.labels(1)
            (goes_on,) = build.labels(1)
            yield Choose((step.fail,), (fails,), build.stream("fail"))
            yield Jump(goes_on)
            yield fails
            yield Answer(ERROR, 500, build.cause("fail"))
            yield Jump(failed)
            yield goes_on
        elif step.choose is not None:
            yield from _choose(build, step.choose, failed, ended)


def _call(build: Build, call: Call) -> Iterator[Piece]:
    if call.timeout is None and call.retries is None:
        yield from build.call(call.to)
        return
    # the loop is the caller's own code: it dies with its environment, what it called does not
    yield Begin(survives=False)
    yield from attempts(build, call.to, call.timeout, call.retries, client=False)
    yield Return()


def _choose(build: Build, choices: Sequence[Choice], failed: Label, ended: Label) -> Iterator[Piece]:
    labels = build.labels(len(choices))
    (done,) = build.labels(1)
    yield Choose(tuple(choice.share for choice in choices), labels, build.stream("choose"))
    for choice, label in zip(choices, labels, strict=True):
        with build.alternative():
            yield label
            yield from steps(build, choice.do, failed, ended)
            if choice.respond is not None:
                yield Count(build.counter(f"responded.{choice.respond}"))
                yield Jump(ended)
            yield Jump(done)
    yield done


Choice.model_rebuild()
Handler = tuple[HandlerStep, ...]
