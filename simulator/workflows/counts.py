"""Numbers of things: always the same, or each with its share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from simulator.values import lowered
from simulator.values.lowered import CONSTANT, Lowered
from simulator.values.units import Share, format_share


class Number(BaseModel):
    """So many things, with the share of the times that there are so many."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=0, le=100_000_000)
    share: Share


class Counts(BaseModel):
    """How many things there are: each number with its share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    numbers: tuple[Number, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Counts:
        total = sum(each.share for each in self.numbers)
        if abs(total - 1) > 1e-9:
            raise ValueError(f"shares of numbers add up to {format_share(round(total, 9))}; make them 100%")
        return self

    @property
    def mean(self) -> float:
        """How many there are in the mean."""
        return sum(each.number * each.share for each in self.numbers)

    def lower(self) -> Lowered:
        """As numbers for the sampling rule: the quantile function is a flight of stairs."""
        if len(self.numbers) == 1:
            return Lowered(CONSTANT, float(self.numbers[0].number))
        levels: list[float] = []
        values: list[float] = []
        level = 0.0
        for each in sorted(self.numbers, key=lambda each: each.number):
            levels += [level, level + each.share]
            values += [float(each.number)] * 2
            level += each.share
        levels[-1] = 1.0
        return Lowered(lowered.LINES, values[-1], 0.0, (*levels, *values))


def _short(value: Any) -> Any:
    """`12` is short for `[{number: 12, share: 100%}]`."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = [{"number": value, "share": "100%"}]
    return value if isinstance(value, Counts | Mapping) else {"numbers": value}


Items = Annotated[Counts, BeforeValidator(_short, json_schema_input_type=int | tuple[Number, ...])]
"""A number of things as it is written: a whole number, or `[{number: 8, share: 60%}, …]`."""
