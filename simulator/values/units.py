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

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from simulator.values.duration import (
    DAY,
    HOUR,
    LONGEST,
    MICROSECOND,
    MILLISECOND,
    MINUTE,
    SECOND,
    format_duration,
    parse_duration,
    parse_positive_duration,
)
from simulator.values.rate import Rate, format_rate, parse_rate
from simulator.values.share import format_money, format_share, parse_money, parse_share
from simulator.values.size import format_memory, format_size, parse_memory, parse_size
from simulator.values.written import NUMBER, json_schema, shown

__all__ = [
    "DAY",
    "FORMATS",
    "HOUR",
    "LONGEST",
    "MICROSECOND",
    "MILLISECOND",
    "MINUTE",
    "SECOND",
    "Duration",
    "Memory",
    "Money",
    "PositiveDuration",
    "Rate",
    "Share",
    "Size",
    "format_duration",
    "format_memory",
    "format_money",
    "format_rate",
    "format_share",
    "format_size",
    "parse_duration",
    "parse_memory",
    "parse_money",
    "parse_positive_duration",
    "parse_rate",
    "parse_share",
    "parse_size",
    "shown",
]

_DURATION_SCHEMA: Final = WithJsonSchema(
    json_schema(
        "duration",
        rf"({NUMBER}\s*(ns|us|µs|ms|s|min|h|d)(\s*{NUMBER}\s*(ns|us|µs|ms|s|min|m|h|d))*"
        rf"|{NUMBER}\s*m(\s*{NUMBER}\s*(s|ms|us|µs|ns))+)",
        "A duration with its unit: ns, us, ms, s, min, h or d, from large to small.",
        "100 ms", "2 min", "1 h 30 min",
    )
)  # fmt: skip
_BYTES_PATTERN: Final = rf"{NUMBER}\s*([KMGT]i?B|B)"

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
        json_schema("memory", _BYTES_PATTERN, "Memory as AWS bills it: 1 GB = 1024 MB.", "512 MB", "1 GB")
    ),
]
Size = Annotated[
    int,
    BeforeValidator(parse_size),
    PlainSerializer(format_size, return_type=str),
    WithJsonSchema(
        json_schema("size", _BYTES_PATTERN, "A size: B, KB, MB, GB or TB; 1 KB = 1024 B.", "12 KB", "300 B")
    ),
]
Share = Annotated[
    float,
    BeforeValidator(parse_share),
    PlainSerializer(format_share, return_type=str),
    WithJsonSchema(json_schema("share", rf"{NUMBER}\s*%", "A share from 0% to 100%.", "5%", "0.1%")),
]
Money = Annotated[
    float,
    BeforeValidator(parse_money),
    PlainSerializer(format_money, return_type=str),
    WithJsonSchema(json_schema("money", rf"\$\s*{NUMBER}", "US dollars.", "$900", "$0.05")),
]

FORMATS: Final[Mapping[str, Callable[[Any], str]]] = {
    "duration": format_duration, "memory": format_memory, "size": format_size,
    "rate": format_rate, "share": format_share, "money": format_money,
}  # fmt: skip
"""How a value in base units is written, by the `x-unit` of its schema."""
