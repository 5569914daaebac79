"""Usage plans of REST APIs: how fast, and how much, each API key may ask."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.services.gateway import Check, Throttle
from simulator.values.population import Members, Population
from simulator.values.units import Rate

if TYPE_CHECKING:
    import simpy

    from simulator.engine.build import Build
    from simulator.engine.world import World

NEVER = Rate(0)
Period = Literal["day", "week", "month"]


class Quota(BaseModel):
    """At most `limit` requests of a key in each day, week or month, by the wall clock in UTC.

    `offset` requests of the period in which the run begins are gone already (AWS's property).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: int = Field(ge=1)
    period: Period
    offset: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _some_left_to_be_gone(self) -> Self:
        if self.offset > self.limit:
            raise ValueError(f"an offset beyond the limit of {self.limit}; write at most {self.limit}")
        return self


class UsagePlan(BaseModel):
    """Limits of each API key on its own. The requests of a plan's `sources` carry one of its `api_keys`.

    A key is the client's: all attempts of a request carry the same, and so do all requests of a user.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: tuple[str, ...] = Field(min_length=1, examples=["partners"])
    api_keys: Members = Population(count=1)
    throttle: Throttle | None = None
    """Of each key, over all routes."""
    quota: Quota | None = None
    routes: dict[str, Throttle] = Field(default={})
    """Of each key, on one route."""

    def checks(self, build: Build, plan: str, route: str) -> Iterator[Check]:
        """First the key's throttle on the route, then its throttle, then its quota."""
        key = build.key(self.api_keys, f"api key of {plan}")
        clients = self.api_keys.count
        for name, throttle in (
            (f"usage plan {plan} on route {route}", self.routes.get(route)),
            (f"usage plan {plan}", self.throttle),
        ):
            if throttle:
                bucket = build.bucket(name, throttle.rate, throttle.burst, clients=clients)
                yield Check(bucket, build.cause(name), key)
        if self.quota:
            name, limit = f"quota of usage plan {plan}", self.quota.limit
            bucket = build.bucket(name, NEVER, limit, clients=clients, spent=self.quota.offset)
            build.control(name, Renewal.of(build, self.quota, bucket, clients))
            yield Check(bucket, build.cause(name), key)


@dataclass(frozen=True)
class Renewal:
    """Fills the buckets of a quota whenever a new period begins."""

    first: int
    clients: int
    period: Period
    start: datetime
    """When the run begins, on a clock whose days begin at midnight."""
    sunday: bool
    """Whether weeks begin on Sunday, else on Monday."""

    @classmethod
    def of(cls, build: Build, quota: Quota, first: int, clients: int) -> Renewal:
        """Of a quota under the era's rules."""
        midnight = timedelta(microseconds=build.era["rest_api.quota.day_starts"] // 1000)
        sunday = build.era["rest_api.quota.week_starts"] == "sunday"
        return cls(first, clients, quota.period, build.start.astimezone(UTC) - midnight, sunday)

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        """Sleep until the next period."""
        now = self.start
        while True:
            following = next_period(now, self.period, self.sunday)
            yield env.timeout((following - now) // timedelta(microseconds=1) * 1000)
            now = following
            for bucket in world.buckets[self.first : self.first + self.clients]:
                bucket.level = bucket.burst


def next_period(now: datetime, period: Period, sunday: bool) -> datetime:
    """When the next day, week or month begins."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "month":
        return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    return midnight + timedelta(days=1 if period == "day" else 7 - (midnight.weekday() + sunday) % 7)
