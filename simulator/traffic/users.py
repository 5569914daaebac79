"""A fixed number of users who wait for each answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field, field_validator

from simulator.traffic.shape import ArrivalStream, Shape
from simulator.traffic.types import Floats, Times
from simulator.values.distributions import Distribution
from simulator.values.spec import Spec
from simulator.values.units import SECOND, Duration


class Users(Shape, name="users"):
    """A closed loop: each of `count` users sends, waits for the answer, thinks, and sends again.

    `think` is the time from an answer to the next request; the users' first requests are spread
    evenly over `ramp`. A slow design gets fewer requests, so compare designs on open shapes.
    """

    open: ClassVar[bool] = False

    count: int = Field(ge=1, examples=[100])
    think: Distribution
    ramp: Duration = 0

    @field_validator("think")
    @classmethod
    def _takes_time(cls, think: Spec) -> Spec:
        if think.mean() <= 0:
            raise ValueError("users who never think send without end at one instant; write at least '1 ms'")
        return think

    def rate_at(self, t_s: Floats) -> Floats:
        """The most that can come: as if answers took no time."""
        started = np.clip(t_s * SECOND / self.ramp, 0.0, 1.0) if self.ramp else np.ones(len(t_s))
        rate: Floats = started * (self.count / max(self.think.mean(), 1e-9))
        return rate

    def instants(self, stream: ArrivalStream, horizon_ns: int) -> Iterator[Times]:
        """None: the engine sends a user's next request when the answer has come."""
        return iter(())
