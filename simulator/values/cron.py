"""One field of AWS's cron expressions after the other, and the days and minutes that they mean."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from simulator.values.written import shown

_MONTHS: Final = {
    "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6,
    "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12,
}  # fmt: skip
_DAYS: Final = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
LAST_YEAR: Final = 2199


@dataclass(frozen=True)
class Field:
    """What a field may hold."""

    name: str
    low: int
    high: int
    names: dict[str, int]


FIELDS: Final = (
    Field("minutes", 0, 59, {}),
    Field("hours", 0, 23, {}),
    Field("day-of-month", 1, 31, {}),
    Field("month", 1, 12, _MONTHS),
    Field("day-of-week", 1, 7, _DAYS),
    Field("year", 1970, LAST_YEAR, {}),
)


@dataclass(frozen=True)
class Cron:
    """Six fields: minutes hours day-of-month month day-of-week year, as AWS writes them.

    Each takes `*`, a value, `a-b`, `a/step`, `*/step` and lists of these; the days also `?` (any; exactly one
    of the two has it), day-of-month `L` (the last) and `15W` (the weekday nearest to the 15th), day-of-week
    `6L` (the month's last Friday) and `6#2` (its second). Sunday is 1.
    """

    text: str
    fields: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Cron:
        """The expression between the brackets."""
        fields = tuple(text.upper().split())
        if len(fields) != len(FIELDS):
            what = f"{len(fields)} fields instead of 6 (minutes hours day-of-month month day-of-week year)"
            raise ValueError(f"{what}: {shown(text)}; write for example 'cron(0 8 ? * MON-FRI *)'")
        if (fields[2] == "?") == (fields[4] == "?"):
            raise ValueError(
                f"not one '?' for the two days: {shown(text)}; write for example 'cron(0 8 ? * MON-FRI *)'"
            )
        cron = cls(text, fields)
        for place in (0, 1, 3, 5):
            _values(fields[place], FIELDS[place])
        cron._days(date(2024, 2, 1))
        return cron

    def times(self, start: datetime) -> Iterator[datetime]:
        """The times it means, on a clock without a zone, from `start` on, in order."""
        minutes, hours, months, years = (sorted(_values(self.fields[k], FIELDS[k])) for k in (0, 1, 3, 5))
        times = [time(hour, minute) for hour in hours for minute in minutes]
        for year in years:
            for month in months:
                if (year, month) < (start.year, start.month):
                    continue
                for day in sorted(self._days(date(year, month, 1))):
                    for each in times:
                        found = datetime.combine(date(year, month, day), each)
                        if found >= start:
                            yield found

    def _days(self, first: date) -> set[int]:
        """The days of the month that begins with `first`."""
        length = monthrange(first.year, first.month)[1]
        of_month, of_week = self.fields[2], self.fields[4]
        if of_week == "?":
            chosen = {day for part in of_month.split(",") for day in _of_month(part, first, length)}
        else:
            chosen = {day for part in of_week.split(",") for day in _of_week(part, first, length)}
        return {day for day in chosen if day <= length}


def _of_month(part: str, first: date, length: int) -> set[int]:
    if part == "L":
        return {length}
    if match := re.fullmatch(r"(\d+)W", part):
        day = min(_value(match[1], FIELDS[2]), length)
        on = first.replace(day=day)
        moved = {5: -1, 6: 1}.get(on.weekday(), 0)  # Saturday: the Friday before; Sunday: the Monday after
        if not 1 <= day + moved <= length:
            moved = -2 if moved > 0 else 2  # but within the month
        return {day + moved}
    return _part(part, FIELDS[2])


def _of_week(part: str, first: date, length: int) -> set[int]:
    def days(weekday: int) -> list[int]:
        offset = (weekday - 1 - (first.weekday() + 1)) % 7
        return list(range(1 + offset, length + 1, 7))

    if match := re.fullmatch(r"(\w+?)L", part):
        return {days(_value(match[1], FIELDS[4]))[-1]}
    if match := re.fullmatch(r"(\w+)#([1-5])", part):
        return set(days(_value(match[1], FIELDS[4]))[int(match[2]) - 1 : int(match[2])])
    return {day for weekday in _part("7" if part == "L" else part, FIELDS[4]) for day in days(weekday)}


def _values(text: str, field: Field) -> set[int]:
    return {value for part in text.split(",") for value in _part(part, field)}


def _part(part: str, field: Field) -> set[int]:
    span, _, step = part.partition("/")
    low, dash, high = span.partition("-")
    if span == "*":
        first, last = field.low, field.high
    elif dash:
        first, last = _value(low, field), _value(high, field)
    else:
        first = _value(low, field)
        last = field.high if step else first
    if first > last or (step and not re.fullmatch(r"[1-9]\d*", step)) or part.endswith("/"):
        raise _wrong(part, field)
    return set(range(first, last + 1, int(step or 1)))


def _value(text: str, field: Field) -> int:
    value = field.names.get(text, int(text) if re.fullmatch(r"\d{1,4}", text) else -1)
    if not field.low <= value <= field.high:
        raise _wrong(text, field)
    return value


def _wrong(part: str, field: Field) -> ValueError:
    named = f" or {next(iter(field.names))} to {list(field.names)[-1]}" if field.names else ""
    return ValueError(
        f"no {field.name}: {shown(part)}; write {field.low} to {field.high}{named}, '*', 'a-b' or 'a/step'"
    )
