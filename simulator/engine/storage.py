"""What a machine is made of: arrays for the compiled loop, lists of the same for the interpreted one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from simulator.engine.machine import DTYPES
from simulator.stations.hints import LINE
from simulator.stations.station import Station


class Storage(Protocol):
    """Makes sequences, of integers, floats and records, and hands out what is in them."""

    def integers(self, values: Any) -> Any: ...
    def places(self, values: Sequence[int]) -> Any:
        """Integers below 2^31, which are many: half as wide, more of them are near the processor."""

    def floats(self, values: Sequence[float]) -> Any: ...
    def records(self, stations: Sequence[Station], field: str) -> Any:
        """Stations as the part `field` of a machine."""

    def tuples(self, values: Sequence[NamedTuple], field: str) -> Any: ...
    def joined(self, parts: Sequence[Any]) -> Any:
        """Sequences of integers as one."""

    def grown(self, stations: Any, kind: type[Station]) -> Any:
        """The same stations, and as many empty ones."""

    def chain(self, stations: Any, start: int) -> None:
        """Each station from `start` on says that the one behind it is `next`."""

    def view(self, stations: Any, place: int) -> Any:
        """One station, read and written by its fields' names."""

    def views(self, stations: Any) -> Sequence[Any]:
        """Each of them."""


class Columns(dict[str, np.ndarray]):
    """The fields of an array of records; to find one takes longer than to read a number of it."""

    def __init__(self, array: np.ndarray) -> None:
        super().__init__()
        self.array = array

    def __missing__(self, name: str) -> np.ndarray:
        self[name] = column = self.array[name]
        return column


class View:
    """One record of an array, read and written by its fields' names."""

    __slots__ = ("_columns", "_place")
    _columns: Columns
    _place: int

    def __init__(self, columns: Columns, place: int) -> None:
        object.__setattr__(self, "_columns", columns)
        object.__setattr__(self, "_place", place)

    def __getattr__(self, name: str) -> int:
        try:
            return int(self._columns[name][self._place])
        except ValueError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: int) -> None:
        self._columns[name][self._place] = value


class Views(Sequence[Any]):
    """The records of an array, as stations."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.columns = array, Columns(array)

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return Views(self.array[place])
        return View(self.columns, range(len(self.array))[place])


def values_of(stations: Sequence[Station], field: str) -> list[int]:
    """One field of each of these stations; of many records it is read at once."""
    if isinstance(stations, Views):
        return list(stations.array[field].tolist())
    return [getattr(station, field) for station in stations]


def in_lines(count: int, kind: np.dtype[Any]) -> np.ndarray:
    """Room for so many records, all zero, from the beginning of a line of the processor's cache on."""
    raw = np.zeros(count * kind.itemsize + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + count * kind.itemsize].view(kind)


class Arrays:
    """Arrays of int64, int32, float64, and records of int64 and int32."""

    def integers(self, values: Any) -> Any:
        return np.asarray(
            values, dtype=np.int64
        )  # books are not copied: what is never counted takes no memory

    def places(self, values: Sequence[int]) -> Any:
        return np.array(values, dtype=DTYPES["places"])

    def floats(self, values: Sequence[float]) -> Any:
        return np.array(values, dtype=np.float64)

    def records(self, stations: Sequence[Station], field: str) -> Any:
        records = in_lines(len(stations), DTYPES[field])
        records[:] = [type(station).all_values(station) for station in stations]
        return records

    def tuples(self, values: Sequence[NamedTuple], field: str) -> Any:
        return np.array([tuple(value) for value in values], dtype=DTYPES[field])

    def joined(self, parts: Sequence[Any]) -> Any:
        return np.concatenate([np.asarray(part, dtype=np.int64) for part in parts])

    def grown(self, stations: Any, kind: type[Station]) -> Any:
        more = in_lines(2 * len(stations), stations.dtype)
        more.view(np.uint8)[: stations.nbytes] = stations.view(np.uint8)  # ten times as fast as by fields
        return more

    def chain(self, stations: Any, start: int) -> None:
        stations["next"][start:] = np.arange(start + 1, len(stations) + 1)

    def view(self, stations: Any, place: int) -> Any:
        return View(Columns(stations), place)

    def views(self, stations: Any) -> Sequence[Any]:
        return Views(stations)


class Lists:
    """Lists of Python's integers and floats, and of the stations themselves."""

    sequence: Callable[[Any], Any] = list

    def integers(self, values: Any) -> Any:
        return self.sequence(np.array(values, dtype=np.int64).tolist())

    def places(self, values: Sequence[int]) -> Any:
        return self.sequence(values)

    def floats(self, values: Sequence[float]) -> Any:
        return self.sequence(values)

    def records(self, stations: Sequence[Station], field: str) -> Any:
        return self.sequence(stations)

    def tuples(self, values: Sequence[NamedTuple], field: str) -> Any:
        return self.sequence(values)

    def joined(self, parts: Sequence[Any]) -> Any:
        return self.sequence(value for part in parts for value in part)

    def grown(self, stations: Any, kind: type[Station]) -> Any:
        return self.sequence([*stations, *(kind() for _ in stations)])

    def chain(self, stations: Any, start: int) -> None:
        for place in range(start, len(stations)):
            stations[place].next = place + 1

    def view(self, stations: Any, place: int) -> Any:
        return stations[place]

    def views(self, stations: Any) -> Sequence[Any]:
        return list(stations)
