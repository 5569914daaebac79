"""Which services the requests of a source, and what follows from them, may come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario
    from simulator.services.service import Service


def idle_provisioned(scenario: Scenario, design: str) -> Iterator[str]:
    """Functions that have provisioned concurrency and that no request comes to: they are in no run's bill."""
    services = scenario.designs[design].services
    reached = {name for source in scenario.traffic.values() for name in passed(services, source.to)}
    for name, service in services.items():
        if name not in reached and getattr(service, "provisioned_concurrency", None):
            yield name


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
