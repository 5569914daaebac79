"""A load test's stages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from simulator.traffic.shape import Shape, Surge
from simulator.traffic.types import Floats
from simulator.values.units import SECOND, Duration, Rate


class Stage(BaseModel):
    """Change evenly to the rate `target` in the time `for`; in no time at all: jump."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Rate = Field(examples=["500/s"])
    for_: Duration = Field(alias="for", examples=["2 min"])


class Stages(Shape, name="stages"):
    """A load test as k6's ramping-arrival-rate: from the rate `start`, through `stages` in their order.

    Between two targets the rate is a straight line; after the last stage it stays. Unlike in k6,
    which spaces requests evenly, they come by chance.
    """

    start: Rate = Field(examples=["50/s"])
    stages: dict[str, Stage] = Field(min_length=1)

    def rate_at(self, t_s: Floats) -> Floats:
        rates = [self.start.per_second, *(stage.target.per_second for stage in self.stages.values())]
        return np.interp(t_s, [0.0, *self.breakpoints()], rates)

    def breakpoints(self) -> Iterator[float]:
        return (end / SECOND for end in accumulate(stage.for_ for stage in self.stages.values()))

    def baseline_rate(self) -> Rate:
        return self.start

    def surge(self) -> Surge | None:
        """The first stage that changes the rate."""
        begins = 0
        for name, stage in self.stages.items():
            if stage.target.per_second != self.start.per_second:
                return Surge(begins, ("stages", name))
            begins += stage.for_
        return None
