"""Amazon SNS: a standard topic that hands each message to all of its subscribers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import OK, Answer, Choose, Count, Jump, Piece
from simulator.measure.usage import Usage
from simulator.services.delivery import Delivery, Kept, Policy, deliver
from simulator.services.service import Mistake, Reference, Service
from simulator.values.distributions import Distribution
from simulator.values.units import Share, Size, format_size

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

HTTP = ("external", "http_api", "rest_api")
ENDPOINTS = ("lambda", "sqs", *HTTP)
COUNTERS = (
    *("number_of_messages_published", "number_of_notifications_delivered", "number_of_notifications_failed"),
    *("number_of_notifications_filtered_out", "number_of_notifications_redriven_to_dlq"),
    "number_of_notifications_failed_to_redrive_to_dlq",
)


class Subscription(BaseModel):
    """Who gets the messages of a topic."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str = Field(examples=["billing"])
    filter_policy: Share = 1.0
    """The share of messages that the subscription's filter policy lets through."""
    dead_letter: str | None = Field(default=None, examples=["failed_messages"])
    """The queue of its redrive policy."""


class Topic(Service, kind="sns"):
    """A standard topic: publishing is answered at once, and each subscriber gets a copy of the message after
    a delivery latency. A function is invoked asynchronously; a queue takes the message; an HTTP endpoint is
    called, and answers 2xx when it has taken it. What is refused is tried again as the era's delivery policy
    says: for weeks where AWS runs the endpoint, for some minutes where it does not. What is given up goes to
    the subscription's dead-letter queue, or is lost.

    Billed by publishes of 64 KB and, for HTTP endpoints, by deliveries. Left out: FIFO topics, quotas of
    publishing, the time that publishing takes, mobile push, SMS and e-mail.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        "fifo": "FIFO topics",
        "firehose": "delivery streams as subscribers",
    }

    subscriptions: Mapping[str, Subscription] = Field(min_length=1)
    message: Size = 0
    """Size of a message, for metering."""
    latency: Distribution | None = None
    """From publishing to handing over, instead of the measured one."""

    def references(self) -> Iterator[Reference]:
        for name, subscription in self.subscriptions.items():
            yield Reference(("subscriptions", name, "to"), subscription.to, ENDPOINTS)
            if subscription.dead_letter is not None:
                path = ("subscriptions", name, "dead_letter")
                yield Reference(path, subscription.dead_letter, ("sqs",), "failures")

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        if self.message > era["sns.message_maximum"]:
            largest = format_size(era["sns.message_maximum"])
            yield Mistake(("message",), f"larger than SNS's {largest}", f"write at most '{largest}'")

    def steps(self, build: Build) -> Iterator[Piece]:
        era = build.era
        yield Count(build.counter("number_of_messages_published"))
        yield Count(build.counter("metered"), max(1, -(-self.message // era["sns.metering_unit"])))
        for subscription in self.subscriptions.values():
            passed, done = build.labels(2)
            if subscription.filter_policy < 1:
                yield Choose((subscription.filter_policy,), (passed,), build.stream("filter policy"))
                yield Count(build.counter("number_of_notifications_filtered_out"))
                yield Jump(done)
            yield passed
            yield from build.fork(self._delivery(build, subscription), "notification")
            yield done
        yield Answer(OK)

    def _delivery(self, build: Build, subscription: Subscription) -> Iterator[Piece]:
        era, web = build.era, build.services[subscription.to].kind in HTTP
        policy = Policy(
            era["sns.http_attempts"] - 1 if web else era["sns.attempts"] - 1,
            era["sns.backoff"],
            era["sns.backoff_maximum"],
            jitter=False,
        )
        keeps = (Kept(subscription.dead_letter, *COUNTERS[-2:]),) if subscription.dead_letter else ()
        if web:
            yield Count(build.counter("http_deliveries"))
        yield from deliver(
            build,
            Delivery(
                subscription.to,
                self.latency or era["sns.latency"],
                policy,
                "number_of_notifications_delivered",
                "number_of_notifications_failed",
                keeps,
            ),
        )

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield Usage(measured.name, "sns.publishes", measured["metered"])
        yield Usage(measured.name, "sns.http_deliveries", measured["http_deliveries"])

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {name: measured[name] for name in COUNTERS}
