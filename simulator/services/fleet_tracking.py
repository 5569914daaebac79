"""What a fleet's target tracking follows."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from simulator.services.step_scaling import Metric
from simulator.services.target_tracking import Tracking
from simulator.values.units import Share


class FleetTracking(Tracking):
    """Keep one metric of the servers near a goal: exactly one of the first three.

    Metrics of the load balancer and of the queue have a data point every minute. A fleet without servers has
    none of either, and stays as it is: write a min_capacity of at least 1.
    """

    target: Share | None = Field(default=None, gt=0, examples=["70%"])
    """Their average CPU utilisation."""
    request_count_per_target: int | None = Field(default=None, ge=1, examples=[1000])
    """Requests of a minute that a load balancer sends to each (ALBRequestCountPerTarget)."""
    backlog_per_server: int | None = Field(default=None, ge=1, examples=[100])
    """Messages that wait in the queue for each (a customised metric: visible messages by running tasks)."""

    @model_validator(mode="after")
    def _one_goal(self) -> Self:
        if len(self._goals) != 1:
            said = " and ".join(self._goals) or "none"
            one = "target, request_count_per_target, backlog_per_server"
            raise ValueError(f"{said} of what can be tracked; write one of {one}")
        return self

    @property
    def _goals(self) -> dict[str, float]:
        names = ("target", "request_count_per_target", "backlog_per_server")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    @property
    def metric(self) -> Metric:
        """Which of them it is."""
        if self.request_count_per_target:
            return "request_count_per_target"
        return "backlog_per_server" if self.backlog_per_server else "cpu_utilization"

    @property
    def goal(self) -> float:
        (goal,) = self._goals.values()
        return goal
