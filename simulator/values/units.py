"""Quantities of the scenario language: text with a unit outside, a plain number in base units inside.

| type     | written                    | inside                                             |
|----------|----------------------------|----------------------------------------------------|
| Duration | "100 ms", "1 h 30 min"     | int, nanoseconds                                   |
| Memory   | "512 MB", "1 GB"           | int, megabytes as AWS bills them (1 MB = 1024² B)  |
| Size     | "300 B", "12 KB"           | int, bytes (1 KB = 1024 B)                         |
| Rate     | "5000/s", "1000/10 s"      | Rate, an exact fraction per nanosecond             |
| Share    | "5%"                       | float from 0 to 1                                  |
| Money    | "$900"                     | float, US dollars                                  |

A number without its unit is refused, never guessed. Every refusal is a ValueError that reads
`what was found; what to write instead`. Each `format_` is the exact inverse of its `parse_`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Final

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

MICROSECOND: Final = 1_000
MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

LONGEST: Final = 36_500 * DAY
"""A hundred years: more than any run, and sums of such times still fit into 64 bits."""
MOST_BYTES: Final = 1 << 50

_NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?"
_LONGEST_TEXT: Final = 64

_DURATIONS: Final[Mapping[str, int]] = {
    "d": DAY, "h": HOUR, "min": MINUTE, "m": MINUTE, "s": SECOND,
    "ms": MILLISECOND, "us": MICROSECOND, "µs": MICROSECOND, "ns": 1,
}  # fmt: skip
_BYTES: Final[Mapping[str, int]] = {
    "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40,
    "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}  # fmt: skip
_MEANT_TIME: Final[Mapping[str, str]] = {
    "m": "min", "mins": "min", "minute": "min", "minutes": "min",
    "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "msec": "ms", "millis": "ms", "millisecond": "ms", "milliseconds": "ms",
    "usec": "us", "μs": "us", "microsecond": "us", "microseconds": "us",
    "nsec": "ns", "nanosecond": "ns", "nanoseconds": "ns",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d",
}  # fmt: skip
"""What people write for a unit, to tell them the unit; `m` is a minute only beside other units."""
_MEANT_BYTES: Final[Mapping[str, str]] = {
    "byte": "B", "bytes": "B", "k": "KB", "ki": "KB", "m": "MB", "mi": "MB", "megabytes": "MB",
    "g": "GB", "gi": "GB", "gigabytes": "GB", "t": "TB", "ti": "TB",
}  # fmt: skip


def shown(value: object) -> str:
    """A value as a message shows it: short, and in the scenario's own spelling."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "nothing"
        case Mapping():
            return "a map"
        case list() | tuple():
            return "a list"
        case str():
            return repr(value if len(value) <= _LONGEST_TEXT else value[: _LONGEST_TEXT - 1] + "…")
        case _:
            return str(value)[:_LONGEST_TEXT]


def _text(value: object, noun: str, *units: str) -> str:
    """The text of a quantity, or a refusal: only text carries a unit."""
    if isinstance(value, str) and len(value) <= _LONGEST_TEXT:
        if re.fullmatch(_NUMBER, value.strip()):
            value = Decimal(value.strip())
        else:
            return value.strip()
    bare = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    what = f"a number without its unit: {shown(value)}" if bare else f"not {noun}: {shown(value)}"
    written = " or ".join(f"'{unit.format(shown(value))}'" for unit in units)
    example = f"for example '{units[0].format(100)}'"
    raise ValueError(f"{what}; write {written if bare else example}")


