"""What all stations share: whole numbers in named fields, readable as an object or as a record."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Self

Place = int
"""A place among things in memory, a number of them, or one of a few values: below MOST_PLACES, so half as
wide in arrays. No time, identity or number of bytes is one, and nothing that is counted as time goes by."""
MOST_PLACES = 1 << 30
"""Of one kind of thing, at most: 32 bits hold twice as much."""


class Slotted(type):
    """Gives a class one slot for each field that it annotates, and no others."""

    all_fields: tuple[str, ...]
    """All fields, those of the base class first."""
    all_values: Callable[[Any], tuple[int, ...]]
    """Their values in this order."""
    all_places: frozenset[str]
    """The fields that are a `Place`."""

    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Slotted:
        kinds = space.get("__annotations__", {})
        own = tuple(kinds)
        made = super().__new__(cls, name, bases, {**space, "__slots__": own})
        names = made.all_fields = (*(one for base in bases for one in getattr(base, "all_fields", ())), *own)
        made.all_values = attrgetter(*names) if len(names) > 1 else _one_by_one(names)
        places = {name for name, kind in kinds.items() if kind == "Place"}
        made.all_places = frozenset(places.union(*(getattr(base, "all_places", ()) for base in bases)))
        return made


def _one_by_one(names: tuple[str, ...]) -> Callable[[Any], tuple[int, ...]]:
    return lambda station: tuple(getattr(station, name) for name in names)


class Station(metaclass=Slotted):
    """State that requests change while they pass: only integers, zero unless said otherwise.

    The `simpy` engine keeps a station as this object, the compiled engine as one record of an
    array with the same fields, so that one text of the rules serves both.
    """

    def __init__(self, **values: int) -> None:
        for name in self.fields():
            setattr(self, name, values.pop(name, 0))
        if values:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(values))}")

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Names of the fields, base class first."""
        return cls.all_fields

    def values(self) -> dict[str, int]:
        """The state by field."""
        return dict(zip(type(self).all_fields, type(self).all_values(self), strict=True))

    def copy(self) -> Self:
        """The same state, to be changed apart."""
        twin = object.__new__(type(self))
        for name, value in self.values().items():
            setattr(twin, name, value)
        return twin

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v}' for k, v in self.values().items() if v)})"
