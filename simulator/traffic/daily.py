"""Day and night."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import time
from itertools import count
from typing import Annotated, Self

import numpy as np
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from simulator.traffic.shape import Shape
from simulator.traffic.types import Floats
from simulator.values.units import DAY, SECOND, Rate, shown

_DAY_S = DAY // SECOND


def _time_of_day(value: object) -> time:
    try:
        moment = time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, time) or moment.tzinfo:
        raise ValueError(f"not a time of day: {shown(value)}; write for example '20:00'")
    return moment


TimeOfDay = Annotated[
    time,
    BeforeValidator(_time_of_day),
    WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d)?$", "examples": ["20:00"]}),
]


class Daily(Shape, name="daily"):
    """A day's rise and fall: `peak` at the time of day `peak_at`, `baseline` twelve hours from it.

    A sinusoid between the two, on the clock of `run.start`; requests come by chance at that rate.
    """

    by_clock = True

    baseline: Rate = Field(examples=["50/s"])
    peak: Rate = Field(examples=["500/s"])
    peak_at: TimeOfDay

    @model_validator(mode="after")
    def _peak_on_top(self) -> Self:
        if self.peak.per_second < self.baseline.per_second:
            raise ValueError(f"peak {self.peak} is below baseline {self.baseline}; write a higher peak")
        return self

    def rate_at(self, t_s: Floats) -> Floats:
        baseline, peak = self.baseline.per_second, self.peak.per_second
        swing = np.cos((t_s - self._peak_s) * (2 * math.pi / _DAY_S))
        rate: Floats = baseline + (peak - baseline) * (1 + swing) / 2
        return rate

    def breakpoints(self) -> Iterator[float]:
        half = _DAY_S // 2
        return (float(t_s) for t_s in count(self._peak_s % half, half))

    def baseline_rate(self) -> Rate:
        return self.baseline

    @property
    def _peak_s(self) -> int:
        return (self.peak_at.hour * 60 + self.peak_at.minute) * 60 + self.peak_at.second
