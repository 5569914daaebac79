"""A cold start in its phases: the platform, the runtime, the function's init code, the first run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulator.engine.steps import (
    ENDED,
    Count,
    Deadline,
    Delay,
    EndDeadline,
    Jump,
    Label,
    Leave,
    Live,
    LookAgain,
    Mark,
    Meter,
    Piece,
)
from simulator.eras import cold_starts
from simulator.eras.cold_starts import ColdStart
from simulator.services.lambda_settings import LambdaSettings
from simulator.services.work import time_of
from simulator.values.distributions import Constant, Quantity, distribution
from simulator.values.scaled import Scaled
from simulator.values.spec import Spec

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era


class ColdStartSteps:
    """The steps from the decision for an environment to the first line of the handler.

    | phase                              | billed      | INIT limit | timeout |
    |------------------------------------|-------------|------------|---------|
    | platform: create, fetch, VPC       |             |            |         |
    | mounts of `init.connects`          |             |            |         |
    | runtime, `init.work`, its loading  | by the era  | counts     |         |
    | SnapStart's restore instead        | a share     |            |         |
    | connections of `init.connects`     | by the era  |            |         |
    | suppressed init, inside the invoke | as Duration |            | counts  |
    | first run of the handler           | as Duration |            | counts  |

    The init of an environment whose process has ended is suppressed: it is run again inside the next invoke.
    So is one that reaches the INIT limit: it is given up, unbilled, and run again inside this invoke, from
    its beginning. What the page cache may keep of a file that has been read in part is left out.
    """

    def __init__(self, function: LambdaSettings, build: Build, pool: int, killed: Label) -> None:
        self.function, self.build, self.pool = function, build, pool
        self.killed = killed
        """Where the timeout leads."""
        self.anew, self.again, self.first, self.failed, self.ahead, self.too_long = build.labels(6)
        """Where an environment begins whose process has ended, where a suppressed init does, where the first
        run does, where an init that failed leads, one that ran ahead of the request, one at the limit."""
        (self.provisioned,) = build.labels(1)
        """Where a provisioned environment begins that has not been used."""

    def cold(self, ready: Label) -> Iterator[Piece]:
        """An environment that has not been used: new, initialised before, or `ready` after all."""
        build, era = self.build, self.build.era
        counted = self.function._is_ping
        lifetime = self.function.lifetime or era["lambda.lifetime"]
        yield Live(lifetime, build.stream("lifetime"), self.ahead, self.provisioned)
        with build.alternative():
            yield from self._platform()
            # pollers of queues were seen to have an environment each (validation/messages.py)
            if era["lambda.looks_again"] and not self.function.events:
                yield LookAgain(self.pool, ready, self.ahead)
            if counted:
                yield Count(build.counter("ping_cold_starts"))
            if self.function.snap_start:
                yield from self._restore(era["lambda.snap_start.billed_share"])
                yield from self._connect()
            else:
                yield Mark()
                yield from self._connect(mounts=True)
                yield Deadline(era["lambda.init_limit"], self.too_long)
                yield from initialise(self.function, self.build)
                yield EndDeadline()
                yield from self._connect()
                yield Meter(build.meter("init", 1), build.meter("init", 1))
        yield Deadline(self.function.timeout, self.killed, mark=not era["lambda.init_billed"])
        yield Jump(self.first)
        yield self.ahead
        if counted:
            yield Count(build.counter("ping_cold_starts"))
        yield self.provisioned
        yield Deadline(self.function.timeout, self.killed, mark=True)
        yield Jump(self.first)

    def reset(self) -> Iterator[Piece]:
        """An environment whose process has ended; and the end of every start that is not warm."""
        yield self.anew
        yield Mark()
        yield from self._connect(mounts=True)
        yield Jump(self.again)
        yield self.too_long
        yield Count(self.build.counter("init_timeouts"))
        yield self.again
        yield Mark()
        yield from self._connect()
        yield Deadline(self.function.timeout, self.killed)
        if self.function.snap_start:
            yield self.build.delay(restore_time(self.function, self.build.era), "restore")
        else:
            yield from initialise(self.function, self.build)
        yield self.first
        yield self.build.delay(first_run_time(self.function, self.build.era), "first run")
        for name in self.function.init.connects:
            yield from self.build.load(name, "first_run")

    def _platform(self) -> Iterator[Piece]:
        build, era, package = self.build, self.build.era, self.function.package
        yield build.delay(era["lambda.platform_start"], "platform")
        if package.type == "zip" and not self.function.snap_start:  # a snapshot holds the code
            fetch = era["lambda.zip_fetch_per_mb"] * package.size // (1024 * 1024)
            yield build.delay(Constant(value=Quantity(fetch)), "fetch")
        if self.function.vpc:
            yield build.delay(era["lambda.vpc_start"], "vpc")

    def _restore(self, billed: float) -> Iterator[Piece]:
        """One time in two parts, by the same luck: the last share of it is billed."""
        time, stream = restore_time(self.function, self.build.era), self.build.stream("restore")
        yield Delay(Scaled(of=time, factor=1 - billed), stream)
        yield Mark()
        yield Delay(Scaled(of=time, factor=billed), stream)

    def _connect(self, mounts: bool = False) -> Iterator[Piece]:
        for owned, name in enumerate(connections(self.function, self.build)):
            if self.build.services[name].mounted != mounts:
                continue
            refused, connected = self.build.labels(2)
            yield from self.build.connect(name, refused)
            yield Jump(connected)
            yield refused
            yield Count(self.build.counter(f"failed_inits.{name}"))
            yield Leave(self.pool, owned, ENDED)
            yield Jump(self.failed)
            yield connected


def connections(function: LambdaSettings, build: Build) -> list[str]:
    """What an environment connects to, in the order in which it does: what is mounted comes first."""
    return sorted(function.init.connects, key=lambda name: not build.services[name].mounted)


def initialise(function: LambdaSettings, build: Build) -> Iterator[Piece]:
    """The runtime and the code outside the handler, before an environment's first request."""
    yield build.delay(init_time(function, build.era), "init")
    if function.init.work is not None:
        yield build.delay(function.init.work, "init work")
    for name in function.init.connects:
        yield from build.load(name, "init")


def profile(function: LambdaSettings, era: Era) -> ColdStart:
    """What was measured of such a function; ValueError if nothing was."""
    if function.snap_start:
        return cold_starts.restore(era.name, function.runtime, function.architecture, function.memory)
    return cold_starts.cold_start(era.name, function.runtime, function.architecture, function.package.type)


def is_measured(function: LambdaSettings) -> bool:
    """Whether it starts as measured, not as the scenario says."""
    return (function.snap_start.restore if function.snap_start else function.cold_start) is None


def init_time(function: LambdaSettings, era: Era) -> Spec:
    """Init Duration without the function's own `init.work`."""
    return function.cold_start or distribution(profile(function, era).init)


def restore_time(function: LambdaSettings, era: Era) -> Spec:
    """Restore Duration of its snapshot."""
    given = function.snap_start.restore if function.snap_start else None
    return given or distribution(profile(function, era).init)


def first_run_time(function: LambdaSettings, era: Era) -> Spec:
    """How much longer its handler takes the first time; nothing if the scenario says how it starts."""
    one_vcpu = era["lambda.memory_per_vcpu"]
    if function.first_run is not None:
        return time_of(function.first_run, function.memory, one_vcpu)
    if not is_measured(function):
        return Constant(value=Quantity(0))
    milliseconds = profile(function, era).first_run_ms(min(function.memory, one_vcpu))
    return Constant(value=Quantity(round(milliseconds * 1e6)))
