"""Which services the requests of a source, and what follows from them, may come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.measure.measured import Measured
from simulator.services.lambda_settings import LambdaSettings
from simulator.services.scaling_fleet import ScalingFleet
from simulator.values.units import HOUR

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario
    from simulator.services.service import Service


def idle(scenario: Scenario, design: str) -> Iterator[str]:
    """Services that are billed though no request comes to them."""
    services = scenario.designs[design].services
    reached = {name for source in scenario.traffic.values() for name in passed(services, source.to)}
    for name, service in services.items():
        if name not in reached and _is_kept(service):
            yield name


def _is_kept(service: Service) -> bool:
    servers = isinstance(service, ScalingFleet) and service.initial > 0
    ready = isinstance(service, LambdaSettings) and service.provisioned_concurrency is not None
    return servers or ready or any(used.quantity for used in service.usage(Measured("", HOUR, {})))


def passed(services: Mapping[str, Service], entry: str) -> tuple[str, ...]:
    """The services behind `entry`, itself first: those that are called, and those that read from them."""
    following: dict[str, list[str]] = {name: [] for name in services}
    for name, service in services.items():
        for reference in service.references():
            reads = reference.role == "reads"
            caller, called = (reference.name, name) if reads else (name, reference.name)
            following.setdefault(caller, []).append(called)
    found = {entry: None}
    new = [entry]
    while new:
        behind = [one for one in following.get(new.pop(), ()) if one not in found]
        found.update(dict.fromkeys(behind))
        new += behind
    return tuple(found)
