"""Distributions from measurements: percentiles, or every value."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, PrivateAttr, ValidationInfo, model_validator

from simulator.values import lowered
from simulator.values.lowered import Lowered
from simulator.values.quantity import Dimension, Quantity
from simulator.values.spec import Bare, Spec
from simulator.values.table import read_table

_PERCENTILE = r"p([0-9]+(?:\.[0-9]+)?)"


def _level(percentile: str) -> float:
    """The u of a percentile such as p99.9; NaN for any other text."""
    match = re.fullmatch(_PERCENTILE, percentile)
    return float(Fraction(match[1]) / 100) if match else math.nan


def _percentile(key: str) -> str:
    if not _level(key) <= 1:
        raise ValueError(f"not a percentile: '{key}'; write p0 to p100, such as p50 or p99.9")
    return key


class Quantiles(Bare):
    """Measured percentiles, such as {p0: 8 ms, p50: 30 ms, p90: 60 ms, p99: 120 ms}.

    Between two of them all values are equally likely. Below the first, the first: give p0 if
    faster ones matter. Above the last the tail goes on exponentially, as steep as between the
    last two; give p100 if nothing is slower.
    """

    name = "quantiles"
    percentiles: dict[Annotated[str, AfterValidator(_percentile)], Quantity] = Field(
        json_schema_extra={"propertyNames": {"pattern": f"^{_PERCENTILE}$"}}
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if len(self.percentiles) < 2:
            raise ValueError("fewer than two percentiles; write two or more, or just a constant")
        for (low, fast), (high, slow) in pairwise(self._written()):
            if _level(low) == _level(high):
                raise ValueError(f"{low} and {high} are the same percentile; write only one")
            if slow.amount < fast.amount:
                raise ValueError(f"{high} {slow} is below {low} {fast}; write values that ascend")
        if not any(quantity.amount for quantity in self.percentiles.values()):
            raise ValueError("every percentile is nothing; write at least one above that")
        return self

    def _written(self) -> Iterator[tuple[str, Quantity]]:
        return iter(sorted(self.percentiles.items(), key=lambda item: _level(item[0])))

    def _lines(self) -> tuple[list[float], list[float], float]:
        """Knots of the quantile function from u = 0 on, and the tail's growth per unit of -log(1 - u)."""
        levels = [_level(key) for key, _ in self._written()]
        values = [float(quantity.amount) for _, quantity in self._written()]
        growth = 0.0
        if levels[-1] < 1:
            growth = (values[-1] - values[-2]) / (math.log1p(-levels[-2]) - math.log1p(-levels[-1]))
        if levels[0] > 0:
            levels, values = [0.0, *levels], [values[0], *values]
        return levels, values, growth

    def _mean(self) -> float:
        levels, values, growth = self._lines()
        knots = list(zip(levels, values, strict=True))
        between = math.fsum((u1 - u0) * (v0 + v1) / 2 for (u0, v0), (u1, v1) in pairwise(knots))
        return between + (1 - levels[-1]) * (values[-1] + growth)

    def _quantile(self, u: float) -> float:
        levels, values, growth = self._lines()
        if u > levels[-1]:
            return values[-1] + growth * (math.log1p(-levels[-1]) - math.log1p(-u))
        after = next(number for number, level in enumerate(levels) if level >= u) or 1
        (u0, u1), (v0, v1) = levels[after - 1 : after + 1], values[after - 1 : after + 1]
        return v0 + (v1 - v0) * (u - u0) / (u1 - u0)

    def lower(self) -> Lowered:
        levels, values, growth = self._lines()
        at_zero = values[-1] + growth * math.log1p(-levels[-1]) if growth else values[-1]
        return Lowered(lowered.LINES, at_zero, growth, (*levels, *values))


class Samples(Spec):
    """Measured values from a column of a CSV file, each as likely as any other.

    The unit is `unit`, or the end of the column's name: `duration_ms`, `size_B`.
    """

    name = "samples"
    file: str
    column: str | None = None
    unit: str | None = None
    _values: tuple[float, ...] = PrivateAttr(())
    _dimension: Dimension = PrivateAttr(Dimension.DURATION)

    @model_validator(mode="after")
    def _load(self, info: ValidationInfo) -> Self:
        if self._values:  # a distribution that is part of something else is validated once more
            return self
        table = read_table(self.file, info.context)
        if self.column is None and len(table.header) > 1:
            raise ValueError(f"{self.file} has {', '.join(table.header)}; write which one as 'column:'")
        column = self.column or table.header[0]
        cells = table.cells(column)
        unit = self.unit or column.rpartition("_")[2]
        try:
            one = Quantity.read(f"1 {unit}")
        except ValueError:
            raise ValueError(f"column '{column}' has no unit; write for example 'unit: ms'") from None
        self._values = tuple(sorted(table.number(row, cell) * one.amount for row, cell in enumerate(cells)))
        self._dimension = one.dimension
        return self

    def __str__(self) -> str:
        return f"samples({self.file}{f' {self.column}' if self.column else ''}, {len(self._values):,} values)"

    def _dimensions(self) -> Iterator[Dimension]:
        yield self._dimension

    def _mean(self) -> float:
        return math.fsum(self._values) / len(self._values)

    def _quantile(self, u: float) -> float:
        return self._values[int(u * len(self._values))]

    def lower(self) -> Lowered:
        return Lowered(lowered.SAMPLES, table=self._values)
