"""How a caller sends: how long it waits, what it tries again, how often, and with what back-off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from simulator.engine.steps import (
    ANSWERS,
    EQUAL,
    FULL,
    NO_ANSWER,
    NONE,
    TIMEOUT,
    Again,
    Answer,
    Deadline,
    EndDeadline,
    IfStatus,
    Jump,
    Piece,
    Send,
)
from simulator.services.service import Mistake, Path, Service
from simulator.values.units import Duration, PositiveDuration, shown

if TYPE_CHECKING:
    from simulator.engine.build import Build

_JITTER = {"none": NONE, "equal": EQUAL, "full": FULL}
_SPOKEN = {"timeout": (NO_ANSWER,)} | {
    f"{family}xx": tuple(status for status in ANSWERS if status // 100 == family) for family in (4, 5)
}


class Retries(BaseModel):
    """Capped exponential back-off, as the AWS SDKs do it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts: Annotated[int, Field(ge=0, le=100)] = 2
    """Times it tries again after the first; 2 means at most three in all."""
    on: tuple[int | str, ...] = (400, 429, "5xx", "timeout")
    """Statuses (429), families of them (5xx) or `timeout`. 400 is how DynamoDB, Kinesis and SQS throttle, and
    nothing else fails with it here."""
    backoff: Duration = 100_000_000
    """The first pause; it doubles each time. The default is an assumption, not a fact of AWS."""
    cap: PositiveDuration = 20_000_000_000
    """The longest pause. 20 s is that of the AWS SDKs (SDKs and Tools Reference Guide, Retry behavior)."""
    jitter: Literal["none", "equal", "full"] = "full"

    @model_validator(mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        if isinstance(value, bool | int):
            instead = f"{{attempts: {value:d}}}" if type(value) is int else "{}" if value else "{attempts: 0}"
            raise ValueError(f"not a map: {shown(value)}; write {instead}")  # noqa: TRY004 (told by pydantic)
        return value

    @field_validator("on")
    @classmethod
    def _known(cls, on: tuple[int | str, ...]) -> tuple[int | str, ...]:
        for what in on:
            if what not in _SPOKEN and what not in ANSWERS:
                raise ValueError(f"not a status: {what!r}; write for example [400, 429, 5xx, timeout]")
        return on

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses that are tried again."""
        spoken = [_SPOKEN[what] if isinstance(what, str) else (what,) for what in self.on]
        return tuple(sorted({status for family in spoken for status in family}))


def never(
    to: str, timeout: int | None, retries: Retries | None, services: Mapping[str, Service], path: Path
) -> Iterator[Mistake]:
    """Retries of what is throttled with another status than the one that they wait for."""
    target = services.get(to)
    if target is None or retries is None or not retries.attempts or target.throttles_with == 429:
        return
    patient = timeout is not None and NO_ANSWER in retries.statuses and 429 not in retries.statuses
    if target.throttles_with not in retries.statuses and not patient:
        what = f"retries that never happen: {to!r} ({target.kind}) throttles with {target.throttles_with}"
        on = ", ".join(map(str, (target.throttles_with, *(each for each in retries.on if each != 429))))
        yield Mistake((*path, "retries", "on"), what, f"write on: [{on}]")


def attempts(
    build: Build, target: str, timeout: int | None, retries: Retries | None, client: bool
) -> Iterator[Piece]:
    """Send to `target`, wait at most `timeout`, try again as `retries` say; the last answer stands.

    What is given up on runs on. A retry is the same request; a `client`'s are counted as its attempts.
    """
    again, gave_up, retry, done = build.labels(4)
    yield again
    if client:
        yield Send()
    if timeout is not None:
        yield Deadline(timeout, gave_up)
    yield from build.call(target)
    if timeout is not None:
        yield EndDeadline()
    if retries is None:
        yield Jump(done)
    else:
        yield IfStatus(retries.statuses, retry)
        yield Jump(done)
    yield gave_up
    yield Answer(TIMEOUT, NO_ANSWER, build.cause("timeout"))
    if retries is None or NO_ANSWER not in retries.statuses:
        yield Jump(done)
    yield retry
    if retries is not None:
        luck = build.stream("back-off")
        yield Again(again, retries.attempts, retries.backoff, retries.cap, _JITTER[retries.jitter], luck)
    yield done
