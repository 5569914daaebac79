"""What streams have in common: shards, records in order, and consumers that read them in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from simulator.engine.steps import (
    AGED,
    FAILED,
    THROTTLED,
    WINDOW_END,
    Acknowledge,
    End,
    IfOutcome,
    Jump,
    Piece,
    Put,
    PutBack,
    Read,
    Receive,
)
from simulator.measure.measured import ITERATOR_AGE
from simulator.services.backlog import Backlog, Begin
from simulator.services.consumers import EventSourceMapping, consumers
from simulator.services.receivers import Receivers, Windows
from simulator.services.service import Mistake, Service
from simulator.services.shards import lanes
from simulator.services.sqs import Queue
from simulator.values.keys import Keys
from simulator.values.units import format_duration

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

SECOND = 1_000_000_000
MANY_KEYS = Keys(keys=10_000)
"""Where traffic has no key: one by chance, as a producer without a need for order would take."""
MOST_LANES = 20_000


class Stream(Service):
    """A stream of either kind; the era's facts of a kind begin with its name."""

    reserved: ClassVar[Mapping[str, str]] = {}

    shards: int = Field(default=1, ge=1, le=10_000, examples=[10])
    backlog: Backlog | None = None
    """What it holds when the run begins."""
    consumer: Literal["none"] | None = None
    """Nobody in the scenario reads it, and that is meant: what was sent is kept, or read by somebody else."""

    def keep_for(self, era: Era) -> int:
        """How long records are kept, ns."""
        raise NotImplementedError

    def open_shards(self, era: Era) -> int:
        """How many there are."""
        return self.shards

    @property
    def read_elsewhere(self) -> bool:
        """Whether the scenario says that none of its services reads what is sent here."""
        return self.consumer == "none"

    @property
    def aggregated(self) -> int:
        """Records of a producer that are one of the stream's."""
        return 1

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        for name, service in services.items():
            if service is not self:
                continue
            polled = list(consumers(services, name))
            yield from self._backlog_mistakes(polled, era)
            together = sum(self.open_shards(era) * each.source.parallelization_factor for each in polled)
            if together > MOST_LANES:
                what = f"{together} batches at a time are more than the {MOST_LANES} that can be simulated"
                yield Mistake(("shards",), what, "write fewer shards or a smaller factor")

    def _backlog_mistakes(self, polled: Sequence[EventSourceMapping], era: Era) -> Iterator[Mistake]:
        if not self.backlog:
            return
        if self.backlog.age > self.keep_for(era):
            what = f"records of that age are kept no more, but {format_duration(self.keep_for(era))}"
            yield Mistake(("backlog", "age"), what, "write a shorter age, or a longer retention")
        if all(mapping.source.starting_position == "latest" for mapping in polled):
            what = "nobody reads it: every mapping starts at the latest record"
            yield Mistake(("backlog",), what, "write 'starting_position: trim_horizon' in a mapping")

    # ------------------------------------------------------------------ who reads

    def deliver(self, build: Build) -> Iterator[Piece]:
        """A record that was written is there for each consumer."""
        self._begin(build)
        yield from self._puts(build, list(consumers(build.services, build.here)))

    def _puts(
        self, build: Build, readers: Sequence[EventSourceMapping], aged: bool = False
    ) -> Iterator[Piece]:
        """Into what each of these has not read."""
        every = consumers(build.services, build.here)
        sharing = sum(not mapping.source.enhanced_fan_out for mapping in every)
        for mapping in readers:
            factor = mapping.source.parallelization_factor
            number = AGED if aged else 0
            mailbox = self._consumer(build, build.here, mapping, sharing)
            yield Put(mailbox, self.table(build, factor), factor, number)

    def _begin(self, build: Build) -> None:
        """What is there from the beginning, for those who read from its beginning on."""
        stream = build.here
        readers = [
            mapping
            for mapping in consumers(build.services, stream)
            if mapping.source.starting_position == "trim_horizon"
        ]
        if not self.backlog or not readers:
            return
        with build.speaking(stream):
            if not build.has_walk("backlog"):

                def steps() -> Iterator[Piece]:
                    yield build.carry(MANY_KEYS)
                    yield from self._puts(build, readers, aged=True)
                    yield End()

                # before the readers, who would find nothing in their first read
                walk = build.walk("backlog", steps)
                build.control("backlog", Begin(walk, build.identity("backlog"), self.backlog))

    def table(self, build: Build, factor: int) -> int:
        """Where the table begins that leads from each key to its lane, of so many a shard."""
        keys = max(build.most_keys(), MANY_KEYS.keys)
        return build.table(f"lanes of {factor}", lambda: lanes(keys, self.open_shards(build.era), factor))

    def _consumer(self, build: Build, stream: str, mapping: EventSourceMapping, sharing: int) -> int:
        """What one consumer has not read yet, by shard; and its readers and receivers."""
        source, era = mapping.source, build.era
        count = self.open_shards(era)
        shard = self.shard(era, source.enhanced_fan_out, sharing)
        shards = build.mailbox(f"unread by {mapping.name}", shard, count, owner=stream)
        dead = -1
        if source.on_failure and isinstance(other := build.services[source.on_failure], Queue):
            dead = other.inbox(build, source.on_failure)
        lane = {
            "exclusive": 1,
            "whole": 1,
            "batch_size": (source.batch_size or era[f"{self.kind}.batch_size"]) * self.aggregated,
            "batch_bytes": era["lambda.payload_maximum"],
            "window": source.batch_window,
            "longest": min(source.maximum_record_age or self.keep_for(era), self.keep_for(era)),
            "bisects": source.bisect_batch_on_function_error,
            "partial": source.report_batch_item_failures,
            "dead": dead,
        }
        if source.maximum_retry_attempts is not None:
            lane["most_tries"] = source.maximum_retry_attempts
        many = count * source.parallelization_factor
        places = build.mailbox(f"lanes of {mapping.event}", lane, many, owner=mapping.function)
        with build.speaking(stream):
            reader, receiver = f"reader of {mapping.name}", f"receiver of {mapping.name}"
            if not build.has_walk(receiver):
                walk = build.walk(receiver, lambda: self._receiver(build, places, mapping))
                build.control(receiver, Receivers(walk, build.identity(receiver), many))
                walk = build.walk(reader, lambda: _reader(build, shards, places))
                over = shard.get("idle_pause", 0)
                build.control(reader, Receivers(walk, build.identity(reader), count, over))
                if source.tumbling_window:
                    windows = f"windows of {mapping.name}"
                    walk = build.walk(windows, lambda: _end_windows(shards))
                    every = source.tumbling_window
                    build.control(windows, Windows(walk, build.identity(windows), count, every))
        return shards

    def shard(self, era: Era, pushed: bool, sharing: int) -> dict[str, int]:
        """A shard as one consumer reads it; so many share its reads."""
        name = self.kind
        whole = {"exclusive": 1, "batch_size": 1 << 62}
        if pushed:
            return {**whole, "lag": era[f"{name}.push"]}
        return {
            **whole,
            "lag": era[f"{name}.spread"],
            "read_size": era[f"{name}.read_records"] * self.aggregated,
            "read_bytes": era[f"{name}.read_bytes"],
            "idle_pause": era[f"{name}.poll"],
            "pause": max(sharing, 1) * SECOND // era[f"{name}.reads_a_second"],
            "reading": era[f"{name}.reading"] // max(sharing, 1),
        }

    def _receiver(self, build: Build, places: int, mapping: EventSourceMapping) -> Iterator[Piece]:
        """One batch of a lane after the other. One that fails keeps its lane until it has gone well, is too
        old or has failed too often; what was throttled has not failed."""
        start, throttled, failed, retired = build.labels(4)
        pause = build.era["event_source.retry_pause"]
        yield start
        yield Receive(places, build.durations(ITERATOR_AGE, owner=mapping.function), retired)
        yield from build.call(mapping.function)
        yield IfOutcome((THROTTLED,), throttled)
        yield IfOutcome(FAILED, failed)
        yield Acknowledge(places, failed)
        yield Jump(start)
        yield throttled
        yield build.delay(build.era["event_source.throttle_pause"], "pause after a throttle")
        yield PutBack(places, failed=False)
        yield Jump(start)
        yield failed
        yield build.delay(pause, "pause after a failure")
        yield PutBack(places)
        yield Jump(start)
        yield retired
        yield End()

    # ------------------------------------------------------------------ what is reported

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {
            "incoming_records": measured["records"],
            "incoming_bytes": measured["bytes"],
            "write_throughput_exceeded": measured["refused"],
        }


def _end_windows(shards: int) -> Iterator[Piece]:
    """A window of one shard ends."""
    yield Put(shards, number=WINDOW_END)
    yield End()


def _reader(build: Build, shards: int, places: int) -> Iterator[Piece]:
    """Reads its shard for ever."""
    (start,) = build.labels(1)
    yield start
    yield Read(shards, places)
    yield Jump(start)
