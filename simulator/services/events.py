"""Event source mappings: what Lambda polls for a function, in which batches, and what if one fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.services.service import Mistake, Path, Raising, Service
from simulator.values.units import Duration, PositiveDuration, format_duration

if TYPE_CHECKING:
    from simulator.eras.era import Era

STREAMS = ("kinesis", "dynamodb_stream")
LEAST_CONCURRENCY, MOST_CONCURRENCY = 2, 1000
"""Of a queue's `maximum_concurrency` (AWS Lambda API, ScalingConfig)."""


class Pollers(BaseModel):
    """Provisioned pollers of a queue, each of ten invocations at a time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minimum: int = Field(default=2, ge=2, le=200)
    maximum: int = Field(default=200, ge=2, le=10_000)


class EventSource(BaseModel):
    """One mapping, in the words of AWS::Lambda::EventSourceMapping.

    Left out: filters, schemas, decryption, and mappings that are switched on or off; the state of a tumbling
    window, which ends it early where it is larger than 1 MB.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    reserved: ClassVar[Mapping[str, str]] = {
        "filter": "filter criteria",
    }

    from_: str = Field(alias="from", examples=["orders"])
    """The queue or stream."""
    batch_size: int | None = Field(default=None, ge=1, le=10_000)
    """Items of a batch at most; the default is AWS's, 10 of a queue and 100 of a stream."""
    batch_window: Duration = Field(default=0, le=300_000_000_000)
    """MaximumBatchingWindowInSeconds: how long to gather while the batch is not full."""
    report_batch_item_failures: bool = False
    """The function says which items failed, and only they come back; of a stream, all that follow too."""
    maximum_concurrency: int | None = Field(default=None, ge=LEAST_CONCURRENCY, le=MOST_CONCURRENCY)
    """Of a queue: batches at a time."""
    provisioned_pollers: Pollers | None = None
    """Of a standard queue: pollers that are paid for, and scale faster."""
    parallelization_factor: int = Field(default=1, ge=1, le=10)
    """Of a stream: batches at a time of each shard; a key stays in one of them."""
    tumbling_window: Duration = Field(default=0, le=900_000_000_000)
    """Of a stream: TumblingWindowInSeconds. No batch spans the end of a window, counted from the beginning of
    the run by when records were written; after it the function is invoked once more for each shard that had
    records in it, as with one record."""
    starting_position: Literal["latest", "trim_horizon"] = "latest"
    """Of a stream: whether the stream's `backlog` is read, too."""
    bisect_batch_on_function_error: bool = False
    maximum_retry_attempts: int | None = Field(default=None, ge=0, le=10_000)
    """Of a stream; the default is to retry until the records expire."""
    maximum_record_age: PositiveDuration | None = Field(default=None, ge=60_000_000_000)
    on_failure: str | None = Field(default=None, examples=["failed_orders"])
    """Of a stream: a queue that is told of records thrown away."""
    enhanced_fan_out: bool = False
    """Of a Kinesis stream: records are pushed, with a throughput of one's own."""

    def raising(self, path: tuple[str, ...]) -> Iterator[Raising]:
        """What lets more batches of a queue be in hand at a time."""
        if self.maximum_concurrency:
            yield Raising((*path, "maximum_concurrency"), self.maximum_concurrency, MOST_CONCURRENCY)
        if self.provisioned_pollers:
            now = self.provisioned_pollers.maximum
            yield Raising((*path, "provisioned_pollers", "maximum"), now, 10_000)

    def checked(
        self, path: Path, function_timeout: int, services: Mapping[str, Service], era: Era
    ) -> Iterator[Mistake]:
        """What AWS would refuse, given what it polls."""
        source = services.get(self.from_)
        if source is None or source.kind not in ("sqs", *STREAMS):
            return
        yield from self._only_for(path, source.kind in STREAMS, source.kind == "kinesis")
        yield from self._limits(path, source, era)
        visible = getattr(source, "visibility_timeout", None)
        if visible is not None and function_timeout > visible:
            what = f"the function's timeout of {format_duration(function_timeout)} is longer than the"
            what += f" visibility timeout of {self.from_}, {format_duration(visible)}"
            yield Mistake((*path, "from"), what, "write a longer visibility_timeout, AWS advises six times")

    def _only_for(self, path: Path, stream: bool, kinesis: bool) -> Iterator[Mistake]:
        of_queues = ("maximum_concurrency", "provisioned_pollers")
        of_streams = (
            "parallelization_factor", "bisect_batch_on_function_error", "maximum_retry_attempts",
            "maximum_record_age", "on_failure", "enhanced_fan_out", "starting_position", "tumbling_window",
        )  # fmt: skip
        for key in of_queues if stream else of_streams:
            if getattr(self, key) != type(self).model_fields[key].default:
                whose = "queues" if stream else "streams"
                yield Mistake((*path, key), f"only mappings of {whose} have this", "remove it")
        if self.enhanced_fan_out and stream and not kinesis:
            yield Mistake((*path, "enhanced_fan_out"), "only Kinesis streams have this", "remove it")
        if self.tumbling_window and self.parallelization_factor > 1:
            what = "of a shard with several batches at a time, the state of a window is not simulated"
            yield Mistake((*path, "tumbling_window"), what, "write parallelization_factor: 1, or remove it")
        if self.maximum_concurrency and self.provisioned_pollers:
            what = "provisioned pollers and a maximum concurrency exclude each other"
            yield Mistake((*path, "maximum_concurrency"), what, "remove one of them")

    def _limits(self, path: Path, source: Service, era: Era) -> Iterator[Mistake]:
        name = _terms(source)
        largest = era[f"{name}.batch_size_maximum"]
        if self.batch_size is not None and self.batch_size > largest:
            what = f"a batch of {self.batch_size} is larger than the {largest} of era {era.name}"
            yield Mistake((*path, "batch_size"), what, f"write at most {largest}")
        longest = era[f"{name}.batch_window_maximum"]
        if self.batch_window > longest:
            if longest == 0:
                yield Mistake((*path, "batch_window"), f"not for this source in era {era.name}", "remove it")
            else:
                what, instead = "too long a batch window", f"write at most '{format_duration(longest)}'"
                yield Mistake((*path, "batch_window"), what, instead)
        if name == "sqs" and (self.batch_size or 10) > 10 and self.batch_window < 1_000_000_000:
            what = "a batch of more than 10 messages needs a batch window of at least 1 s"
            yield Mistake((*path, "batch_size"), what, "write at most 10, or batch_window: 1 s")
        if self.report_batch_item_failures and not era["event_source.partial_responses"]:
            what = f"no partial batch responses in era {era.name}"
            yield Mistake((*path, "report_batch_item_failures"), what, "remove it")
        for key, fact in (("maximum_concurrency", "sqs.maximum_concurrency"),
                          ("provisioned_pollers", "sqs.provisioned.offered"),
                          ("tumbling_window", "event_source.tumbling_windows")):  # fmt: skip
            if getattr(self, key) and not era[fact]:
                yield Mistake((*path, key), f"not in era {era.name}", "remove it")


def _terms(source: Service) -> str:
    """Under which name an era keeps the terms of mappings of a source."""
    if source.kind == "sqs":
        return "sqs.fifo" if getattr(source, "fifo", False) else "sqs"
    return source.kind
