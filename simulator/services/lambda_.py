"""AWS Lambda: execution environments, one request at a time in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.engine.steps import (
    ERROR,
    OK,
    PROCESS_ENDED,
    TIMEOUT,
    Answer,
    Count,
    Deadline,
    Enter,
    Jump,
    Label,
    Leave,
    Meter,
    Piece,
    Poison,
)
from simulator.measure.usage import Usage
from simulator.services import handler as handlers
from simulator.services import lambda_async
from simulator.services import lambda_books as books
from simulator.services import lambda_controls as controls
from simulator.services import lambda_quotas as quotas
from simulator.services.handler import Invocation
from simulator.services.lambda_checks import mistakes
from simulator.services.lambda_cold_start import ColdStartSteps
from simulator.services.lambda_settings import LambdaSettings
from simulator.services.service import Mistake, Service

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured
    from simulator.services.account import Account

CODE = ("lambda", "server", "ec2", "ecs")
"""What runs a customer's code."""


class LambdaFunction(LambdaSettings, kind="lambda"):
    """A Lambda function, invoked synchronously by what calls it, by what polls its `events` too, with whole
    batches, and asynchronously by what sends to it.

    A request needs a token of the requests-per-second quotas (ten a second for each unit of concurrency: of
    what the function has reserved, and of the account; and since 2023 a function's requests may grow by no
    more than 10,000 a second every 10 s) and an environment: provisioned, else the most recently used idle
    one, else one that Lambda initialised ahead in place of one that came to its end, else a new one if
    concurrency and the scaling rate allow; otherwise it is throttled (429). Events of the internal queue need
    no token: their senders did, if they are code and not a service of AWS. A new environment starts cold: the
    platform makes it and fetches the code, the runtime initialises (measured by runtime, architecture and
    package type, the same at any memory), `init` runs, and the handler's first run takes longer; SnapStart
    restores a snapshot instead. The function's timeout covers the handler; when it passes, or the handler's
    process ends, the environment initialises anew within its next invoke; what the handler called runs on.
    Billed per era: Duration, and INIT where the era bills it, rounded up.

    Provisioned environments initialise before they can be used and whenever they are recycled, which is
    billed; requests beyond ten a second for each of them spill over to on-demand environments. The first run
    of each is as long as that of others (AWS says that it may vary, with just-in-time compilation for one),
    and one whose process ended initialises anew within its next invoke, as others do.

    `cold_starts` are first requests of environments, as REPORT lines and handlers count them; those of which
    are `initialised_ahead` wait for nothing but the longer first run.

    Left out: SnapStart's restore limit of 10 s; the bill of inits that ran ahead of requests; extensions; an
    environment's 625 Mbps; response streaming, Managed Instances, MicroVMs, durable functions, tenants.
    """

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        yield from mistakes(self, services, era)
        yield from self.event_invoke_config.check(era)

    def check_quotas(self, services: Mapping[str, Service], era: Era, account: Account) -> Iterator[Mistake]:
        functions = [each for each in services.values() if isinstance(each, LambdaFunction)]
        return controls.check_quotas(self, functions, era, account)

    def steps(self, build: Build) -> Iterator[Piece]:
        over_rates = yield from quotas.admitted(self, build)
        yield from self.executed(build, over_rates)

    def executed(self, build: Build, refusals: Mapping[Label, int] | None = None) -> Iterator[Piece]:
        """From finding an environment to the answer; `refusals` come from before that, with their causes.
        Events from the function's internal queue are held back by concurrency alone."""
        pool = quotas.pool(self, build)
        owned = len(self.init.connects)
        ready, work, ended, failed, finish, killed, crashed, done = build.labels(8)
        over_concurrency, over_scaling = build.labels(2)
        on_demand, provisioned = books.meters(build)
        start = ColdStartSteps(self, build, pool, killed)
        build.own(self.init.connects)

        yield build.delay(build.era["lambda.invoke_overhead"], "invoke")
        yield Enter(pool, ready, start.anew, over_concurrency, over_scaling)
        yield from start.cold(ready)
        yield from start.reset()
        yield Jump(work)
        yield ready
        yield Deadline(self.timeout, killed, mark=True)
        yield work
        yield from handlers.steps(build, self.work, Invocation(self.memory, ended, failed, crashed))
        yield ended
        if self.poison:
            yield from self._poison(build, failed)
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
        yield Leave(pool, owned, PROCESS_ENDED)
        yield Answer(TIMEOUT, 500, build.cause("timeout"))
        yield Count(build.counter("timeouts"))
        yield Jump(done)
        yield crashed
        yield Meter(on_demand, provisioned)
        yield Leave(pool, owned, PROCESS_ENDED)
        yield Count(build.counter("errors"))
        yield Jump(done)
        yield start.failed
        yield Answer(ERROR, 500)
        if build.era["lambda.init_billed"]:
            yield Meter(on_demand, provisioned)
        yield Count(build.counter("errors"))
        yield Jump(done)
        found_none = zip((over_concurrency, over_scaling), quotas.causes(self, build), strict=True)
        yield from quotas.throttled(build, {**(refusals or {}), **dict(found_none)}, done)
        yield done

    def _poison(self, build: Build, failed: Label) -> Iterator[Piece]:
        """An item of the batch may be one that always fails; where items are reported, the rest has not."""
        poisoned, well = build.labels(2)
        yield Poison(self.poison, poisoned, build.once("poison"))
        yield Jump(well)
        yield poisoned
        yield Count(build.counter("poisoned"))
        if not any(source.report_batch_item_failures for source in self.events.values()):
            yield Answer(ERROR, 500, build.cause("poison"))
            yield Jump(failed)
        yield well

    def sent(self, build: Build) -> Iterator[Piece]:
        """Events that code sends are requests per second too; those that AWS's services send are not."""
        refusals = (yield from quotas.admitted(self, build)) if build.caller in CODE else {}
        yield from lambda_async.steps(self, build)
        if refusals:
            (done,) = build.labels(1)
            yield Jump(done)
            yield from quotas.throttled(build, refusals, done)
            yield done

    def standing(self, build: Build) -> None:
        if self.provisioned_concurrency or self.pings:
            quotas.pool(self, build)

    def usage(self, measured: Measured) -> Iterator[Usage]:
        return books.usage(self, measured)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return books.counters(self, measured)
