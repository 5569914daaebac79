"""Step scaling: the further a metric is beyond an alarm's threshold, the more servers more or fewer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.services.target_tracking import Alarm
from simulator.values.units import Share

Metric = Literal["cpu_utilization", "request_count_per_target", "backlog_per_server"]
Level = Share | int
"""Of the metric: a share of the CPUs, or a number."""


class Step(BaseModel):
    """From so far beyond the threshold on, up to the next step, this adjustment."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    from_: Level = Field(default=0, alias="from", ge=0, examples=["20%"])
    adjustment: int


class StepPolicy(BaseModel):
    """A CloudWatch alarm on the metric, and what it does to the number of servers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: Level = Field(ge=0, examples=["60%"])
    evaluation_periods: int = Field(default=1, ge=1, examples=[3])
    """Data points in a row beyond the threshold."""
    adjustment_type: Literal["change_in_capacity", "percent_change_in_capacity", "exact_capacity"] = (
        "change_in_capacity"
    )
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _from_the_threshold_on(self) -> Self:
        begins = [step.from_ for step in self.steps]
        if begins[0] != 0 or sorted(set(begins)) != begins:
            raise ValueError(
                "steps do not go on from the threshold; write them in order, the first without 'from'"
            )
        return self

    def adjusted(self, servers: int, beyond: float) -> int:
        """So many servers, where the metric is so far beyond the threshold."""
        # distances are differences of floats: 0.8 - 0.6 is a little less than 0.2
        adjustment = [step.adjustment for step in self.steps if step.from_ <= beyond + 1e-9][-1]
        if self.adjustment_type == "exact_capacity":
            return adjustment
        if self.adjustment_type == "change_in_capacity":
            return servers + adjustment
        change = servers * adjustment / 100
        # AWS: towards zero, but never to nothing
        return servers + (math.trunc(change) or (change > 0) - (change < 0))


class StepScaling(BaseModel):
    """Policies to scale out above a threshold and in below another, on one metric."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    metric: Metric = "cpu_utilization"
    out: StepPolicy = Field(examples=["{threshold: 60%, steps: [{adjustment: 2}]}"])
    in_: StepPolicy | None = Field(default=None, alias="in")


@dataclass(frozen=True)
class Steps:
    """The same under an era's rules; times are nanoseconds."""

    settings: StepScaling
    period: int
    """Of the metric."""
    cooldown: int

    @property
    def target(self) -> float:
        """Above which it may scale out."""
        return self.settings.out.threshold

    @property
    def out_points(self) -> int:
        """Data points beyond it until it does."""
        return self.settings.out.evaluation_periods

    def tracker(self) -> Stepper:
        return Stepper(self)


class Stepper:
    """The alarms and what they do, in one run: at the end of every period while they ring, as CloudWatch
    repeats the actions of scaling policies.

    While a cooldown of scaling out lasts, what a larger step asks for is reckoned from the servers that there
    were when it began, so that the difference is added. Nothing is scaled in during either cooldown.
    """

    def __init__(self, policy: Steps) -> None:
        self.policy, self.out, self.inwards = policy, policy.settings.out, policy.settings.in_
        self.high = Alarm(self.out.evaluation_periods)
        self.low = Alarm(self.inwards.evaluation_periods if self.inwards else 1)
        self.out_until = self.in_until = 0
        self.before = 0
        """Servers when the cooldown of scaling out began."""

    def wanted(self, now: int, point: float | None, capacity: int, *, busy: bool) -> int:
        """The capacity wanted after a period with this data point; `busy`: the last change is under way."""
        if point is None:
            self.high.forget()
            self.low.forget()
            return capacity
        if self.high.rings(point > self.out.threshold):
            cooling = now < self.out_until
            wanted = self.out.adjusted(self.before if cooling else capacity, point - self.out.threshold)
            if wanted > capacity and not cooling:
                self.before, self.out_until = capacity, now + self.policy.cooldown
            return max(wanted, capacity)
        if self.inwards is None:
            return capacity
        low = self.low.rings(point < self.inwards.threshold)
        if low and not busy and now >= max(self.in_until, self.out_until):
            self.in_until = now + self.policy.cooldown
            return min(self.inwards.adjusted(capacity, self.inwards.threshold - point), capacity)
        return capacity
