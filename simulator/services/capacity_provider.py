"""EC2 instances that tasks run on: an Auto Scaling group that ECS keeps as large as its tasks need."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

from simulator.eras.ec2_instances import ec2_instance
from simulator.services.rented import Rent
from simulator.services.target_tracking import Policy
from simulator.values.units import PositiveDuration, Share

if TYPE_CHECKING:
    from simulator.engine.build import Build


class CapacityProvider(BaseModel):
    """An Auto Scaling group capacity provider with managed scaling, for the tasks of one service alone.

    Every minute ECS reckons how many instances its tasks need, packed as tightly as they go: those that run
    and those that wait for a place (`PROVISIONING`, where so many may be and no more). Above the
    `target_capacity` the group grows in proportion at once, from none to two; after fifteen minutes below it
    shrinks by the share that one step may take. Left out: tasks spread over Availability Zones, what the
    agent takes of an instance's memory, draining, several types of instance, several services on them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    instance: str = Field(examples=["m5.large"])
    min_capacity: int = Field(default=0, ge=0)
    max_capacity: int = Field(ge=1, examples=[20])
    target_capacity: Share = Field(default=1.0, gt=0)
    """Share of the instances that is to be in use; below 100% some are spare."""
    boot: PositiveDuration | None = None
    """From an instance's launch until tasks are placed on it."""

    @field_validator("instance")
    @classmethod
    def _known(cls, name: str) -> str:
        ec2_instance(name)
        return name

    def tasks_each(self, cpu: int, memory: int) -> int:
        """Tasks of so many CPU units and MB that one instance has room for."""
        instance = ec2_instance(self.instance)
        return min(instance.vcpus * 1024 // cpu, instance.memory_mb // memory)

    def hosts(self, build: Build, cpu: int, memory: int) -> Hosts:
        """Those of the service that is speaking, for tasks of this size."""
        era = build.era
        fixed = self.min_capacity == self.max_capacity
        pool = build.servers("instances", None if fixed else self.max_capacity, 0)
        rounding = build.counter("instances_rounding_ns")
        policy = Policy(
            target=self.target_capacity,
            maximum=False,
            period=era["target_tracking.period"],
            out_points=era["ecs.capacity_provider.scale_out_points"],
            in_points=era["target_tracking.scale_in_points"],
            in_below=1.0,
            in_most=era["ecs.capacity_provider.scale_in_most"],
            out_cooldown=0,
            in_cooldown=0,
            scales_in=True,
        )
        return Hosts(
            rent=Rent(pool, rounding, era["ec2.billing_increment"], era["ec2.billing_minimum"]),
            each=self.tasks_each(cpu, memory),
            low=self.min_capacity,
            high=self.max_capacity,
            ready_after=self.boot or era["ec2.boot"] + era["ecs.registration"],
            policy=policy,
            waiting_most=era["ecs.provisioning_maximum"],
        )


class Hosts(NamedTuple):
    """The same in a program; times are ns."""

    rent: Rent
    each: int
    """Tasks that one has room for."""
    low: int
    high: int
    ready_after: int
    policy: Policy
    waiting_most: int
    """Tasks that may wait for room; the others are not asked for until then."""
