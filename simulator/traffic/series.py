"""Traces from CSV files: one row per request, or one row per bin of time.

The first column holds times, in seconds or as ISO 8601 (UTC unless it says otherwise). A file
without another column, or of which the first is asked for, has one row per request. Otherwise
the values of the column asked for are per bin, from its time to the next. Bins have one width;
a blank value (nothing was measured) is filled by a straight line between its neighbours.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, WithJsonSchema

from simulator.traffic.bins import Bins
from simulator.traffic.requests import Requests
from simulator.values.table import Table, read_table
from simulator.values.units import SECOND, format_duration, parse_duration, shown

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(value: object) -> datetime | int:
    if isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and _DATE.match(value):
            return datetime.fromisoformat(value)
        return parse_duration(value)
    except ValueError:
        raise ValueError(
            f"not a moment: {shown(value)}; write a time such as '2019-01-13T03:40:00Z', or '40 min'"
        ) from None


Moment = Annotated[
    datetime | int,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2019-01-13T03:40:00Z", "40 min"]}),
]
"""A wall-clock time in a file, or so long after its first row."""


def read_series(file: str, column: str | None, moment: datetime | int, context: Any) -> Bins | Requests:
    """Bins, or the times of single requests, from the moment on, which is the start of the run."""
    table = read_table(file, context)
    if column is None and len(table.header) > 2:
        raise ValueError(f"{file} has {', '.join(table.header)}; write which one as 'column:'")
    value = column or table.header[-1]
    times, by_clock = _times(table)
    start = _start(file, times, by_clock, moment)
    if value == table.header[0]:
        return Requests(tuple(time - start for time in times[bisect_left(times, start) :]))
    width = _width(table, times)
    first, before = divmod(start - times[0], width)
    return Bins(width, before, tuple(_filled(table, value)[first:]))


def _times(table: Table) -> tuple[Sequence[int], bool]:
    """The first column in nanoseconds, ascending, and whether it is wall-clock time."""
    cells = table.cells(table.header[0])
    by_clock = _DATE.match(cells[0]) is not None
    times = []
    for row, cell in enumerate(cells):
        try:
            moment = datetime.fromisoformat(cell) if by_clock else None
            times.append(_since_epoch(moment) if moment else int(Decimal(cell) * SECOND))
        except (ValueError, InvalidOperation, OverflowError):
            form = "a time such as '2019-01-13T03:40:00Z'" if by_clock else "seconds such as '12.5'"
            raise ValueError(f"{table.line(row)}: not a time: {shown(cell)}; write {form}") from None
        if row and times[row] < times[row - 1]:
            raise ValueError(f"{table.line(row)}: earlier than the row before; write rows in order of time")
    return times, by_clock


def _since_epoch(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1) * 1000


def _start(file: str, times: Sequence[int], by_clock: bool, moment: datetime | int) -> int:
    """The time in the file at which the run starts."""
    if isinstance(moment, datetime) and not by_clock:
        raise ValueError(f"{file} counts seconds, so it has no {moment.isoformat()}; write from as '10 min'")
    start = _since_epoch(moment) if isinstance(moment, datetime) else times[0] + moment
    if not times[0] <= start <= times[-1]:
        length = format_duration(times[-1] - times[0])
        raise ValueError(f"from is not within the {length} of {file}; write a time between its rows")
    return start


def _width(table: Table, times: Sequence[int]) -> int:
    """The width of all bins."""
    if len(times) < 2 or times[1] == times[0]:
        raise ValueError(f"{table.file} has no two bins; write at least two rows with different times")
    width = times[1] - times[0]
    for row, (time, following) in enumerate(pairwise(times), 1):
        if following - time != width:
            raise ValueError(
                f"{table.line(row)}: {format_duration(following - time)} after the row before, not"
                f" {format_duration(width)}; write a row for every bin: 0 if nothing came, blank if unknown"
            )
    return width


def _filled(table: Table, column: str) -> list[float]:
    cells = table.cells(column)
    known = [row for row, cell in enumerate(cells) if cell]
    if not known or known[0] > 0 or known[-1] < len(cells) - 1:
        raise ValueError(f"column '{column}' begins or ends blank; write {table.file} without those rows")
    values = [table.number(row, cells[row]) for row in known]
    filled: list[float] = np.interp(range(len(cells)), known, values).tolist()
    return filled
