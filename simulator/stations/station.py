"""What all stations share: whole numbers in named fields, readable as an object or as a record."""

from __future__ import annotations

from typing import Any, Self


class Slotted(type):
    """Gives a class one slot for each field that it annotates, and no others."""

    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Slotted:
        return super().__new__(
            cls, name, bases, {**space, "__slots__": tuple(space.get("__annotations__", ()))}
        )


class Station(metaclass=Slotted):
    """State that requests change while they pass: only integers, zero unless said otherwise.

    The `simpy` engine keeps a station as this object, the compiled engine as one record of an
    int64 array with the same fields, so that one text of the rules serves both.
    """

    def __init__(self, **values: int) -> None:
        for name in self.fields():
            setattr(self, name, values.pop(name, 0))
        if values:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(values))}")

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Names of the fields, base class first."""
        return tuple(name for base in reversed(cls.__mro__) for name in base.__dict__.get("__slots__", ()))

    def values(self) -> dict[str, int]:
        """The state by field."""
        return {name: getattr(self, name) for name in self.fields()}

    def copy(self) -> Self:
        """The same state, to be changed apart."""
        return type(self)(**self.values())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v}' for k, v in self.values().items() if v)})"
