"""Distributions given by a formula and its parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import ClassVar, Self

from pydantic import Field, model_validator

from simulator.values import lowered
from simulator.values.lowered import Lowered, lower_gamma
from simulator.values.quantity import Quantity
from simulator.values.spec import Bare, Positive, Some, Spec


class Constant(Bare):
    """The same value always."""

    name = "constant"
    value: Quantity

    def __str__(self) -> str:
        return str(self.value)

    def _mean(self) -> float:
        return float(self.value.amount)

    def _quantile(self, u: float) -> float:
        return float(self.value.amount)

    def lower(self) -> Lowered:
        return Lowered(lowered.CONSTANT, float(self.value.amount))


class Exponential(Spec):
    """Without memory: what has lasted long is no nearer to its end."""

    name = "exponential"
    average: Some = Field(alias="mean")

    def _mean(self) -> float:
        return float(self.average.amount)

    def _quantile(self, u: float) -> float:
        return -self.average.amount * math.log1p(-u)

    def lower(self) -> Lowered:
        return Lowered(lowered.EXPONENTIAL, float(self.average.amount))


class Lognormal(Spec):
    """Its logarithm is normal: the usual form of service times. Median and one percentile, or mean and cv."""

    name = "lognormal"
    percentiles: ClassVar[Mapping[str, float]] = {
        "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999,
    }  # fmt: skip
    median: Some | None = None
    p75: Some | None = None
    p90: Some | None = None
    p95: Some | None = None
    p99: Some | None = None
    p99_9: Some | None = Field(None, alias="p99.9")
    p99_99: Some | None = Field(None, alias="p99.99")
    average: Some | None = Field(None, alias="mean")
    cv: Positive | None = None

    @model_validator(mode="after")
    def _two_settings(self) -> Self:
        written = dict(self._written())
        percentile = self.percentiles.keys() & written.keys()
        if written.keys() not in ({"mean", "cv"}, {"median", *percentile}) or len(written) != 2:
            raise ValueError(
                f"{' and '.join(written) or 'nothing'} given; write a median and one percentile"
                " such as {median: 30 ms, p99: 120 ms}, or a mean and a cv"
            )
        if percentile and self._normal()[1] <= 0:
            (key,) = percentile
            raise ValueError(
                f"{key} {written[key]} is not above the median {self.median}; write a larger {key}"
            )
        return self

    def _normal(self) -> tuple[float, float]:
        """Mean and standard deviation of the logarithm."""
        if self.average is not None and self.cv is not None:
            variance = math.log1p(self.cv * self.cv)
            return math.log(self.average.amount) - variance / 2, math.sqrt(variance)
        written = ((key, value) for key, value in self._written() if isinstance(value, Quantity))
        (_, median), (key, percentile) = written
        centre = math.log(median.amount)
        return centre, (math.log(percentile.amount) - centre) / NormalDist().inv_cdf(self.percentiles[key])

    def _mean(self) -> float:
        centre, spread = self._normal()
        return math.exp(centre + spread * spread / 2)

    def _quantile(self, u: float) -> float:
        centre, spread = self._normal()
        return math.exp(centre + spread * NormalDist().inv_cdf(u))

    def lower(self) -> Lowered:
        return Lowered(lowered.LOGNORMAL, *self._normal())


class Uniform(Spec):
    """Anything between two ends, all equally likely."""

    name = "uniform"
    low: Quantity = Field(alias="from")
    high: Quantity = Field(alias="to")

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if self.high.amount <= self.low.amount:
            raise ValueError(f"to {self.high} is not above from {self.low}; write the smaller one as from")
        return self

    def _mean(self) -> float:
        return (self.low.amount + self.high.amount) / 2

    def _quantile(self, u: float) -> float:
        return self.low.amount + u * (self.high.amount - self.low.amount)

    def lower(self) -> Lowered:
        return Lowered(lowered.UNIFORM, float(self.low.amount), float(self.high.amount))


class Weibull(Spec):
    """A stretched (shape below 1: heavier tail) or compressed exponential; 63.2% are below the scale."""

    name = "weibull"
    scale: Some
    shape: Positive

    def _mean(self) -> float:
        return self.scale.amount * math.gamma(1 + 1 / self.shape)

    def _quantile(self, u: float) -> float:
        return float(self.scale.amount * (-math.log1p(-u)) ** (1 / self.shape))

    def lower(self) -> Lowered:
        return Lowered(lowered.WEIBULL, math.log(self.scale.amount), 1 / self.shape)


class Gamma(Spec):
    """Between constant (cv near 0), exponential (cv 1) and very irregular (cv above 1)."""

    name = "gamma"
    average: Some = Field(alias="mean")
    cv: Positive

    @model_validator(mode="after")
    def _computable(self) -> Self:
        if not 0.001 <= self.cv <= 30:
            raise ValueError(f"cv {self.cv:g} is out of a gamma's range; write 0.001 to 30, or a lognormal")
        return self

    def _mean(self) -> float:
        return float(self.average.amount)

    def _quantile(self, u: float) -> float:
        from scipy.special import gammainccinv, gammaincinv

        squared = self.cv * self.cv
        unit = gammainccinv(1 / squared, 1 - u) if u > 0.5 else gammaincinv(1 / squared, u)
        return float(unit) * self.average.amount * squared

    def lower(self) -> Lowered:
        squared = self.cv * self.cv
        return lower_gamma(1 / squared, self.average.amount * squared)


class Pareto(Spec):
    """A power-law tail above a minimum: twice as long is 2^alpha times as rare. No mean unless alpha > 1."""

    name = "pareto"
    minimum: Some
    alpha: Positive

    def _mean(self) -> float:
        return self.minimum.amount * self.alpha / (self.alpha - 1) if self.alpha > 1 else math.inf

    def _quantile(self, u: float) -> float:
        return self.minimum.amount * math.exp(-math.log1p(-u) / self.alpha)

    def lower(self) -> Lowered:
        return Lowered(lowered.PARETO, math.log(self.minimum.amount), 1 / self.alpha)
