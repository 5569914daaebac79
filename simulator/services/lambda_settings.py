"""The settings of a Lambda function, in AWS's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from simulator.eras.cold_starts import cold_start
from simulator.services import handler as handlers
from simulator.services.handler import Handler, HandlerStep
from simulator.services.provisioning import ProvisionedConcurrency
from simulator.services.service import Mistake, Reference, Service
from simulator.values.distributions import Distribution
from simulator.values.units import Memory, PositiveDuration, format_duration, format_memory

if TYPE_CHECKING:
    from simulator.eras.era import Era

NOT_YET = {
    "events": "event source mappings of queues and streams",
    "package": "package type and size",
    "snap_start": "SnapStart",
    "vpc": "functions in a VPC",
    "pings": "warm-up pings",
    "destinations": "asynchronous invocation and its destinations",
    "poison": "records that fail whenever tried",
    "file_system": "EFS",
    "layers": "package size",
}


class Init(BaseModel):
    """Code outside the handler, run once per environment at a cold start, after the runtime's own init."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    work: Distribution | None = None
    connects: tuple[str, ...] = ()
    """Services to which each environment opens one connection and keeps it while it lives."""


class LambdaSettings(Service):
    """What a scenario says of a function, and what is wrong with it."""

    reserved: ClassVar[Mapping[str, str]] = NOT_YET

    runtime: str = Field(examples=["nodejs22"])
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    memory: Memory = Field(default=128, ge=128, le=10_240, examples=["512 MB"])
    """Lambda's own default is 128 MB."""
    ephemeral_storage: Memory = Field(default=512, ge=512, le=10_240)
    timeout: PositiveDuration = 3_000_000_000
    """Lambda's own default is 3 s."""
    duration: Distribution | None = None
    """Short for a handler that only works."""
    handler: Handler = ()
    init: Init = Init()
    cold_start: Distribution | None = None
    """Init Duration of the runtime, instead of the measured one."""
    reserved_concurrency: int | None = Field(default=None, ge=0)
    provisioned_concurrency: ProvisionedConcurrency | None = None
    keep_alive: PositiveDuration | None = None
    lifetime: PositiveDuration | None = None

    @field_validator("duration", mode="before")
    @classmethod
    def _not_by_batch(cls, value: object) -> object:
        if isinstance(value, Mapping) and {"per_batch", "per_record"} & set(value):
            raise ValueError("'per_batch', 'per_record' are not simulated yet (batches); write one duration")
        return value

    @model_validator(mode="after")
    def _says_what_it_does(self) -> Self:
        if bool(self.handler) == (self.duration is not None):
            what = "both `duration` and `handler`" if self.handler else "neither `duration` nor `handler`"
            raise ValueError(f"{what}; write `duration: X` or `handler: [{{work: X}}, ...]`")
        return self

    @property
    def work(self) -> Handler:
        """What the handler does, in order."""
        return self.handler or (HandlerStep(work=self.duration),)

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if self.cold_start is None:
            cold_start(self.runtime, self.architecture)
        return self

    def references(self) -> Iterator[Reference]:
        yield from handlers.references(self.handler, ("handler",))
        for place, name in enumerate(self.init.connects):
            yield Reference(("init", "connects", place), name)

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        for place, name in enumerate(self.init.connects):
            if name in services and not services[name].connectable:
                what = f"{name!r} ({services[name].kind}) takes no connections"
                yield Mistake(("init", "connects", place), what, "name a database")
        most, step = era["lambda.memory_maximum"], era["lambda.memory_step"]
        if self.memory > most or self.memory % step:
            what = f"{format_memory(self.memory)} is no memory size of era {era.name}"
            steps = f" in steps of {format_memory(step)}" if step > 1 else ""
            yield Mistake(("memory",), what, f"write at most '{format_memory(most)}'{steps}")
        if self.timeout > era["lambda.timeout_maximum"]:
            longest = format_duration(era["lambda.timeout_maximum"])
            yield Mistake(("timeout",), f"longer than Lambda's {longest}", f"write at most '{longest}'")

    def ordinary(self) -> Self:
        return self.model_copy(update={"provisioned_concurrency": None})
