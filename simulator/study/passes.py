"""Which services the requests of a source, and what follows from them, may come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.services.service import Service


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
