"""Populations: so many members, used equally or some more than others, of which each request means one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from itertools import accumulate
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from simulator.values.lowered import RANK, Lowered


class Population(BaseModel):
    """`count` members; the share of the n-th is proportional to 1 / n^`zipf`: with 0 all are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int = Field(ge=1, le=1_000_000)
    zipf: float = Field(default=0.0, ge=0, le=10, examples=[0.8])

    def lower(self) -> Lowered:
        """As numbers for the sampling rule."""
        return _lowered(self.count, self.zipf)


def _short(value: Any) -> Any:
    return value if isinstance(value, Mapping | Population) else {"count": value}


Members = Annotated[Population, BeforeValidator(_short, json_schema_input_type=int | Population)]
"""A population as it is written: a whole number, or {count, zipf}."""


@cache
def _lowered(count: int, zipf: float) -> Lowered:
    # not n ** -zipf: powers differ in the last bit from machine to machine
    weights = [math.exp(-zipf * math.log(member)) for member in range(1, count + 1)]
    total = math.fsum(weights)
    return Lowered(RANK, b=float(zipf == 0), table=tuple(end / total for end in accumulate(weights)))
