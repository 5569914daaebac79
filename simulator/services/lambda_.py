"""AWS Lambda: execution environments, one request at a time in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

from simulator.engine.steps import (
    ERROR,
    OK,
    THROTTLED,
    TIMEOUT,
    Answer,
    Count,
    Deadline,
    Enter,
    Jump,
    Label,
    Leave,
    Mark,
    Meter,
    Piece,
    Take,
)
from simulator.eras.cold_starts import cold_start
from simulator.measure.usage import Usage
from simulator.services import handler as handlers
from simulator.services import lambda_controls as controls
from simulator.services.handler import Handler, HandlerStep
from simulator.services.pings import Pings
from simulator.services.provisioning import Provisioned
from simulator.services.service import Mistake, Reference, Service
from simulator.values.distributions import Distribution, distribution
from simulator.values.units import Memory, PositiveDuration, Rate, format_duration, format_memory

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured
    from simulator.services.account import Account

NOT_YET = {
    "events": "event source mappings of queues and streams",
    "package": "package type and size",
    "snap_start": "SnapStart",
    "vpc": "functions in a VPC",
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


class LambdaFunction(Service, kind="lambda"):
    """A Lambda function invoked synchronously.

    A request needs a token of the requests-per-second quota (ten a second for each unit of concurrency)
    and an environment: provisioned, else the most recently used idle one, else a new one if concurrency
    and the scaling rate allow; otherwise it is throttled (429). A new one starts cold: the platform makes
    it, the runtime initialises (measured per runtime), `init` runs. The function's timeout covers the
    handler; when it passes, the environment ends and what the handler called runs on.
    Billed per era: Duration, and INIT where the era bills it, rounded up.

    Provisioned environments initialise before they can be used and whenever they are recycled, which is
    billed; requests beyond ten a second for each of them spill over to on-demand environments.

    Left out, and coming: memory's effect on speed, the 10 s limit of INIT, suppressed init after a crash.
    """

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
    provisioned_concurrency: Provisioned | None = None
    """An amount, or a map: amount, schedule, scheduled_actions, target_tracking."""
    pings: Pings | None = None
    """Invocations that keep environments warm."""
    keep_alive: PositiveDuration | None = None
    lifetime: PositiveDuration | None = None
    _is_ping: bool = PrivateAttr(default=False)
    """Whether it is a warm-up ping that is being said."""

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

    def check_quotas(self, services: Mapping[str, Service], era: Era, account: Account) -> Iterator[Mistake]:
        functions = [each for each in services.values() if isinstance(each, LambdaFunction)]
        return controls.check_quotas(self, functions, era, account)

    def ordinary(self) -> LambdaFunction:
        asked = self.provisioned_concurrency
        return self.model_copy(update={"provisioned_concurrency": asked and asked.ordinary})

    # ------------------------------------------------------------------ what a request meets

    def steps(self, build: Build) -> Iterator[Piece]:
        pool = self._pool(build)
        owned = len(self.init.connects)
        ready, handle, ended, failed, finish, killed, crashed, done = build.labels(8)
        over_rate, over_concurrency, over_scaling = build.labels(3)
        init_billed = build.era["lambda.init_billed"]
        on_demand, provisioned = self._meters(build)
        build.own(self.init.connects)

        yield Take(self._rate_quota(build), over_rate)
        yield build.delay(build.era["lambda.invoke_overhead"], "invoke")
        yield Enter(pool, ready, over_concurrency, over_scaling)
        if self._is_ping:
            yield Count(build.counter("ping_cold_starts"))
        yield from self._cold_start(build, pool, crashed)
        yield Deadline(self.timeout, killed, mark=not init_billed)
        yield Jump(handle)
        yield ready
        yield Deadline(self.timeout, killed, mark=True)
        yield handle
        yield from handlers.steps(build, self.work, failed, ended)
        yield ended
        yield Answer(OK)
        yield Jump(finish)
        yield failed
        yield Answer(ERROR, 500)
        yield Count(build.counter("errors"))
        yield finish
        yield Meter(on_demand, provisioned)
        yield Leave(pool, owned)
        yield Jump(done)

        yield killed
        yield Meter(on_demand, provisioned)
        yield Leave(pool, owned, keep=False)
        yield Answer(TIMEOUT, 500, build.cause("timeout"))
        yield Count(build.counter("timeouts"))
        yield Jump(done)
        yield crashed
        yield Answer(ERROR, 500)
        if init_billed:
            yield Meter(on_demand, provisioned)
        yield Count(build.counter("errors"))
        yield Jump(done)
        for label, cause in (
            (over_rate, build.cause("requests per second")),
            (over_concurrency, self._concurrency_cause(build)),
            (over_scaling, self._scaling_cause(build)),
        ):
            yield label
            yield Answer(THROTTLED, 429, cause)
            yield Count(build.counter("throttles"))
            yield Jump(done)
        yield done

    def _cold_start(self, build: Build, pool: int, crashed: Label) -> Iterator[Piece]:
        """From the decision for a new environment to the first line of the handler."""
        yield build.delay(build.era["lambda.platform_start"], "platform")
        yield Mark()
        yield from self.initialise(build)
        for owned, name in enumerate(self.init.connects):
            refused, connected = build.labels(2)
            yield from build.connect(name, refused)
            yield Jump(connected)
            yield refused
            yield Leave(pool, owned, keep=False)
            yield Jump(crashed)
            yield connected
        yield Meter(build.meter("init", 1), build.meter("init", 1))

    def initialise(self, build: Build) -> Iterator[Piece]:
        """What an environment does before its first request."""
        init = self.cold_start or distribution(cold_start(self.runtime, self.architecture).init)
        yield build.delay(init, "init")
        if self.init.work is not None:
            yield build.delay(self.init.work, "init work")

    # ------------------------------------------------------------------ stations

    def _pool(self, build: Build) -> int:
        era = build.era
        quota = self._quota(build)
        owned = tuple(build.servers_of(name) for name in self.init.connects)
        pool = build.environments(
            quota,
            self._scaling(build),
            self.keep_alive or era["lambda.keep_alive"],
            self.lifetime or era["lambda.lifetime"],
            owned,
            era["lambda.provisioned.requests_per_concurrency"],
            era["lambda.requests_burst"],
        )
        controls.keep_ready(self, build, pool, self._scaling(build))
        return pool

    def _quota(self, build: Build) -> int:
        if self.reserved_concurrency is not None:
            return build.quota("reserved concurrency", self.reserved_concurrency)
        return build.account.unreserved(build, _reservations(build.services))

    def _concurrency_cause(self, build: Build) -> int:
        if self.reserved_concurrency is not None:
            return build.cause("reserved concurrency")
        return build.cause("concurrency", owner="account")

    def _scaling(self, build: Build) -> int:
        """The bucket that new environments come out of."""
        era = build.era
        return build.bucket(
            "scaling rate",
            era["lambda.scaling.refill"],
            era["lambda.scaling.bucket"],
            self._scaling_owner(build),
        )

    def _scaling_owner(self, build: Build) -> str:
        return "account" if build.era["lambda.scaling.scope"] == "account" else build.here

    def _scaling_cause(self, build: Build) -> int:
        return build.cause("scaling rate", self._scaling_owner(build))

    def _rate_quota(self, build: Build) -> int:
        """Requests per second: so many for each unit of the concurrency quota."""
        era = build.era
        own = self.reserved_concurrency
        concurrency = build.account.concurrency(build.era) if own is None else own
        each: Rate = era["lambda.requests_per_concurrency"]
        rate = Rate(each.count * max(concurrency, 1), each.per_ns)
        burst = max(round(rate.per_second * era["lambda.requests_burst"] / 1e9), 1)
        return build.bucket("requests per second", rate, burst, "account" if own is None else build.here)

    def _meters(self, build: Build) -> tuple[int, int]:
        rounding = build.era["lambda.billing_granularity"]
        return build.meter("on_demand", rounding), build.meter("provisioned", rounding)

    # ------------------------------------------------------------------ what is reported and billed

    def usage(self, measured: Measured) -> Iterator[Usage]:
        name, gb = measured.name, self.memory / 1024
        extra = max(self.ephemeral_storage - 512, 0) / 1024
        on_demand, provisioned = (
            measured["on_demand.rounded_ns"] / 1e9,
            measured["provisioned.rounded_ns"] / 1e9,
        )
        kept = (measured["environments.requested_ns"] + measured["provisioned_rounding_ns"]) / 1e9
        initialised = measured["provisioned_init.rounded_ns"] / 1e9
        yield Usage(name, "lambda.requests", self._invocations(measured))
        yield Usage(name, f"lambda.duration.{self.architecture}", on_demand * gb)
        if self.provisioned_concurrency:
            yield Usage(name, f"lambda.provisioned_concurrency.{self.architecture}", kept * gb)
            yield Usage(
                name, f"lambda.provisioned_duration.{self.architecture}", (provisioned + initialised) * gb
            )
        if extra:
            yield Usage(name, "lambda.ephemeral_storage", (on_demand + provisioned) * extra)

    def _invocations(self, measured: Measured) -> float:
        return sum(measured[f"environments.{start}_starts"] for start in ("provisioned", "warm", "cold"))

    def counters(self, measured: Measured) -> Mapping[str, float]:
        invocations = self._invocations(measured)
        cold = measured["environments.cold_starts"]
        billed_ns = sum(
            measured[f"{kind}.rounded_ns"] for kind in ("on_demand", "provisioned", "provisioned_init")
        )
        pings, by_clients = measured["pings"], cold - measured["ping_cold_starts"]
        return {
            "invocations": invocations,
            "errors": measured["errors"] + measured["timeouts"],
            "timeouts": measured["timeouts"],
            "throttles": measured["throttles"],
            "cold_starts": cold,
            "cold_share": by_clients / (invocations - pings) if invocations > pings else 0.0,
            "pings": pings,
            "init_duration_mean_s": measured["init.ns"] / max(measured["init.count"], 1) / 1e9,
            "concurrency_max": measured["environments.most"],
            "environments_mean": measured["environments.alive_ns"] / measured.ns,
            "provisioned_invocations": measured["environments.provisioned_starts"],
            "provisioned_spillover_invocations": measured["environments.spillovers"],
            "billed_gb_s": billed_ns / 1e9 * self.memory / 1024,
        } | {f"responded.{name}": count for name, count in measured.starting("responded.").items()}


def _reservations(services: Mapping[str, Service]) -> Iterator[int]:
    for service in services.values():
        if isinstance(service, LambdaFunction) and service.reserved_concurrency is not None:
            yield service.reserved_concurrency
