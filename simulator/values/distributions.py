"""Distributions of the scenario language: how long work takes, how big a message is.

    30 ms                                                always the same
    {exponential: {mean: 30 ms}}
    {lognormal: {median: 30 ms, p99: 120 ms}}            or {mean: 40 ms, cv: 0.8}
    {uniform: {from: 10 ms, to: 50 ms}}
    {weibull: {scale: 30 ms, shape: 0.8}}
    {gamma: {mean: 30 ms, cv: 0.5}}
    {pareto: {minimum: 10 ms, alpha: 2.5}}
    {quantiles: {p50: 30 ms, p90: 60 ms, p99: 120 ms}}   as measured
    {samples: {file: durations.csv, column: duration_ms}}
    {mix: [{share: 95%, of: 30 ms}, {share: 5%, of: {exponential: {mean: 2 s}}}]}

`cv` is the standard deviation over the mean. `Distribution` is the type of a setting that is a
time, `SizeDistribution` of one that is a size; a value of either is a `Spec`.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Final, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict

from simulator.values.empirical import Quantiles, Samples
from simulator.values.lowered import Lowered, lower_mix
from simulator.values.parametric import (
    Constant,
    Exponential,
    Gamma,
    Lognormal,
    Pareto,
    Uniform,
    Weibull,
)
from simulator.values.quantity import Dimension, Quantity
from simulator.values.spec import Bare, Spec
from simulator.values.units import Share, format_share, parse_size, shown

__all__ = [
    "Constant", "Dimension", "Distribution", "Exponential", "Gamma", "Lognormal", "Lowered", "Mix",
    "Pareto", "Part", "Quantiles", "Quantity", "Samples", "SizeDistribution", "Spec", "Uniform", "Weibull",
    "distribution",
]  # fmt: skip


class _OneOf:
    """Reads a text as a constant, and a map with one key as the distribution that the key names."""

    def __init__(self, dimension: Dimension | None) -> None:
        self.dimension = dimension

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        written = core_schema.no_info_before_validator_function(self._map, handler.generate_schema(_Written))
        return core_schema.no_info_after_validator_function(
            self._unwrap, written, serialization=core_schema.to_string_ser_schema()
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        dimensions = Dimension if self.dimension is None else (self.dimension,)
        return {"anyOf": [*(TypeAdapter(each.type).json_schema() for each in dimensions), handler(schema)]}

    def _map(self, value: object) -> Mapping[str, object]:
        """Of a size, what is neither a time nor a size is refused as a size, and told a size's units."""
        if self.dimension is Dimension.SIZE and not isinstance(value, Mapping | Spec):
            try:
                Quantity.read(value)
            except ValueError:
                parse_size(value)
        return _as_map(value)

    def _unwrap(self, written: Mapping[str, Spec]) -> Spec:
        (spec,) = written.values()
        if self.dimension not in (None, spec.dimension):
            raise ValueError(
                f"a {spec.dimension.value}, not a {self.dimension.value}: {spec};"
                f" write for example '{self.dimension.example}'"
            )
        return spec


_OF_LOGNORMAL: Final = re.compile(r"mean|median|cv|p(50|75|90|95|99|99\.9|99\.99)")
_SPAN: Final = re.compile(r"([0-9.]+)\s*([a-zµ]*)\s*(?:-|–|to|\.\.)\s*([0-9.]+)\s*([a-zµ]+)")


def _as_map(value: object) -> Mapping[str, object]:
    """The map that a scenario might have written for it."""
    names = _Written.__annotations__
    if isinstance(value, Spec):
        return {value.name: value}
    if isinstance(value, str) and (span := _SPAN.fullmatch(value.strip())):
        instead = f"{{uniform: {{from: {span[1]} {span[2] or span[4]}, to: {span[3]} {span[4]}}}}}"
        raise ValueError(f"no single time: {shown(value)}; write {instead}")
    if not isinstance(value, Mapping):
        return {Constant.name: value}
    if len(value) == 1 and next(iter(value)) in names:
        return value
    near = difflib.get_close_matches(str(next(iter(value), "")), names, n=1)
    instead = f"'{near[0]}'" if near and len(value) == 1 else f"one of {', '.join(names)}"
    if len(value) == 2 and all(_OF_LOGNORMAL.fullmatch(str(key)) for key in value):
        inside = ", ".join(f"{'median' if key == 'p50' else key}: {text}" for key, text in value.items())
        instead = f"{{lognormal: {{{inside}}}}}"
    raise ValueError(f"not a distribution: {', '.join(map(str, value)) or shown(value)}; write {instead}")


class Part(BaseModel):
    """One of the distributions of a mix."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: Share
    of: AnyDistribution


class Mix(Bare):
    """Several distributions, of which each value takes one: fast answers and slow ones."""

    name = "mix"
    parts: tuple[Part, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = math.fsum(part.share for part in self.parts)
        if abs(total - 1) > 1e-9:
            raise ValueError(f"shares make {format_share(round(total, 12))}; write shares that make 100%")
        return self

    def __str__(self) -> str:
        return f"mix({', '.join(f'{format_share(part.share)} {part.of}' for part in self.parts)})"

    def _dimensions(self) -> Iterator[Dimension]:
        return (part.of.dimension for part in self.parts)

    def _flat(self, share: float = 1.0) -> Iterator[tuple[float, Spec]]:
        """The distributions that are not mixes themselves, with their shares of the whole."""
        for part in self.parts:
            if isinstance(part.of, Mix):
                yield from part.of._flat(share * part.share)
            elif part.share > 0:
                yield share * part.share, part.of

    def _mean(self) -> float:
        return math.fsum(share * of._mean() for share, of in self._flat())

    def _quantile(self, u: float) -> float:
        parts = list(self._flat())
        low = min(of._quantile(u) for _, of in parts)
        high = max(of._quantile(u) for _, of in parts)
        for _ in range(100):
            middle = (low + high) / 2
            if math.fsum(share * _share_below(of, middle) for share, of in parts) < u:
                low = middle
            else:
                high = middle
        return high

    def lower(self) -> Lowered:
        return lower_mix([(share, of.lower()) for share, of in self._flat()])


def _share_below(spec: Spec, value: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(52):
        middle = (low + high) / 2
        low, high = (middle, high) if spec._quantile(middle) <= value else (low, middle)
    return high


class _Written(TypedDict, total=False):
    """A distribution: one key, its name."""

    __pydantic_config__ = ConfigDict(  # type: ignore[misc]
        extra="forbid", json_schema_extra={"minProperties": 1, "maxProperties": 1}
    )

    constant: Constant
    exponential: Exponential
    lognormal: Lognormal
    uniform: Uniform
    weibull: Weibull
    gamma: Gamma
    pareto: Pareto
    quantiles: Quantiles
    samples: Samples
    mix: Mix


Distribution = Annotated[Spec, _OneOf(Dimension.DURATION)]
"""A setting that is a time, the same always or by chance."""

SizeDistribution = Annotated[Spec, _OneOf(Dimension.SIZE)]
"""A setting that is a size, the same always or by chance."""

AnyDistribution = Annotated[Spec, _OneOf(None)]
"""A part of a mix: the mix as a whole must be times or sizes."""


@cache
def _reader() -> TypeAdapter[Spec]:
    return TypeAdapter(Distribution)


def distribution(written: object) -> Spec:
    """The distribution of times that a scenario would write so."""
    return _reader().validate_python(written)
