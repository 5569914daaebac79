"""What every distribution has: settings as written, a mean, quantiles, and numbers for the engines."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    model_validator,
)
from pydantic_core import CoreSchema

from simulator.values.lowered import Lowered
from simulator.values.quantity import Dimension, Quantity
from simulator.values.units import shown


def _positive(value: object, info: ValidationInfo) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf:
        return float(value)
    raise ValueError(f"not a number above 0: {shown(value)}; write for example '{info.field_name}: 0.8'")


def _more_than_none(quantity: Quantity) -> Quantity:
    if quantity.amount == 0:
        raise ValueError(f"nothing at all: '{quantity}'; write for example '{quantity.dimension.example}'")
    return quantity


Positive = Annotated[float, BeforeValidator(_positive), Field(json_schema_extra={"exclusiveMinimum": 0})]
"""A plain number above 0."""

Some = Annotated[Quantity, AfterValidator(_more_than_none)]
"""A quantity above 0."""


class Spec(BaseModel):
    """A distribution as the scenario describes it. Means and quantiles are in seconds, or bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]

    def mean(self) -> float:
        """The expected value; infinite where there is none."""
        return self._mean() / self.dimension.per_unit

    def quantile(self, u: float) -> float:
        """The value below which a share `u` of all values falls, 0 < u < 1."""
        return self._quantile(u) / self.dimension.per_unit

    @abstractmethod
    def lower(self) -> Lowered:
        """The same distribution as numbers, in base units, for the engines' sampling rule."""

    @abstractmethod
    def _mean(self) -> float:
        """The mean in base units."""

    @abstractmethod
    def _quantile(self, u: float) -> float:
        """The quantile in base units."""

    @property
    def dimension(self) -> Dimension:
        return next(self._dimensions())

    def _dimensions(self) -> Iterator[Dimension]:
        return (value.dimension for _, value in self._written() if isinstance(value, Quantity))

    @model_validator(mode="after")
    def _times_or_sizes(self) -> Self:
        if len(set(self._dimensions())) > 1:
            raise ValueError(f"times and sizes in one distribution: {self}; write only times or only sizes")
        return self

    def _written(self) -> Iterator[tuple[str, object]]:
        """The settings that were written, under the names that a scenario gives them."""
        for field, info in type(self).model_fields.items():
            if (value := getattr(self, field)) is not None:
                yield info.alias or field, value

    def __str__(self) -> str:
        settings = (
            f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"
            for key, value in self._written()
        )
        return f"{self.name}({', '.join(settings)})"

    def __repr__(self) -> str:
        return str(self)

    def __hash__(self) -> int:
        return hash(str(self))


class Bare(Spec):
    """A distribution that is written without the name of its only setting."""

    @model_validator(mode="before")
    @classmethod
    def _name_the_setting(cls, value: Any) -> Any:
        (setting,) = cls.model_fields
        return value if isinstance(value, Mapping) and set(value) == {setting} else {setting: value}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        (setting,) = cls.model_fields
        whole = handler.resolve_ref_schema(handler(schema))
        return dict(whole["properties"][setting]) | {"description": whole["description"]}
