"""Provisioned concurrency: how much of it a scenario asks for, and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from simulator.services.service import Mistake, Path, Raising
from simulator.services.target_tracking import TargetTracking
from simulator.values.schedule import Schedule, TimeZone
from simulator.values.units import Duration, PositiveDuration

if TYPE_CHECKING:
    from simulator.eras.era import Era


class Span(BaseModel):
    """`amount` environments more, asked for at `at` (from the start of the run) and kept `for` so long."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    at: Duration
    for_: PositiveDuration = Field(alias="for")
    amount: int = Field(ge=1)


class ScheduledAction(BaseModel):
    """From a time on the wall clock on, other bounds; what is outside them is brought to the nearer one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schedule: Schedule
    timezone: TimeZone = "UTC"
    """Of at and cron."""
    min_capacity: int | None = Field(default=None, ge=0)
    max_capacity: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.min_capacity is None and self.max_capacity is None:
            raise ValueError("neither min_capacity nor max_capacity; write one of them or both")
        return self


def zone_mistakes(actions: Mapping[str, ScheduledAction], path: Path, era: Era) -> Iterator[Mistake]:
    """Time zones of the actions at `path` that the era does not have."""
    if era["scheduled_actions.time_zones"]:
        return
    for name, action in actions.items():
        if action.timezone != "UTC":
            what = f"scheduled actions of era {era.name} are in UTC only"
            yield Mistake((*path, name, "timezone"), what, "write 'UTC' here, and the schedule in it")


class ProvisionedConcurrency(BaseModel):
    """Environments kept ready: a fixed amount, scheduled, following the utilisation, or all of these.

    `amount` and what `target_tracking` and `scheduled_actions` make of it is one capacity, as Application
    Auto Scaling keeps it: scheduled actions move its bounds, target tracking moves it between them. Spans of
    `schedule` come on top of it and of one another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: int | None = Field(default=None, ge=0)
    """Kept since before the run; by default min_capacity, or none."""
    schedule: dict[str, Span] = {}
    scheduled_actions: dict[str, ScheduledAction] = {}
    target_tracking: TargetTracking | None = None

    @model_validator(mode="after")
    def _asks_for_some(self) -> Self:
        if self.peak == 0:
            raise ValueError("no provisioned concurrency at all; write an amount, for example '100'")
        return self

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        low, high = self.bounds
        if self.amount is not None and not low <= self.amount <= high:
            raise ValueError(
                f"amount {self.amount} is outside {low} to {high} of target_tracking; write it inside"
            )
        actions = self.scheduled_actions.values()
        lows = [low, *(each.min_capacity for each in actions if each.min_capacity is not None)]
        highs = [high, *(each.max_capacity for each in actions if each.max_capacity is not None)]
        for name, each in self.scheduled_actions.items():
            least = max(lows) if each.min_capacity is None else each.min_capacity
            most = min(highs) if each.max_capacity is None else each.max_capacity
            if least > most:
                what = f"in {name!r} a min_capacity of {least} may meet a max_capacity of {most:.0f}"
                raise ValueError(f"{what}; write both there")
        return self

    @property
    def initial(self) -> int:
        """The capacity at the start of the run."""
        if self.amount is not None:
            return self.amount
        return self.target_tracking.min_capacity if self.target_tracking else 0

    @property
    def bounds(self) -> tuple[int, float]:
        """The capacity's bounds at the start of the run."""
        tracked = self.target_tracking
        return (tracked.min_capacity, tracked.max_capacity) if tracked else (0, float("inf"))

    @property
    def peak(self) -> int:
        """The most that may be asked for at a time."""
        tracked = [self.target_tracking.max_capacity] if self.target_tracking else []
        actions = self.scheduled_actions.values()
        scheduled = [bound for each in actions for bound in (each.min_capacity, each.max_capacity) if bound]
        return max([self.initial, *tracked, *scheduled]) + _most_at_a_time(self.schedule.values())

    @property
    def raising(self) -> Iterator[Raising]:
        """The setting by which there is more of it: the amount, or the largest of the spans."""
        if self.amount:
            alone = not (self.schedule or self.scheduled_actions or self.target_tracking)  # as it is written
            path = ("provisioned_concurrency",) if alone else ("provisioned_concurrency", "amount")
            yield Raising(path, self.amount)
        elif self.schedule and self.initial == 0:
            name = max(self.schedule, key=lambda span: self.schedule[span].amount)
            yield Raising(("provisioned_concurrency", "schedule", name, "amount"), self.schedule[name].amount)

    @property
    def ordinary(self) -> ProvisionedConcurrency | None:
        """Without anything scheduled."""
        if self.initial == 0 and self.target_tracking is None:
            return None
        return self.model_copy(update={"schedule": {}, "scheduled_actions": {}})


def _most_at_a_time(spans: Iterable[Span]) -> int:
    def changes() -> Iterator[tuple[int, int]]:
        for span in spans:
            yield span.at, span.amount
            yield span.at + span.for_, -span.amount

    most = amount = 0
    for _, change in sorted(changes()):  # what ends at an instant makes room for what begins
        amount += change
        most = max(most, amount)
    return most


def _short(value: Any) -> Any:
    """`provisioned_concurrency: 100` is short for `provisioned_concurrency: {amount: 100}`."""
    return {"amount": value} if isinstance(value, int) and not isinstance(value, bool) else value


Provisioned = Annotated[
    ProvisionedConcurrency, BeforeValidator(_short, json_schema_input_type=int | ProvisionedConcurrency)
]
