"""Amazon EventBridge: an event bus whose rules hand events to their targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import OK, Answer, Choose, Count, Jump, Piece
from simulator.measure.usage import Usage
from simulator.services.delivery import Delivery, Kept, Policy, deliver
from simulator.services.service import Mistake, Reference, Service
from simulator.values.distributions import Distribution
from simulator.values.units import PositiveDuration, Share, Size, format_duration, format_size

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

TARGETS = ("lambda", "sqs", "sns", "kinesis", "step_functions", "external", "http_api", "rest_api")
COUNTERS = (
    *("put_events_entries", "matched_events", "invocations", "failed_invocations"),
    *("invocations_sent_to_dlq", "invocations_failed_to_be_sent_to_dlq"),
)


class Rule(BaseModel):
    """Which events go to a target, and how long that is tried; for several targets write several rules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str = Field(examples=["billing"])
    event_pattern: Share = 1.0
    """The share of events that the rule's pattern matches."""
    maximum_retry_attempts: int | None = Field(default=None, ge=0)
    maximum_event_age: PositiveDuration | None = Field(default=None, examples=["1 h"])
    dead_letter: str | None = Field(default=None, examples=["failed_events"])
    """The queue that gets what could not be delivered."""


class EventBus(Service, kind="event_bridge"):
    """An event bus: putting an event is answered at once, and each rule that matches hands it to its target
    after a delivery latency. A function is invoked asynchronously; other targets take the event or refuse it,
    and are tried again with growing pauses until the attempts are used up or the event is too old. Then it
    goes to the rule's dead-letter queue, or is lost.

    Billed by custom events of 64 KB. Left out: quotas of putting events and of invocations, the time that
    putting takes, archives, schedules, pipes, other accounts and Regions.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        "archive": "archives and replays",
        "schedules": "EventBridge Scheduler",
        "pipes": "EventBridge Pipes",
    }

    rules: Mapping[str, Rule] = Field(min_length=1)
    event: Size = 0
    """Size of an event, for metering."""
    latency: Distribution | None = None
    """From putting an event to handing it over, instead of the measured one."""

    def references(self) -> Iterator[Reference]:
        for name, rule in self.rules.items():
            yield Reference(("rules", name, "to"), rule.to, TARGETS)
            if rule.dead_letter is not None:
                yield Reference(("rules", name, "dead_letter"), rule.dead_letter, ("sqs",), "failures")

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        if self.event > era["event_bridge.event_maximum"]:
            largest = format_size(era["event_bridge.event_maximum"])
            yield Mistake(("event",), f"larger than EventBridge's {largest}", f"write at most '{largest}'")
        for name, rule in self.rules.items():
            most, oldest = era["event_bridge.retries"], era["event_bridge.age_maximum"]
            path = ("rules", name)
            if rule.maximum_retry_attempts is not None and rule.maximum_retry_attempts > most:
                what = f"EventBridge retries {most} times at most"
                yield Mistake((*path, "maximum_retry_attempts"), what, f"write 0 to {most}")
            if rule.maximum_event_age is not None and rule.maximum_event_age > oldest:
                longest = format_duration(oldest)
                what = f"EventBridge keeps an event for {longest} at most"
                yield Mistake((*path, "maximum_event_age"), what, f"write at most '{longest}'")

    def steps(self, build: Build) -> Iterator[Piece]:
        units = max(1, -(-self.event // build.era["event_bridge.metering_unit"]))
        yield Count(build.counter("put_events_entries"))
        yield Count(build.counter("metered"), units)
        for rule in self.rules.values():
            matched, done = build.labels(2)
            if rule.event_pattern < 1:
                yield Choose((rule.event_pattern,), (matched,), build.stream("event pattern"))
                yield Jump(done)
            yield matched
            yield Count(build.counter("matched_events"))
            yield from build.fork(self._delivery(build, rule), "event")
            yield done
        yield Answer(OK)

    def _delivery(self, build: Build, rule: Rule) -> Iterator[Piece]:
        era, retries = build.era, rule.maximum_retry_attempts
        policy = Policy(
            era["event_bridge.retries"] if retries is None else retries,
            era["event_bridge.backoff"],
            era["event_bridge.backoff_maximum"],
            jitter=True,
            longest=rule.maximum_event_age or era["event_bridge.age_maximum"],
        )
        to_queue = "invocations_sent_to_dlq", "invocations_failed_to_be_sent_to_dlq"
        keeps = (Kept(rule.dead_letter, *to_queue),) if rule.dead_letter else ()
        latency = self.latency or era["event_bridge.latency"]
        yield from deliver(
            build, Delivery(rule.to, latency, policy, "invocations", "failed_invocations", keeps)
        )

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield Usage(measured.name, "event_bridge.custom_events", measured["metered"])

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {name: measured[name] for name in COUNTERS}