def _suggest(
    text: str, units: Mapping[str, int], meant: Mapping[str, str], noun: str, example: str
) -> ValueError:
    """The refusal of a text, with every unit in it replaced by the one that was probably meant."""
    spelled = {unit.lower(): unit for unit in units} | dict(meant)

    def mend(match: re.Match[str]) -> str:
        return f"{match[1]} {spelled.get(match[2].lower(), match[2])}"

    if text.startswith("-"):
        return ValueError(f"{noun} cannot be negative: {shown(text)}; write for example '{example}'")
    mended = re.sub(rf"({_NUMBER})\s*([A-Za-zµμ]+)", mend, text)
    part = rf"{_NUMBER} ({'|'.join(units)})"
    if mended != text and re.fullmatch(rf"{part}( {part})*", mended):
        return ValueError(f"not {noun}: {shown(text)}; write '{mended}'")
    return ValueError(f"not {noun}: {shown(text)}; write for example '{example}'")


def _decimal(value: Fraction, places: int) -> str | None:
    """A number with at most so many decimals, exactly, or None."""
    scaled = value * 10**places
    if scaled.denominator != 1:
        return None
    whole, rest = divmod(scaled.numerator, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".") if rest else str(whole)


# ------------------------------------------------------------------------------------------ durations

_PART: Final = re.compile(rf"({_NUMBER})\s*(ns|us|µs|ms|s|min|m|h|d)\s*")
_CLOCK: Final = re.compile(r"([0-9]{1,3}):([0-9]{2})(?::([0-9]{2}))?")


def parse_duration(value: object) -> int:
    """Nanoseconds of "100 ms", "2 min", "1h30m", "1 h 30 min"."""
    text = _text(value, "a duration", "{} s", "{} ms")
    if clock := _CLOCK.fullmatch(text):
        first, second, third = (int(part) if part else 0 for part in clock.groups())
        written = f"'{first} min {second} s' or '{first} h {second} min'"
        if clock[3]:
            written = f"'{first} h {second} min {third} s'"
        raise ValueError(f"not a duration: {shown(text)}; write {written}")
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text) or (len(parts) == 1 and parts[0][1] == "m"):
        raise _suggest(text, _DURATIONS, _MEANT_TIME, "a duration", "100 ms")
    scales = [_DURATIONS[unit] for _, unit in parts]
    if any(left <= right for left, right in pairwise(scales)):
        ordered = sorted(parts, key=lambda part: -_DURATIONS[part[1]])
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
        unit = next((unit for unit in ("s", "ms", "us") if rest >= _DURATIONS[unit]), "ns" if rest else "s")
        parts.append(f"{_decimal(Fraction(rest, _DURATIONS[unit]), 9)} {unit}")
    return " ".join(parts)


# ------------------------------------------------------------------------------------ sizes and memory

_SIZE: Final = re.compile(rf"({_NUMBER})\s*([KMGT]i?B|B)")


def _bytes(text: str, noun: str, example: str) -> Fraction:
    match = _SIZE.fullmatch(text)
    if not match:
        raise _suggest(text, _BYTES, _MEANT_BYTES, noun, example)
    total = Fraction(match[1]) * _BYTES[match[2]]
    if total > MOST_BYTES:
        raise ValueError(f"more than 1024 TB: {shown(text)}; write for example '{example}'")
    return total


def parse_size(value: object) -> int:
    """Bytes of "300 B", "12 KB" (12,288)."""
    text = _text(value, "a size", "{} B", "{} KB")
    total = _bytes(text, "a size", "12 KB")
    if total.denominator != 1:
        raise ValueError(f"not a whole number of bytes: {shown(text)}; write '{round(total)} B'")
    return total.numerator


def format_size(count: int) -> str:
    """The largest unit that needs at most three decimals."""
    for unit in ("TB", "GB", "MB", "KB"):
        if count >= _BYTES[unit] and (number := _decimal(Fraction(count, _BYTES[unit]), 3)):
            return f"{number} {unit}"
    return f"{count} B"


def parse_memory(value: object) -> int:
    """Megabytes of "512 MB", "1 GB" (1,024)."""
    text = _text(value, "an amount of memory", "{} MB")
    total = _bytes(text, "an amount of memory", "512 MB") / _BYTES["MB"]
    if total.denominator != 1:
        raise ValueError(f"not a whole number of megabytes: {shown(text)}; write '{max(1, round(total))} MB'")
    return total.numerator


