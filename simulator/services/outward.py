"""What functions and fleets are billed for beside their computing: their logs, and their talk with the
internet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from simulator.measure.usage import Usage
from simulator.services.service import Mistake, Reference, Service
from simulator.values.units import HOUR, PositiveDuration, Size

if TYPE_CHECKING:
    from simulator.measure.measured import Measured

GIB = 1024**3
HOURS_A_MONTH = 730


class Logs(BaseModel):
    """What CloudWatch Logs takes in, and keeps for `retention`. What a run logs is billed for as long as it
    will be kept, so that a month of such runs costs what a month in the steady state does. Left out: that
    what is kept is compressed, queries, the infrequent access class, limits of ingestion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: Size = Field(examples=["2 KB"])
    """Of one invocation, or one request of a fleet, the platform's own lines among them."""
    retention: PositiveDuration | None = Field(default=None, examples=["30 d"])
    """None: only what is taken in is billed, though AWS keeps logs for ever by default."""

    def usage(self, name: str, times: float) -> Iterator[Usage]:
        """Of so many invocations."""
        gb = self.size * times / GIB
        yield Usage(name, "cloudwatch.logs.ingested", gb)
        if self.retention is not None:
            yield Usage(name, "cloudwatch.logs.stored", gb * self.retention / HOUR / HOURS_A_MONTH)


class Internet(BaseModel):
    """What an invocation exchanges with the internet, on average: what is sent is data transfer out, what
    is received is free; a NAT gateway on the way takes its price for both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sent: Size = 0
    received: Size = 0
    nat: str | None = Field(default=None, examples=["egress"])
    """The NAT gateway that leads out of a VPC's private subnets."""

    @model_validator(mode="after")
    def _exchanges(self) -> Internet:
        if self.sent + self.received == 0:
            raise ValueError("nothing is sent nor received; write 'sent: 2 KB' or 'received: 10 KB'")
        return self

    def usage(self, name: str, times: float) -> Iterator[Usage]:
        """Of so many invocations."""
        yield Usage(name, "data_transfer.out", self.sent * times / GIB)
        if self.nat is not None:
            yield Usage(name, "nat_gateway.data", (self.sent + self.received) * times / GIB)


def _short(value: Any) -> Any:
    """`logs: 2 KB` is short for `logs: {size: 2 KB}`."""
    return value if value is None or isinstance(value, Mapping | Logs) else {"size": value}


class Outward(Service):
    """The settings of them, of every service that runs code of one's own."""

    logs: Annotated[Logs | None, BeforeValidator(_short, json_schema_input_type=str | Logs | None)] = None
    """CloudWatch Logs, for the bill: the size of one invocation's, or {size, retention}."""
    internet: Internet | None = None
    """What one invocation exchanges with the internet, for the bill."""

    def references(self) -> Iterator[Reference]:
        if self.internet and self.internet.nat is not None:
            yield Reference(("internet", "nat"), self.internet.nat, ("nat_gateway",))

    def outward(self, name: str, times: float) -> Iterator[Usage]:
        """What so many invocations or requests are billed for beside their computing."""
        for each in (self.logs, self.internet):
            if each is not None:
                yield from each.usage(name, times)


def unreachable(internet: Internet | None, vpc: bool) -> Iterator[Mistake]:
    """A function in a VPC reaches the internet by a NAT gateway only, and another one needs none."""
    if internet is None or vpc == (internet.nat is not None):
        return
    if vpc:
        what = "a function in a VPC does not reach the internet by itself"
        yield Mistake(("internet",), what, "name a nat_gateway: 'nat: NAME', or remove 'vpc'")
    else:
        what = "only what is attached to a VPC goes through a NAT gateway"
        yield Mistake(("internet", "nat"), what, "write 'vpc: true', or remove it")


class NatGateway(Service, kind="nat_gateway"):
    """NAT gateways, one for each Availability Zone as AWS advises, for functions and fleets that name them in
    `internet.nat`. Billed by the hour, used or not; what passes stands on the bill of who sends it.

    Requests do not wait in it. Left out: its limits of connections, packets and bandwidth, public IPv4
    addresses, transfer between Availability Zones.
    """

    callable = False

    gateways: int = Field(default=1, ge=1)

    def usage(self, measured: Measured) -> Iterator[Usage]:
        yield Usage(measured.name, "nat_gateway.hour", self.gateways * measured.hours)

    def counters(self, measured: Measured) -> Mapping[str, float]:
        return {"gateways": self.gateways}
