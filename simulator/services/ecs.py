"""Amazon ECS: containers on AWS Fargate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from simulator.measure.usage import Usage
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
    """A service of Fargate tasks. Its servers are tasks: launched out of the account's and the service's
    token buckets, started after `boot` and `init.work`, billed by the second, a minute at least.

    Application Auto Scaling keeps their average CPU utilisation near the target of `target_tracking`.
    A task with less than one vCPU computes at that speed. Left out: tasks on EC2 instances of one's own,
    Fargate Spot, deployments, the time to pull an image (write it into `boot`), tasks that are drained.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        **Fleet.reserved,
        "launch_type": "tasks on EC2 instances; all tasks run on Fargate",
        "capacity_provider": "capacity providers; all tasks run on Fargate",
        "spot": "Fargate Spot",
        "step_scaling": "step scaling policies",
    }

    cpu: Literal[256, 512, 1024, 2048, 4096, 8192, 16384] = Field(default=256, examples=[1024])
    """CPU units of a task: 1024 are one vCPU."""
    memory: Memory = Field(default=512, examples=["2 GB"])
    """Of a task."""
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    ephemeral_storage: Memory = Field(default=FREE_STORAGE, ge=FREE_STORAGE, le=200 * 1024)

    def size(self) -> Size:
        return Size.of(self.cpu / UNITS_PER_VCPU)

    def check(self, services: Mapping[str, Service], era: Era) -> Iterator[Mistake]:
        yield from super().check(services, era)
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
        era = build.era
        account = build.bucket(
            "Fargate launch rate", era["ecs.account_launch.rate"], era["ecs.account_launch.burst"], "account"
        )
        own = build.bucket("launch rate", era["ecs.service_launch.rate"], era["ecs.service_launch.burst"])
        return Launching(
            ready_after=self.boot or era["ecs.boot"],
            warm_up=0,
            buckets=(account, own),
            increment=era["ecs.billing_increment"],
            minimum=era["ecs.billing_minimum"],
            period=era["target_tracking.period"],
            scale_in_below=era["ecs.scale_in_below"],
            cooldown=era["ecs.cooldown"],
        )

    def usage(self, measured: Measured) -> Iterator[Usage]:
        name, hours = measured.name, self.server_hours(measured)
        extra = (self.ephemeral_storage - FREE_STORAGE) / 1024
        yield Usage(name, f"fargate.vcpu.{self.architecture}", hours * self.cpu / UNITS_PER_VCPU)
        yield Usage(name, f"fargate.memory.{self.architecture}", hours * self.memory / 1024)
        if extra:
            yield Usage(name, "fargate.ephemeral_storage", hours * extra)
        yield from super().usage(measured)
