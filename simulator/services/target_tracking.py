"""Target tracking, as Application Auto Scaling does it for whatever has a capacity and a utilisation."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.eras.era import Era
from simulator.values.units import Duration, Share


class Tracking(BaseModel):
    """Keep a metric near a goal by changing a capacity."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale_out_cooldown: Duration | None = None
    """None: AWS's default for what is scaled."""
    scale_in_cooldown: Duration | None = None
    disable_scale_in: bool = False

    @property
    def goal(self) -> float:
        """What the metric is to be."""
        raise NotImplementedError

    @property
    def by_maximum(self) -> bool:
        """Whether a period's data point is its maximum; AWS's predefined metrics are averages."""
        return False


class TargetTracking(Tracking):
    """Keep a utilisation near `target`, between two bounds of its own."""

    target: Share = Field(gt=0, examples=["70%"])
    statistic: Literal["average", "maximum"] = "average"
    """What becomes a minute's data point."""
    min_capacity: int = Field(default=0, ge=0)
    max_capacity: int = Field(ge=1)

    @property
    def goal(self) -> float:
        return self.target

    @property
    def by_maximum(self) -> bool:
        return self.statistic == "maximum"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_capacity > self.max_capacity:
            raise ValueError(f"min_capacity is above max_capacity; write at most {self.max_capacity}")
        return self


@dataclass(frozen=True)
class Policy:
    """A policy under an era's rules; times are nanoseconds."""

    target: float
    maximum: bool
    period: int
    """Of the metric."""
    out_points: int
    in_points: int
    in_below: float
    """The alarm for scaling in watches for utilisations below this share of the target."""
    in_most: float
    """Share of the capacity that one step takes away at most."""
    out_cooldown: int
    in_cooldown: int
    scales_in: bool

    @classmethod
    def of(cls, settings: Tracking, era: Era, default_cooldown: int) -> Policy:
        """What the settings and the era say."""
        outwards, inwards = settings.scale_out_cooldown, settings.scale_in_cooldown
        return cls(
            target=settings.goal,
            maximum=settings.by_maximum,
            period=era["target_tracking.period"],
            out_points=era["target_tracking.scale_out_points"],
            in_points=era["target_tracking.scale_in_points"],
            in_below=era["target_tracking.scale_in_below"],
            in_most=era["target_tracking.scale_in_most"],
            out_cooldown=default_cooldown if outwards is None else outwards,
            in_cooldown=default_cooldown if inwards is None else inwards,
            scales_in=not settings.disable_scale_in,
        )

    def tracker(self) -> Tracker:
        return Tracker(self)


class Alarm:
    """Rings while the last `needed` data points all lie beyond its threshold.

    A period without data empties its memory (INSUFFICIENT_DATA): nothing happens until enough have come.
    """

    def __init__(self, needed: int) -> None:
        self.points: deque[bool] = deque(maxlen=needed)

    def rings(self, beyond: bool) -> bool:
        """The state after a period with data."""
        self.points.append(beyond)
        return len(self.points) == self.points.maxlen and all(self.points)

    def forget(self) -> None:
        """A period without data."""
        self.points.clear()


class Tracker:
    """The two alarms of a policy and what they do to the capacity, in one run.

    While an alarm rings it acts at the end of every period, as CloudWatch repeats the actions of scaling
    policies, unless a scaling activity is still under way or its cooldown has not passed. Out: in proportion
    to the last data point, rounded up. In: in proportion, but only a share of the capacity at a time.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.high, self.low = Alarm(policy.out_points), Alarm(policy.in_points)
        self.out_until = self.in_until = 0

    def wanted(self, now: int, utilisation: float | None, capacity: int, *, busy: bool) -> int:
        """The capacity wanted after a period with this data point; `busy`: the last change is under way."""
        policy = self.policy
        if utilisation is None:
            self.high.forget()
            self.low.forget()
            return capacity
        high = self.high.rings(utilisation > policy.target)
        low = self.low.rings(utilisation < policy.in_below * policy.target)
        if busy:
            return capacity
        proportional = _ceil(capacity * utilisation / policy.target)
        if high and now >= self.out_until:
            self.out_until = now + policy.out_cooldown
            self.in_until = 0  # a cooldown of scaling in does not outlast it, says AWS
            return max(proportional, capacity)
        if low and policy.scales_in and now >= max(self.in_until, self.out_until):
            self.in_until = now + policy.in_cooldown
            return min(max(proportional, capacity - max(int(capacity * policy.in_most), 1)), capacity)
        return capacity


def _ceil(value: float) -> int:
    """Rounded up, but not for the error of a division: 8 x 0.9 / 0.9 is 8."""
    return math.ceil(value - 1e-9)


class Datapoint:
    """What a metric was in one period: samples with their sum and maximum, as CloudWatch keeps them."""

    def __init__(self) -> None:
        self.count, self.sum, self.most = 0, 0.0, 0.0

    def add(self, count: int, total: float, most: float) -> None:
        """Several samples at once."""
        self.count += count
        self.sum += total
        self.most = max(self.most, most)

    def value(self, *, maximum: bool) -> float | None:
        """The statistic; None without samples."""
        if self.count == 0:
            return None
        return self.most if maximum else self.sum / self.count
