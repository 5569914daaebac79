"""Amazon EC2: virtual machines in an Auto Scaling group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, field_validator

from simulator.eras.ec2_instances import ec2_instance
from simulator.measure.usage import Usage
from simulator.services.fleet import Fleet, Size
from simulator.services.scaling_fleet import Launching, ScalingFleet
from simulator.values.units import Duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.engine.build import Build
    from simulator.measure.measured import Measured


class Ec2(ScalingFleet, kind="ec2"):
    """An Auto Scaling group of one instance type, with a load balancer of your own in front if there is one
    (`alb`). Scales by schedule, and as AWS's alarms do it: by target tracking or by steps.

    A new instance boots, then starts the application (`init.work`), then takes requests; until its
    `instance_warmup` is over it is not counted as capacity when the group scales out again, and the group
    does not scale in. Without `detailed_monitoring` the metric has one data point every 5 minutes.
    Left out: CPU credits of t instances (they run at full speed), Availability Zones, Spot, warm pools,
    instances that are drained, disks, the minute that CloudWatch may take to publish a metric.
    """

    reserved: ClassVar[Mapping[str, str]] = {
        **Fleet.reserved,
        "spot": "Spot Instances",
        "warm_pool": "warm pools",
    }

    instance: str = Field(examples=["m5.large"])
    instance_warmup: Duration | None = None
    """None: the default."""
    detailed_monitoring: bool = False
    """Metrics every minute, which are billed."""

    @field_validator("instance")
    @classmethod
    def _known(cls, name: str) -> str:
        ec2_instance(name)
        return name

    def size(self) -> Size:
        return Size.of(ec2_instance(self.instance).vcpus)

    def launching(self, build: Build) -> Launching:
        era = build.era
        every = "detailed" if self.detailed_monitoring else "basic"
        return Launching(
            ready_after=self.boot or era["ec2.boot"],
            warm_up=era["ec2.instance_warmup"] if self.instance_warmup is None else self.instance_warmup,
            buckets=(),
            increment=era["ec2.billing_increment"],
            minimum=era["ec2.billing_minimum"],
            period=era[f"ec2.metric_period.{every}"],
            scale_in_below=era["ec2.scale_in_below"],
            cooldown=0,
        )

    def usage(self, measured: Measured) -> Iterator[Usage]:
        hours = self.server_hours(measured)
        yield Usage(measured.name, f"ec2.{self.instance}", hours)
        if self.detailed_monitoring:
            yield Usage(measured.name, "ec2.detailed_monitoring", hours)
        yield from super().usage(measured)
