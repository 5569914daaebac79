"""What limits a Lambda function: concurrency, the rate of scaling, requests per second."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.engine.steps import THROTTLED, Answer, Count, Jump, Label, Piece, Take
from simulator.services import lambda_controls as controls
from simulator.services.growing import RequestGrowth
from simulator.services.lambda_cold_start import connections
from simulator.services.lambda_settings import LambdaSettings
from simulator.services.service import Service
from simulator.values.units import Rate

if TYPE_CHECKING:
    from simulator.engine.build import Build

REQUESTS, GROWTH = "requests per second", "growth of requests per second"


def pool(function: LambdaSettings, build: Build) -> int:
    """The function's environments, and what keeps them ready."""
    era = build.era
    limit = quota(function, build)
    owned = tuple(build.servers_of(name) for name in connections(function, build))
    keep_alive = function.keep_alive or era["lambda.keep_alive"]
    # a function that says how long it is kept means all of its environments, unless it says more
    spare = function.spare_keep_alive or (function.keep_alive or era["lambda.spare_keep_alive"])
    environments = build.environments(
        limit,
        scaling(build),
        keep_alive,
        max(spare, keep_alive),
        owned,
        era["lambda.provisioned.requests_per_concurrency"],
        era["lambda.requests_burst"],
        era["lambda.replaces_ended"] and function.reserved_concurrency is None,
    )
    controls.keep_ready(function, build, environments, scaling(build))
    return environments


def quota(function: LambdaSettings, build: Build) -> int:
    """Executions at a time: its own, or those of all functions without reserved concurrency."""
    if function.reserved_concurrency is not None:
        return build.quota("reserved concurrency", function.reserved_concurrency)
    return build.account.unreserved(build, reservations(build.services))


def scaling(build: Build) -> int:
    """The bucket that new environments come out of."""
    era = build.era
    return build.bucket(
        "scaling rate",
        era["lambda.scaling.refill"],
        era["lambda.scaling.bucket"],
        scaling_owner(build),
    )


def scaling_owner(build: Build) -> str:
    """Who scales: in 2020 the whole account, today each function."""
    return "account" if build.era["lambda.scaling.scope"] == "account" else build.here


def admitted(function: LambdaSettings, build: Build) -> Generator[Piece, None, dict[Label, int]]:
    """Take from each quota of requests per second; where those go on that one refuses, and the cause."""
    refusals = {}
    for bucket, cause in _request_rates(function, build).items():
        (refused,) = build.labels(1)
        refusals[refused] = cause
        yield Take(bucket, refused)
    return refusals


def throttled(build: Build, refusals: Mapping[Label, int], done: Label) -> Iterator[Piece]:
    """What those are answered that a quota refuses."""
    for refused, cause in refusals.items():
        yield refused
        yield Answer(THROTTLED, 429, cause)
        yield Count(build.counter("throttles"))
        yield Jump(done)


def _request_rates(function: LambdaSettings, build: Build) -> dict[int, int]:
    """Requests per second that the function, its growth and the account may take: buckets, and the causes of
    what they refuse."""
    own = function.reserved_concurrency
    account = build.account.concurrency(build.era)
    most = account if own is None else own
    rates = {} if own is None else _rate_quota(own, build, build.here)
    return rates | _request_growth(function, most, build) | _rate_quota(account, build, "account")


def _rate_quota(concurrency: int, build: Build, owner: str) -> dict[int, int]:
    """So many for each unit of a concurrency quota."""
    each: Rate = build.era["lambda.requests_per_concurrency"]
    rate = Rate(each.count * max(concurrency, 1), each.per_ns)
    return {build.bucket(REQUESTS, rate, _burst(rate, build), owner): build.cause(REQUESTS, owner)}


def _request_growth(function: LambdaSettings, concurrency: int, build: Build) -> dict[int, int]:
    """What a function's requests may grow by; nothing where its quota is no more than there is room for."""
    era = build.era
    each: Rate = era["lambda.requests_per_concurrency"]
    room, refill = era["lambda.scaling.requests"], era["lambda.scaling.requests_refill"]
    if not room or each.per_second * concurrency <= room:
        return {}
    bucket = build.bucket(GROWTH, Rate(room), _burst(Rate(room), build))
    provisioned: Rate = era["lambda.provisioned.requests_per_concurrency"]
    span = era["lambda.requests_burst"]
    each_provisioned = round(provisioned.per_second)
    control = RequestGrowth(bucket, pool(function, build), room, refill, each_provisioned, span)
    build.control(GROWTH, control)
    return {bucket: build.cause(GROWTH)}


def _burst(rate: Rate, build: Build) -> int:
    span: int = build.era["lambda.requests_burst"]
    return max(round(rate.per_second * span / 1e9), 1)


def causes(function: LambdaSettings, build: Build) -> tuple[int, int]:
    """What a request ran into that got no environment: concurrency, the scaling rate; and whose."""
    own = function.reserved_concurrency is not None
    concurrency = build.cause("reserved concurrency") if own else build.cause("concurrency", owner="account")
    return concurrency, build.cause("scaling rate", scaling_owner(build))


def reservations(services: Mapping[str, Service]) -> Iterator[int]:
    """What functions have reserved of the account's concurrency for themselves."""
    for service in services.values():
        if isinstance(service, LambdaSettings) and service.reserved_concurrency is not None:
            yield service.reserved_concurrency
