"""What fleets have in common whose size follows a schedule or the load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Self

from pydantic import Field, model_validator

from simulator.services.alb import Alb
from simulator.services.capacity_provider import Hosts
from simulator.services.fleet import BUSY, Fleet, Stations
from simulator.services.fleet_control import FleetControl
from simulator.services.fleet_tracking import FleetTracking
from simulator.services.provisioning import ScheduledAction, zone_mistakes
from simulator.services.rented import Rent
from simulator.services.service import Mistake, Raising, Service
from simulator.services.step_scaling import Metric, Steps, StepScaling
from simulator.services.target_tracking import Policy
from simulator.values.units import PositiveDuration

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.eras.era import Era


class Launching(NamedTuple):
    """How a kind of fleet grows and is billed; times are ns."""

    ready_after: int
    warm_up: int
    buckets: tuple[int, ...]
    increment: int
    minimum: int
    period: int
    """Of the metric."""
    scale_in_below: float
    cooldown: int
    hosts: Hosts | None = None


class ScalingFleet(Fleet):
    """Servers between two bounds, which scheduled actions may move."""

    min_capacity: int = Field(default=1, ge=0)
    max_capacity: int = Field(ge=1, examples=[20])
    desired_capacity: int | None = Field(default=None, ge=0)
    """Since before the run; by default min_capacity."""
    target_tracking: FleetTracking | None = None
    step_scaling: StepScaling | None = None
    scheduled_actions: Mapping[str, ScheduledAction] = Field(default_factory=dict)
    boot: PositiveDuration | None = None
    """From the launch until the machine runs; `init.work` comes after it."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        desired = self.min_capacity if self.desired_capacity is None else self.desired_capacity
        if not self.min_capacity <= desired <= self.max_capacity:
            bounds = f"min_capacity {self.min_capacity} and max_capacity {self.max_capacity}"
            what = "max_capacity is below min_capacity"
            if self.min_capacity <= self.max_capacity:
                what = f"desired_capacity {desired} is not between {bounds}"
            raise ValueError(f"{what}; write min_capacity ≤ desired_capacity ≤ max_capacity")
        if self.target_tracking and self.step_scaling:
            raise ValueError("both target_tracking and step_scaling; write one of them")
        for name, action in self.scheduled_actions.items():
            low = self.min_capacity if action.min_capacity is None else action.min_capacity
            high = self.max_capacity if action.max_capacity is None else action.max_capacity
            if low > high:
                raise ValueError(
                    f"in {name!r} a min_capacity of {low} meets a max_capacity of {high}; write both there"
                )
        return self

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        yield from super().check(services, era)
        yield from zone_mistakes(self.scheduled_actions, ("scheduled_actions",), era)
        path = ("target_tracking", self.metric) if self.target_tracking else ("step_scaling", "metric")
        if self.metric == "request_count_per_target" and not any(balancers(services, self)):
            what = "no load balancer's requests to track"
            instead = "put a 'service: alb' in front, or track another metric"
            yield Mistake(path, what, instead)
        if self.metric == "backlog_per_server" and not self.receives:
            what, instead = "no queue's messages to track", "write 'receives: {from: …}', or another metric"
            yield Mistake(path, what, instead)

    @property
    def metric(self) -> Metric:
        """What the number of servers follows."""
        if self.target_tracking:
            return self.target_tracking.metric
        return self.step_scaling.metric if self.step_scaling else "cpu_utilization"

    @property
    def initial(self) -> int:
        """Servers at the start of the run."""
        return self.min_capacity if self.desired_capacity is None else self.desired_capacity

    def ordinary(self) -> Self:
        return self.model_copy(update={"scheduled_actions": {}})

    def raising(self, limit: str, services: Mapping[str, Service]) -> Iterator[Raising]:
        if limit in BUSY and self.desired_capacity is None:
            path, ahead = ("min_capacity",), "scheduled_actions"
            yield Raising(path, self.min_capacity, self.max_capacity, busy=BUSY[limit], ahead=ahead)

    def most(self) -> int:
        highs = [each.max_capacity or 0 for each in self.scheduled_actions.values()]
        return max(self.max_capacity, *highs) if highs else self.max_capacity

    def fixed(self) -> bool:
        return self.min_capacity == self.max_capacity and not self.scheduled_actions

    def launching(self, build: Build) -> Launching:
        """How this kind of fleet grows, by the era."""
        raise NotImplementedError

    def control(self, build: Build, stations: Stations) -> FleetControl:
        launching, policy = self.launching(build), None
        cpu = self.metric == "cpu_utilization"
        period = launching.period if cpu else build.era["target_tracking.period"]
        if self.target_tracking:
            policy = Policy.of(self.target_tracking, build.era, launching.cooldown)
            policy = replace(policy, period=period, in_below=launching.scale_in_below)
        requests: tuple[int, ...] = ()
        backlog: int | None = None
        if self.metric == "request_count_per_target":
            requests = tuple(_requests(build, name) for name in balancers(build.services, self))
        elif self.metric == "backlog_per_server" and stations.receiving:
            backlog = stations.receiving.mailbox
        return FleetControl(
            rent=Rent(stations.servers, build.counter("rounding_ns"), launching.increment, launching.minimum),
            hosts=launching.hosts,
            per_server=stations.per_server,
            links=stations.links,
            receiving=stations.receiving,
            connections=self.init.connections,
            desired=self.initial,
            low=self.min_capacity,
            high=self.max_capacity,
            most=self.most(),
            start=build.start,
            ready_after=launching.ready_after + self.init.work,
            warm_up=launching.warm_up,
            buckets=launching.buckets,
            policy=Steps(self.step_scaling, period, launching.cooldown) if self.step_scaling else policy,
            requests=requests,
            backlog=backlog,
            actions=tuple(self.scheduled_actions.values()),
        )


def balancers(services: Mapping[str, Service], fleet: Service) -> Iterator[str]:
    """The load balancers in front of a fleet whose requests are a metric."""
    for name, service in services.items():
        if isinstance(service, Alb) and services.get(service.to) is fleet:
            yield name


def _requests(build: Build, balancer: str) -> int:
    with build.speaking(balancer):
        return build.counter("request_count")
