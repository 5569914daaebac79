"""The settings of a Lambda function, in AWS's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from simulator.eras.cold_starts import known_runtimes, plain_name
from simulator.eras.document import instead
from simulator.measure.measured import PROVISIONED_REQUESTS
from simulator.services import handler as handlers
from simulator.services.events import STREAMS, EventSource
from simulator.services.handler import Handler
from simulator.services.lambda_async import EventInvokeConfig
from simulator.services.outward import Outward
from simulator.services.pings import Pings
from simulator.services.provisioning import Provisioned
from simulator.services.service import MOST_BUSY, Raising, Reference, Service
from simulator.services.work import HandlerWork, Work
from simulator.values.distributions import Distribution
from simulator.values.units import Memory, PositiveDuration, Share, Size, shown

NOT_YET = {
    "layers": "by themselves; `package.size` is that of the code with its layers",
    **{f"events.*.{key}": what for key, what in EventSource.reserved.items()},
}


class Init(BaseModel):
    """Code outside the handler, run once per environment at a cold start, after the runtime's own init."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    work: Distribution | None = None
    """Loading modules and what else the code does before it can serve: the same at any memory."""
    connects: tuple[str, ...] = ()
    """Services to which each environment opens one connection and keeps it while it lives."""


class Package(BaseModel):
    """How the code comes: as a zip that is fetched and unpacked, or as a container image, fetched as read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["zip", "image"] = "zip"
    size: Size = Field(default=0, examples=["20 MB"])
    """Zipped, with its layers. What loading its modules takes is `init.work`."""


class SnapStart(BaseModel):
    """New environments are restored from a snapshot; init ran before it was taken, at publishing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    restore: Distribution | None = None
    """Restore Duration, instead of the measured one."""


def _snap_start(value: Any) -> Any:
    """`snap_start: true` is short for `snap_start: {}`."""
    return {True: {}, False: None}.get(value, value) if isinstance(value, bool) else value


class LambdaSettings(Outward):
    """What a scenario says of a function. `cold_start` comes before `runtime`, which it excuses."""

    reserved: ClassVar[Mapping[str, str]] = NOT_YET
    phases: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("platform", "fetch", "vpc", "init", "init work", "restore", "first run"), "cold start"
    )

    cold_start: Distribution | None = None
    """Init Duration of the runtime, instead of the measured one; then the runtime may be any."""
    runtime: str = Field(examples=["nodejs22"])
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    package: Package = Package()
    memory: Memory = Field(default=128, ge=128, le=10_240, examples=["512 MB"])
    """Lambda's own default is 128 MB."""
    ephemeral_storage: Memory = Field(default=512, ge=512, le=10_240)
    timeout: PositiveDuration = 3_000_000_000
    """Lambda's own default is 3 s."""
    vpc: bool = False
    """Whether it is attached to a VPC."""
    duration: HandlerWork | None = None
    """Short for a handler that only works; of batches `{per_batch: 20 ms, per_record: 2 ms}`."""
    handler: Handler = ()
    events: Mapping[str, EventSource] = {}
    """Queues and streams that Lambda polls for it, under names of the design's own."""
    poison: Share = 0.0
    """The share of messages and records that fail whenever they are tried."""
    init: Init = Init()
    first_run: Work | None = None
    """How much longer the handler's first run in a new environment takes, provisioned or not, instead of the
    measured one."""
    snap_start: Annotated[
        SnapStart | None, BeforeValidator(_snap_start, json_schema_input_type=bool | SnapStart | None)
    ] = None
    reserved_concurrency: int | None = Field(default=None, ge=0)
    provisioned_concurrency: Provisioned | None = None
    """An amount (0: none), or a map: amount, schedule, scheduled_actions, target_tracking."""
    pings: Pings | None = None
    """Invocations that keep environments warm."""
    event_invoke_config: EventInvokeConfig = EventInvokeConfig()
    """Retries, ages and destinations of events that are sent to it."""
    keep_alive: PositiveDuration | None = None
    """How long the function is idle before all its environments are gone."""
    spare_keep_alive: PositiveDuration | None = None
    """How long an environment is idle before it is gone while the function is in use; `keep_alive` if only
    that is given."""
    lifetime: Distribution | None = None
    """Age at which an environment ends however busy it is."""
    _is_ping: bool = PrivateAttr(default=False)
    """Whether it is a warm-up ping that is being said."""

    @field_validator("provisioned_concurrency", mode="before")
    @classmethod
    def _none_is_none(cls, asked: object) -> object:
        """0, where a range of amounts begins."""
        return None if asked == 0 and not isinstance(asked, bool) else asked

    @field_validator("runtime")
    @classmethod
    def _measured(cls, name: str, info: ValidationInfo) -> str:
        # `cold_start` is declared before it; one that is wrong is missing here
        if info.data.get("cold_start", ...) is None and plain_name(name) not in known_runtimes():
            raise ValueError(f"no cold starts of runtime {shown(name)}; {instead(name, known_runtimes())}")
        return name

    @model_validator(mode="after")
    def _says_what_it_does(self) -> Self:
        handlers.said_once(self.handler, self.duration)
        return self

    @property
    def work(self) -> Handler:
        """What the handler does, in order."""
        return handlers.said_once(self.handler, self.duration)

    def references(self) -> Iterator[Reference]:
        for event, source in self.events.items():
            yield Reference(("events", event, "from"), source.from_, ("sqs", *STREAMS), "reads")
            if source.on_failure:
                yield Reference(("events", event, "on_failure"), source.on_failure, ("sqs",), "failures")
        yield from handlers.references(self.handler, ("handler",))
        for place, name in enumerate(self.init.connects):
            yield Reference(("init", "connects", place), name)
        yield from self.event_invoke_config.references()
        yield from super().references()

    def raising(self, limit: str, services: Mapping[str, Service]) -> Iterator[Raising]:
        # of which each unit allows so many requests per second
        if limit in ("reserved concurrency", "requests per second") and self.reserved_concurrency:
            yield Raising(("reserved_concurrency",), self.reserved_concurrency)
        if limit == PROVISIONED_REQUESTS and (asked := self.provisioned_concurrency):
            yield from asked.raising
        for event, source in self.events.items():
            if limit == f"lanes of {event}":  # the hottest, too: `study.capacity.tight`
                path = "events", event, "parallelization_factor"
                yield Raising(path, source.parallelization_factor, 10, busy=MOST_BUSY)
                shards = services[source.from_].raising("shards", services)
                yield from (one._replace(service=source.from_, busy=MOST_BUSY) for one in shards)
                if source.batch_size and not self.poison:  # a larger one holds up its lane for longer
                    yield Raising(("events", event, "batch_size"), source.batch_size, busy=MOST_BUSY)
            if limit == f"pollers of {source.from_}":
                yield from source.raising(("events", event))

    def ordinary(self) -> Self:
        asked = self.provisioned_concurrency
        return self.model_copy(update={"provisioned_concurrency": asked and asked.ordinary})
