"""The demand on a program: the sources of a scenario, as far as a program depends on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simulator.engine.build import Demand
from simulator.traffic.shape import Shape
from simulator.traffic.users import Users

if TYPE_CHECKING:
    from simulator.scenario.model import Source


def demands_of(
    traffic: Mapping[str, Source], shapes: Mapping[str, Shape] | None = None
) -> tuple[Demand, ...]:
    """The sources in the order of the scenario, with these shapes or their own; those without traffic too."""
    if shapes is None:
        shapes = {name: source.shape for name, source in traffic.items()}
    return tuple(_demand(source, shapes.get(name)) for name, source in traffic.items())


def _demand(source: Source, shape: Shape | None) -> Demand:
    demand = Demand(source.name, source.to, source.mix, size=source.size, key=source.key)
    if isinstance(shape, Users):
        return demand._replace(users=shape.count, think=shape.think, ramp=shape.ramp)
    return demand
