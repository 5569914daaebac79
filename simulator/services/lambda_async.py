"""Asynchronous invocation of a function: its internal queue, retries, ages, destinations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import (
    EXPIRED,
    FAILED,
    NO_ANSWER,
    NONE,
    OK,
    THROTTLED,
    Again,
    Answer,
    Begin,
    Count,
    Deadline,
    EndDeadline,
    IfOutcome,
    Jump,
    Lose,
    Mark,
    Measure,
    Piece,
    Return,
)
from simulator.services.delivery import Kept, keep
from simulator.services.service import Mistake, Reference
from simulator.values.distributions import Distribution
from simulator.values.units import PositiveDuration, format_duration

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured
    from simulator.services.lambda_ import LambdaFunction

SUCCESS = ("sqs", "sns", "lambda", "event_bridge")
DEAD_LETTERS = ("sqs", "sns")
WITHOUT_END = 1 << 40
"""Attempts after throttles: only age ends them."""


class EventInvokeConfig(BaseModel):
    """What becomes of events that are sent to the function (EventInvokeConfig), in AWS's words.

    An event waits in the function's internal queue. A function error is retried after one and after two
    minutes; a throttle is tried again with pauses from a second to five minutes, which uses up no retry. When
    the retries are used up or the event is too old, it goes to `dead_letter` and to `on_failure`, and is lost
    if there is neither.

    Left out: that Lambda reads its queue more slowly when it is throttled, and that it delivers an event
    twice now and then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    maximum_retry_attempts: int | None = Field(default=None, ge=0)
    maximum_event_age: PositiveDuration | None = Field(default=None, examples=["1 h"])
    on_success: str | None = Field(default=None, examples=["receipts"])
    """The destination of what went well: a queue, a topic, a function or a bus."""
    on_failure: str | None = Field(default=None, examples=["failed_orders"])
    dead_letter: str | None = Field(default=None, examples=["failed_orders"])
    """The function's dead-letter queue: a queue or a topic."""
    queue_latency: Distribution | None = None
    """From taking an event to the first attempt, when nothing is backed up."""

    @property
    def keeps(self) -> tuple[Kept, ...]:
        """Where failed events go."""
        queue, target = self.dead_letter, self.on_failure
        return (
            *((Kept(queue, "dead_letters", "dead_letter_errors"),) if queue else ()),
            *((Kept(target, "destination_deliveries", "destination_delivery_failures"),) if target else ()),
        )

    def references(self) -> Iterator[Reference]:
        """The services that events go on to."""
        if self.on_success:
            yield Reference(("event_invoke_config", "on_success"), self.on_success, SUCCESS, "successes")
        if self.on_failure:
            yield Reference(("event_invoke_config", "on_failure"), self.on_failure, SUCCESS, "failures")
        if self.dead_letter:
            path = ("event_invoke_config", "dead_letter")
            yield Reference(path, self.dead_letter, DEAD_LETTERS, "failures")

    def check(self, era: Era) -> Iterator[Mistake]:
        """Beyond what AWS allows."""
        most = era["lambda.async.retries"]
        if self.maximum_retry_attempts is not None and self.maximum_retry_attempts > most:
            path = ("event_invoke_config", "maximum_retry_attempts")
            yield Mistake(path, f"Lambda retries {most} times at most", f"write 0 to {most}")
        low, high = era["lambda.async.age_minimum"], era["lambda.async.age_maximum"]
        if self.maximum_event_age is not None and not low <= self.maximum_event_age <= high:
            span = f"{format_duration(low)} to {format_duration(high)}"
            path = ("event_invoke_config", "maximum_event_age")
            yield Mistake(path, f"Lambda keeps an event for {span}", f"write a time of {span}")


def steps(function: LambdaFunction, build: Build) -> Iterator[Piece]:
    """From taking an event over to what becomes of it; the sender has its answer long before."""
    settings, era = function.event_invoke_config, build.era
    again, aged, failed, error, done = build.labels(5)
    age = settings.maximum_event_age or era["lambda.async.age_maximum"]
    retries = settings.maximum_retry_attempts
    luck = build.stream("asynchronous retry")
    yield Count(build.counter("async_events_received"))
    yield Mark()
    if function.reserved_concurrency == 0:
        yield Jump(failed)
    yield again
    yield EndDeadline()
    yield Begin(survives=False)
    yield from _until_invoked(function, build, age)
    yield Return()
    yield IfOutcome((EXPIRED,), failed)
    yield IfOutcome(FAILED, error)
    if settings.on_success:
        yield from _destination(build, settings.on_success)
    yield Jump(done)

    yield error
    yield Deadline(age, aged, since_mark=True)
    attempts = era["lambda.async.retries"] if retries is None else retries
    first = era["lambda.async.retry_pause"]
    yield Again(again, attempts, first, 2 * first, NONE, luck)
    yield EndDeadline()
    yield Jump(failed)
    yield aged
    yield Answer(EXPIRED, NO_ANSWER, build.cause("event age"))
    yield failed
    yield Count(build.counter("async_events_dropped"))
    yield from keep(build, settings.keeps)
    yield done
    yield Answer(OK)


def _until_invoked(function: LambdaFunction, build: Build, age: int) -> Iterator[Piece]:
    """Wait in the queue and invoke, again and again while the function is throttled."""
    again, throttled, aged, out = build.labels(4)
    era = build.era
    pauses = era["lambda.async.throttle_pause"], era["lambda.async.throttle_pause_maximum"], NONE
    luck = build.stream("throttle back-off")
    yield Deadline(age, aged, since_mark=True)
    latency = function.event_invoke_config.queue_latency or era["lambda.async.queue_latency"]
    yield build.delay(latency, "queue")
    yield again
    yield EndDeadline()
    yield Measure(build.durations("async_event_age"))
    yield Begin()
    yield from function.executed(build)
    yield Return()
    yield IfOutcome((THROTTLED,), throttled)
    yield Jump(out)
    yield throttled
    yield Deadline(age, aged, since_mark=True)
    yield Again(again, WITHOUT_END, *pauses, luck)
    yield aged
    yield Answer(EXPIRED, NO_ANSWER, build.cause("event age"))
    yield out


def _destination(build: Build, target: str) -> Iterator[Piece]:
    """The record of a success goes on; if the destination refuses it, that is lost."""
    refused, done = build.labels(2)
    yield from build.hand_over(target)
    yield IfOutcome(FAILED, refused)
    yield Count(build.counter("destination_deliveries"))
    yield Jump(done)
    yield refused
    yield Count(build.counter("destination_delivery_failures"))
    yield Lose()
    yield done


def counters(measured: Measured) -> Mapping[str, float]:
    """What CloudWatch says of asynchronous invocations, and the deliveries that it does not count; nothing
    where no event can come."""
    if "async_events_received" not in measured.values:
        return {}
    counted = (
        *("async_events_received", "async_events_dropped", "destination_deliveries"),
        *("destination_delivery_failures", "dead_letters", "dead_letter_errors"),
    )
    ages = {f"async_event_age_{what}": age for what, age in measured.starting("async_event_age.").items()}
    return {name: measured[name] for name in counted} | ages
