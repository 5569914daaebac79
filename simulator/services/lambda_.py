"""AWS Lambda: execution environments, one request at a time in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.engine.steps import (
    ERROR,
    OK,
    THROTTLED,
    TIMEOUT,
    Answer,
    Count,
    Deadline,
    EndDeadline,
    Enter,
    Jump,
    Leave,
    Mark,
    Meter,
    Piece,
    Take,
)
from simulator.measure.usage import Usage
from simulator.services import handler as handlers
from simulator.services import lambda_books as books
from simulator.services import lambda_quotas as quotas
from simulator.services.lambda_cold_start import cold_start
from simulator.services.lambda_settings import LambdaSettings

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.measure.measured import Measured


class LambdaFunction(LambdaSettings, kind="lambda"):
    """A Lambda function invoked synchronously.

    A request needs a token of the requests-per-second quota (ten a second for each unit of concurrency)
    and an environment: provisioned, else the most recently used idle one, else a new one if concurrency
    and the scaling rate allow; otherwise it is throttled (429). A new one starts cold: the platform makes
    it, the runtime initialises (measured per runtime), `init` runs. The function's timeout covers the
    handler; when it passes, the environment ends and what the handler called runs on.
    Billed per era: Duration, and INIT where the era bills it, rounded up.

    Left out, and coming: memory's effect on speed, the 10 s limit of INIT, suppressed init after a crash,
    spill-over at ten requests a second per provisioned environment, billing of provisioned environments'
    own init, and that 2020's provisioning shared the account's burst.
    """

    def steps(self, build: Build) -> Iterator[Piece]:
        pool = quotas.pool(self, build)
        owned = len(self.init.connects)
        ready, handle, ended, failed, finish, killed, crashed, done = build.labels(8)
        over_rate, over_concurrency, over_scaling = build.labels(3)
        init_billed = build.era["lambda.init_billed"]
        on_demand, provisioned = books.meters(build)
        build.own(self.init.connects)

        yield Take(quotas.rate_quota(self, build), over_rate)
        yield build.delay(build.era["lambda.invoke_overhead"], "invoke")
        yield Enter(pool, ready, over_concurrency, over_scaling)
        yield from cold_start(self, build, pool, crashed)
        yield Jump(handle)
        yield ready
        if init_billed:
            yield Mark()
        yield handle
        if not init_billed:
            yield Mark()
        yield Deadline(self.timeout, killed)
        yield from handlers.steps(build, self.work, failed, ended)
        yield ended
        yield Answer(OK)
        yield Jump(finish)
        yield failed
        yield Answer(ERROR, 500)
        yield Count(build.counter("errors"))
        yield finish
        yield EndDeadline()
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
            (over_concurrency, quotas.concurrency_cause(self, build)),
            (over_scaling, quotas.scaling_cause(build)),
        ):
            yield label
            yield Answer(THROTTLED, 429, cause)
            yield Count(build.counter("throttles"))
            yield Jump(done)
        yield done

    def usage(self, measured: Measured) -> Iterator[Usage]:
        return books.usage(self, measured)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return books.counters(self, measured)
