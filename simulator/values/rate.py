"""Rates: "5000/s", "1000/10 s" outside, an exact fraction per nanosecond inside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from simulator.values.duration import MEANT, SECOND, UNITS
from simulator.values.written import NUMBER, decimal, json_schema, shown, text_of

_RATE: Final = re.compile(rf"({NUMBER})\s*/\s*({NUMBER})?\s*(ns|us|µs|ms|s|min|h|d)")
_RATE_MEANT: Final = re.compile(
    rf"({NUMBER}(?:[,_][0-9]{{3}})*)\s*(k?)\s*(?:(?:req|request|message|event|order|user|call)s?\s*)?"
    rf"(?:/|per|a)?\s*(r/s|rps|tps|qps|hz|[a-z]+)",
    re.IGNORECASE,
)
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
        return json_schema(
            "rate",
            rf"{NUMBER}\s*/\s*({NUMBER})?\s*(ns|us|µs|ms|s|min|h|d)",
            "A rate: a number per s, min, h or d, or per any time.",
            "5000/s", "2000/min", "1000/10 s",
        )  # fmt: skip


def parse_rate(value: object) -> Rate:
    """The exact rate of "5000/s", "2000/min", "0.5/s", "1000/10 s"."""
    text = text_of(value, "a rate", "{}/s", "{}/min")
    match = _RATE.fullmatch(text)
    if not match:
        instead = "for example '50/s'"
        if meant := _RATE_MEANT.fullmatch(text):
            unit = meant[3].lower()
            unit = "s" if unit in _PER_SECOND else MEANT.get(unit, unit)
            number = Decimal(re.sub("[,_]", "", meant[1])) * (1000 if meant[2] else 1)
            instead = f"'{number.normalize():f}/{unit}'" if unit in UNITS else instead
        raise ValueError(f"not a rate: {shown(text)}; write {instead}")
    span = Fraction(match[2] or 1) * UNITS[match[3]]
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
        if number := decimal(exact * UNITS[unit], 6):
            return f"{number}/{unit}"
    return f"{rate.count}/{rate.per_ns} ns"