def format_memory(megabytes: int) -> str:
    """Megabytes, as AWS writes memory."""
    return f"{megabytes} MB"


# ----------------------------------------------------------------------------------------------- rates

_RATE: Final = re.compile(rf"({_NUMBER})\s*/\s*({_NUMBER})?\s*(ns|us|µs|ms|s|min|h|d)")
_RATE_MEANT: Final = re.compile(rf"({_NUMBER})\s*(?:/|per|a)?\s*(r/s|rps|tps|qps|hz|[a-z]+)", re.IGNORECASE)
_FINEST_RATE: Final = 10**18
_PER_SECOND: Final = {"r/s", "rps", "tps", "qps", "hz"}


@dataclass(frozen=True)
class Rate:
    """So many in so many nanoseconds: an exact fraction in lowest terms, never negative."""

    count: int
    per_ns: int = SECOND

    def __post_init__(self) -> None:
        if self.count < 0 or self.per_ns <= 0:
            raise ValueError(f"not a rate: {self.count} in {self.per_ns} ns; write for example '50/s'")
        exact = Fraction(self.count, self.per_ns)
        object.__setattr__(self, "count", exact.numerator)
        object.__setattr__(self, "per_ns", exact.denominator)

    @property
    def per_second(self) -> float:
        return self.count * SECOND / self.per_ns

    def __str__(self) -> str:
        return format_rate(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else parse_rate(value),
            serialization=core_schema.plain_serializer_function_ser_schema(format_rate),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return _schema(
            "rate",
            rf"{_NUMBER}\s*/\s*({_NUMBER})?\s*(ns|us|µs|ms|s|min|h|d)",
            "A rate: a number per s, min, h or d, or per any time.",
            "5000/s", "2000/min", "1000/10 s",
        )  # fmt: skip


def parse_rate(value: object) -> Rate:
    """The exact rate of "5000/s", "2000/min", "0.5/s", "1000/10 s"."""
    text = _text(value, "a rate", "{}/s", "{}/min")
    match = _RATE.fullmatch(text)
    if not match:
        instead = "for example '50/s'"
        if meant := _RATE_MEANT.fullmatch(text):
            unit = meant[2].lower()
            unit = "s" if unit in _PER_SECOND else _MEANT_TIME.get(unit, unit)
            instead = f"'{meant[1]}/{unit}'" if unit in _DURATIONS else instead
        raise ValueError(f"not a rate: {shown(text)}; write {instead}")
    span = Fraction(match[2] or 1) * _DURATIONS[match[3]]
    if span == 0:
        raise ValueError(f"a rate over no time: {shown(text)}; write for example '50/s'")
    exact = Fraction(match[1]) / span
    if exact > 1:
        raise ValueError(f"more than one per nanosecond: {shown(text)}; write for example '50/s'")
    if exact.denominator > _FINEST_RATE:
        raise ValueError(f"more digits than a rate can hold: {shown(text)}; write fewer")
    return Rate(exact.numerator, exact.denominator)


def format_rate(rate: Rate) -> str:
    """Per second if that is a short number, else per minute, hour or day, else the fraction itself."""
    exact = Fraction(rate.count, rate.per_ns)
    for unit in ("s", "min", "h", "d"):
        if number := _decimal(exact * _DURATIONS[unit], 6):
            return f"{number}/{unit}"
    return f"{rate.count}/{rate.per_ns} ns"


# ------------------------------------------------------------------------------------ shares and money


def parse_share(value: object) -> float:
    """The part of one that "5%" is."""
    match = re.fullmatch(rf"({_NUMBER})\s*%", value.strip()) if isinstance(value, str) else None
    if not match or len(match[1]) > _LONGEST_TEXT:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            percent = format_share(float(value))
            raise ValueError(f"a number without its unit: {shown(value)}; write '{percent}'")
        text = _text(value, "a share", "{}%")
        raise ValueError(f"not a share: {shown(text)}; write for example '5%'")
    exact = Fraction(match[1]) / 100
    if exact > 1:
        raise ValueError(f"more than everything: {shown(value)}; write at most '100%'")
    return float(exact)


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_share(share: float) -> str:
    """Per cent."""
    return f"{_plain(Decimal(repr(share)) * 100)}%"


def parse_money(value: object) -> float:
    """US dollars of "$900"."""
    match = re.fullmatch(rf"\$\s*({_NUMBER})", value.strip()) if isinstance(value, str) else None
    if not match or len(match[1]) > _LONGEST_TEXT:
        text = _text(value, "an amount of money", "${}")
        digits = re.sub(r"usd|us|[$,_\s]", "", text.lower())
        instead = f"'${digits}'" if re.fullmatch(_NUMBER, digits) else "for example '$900'"
        raise ValueError(f"not an amount of money: {shown(text)}; write {instead}")
    return float(match[1])


def format_money(dollars: float) -> str:
    """US dollars."""
    return f"${_plain(Decimal(repr(dollars)))}"


# -------------------------------------------------------------------------------- as types of a setting


def _schema(unit: str, pattern: str, description: str, *examples: str) -> dict[str, Any]:
    """JSON Schema of a quantity; `x-unit` says which, for whoever words an error about its bounds."""
    return {
        "type": "string", "x-unit": unit, "pattern": f"^{pattern}$", "description": description,
        "examples": list(examples),
    }  # fmt: skip


_DURATION_SCHEMA: Final = WithJsonSchema(
    _schema(
        "duration",
        rf"({_NUMBER}\s*(ns|us|µs|ms|s|min|h|d)(\s*{_NUMBER}\s*(ns|us|µs|ms|s|min|m|h|d))*"
        rf"|{_NUMBER}\s*m(\s*{_NUMBER}\s*(s|ms|us|µs|ns))+)",
        "A duration with its unit: ns, us, ms, s, min, h or d, from large to small.",
        "100 ms", "2 min", "1 h 30 min",
    )
)  # fmt: skip
_BYTES_PATTERN: Final = rf"{_NUMBER}\s*([KMGT]i?B|B)"

Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    _DURATION_SCHEMA,
]
PositiveDuration = Annotated[
    int,
    BeforeValidator(parse_positive_duration),
    PlainSerializer(format_duration, return_type=str),
    _DURATION_SCHEMA,
]
Memory = Annotated[
    int,
    BeforeValidator(parse_memory),
    PlainSerializer(format_memory, return_type=str),
    WithJsonSchema(
        _schema("memory", _BYTES_PATTERN, "Memory as AWS bills it: 1 GB = 1024 MB.", "512 MB", "1 GB")
    ),
]
Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(format_size, return_type=str),
    WithJsonSchema(
        _schema("size", _BYTES_PATTERN, "A size: B, KB, MB, GB or TB; 1 KB = 1024 B.", "12 KB", "300 B")
    ),
]
Share = Annotated[
    float,
    BeforeValidator(parse_share),
    PlainSerializer(format_share, return_type=str),
    WithJsonSchema(_schema("share", rf"{_NUMBER}\s*%", "A share from 0% to 100%.", "5%", "0.1%")),
]
Money = Annotated[
    float,
    BeforeValidator(parse_money),
    PlainSerializer(format_money, return_type=str),
    WithJsonSchema(_schema("money", rf"\$\s*{_NUMBER}", "US dollars.", "$900", "$0.05")),
]

FORMATS: Final[Mapping[str, Callable[[Any], str]]] = {
    "duration": format_duration, "memory": format_memory, "size": format_size,
    "rate": format_rate, "share": format_share, "money": format_money,
}  # fmt: skip
"""How a value in base units is written, by the `x-unit` of its schema."""
