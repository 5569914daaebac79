"""Durations: "100 ms", "1 h 30 min" outside, whole nanoseconds inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Final

from simulator.values.written import NUMBER, decimal, refusal, shown, text_of

MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

LONGEST: Final = 36_500 * DAY
"""A hundred years: more than any run, and sums of such times still fit into 64 bits."""

UNITS: Final[Mapping[str, int]] = {
    "d": DAY, "h": HOUR, "min": MINUTE, "m": MINUTE, "s": SECOND,
    "ms": MILLISECOND, "us": MICROSECOND, "µs": MICROSECOND, "ns": 1,
}  # fmt: skip
MEANT: Final[Mapping[str, str]] = {
    "m": "min", "mins": "min", "minute": "min", "minutes": "min",
    "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "msec": "ms", "millis": "ms", "millisecond": "ms", "milliseconds": "ms",
    "usec": "us", "μs": "us", "microsecond": "us", "microseconds": "us",
    "nsec": "ns", "nanosecond": "ns", "nanoseconds": "ns",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d",
}  # fmt: skip
"""What people write for a unit, to tell them the unit; `m` is a minute only beside other units."""
_PART: Final = re.compile(rf"({NUMBER})\s*(ns|us|µs|ms|s|min|m|h|d)\s*")
_CLOCK: Final = re.compile(r"([0-9]{1,3}):([0-9]{2})(?::([0-9]{2}))?")


def parse_duration(value: object) -> int:
    """Nanoseconds of "100 ms", "2 min", "1h30m", "1 h 30 min"."""
    text = text_of(value, "a duration", "{} s", "{} ms")
    if clock := _CLOCK.fullmatch(text):
        first, second, third = (int(part) if part else 0 for part in clock.groups())
        written = f"'{first} min {second} s' or '{first} h {second} min'"
        if clock[3]:
            written = f"'{first} h {second} min {third} s'"
        raise ValueError(f"not a duration: {shown(text)}; write {written}")
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text) or (len(parts) == 1 and parts[0][1] == "m"):
        raise refusal(text, UNITS, MEANT, "a duration", "100 ms")
    scales = [UNITS[unit] for _, unit in parts]
    if any(left <= right for left, right in pairwise(scales)):
        ordered = sorted(parts, key=lambda part: -UNITS[part[1]])
        written = " ".join(f"{number} {'min' if unit == 'm' else unit}" for number, unit in ordered)
        instead = f"'{written}'" if len(set(scales)) == len(scales) else "each unit once"
        raise ValueError(f"units out of order: {shown(text)}; write {instead}")
    total = sum(Fraction(number) * scale for (number, _), scale in zip(parts, scales, strict=True))
    if total.denominator != 1:
        raise ValueError(f"finer than a nanosecond: {shown(text)}; write '{max(1, round(total))} ns'")
    if total > LONGEST:
        raise ValueError(f"longer than a hundred years: {shown(text)}; write at most '36500 d'")
    return total.numerator


def parse_positive_duration(value: object) -> int:
    """Nanoseconds, more than none."""
    nanoseconds = parse_duration(value)
    if nanoseconds == 0:
        raise ValueError(f"no time at all: {shown(value)}; write a duration longer than 0 s")
    return nanoseconds


def format_duration(nanoseconds: int) -> str:
    """The shortest exact text of a duration."""
    days, rest = divmod(nanoseconds, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    if rest or not parts:
        unit = next((unit for unit in ("s", "ms", "us") if rest >= UNITS[unit]), "ns" if rest else "s")
        parts.append(f"{decimal(Fraction(rest, UNITS[unit]), 9)} {unit}")
    return " ".join(parts)
