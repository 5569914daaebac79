"""An amount of time or of data, which knows which of the two it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema, core_schema

from simulator.values.units import (
    SECOND,
    Duration,
    Size,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)

_ENDS_LIKE_A_SIZE = re.compile(r".*\d\s*([kmgt]i?)?b(ytes?)?\s*", re.IGNORECASE)


class Dimension(Enum):
    """What an amount measures."""

    DURATION = "time"
    SIZE = "size"

    @property
    def per_unit(self) -> float:
        """Base units (nanoseconds, bytes) in what people count in (seconds, bytes)."""
        return float(SECOND) if self is Dimension.DURATION else 1.0

    @property
    def type(self) -> Any:
        """The type of a setting of this kind."""
        return Duration if self is Dimension.DURATION else Size

    @property
    def example(self) -> str:
        return "30 ms" if self is Dimension.DURATION else "12 KB"


@dataclass(frozen=True)
class Quantity:
    """A whole number of nanoseconds or bytes."""

    amount: int
    dimension: Dimension = Dimension.DURATION

    @classmethod
    def read(cls, value: object) -> Self:
        """The quantity that a text like "30 ms" or "12 KB" means."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str) and _ENDS_LIKE_A_SIZE.fullmatch(value):
            return cls(parse_size(value), Dimension.SIZE)
        return cls(parse_duration(value), Dimension.DURATION)

    def __str__(self) -> str:
        return (format_duration if self.dimension is Dimension.DURATION else format_size)(self.amount)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [TypeAdapter(each.type).json_schema() for each in Dimension]}
