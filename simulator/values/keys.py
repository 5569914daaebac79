"""Partition keys and message groups: how many there are, and whether some carry more than others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from itertools import accumulate
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from simulator.values.lowered import RANK, Lowered
from simulator.values.units import Share


class Hot(BaseModel):
    """Keys that carry more than theirs: the first `keys` of them have this share of all messages together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: Share = Field(examples=["3%"])
    keys: int = Field(default=1, ge=1)


class Keys(BaseModel):
    """`keys` different keys; the n-th has a weight of 1 / n^`zipf`, but for those that are hot."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: int = Field(ge=1, le=1_000_000, examples=[10000])
    zipf: float = Field(default=0.0, ge=0, le=10)
    hot: Hot | None = None

    def lower(self) -> Lowered:
        """As numbers for the sampling rule: which key, from 0."""
        share, hot = (self.hot.share, self.hot.keys) if self.hot else (0.0, 0)
        return _lowered(self.keys, self.zipf, share, min(hot, self.keys))


def _short(value: Any) -> Any:
    return value if isinstance(value, Mapping | Keys) else {"keys": value}


Key = Annotated[Keys, BeforeValidator(_short, json_schema_input_type=int | Keys)]
"""A whole number of keys, all alike, or {keys, zipf, hot}."""


@cache
def _lowered(count: int, zipf: float, share: float, hot: int) -> Lowered:
    # not n ** -zipf: powers differ in the last bit from machine to machine
    weights = [math.exp(-zipf * math.log(key)) for key in range(1, count + 1)]
    if share > 0 and hot < count:
        rest = math.fsum(weights[hot:]) * share / (1 - share) if share < 1 else 1.0
        weights[:hot] = [rest / hot] * hot
        if share == 1:
            weights[hot:] = [0.0] * (count - hot)
    total = math.fsum(weights)
    alike = float(zipf == 0 and not share)
    return Lowered(RANK, b=alike, table=tuple(end / total for end in accumulate(weights)))
