"""Amazon SQS: queues, standard and FIFO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.engine.steps import OK, THROTTLED, Answer, Count, Jump, Piece, Put, Take
from simulator.errors import Problem, ScenarioError
from simulator.measure.measured import POLLER_S, per
from simulator.measure.usage import Usage
from simulator.services.consumers import consumers
from simulator.services.queue_pollers import poll, poller_of
from simulator.services.receiving import Receives, Receiving
from simulator.services.service import Mistake, Reference, Service
from simulator.values.units import PositiveDuration, Rate

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured
    from simulator.services.events import EventSource

SECOND = 1_000_000_000


class DeadLetter(BaseModel):
    """Where messages go that were received too often (RedrivePolicy)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str = Field(examples=["failed_orders"])
    max_receives: int = Field(default=5, ge=1, le=1000)
    """AWS advises at least 5 where Lambda polls."""


class Queue(Service, kind="sqs"):
    """A queue. Sending takes SQS's latency and answers 200; the message waits until it is received, and what
    comes of it belongs to the request's completion, not to its latency. Lambda's pollers receive it, if a
    function has the queue among its `events`, or the servers of a fleet that `receives` from it. A queue that
    requests come to and nobody reads is refused, unless it says `consumer: none`; one that gets only what
    failed, or records of what went well, need not be read.

    A message that was received and not deleted is visible again after the visibility timeout, in front of
    those that came later; after `max_receives` it goes to the dead-letter queue. In a FIFO queue messages of
    a group stay in order, and a group of which messages are in flight gives none; the group is the `key` of
    the source's messages. Beyond its quota of API calls a FIFO queue refuses to send.

    With `content_based_deduplication` a FIFO queue takes what the same step sends again for the same request
    within five minutes, and drops it: a client's attempt after a timeout, a function that is invoked again.

    Left out: delay queues, message timers, two consumers of one queue; that a Map, or a function invoked for
    several messages of one request, sends different ones by the same step; and that SQS hands a standard
    queue's messages out of order, or now and then twice, even when nothing fails.
    """

    throttles_with: ClassVar[int] = 400
    reserved: ClassVar[Mapping[str, str]] = {
        "delay": "delay queues",
        "fair": "fair queues",
    }

    renamed: ClassVar[Mapping[str, str]] = {"type": "'fifo: true' for a FIFO queue, or nothing"}

    fifo: bool = False
    high_throughput: bool = False
    """Of a FIFO queue: quotas by message group instead of one for the queue (FifoThroughputLimit)."""
    content_based_deduplication: bool = False
    """Of a FIFO queue: what is the same is taken once in five minutes."""
    visibility_timeout: PositiveDuration = Field(default=30 * SECOND, le=43_200 * SECOND)
    retention: PositiveDuration = Field(default=345_600 * SECOND, ge=60 * SECOND, le=1_209_600 * SECOND)
    """MessageRetentionPeriod."""
    dead_letter: DeadLetter | None = None
    consumer: Literal["none"] | None = None
    """Nobody in the scenario reads it, and that is meant: what was sent is kept, or read by somebody else."""

    def references(self) -> Iterator[Reference]:
        if self.dead_letter:
            yield Reference(("dead_letter", "to"), self.dead_letter.to, ("sqs",), "failures")

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        if self.high_throughput and not (self.fifo and era["sqs.fifo.high_throughput"]):
            why = f"not in era {era.name}" if self.fifo else "only a FIFO queue has it"
            yield Mistake(("high_throughput",), why, "remove it")
        if self.content_based_deduplication and not self.fifo:
            yield Mistake(("content_based_deduplication",), "only a FIFO queue has it", "remove it")
        if self.dead_letter:
            other = services.get(self.dead_letter.to)
            if isinstance(other, Queue) and other.fifo != self.fifo:
                kind = "FIFO" if self.fifo else "standard"
                what = f"the dead letters of a {kind} queue go to a {kind} queue"
                yield Mistake(("dead_letter", "to"), what, f"make {self.dead_letter.to} a {kind} queue")
        for name, service in services.items():
            if service is self:
                polled = list(consumers(services, name))
                if len(polled) > 1:
                    what = f"{' and '.join(each.function for each in polled)} both poll this queue"
                    yield Mistake((), what, "give each of them a queue of its own")

    @property
    def read_elsewhere(self) -> bool:
        """Whether the scenario says that none of its services reads what is sent here."""
        return self.consumer == "none"

    # ------------------------------------------------------------------ what a message meets

    def steps(self, build: Build) -> Iterator[Piece]:
        refused, done = build.labels(2)
        if self.fifo and (build.demands[build.source].key is None if build.source else not build.most_keys()):
            whose = build.source or next(iter(build.demands))
            what = f"a FIFO queue, and the messages of {whose} have no group"
            raise ScenarioError(Problem(build.here, what, f"write traffic.{whose}.key: {{keys: 100}}"))
        inbox = self.inbox(build, build.here)
        table, each = self._groups(build)
        yield build.carry(None)
        if self.fifo and not self.high_throughput:
            rate: Rate = build.era["sqs.fifo.rate"]
            yield Take(build.bucket("send rate", rate, round(rate.per_second)), refused)
        yield build.delay(build.era["sqs.send"], "send")
        yield Count(build.counter("requests"), unit=build.era["sqs.request_unit"])
        number = build.deduplicated() if self.content_based_deduplication else 0
        yield Put(inbox, table, each, number)
        yield Answer(OK)
        yield Jump(done)
        yield refused
        yield Answer(THROTTLED, self.throttles_with, build.cause("send rate"))
        yield done

    def _groups(self, build: Build) -> tuple[int | None, int]:
        """The table from keys to message groups, and how many there are."""
        if not self.fifo:
            return None, 1
        groups = max(build.most_keys(), 1)
        return build.table("groups", lambda: tuple(range(groups))), groups

    def inbox(self, build: Build, name: str) -> int:
        """The mailbox of the queue `name`, and whoever receives from it."""
        era = build.era
        mapping = next(consumers(build.services, name), None)
        dead = -1
        if self.dead_letter and isinstance(other := build.services[self.dead_letter.to], Queue):
            dead = other.inbox(build, self.dead_letter.to)
        terms = {
            "lanes": max(build.most_keys(), 1) if self.fifo else 1,
            "exclusive": self.fifo,
            "deduplicates": era["sqs.fifo.deduplication"] if self.content_based_deduplication else 0,
            "batch_bytes": era["lambda.payload_maximum"],
            "longest": self.retention,
            "most_held": era["sqs.fifo.in_flight" if self.fifo else "sqs.in_flight"],
            "stores": mapping is not None,
            "dead": dead,
        }
        if self.dead_letter:
            terms["most_tries"] = self.dead_letter.max_receives - 1
        if mapping:
            source = mapping.source
            terms["batch_size"] = source.batch_size or 10
            terms["window"] = source.batch_window
            terms["partial"] = source.report_batch_item_failures
        place = build.mailbox("messages", terms, owner=name)
        if mapping:
            poll(build, name, place, mapping, self.visible_after(mapping.source, mapping.timeout))
        return place

    def receiving(self, build: Build, receives: Receives) -> Receiving:
        """What the control of the fleet that is speaking needs to know of its receivers here."""
        mailbox = self.inbox(build, receives.from_)
        name = build.here, f"receivers of {receives.from_}"
        return Receiving(mailbox, *poller_of(build, receives.from_), receives.receivers, name)

    def visible_after(self, source: EventSource, timeout: int) -> int:
        """How long a message stays hidden: with a batch window that would not fit, longer."""
        if source.batch_window and source.batch_window + timeout > self.visibility_timeout:
            return source.batch_window + timeout + 30 * SECOND
        return self.visibility_timeout

    # ------------------------------------------------------------------ what is reported and billed

    def usage(self, measured: Measured) -> Iterator[Usage]:
        sent = measured["requests"] + measured["messages.told"]  # streams pay for telling it
        calls = sent + self._receives(measured) + self._deletes(measured)
        yield Usage(measured.name, "sqs.fifo_requests" if self.fifo else "sqs.requests", calls)
        if measured["provisioned_poller_s"]:
            yield Usage(measured.name, "lambda.provisioned_poller", measured["provisioned_poller_s"] / 3600)

    def _receives(self, measured: Measured) -> float:
        """Calls that received something, ten messages and 64 KB at most in each, and those that did not."""
        received = measured["messages.received"]
        size = measured["messages.put_bytes"] / max(measured["messages.put"], 1)
        full = max(measured["messages.batches"], received / 10, received * size / 65_536)
        return full + self._empty(measured)

    def _empty(self, measured: Measured) -> float:
        """Long polls of pollers that had nothing to do."""
        return max(measured[POLLER_S] - measured["messages.receivers_ns"] / 1e9, 0) / 20

    def _deletes(self, measured: Measured) -> float:
        """Calls that deleted what was received, ten messages at most in each."""
        done, received = measured["messages.acknowledged"], max(measured["messages.received"], 1)
        return max(measured["messages.batches"] * done / received, done / 10)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        received, left = measured["messages.received"], measured["messages.waiting"]
        waits = {"waiting_mean_s": per(measured["messages.waiting_ns"], received + left)} if received else {}
        if self.fifo:
            waits["messages_behind_their_group_max"] = measured["messages.sampled_held_up"]
        ages = {f"message_age_{what}": value for what, value in measured.starting("message_age.").items()}
        return (
            {
                "number_of_messages_sent": measured["messages.put"],
                "number_of_messages_received": measured["messages.received"],
                "number_of_messages_deleted": measured["messages.acknowledged"],
                "number_of_empty_receives": self._empty(measured),
                "messages_received_again": measured["messages.received_again"],
                "messages_deduplicated": measured["messages.repeated"],
                "messages_dead_lettered": measured["messages.thrown_away"],
                "messages_expired": measured["messages.expired"],
                "messages_visible_max": measured["messages.most_waiting"],
                "messages_visible_end": measured["messages.waiting"],
                "age_of_oldest_message_max_s": measured["messages.sampled_age_ns"] / 1e9,
                "batch_size_mean": measured["messages.received"] / max(measured["messages.batches"], 1),
                "batch_size_max": measured["messages.largest_batch"],
                "batch_time_mean_s": per(measured["messages.receivers_ns"], measured["messages.batches"]),
                "pollers_in_use_mean": measured["messages.receivers_ns"] / measured.ns,
                "pollers_mean": measured[POLLER_S] * 1e9 / measured.ns,
                "pollers_spared_mean": measured["spared_poller_s"] * 1e9 / measured.ns,
                "pollers_max": measured["messages.most_together"],
            }
            | waits
            | {name: value for name, value in ages.items() if not name.endswith("count")}
        )
