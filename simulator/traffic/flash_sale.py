"""A sale that begins at an announced time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from simulator.traffic.shape import Shape, Surge
from simulator.traffic.types import Floats
from simulator.values.units import SECOND, Duration, PositiveDuration, Rate


class FlashSale(Shape, name="flash_sale"):
    """Everybody comes when the sale `starts`.

    `baseline` until then; a straight `ramp` up to `peak`; `hold` at the peak; then what is above
    the baseline halves every `half_life`. Requests come by chance at that rate.
    """

    baseline: Rate = Field(examples=["50/s"])
    peak: Rate = Field(examples=["5000/s"])
    starts: Duration = Field(examples=["10 min"])
    ramp: Duration = Field(examples=["10 s"])
    hold: Duration = Field(examples=["2 min"])
    half_life: PositiveDuration = Field(examples=["1 min"])

    @model_validator(mode="after")
    def _peak_on_top(self) -> Self:
        if self.peak.per_second < self.baseline.per_second:
            raise ValueError(f"peak {self.peak} is below baseline {self.baseline}; write a higher peak")
        return self

    def rate_at(self, t_s: Floats) -> Floats:
        starts, full, over = self.breakpoints()
        rise = np.interp(t_s, (starts, full), (0.0, 1.0))
        decay = np.exp2(np.minimum(over - t_s, 0.0) * (SECOND / self.half_life))
        baseline, peak = self.baseline.per_second, self.peak.per_second
        rate: Floats = baseline + (peak - baseline) * rise * decay
        return rate

    def breakpoints(self) -> Iterator[float]:
        full = self.starts + self.ramp
        return (time / SECOND for time in (self.starts, full, full + self.hold))

    def baseline_rate(self) -> Rate:
        return self.baseline

    def surge(self) -> Surge:
        return Surge(self.starts, ("starts",))
