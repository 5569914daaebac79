"""What limits a Lambda function: concurrency, the rate of scaling, requests per second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.services import lambda_controls as controls
from simulator.services.lambda_cold_start import connections
from simulator.services.lambda_settings import LambdaSettings
from simulator.services.service import Service
from simulator.values.units import Rate

if TYPE_CHECKING:
    from simulator.engine.build import Build


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


def rate_quota(function: LambdaSettings, build: Build) -> int:
    """Requests per second: so many for each unit of the concurrency quota."""
    era = build.era
    own = function.reserved_concurrency
    concurrency = build.account.concurrency(build.era) if own is None else own
    each: Rate = era["lambda.requests_per_concurrency"]
    rate = Rate(each.count * max(concurrency, 1), each.per_ns)
    burst = max(round(rate.per_second * era["lambda.requests_burst"] / 1e9), 1)
    return build.bucket("requests per second", rate, burst, "account" if own is None else build.here)


def causes(function: LambdaSettings, build: Build) -> tuple[int, int, int]:
    """What a throttled request ran into: requests per second, concurrency, the scaling rate; and whose."""
    own = function.reserved_concurrency is not None
    concurrency = build.cause("reserved concurrency") if own else build.cause("concurrency", owner="account")
    rate = build.cause("requests per second", owner=build.here if own else "account")
    return rate, concurrency, build.cause("scaling rate", scaling_owner(build))


def reservations(services: Mapping[str, Service]) -> Iterator[int]:
    """What functions have reserved of the account's concurrency for themselves."""
    for service in services.values():
        if isinstance(service, LambdaSettings) and service.reserved_concurrency is not None:
            yield service.reserved_concurrency
