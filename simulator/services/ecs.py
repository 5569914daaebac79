"""Amazon ECS: containers on AWS Fargate, or on EC2 instances of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from simulator.measure.usage import Usage
from simulator.services.capacity_provider import CapacityProvider
from simulator.services.fleet import Fleet, Size
from simulator.services.scaling_fleet import Launching, ScalingFleet
from simulator.services.service import Mistake, Service
from simulator.values.units import Memory, format_memory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.engine.build import Build
    from simulator.eras.era import Era
    from simulator.measure.measured import Measured

UNITS_PER_VCPU = 1024
FREE_STORAGE = 20 * 1024
"""MB of each task's storage that are not billed."""


class Ecs(ScalingFleet, kind="ecs"):
    """A service of tasks, on Fargate or on the EC2 instances of a `capacity_provider`. Its servers are tasks:
    launched out of the service's token bucket, on Fargate out of the account's as well, started after `boot`
    and `init.work`. Fargate is billed by the second, a minute at least, instances as EC2 bills them; a task
    for which no instance has room waits until one has been launched.

    Application Auto Scaling follows a metric by `target_tracking`, or by `step_scaling`.
    A task computes at the speed of its CPU units, on an instance too. Left out: Fargate Spot, deployments,
    the time to pull an image (write it into `boot`), tasks that are drained.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        **Fleet.reserved,
        "spot": "Fargate Spot",
    }

    cpu: Literal[256, 512, 1024, 2048, 4096, 8192, 16384] = Field(default=256, examples=[1024])
    """CPU units of a task: 1024 are one vCPU."""
    memory: Memory = Field(default=512, examples=["2 GB"])
    """Of a task."""
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    ephemeral_storage: Memory = Field(default=FREE_STORAGE, ge=FREE_STORAGE, le=200 * 1024)
    """On Fargate."""
    capacity_provider: CapacityProvider | None = None
    """EC2 instances that the tasks run on; None: Fargate."""

    def size(self) -> Size:
        return Size.of(self.cpu / UNITS_PER_VCPU)

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        yield from super().check(services, era)
        if self.capacity_provider:
            yield from self._check_instances(self.capacity_provider)
        else:
            yield from self._check_fargate(era)

    def _check_instances(self, provider: CapacityProvider) -> Iterator[Mistake]:
        if provider.tasks_each(self.cpu, self.memory) == 0:
            what = f"a task of {self.cpu} CPU units and {format_memory(self.memory)} does not fit"
            yield Mistake(("capacity_provider", "instance"), what, "write a larger type, or a smaller task")
        if provider.min_capacity > provider.max_capacity:
            where = ("capacity_provider", "min_capacity")
            yield Mistake(where, "above max_capacity", f"write at most {provider.max_capacity}")
        for name in ("architecture", "ephemeral_storage"):
            if getattr(self, name) != type(self).model_fields[name].default:
                yield Mistake((name,), "of Fargate, and the tasks run on instances", "remove it")

    def _check_fargate(self, era: Era) -> Iterator[Mistake]:
        if self.cpu > era["ecs.cpu_maximum"]:
            what = f"no task of era {era.name} has {self.cpu} CPU units"
            yield Mistake(("cpu",), what, f"write at most {era['ecs.cpu_maximum']}")
        if self.architecture == "arm64" and not era["ecs.arm64"]:
            yield Mistake(("architecture",), f"no arm64 on Fargate in era {era.name}", "write 'x86_64'")
        # 2 to 8 GB for each vCPU; the smallest size may have less, and those of half a vCPU too
        vcpus = self.cpu / UNITS_PER_VCPU
        low = 512 if self.cpu == 256 else 1024 if self.cpu == 512 else int(2048 * vcpus)
        high = 120 * 1024 if self.cpu == 16384 else 60 * 1024 if self.cpu == 8192 else int(8192 * vcpus)
        high = 30 * 1024 if self.cpu == 4096 else high
        if not low <= self.memory <= high:
            what = f"{format_memory(self.memory)} with {self.cpu} CPU units"
            yield Mistake(("memory",), what, f"write '{format_memory(low)}' to '{format_memory(high)}'")

    def launching(self, build: Build) -> Launching:
        era, provider, hosts = build.era, self.capacity_provider, None
        account: tuple[int, ...] = ()
        if provider:
            rate, hosts = era["ecs.service_launch_on_ec2.rate"], provider.hosts(build, self.cpu, self.memory)
        else:
            rate, each = era["ecs.service_launch.rate"], era["ecs.account_launch.rate"]
            burst = era["ecs.account_launch.burst"]
            account = (build.bucket("Fargate launch rate", each, burst, "account"),)
        own = build.bucket("launch rate", rate, era["ecs.service_launch.burst"])
        return Launching(
            ready_after=self.boot or era["ecs.boot"],
            warm_up=0,
            buckets=(*account, own),
            hosts=hosts,
            increment=era["ecs.billing_increment"],
            minimum=era["ecs.billing_minimum"],
            period=era["target_tracking.period"],
            scale_in_below=era["ecs.scale_in_below"],
            cooldown=era["ecs.cooldown"],
        )

    def counters(self, measured: Measured) -> Mapping[str, float]:
        if not self.capacity_provider:
            return super().counters(measured)
        return {
            **super().counters(measured),
            "instances_max": measured["instances.most_busy"],
            "instances_mean": measured["instances.busy_ns"] / measured.ns,
        }

    def usage(self, measured: Measured) -> Iterator[Usage]:
        if self.capacity_provider:
            held = measured["instances.busy_ns"] + measured["instances_rounding_ns"]
            yield Usage(measured.name, f"ec2.{self.capacity_provider.instance}", held / 3.6e12)
        else:
            yield from self._fargate(measured)
        yield from super().usage(measured)

    def _fargate(self, measured: Measured) -> Iterator[Usage]:
        name, hours = measured.name, self.server_hours(measured)
        extra = (self.ephemeral_storage - FREE_STORAGE) / 1024
        yield Usage(name, f"fargate.vcpu.{self.architecture}", hours * self.cpu / UNITS_PER_VCPU)
        yield Usage(name, f"fargate.memory.{self.architecture}", hours * self.memory / 1024)
        if extra:
            yield Usage(name, "fargate.ephemeral_storage", hours * extra)
