"""How long a function's own work takes: the same at any memory, or predicted from one size for others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from simulator.values.distributions import Distribution, distribution
from simulator.values.scaled import Scaled
from simulator.values.spec import Positive, Spec
from simulator.values.units import Memory, PositiveDuration, Share


class Measured(BaseModel):
    """Time measured at one memory size. Lambda gives CPU in proportion to memory.

    At another size the share `cpu` of it, spent computing, takes as many times longer as there is less CPU,
    counted up to `vcpus`; the rest, spent waiting, stays. Six functions measured at 46 sizes (validation/
    duration_by_memory.py) bear it out within a few per cent, except where memory speeds up the waiting too.
    Left out: that CPU is given in slices of some 20 ms, so that work of a few milliseconds may end before
    its first slice does; memory so scarce that garbage is collected all the time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measured: Distribution
    at: Memory = Field(ge=128, le=10_240, examples=["1769 MB"])
    cpu: Share = 1.0
    """The share of the measured time in which it computes."""
    vcpus: Positive = 1.0
    """The most CPU it can use: 1 with one thread, more with more, less if a disk is slower than that."""

    def at_memory(self, memory: int, memory_per_vcpu: int) -> Spec:
        """The time it takes at a memory size."""
        then, now = (min(size / memory_per_vcpu, self.vcpus) for size in (self.at, memory))
        return Scaled(of=self.measured, factor=self.cpu * then / now + (1 - self.cpu))


class PerRecord(BaseModel):
    """Time for each batch, and more for each record in it; a request that is no batch is one record."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_batch: Distribution = Field(default_factory=lambda: distribution("0 s"), validate_default=False)
    per_record: PositiveDuration


def _written_as(value: object) -> str:
    return "by memory" if isinstance(value, Measured) or _says_measured(value) else "at any memory"


def _handled_as(value: object) -> str:
    says = isinstance(value, Mapping) and ("per_record" in value or "per_batch" in value)
    return "by record" if isinstance(value, PerRecord) or says else _written_as(value)


def _says_measured(value: object) -> bool:
    return isinstance(value, Mapping) and "measured" in value


Work = Annotated[
    Annotated[Distribution, Tag("at any memory")] | Annotated[Measured, Tag("by memory")],
    Discriminator(_written_as),
]
"""A time, the same at any memory: `30 ms`; or `{measured: 30 ms, at: 1769 MB, cpu: 80%}`."""


HandlerWork = Annotated[
    Annotated[Distribution, Tag("at any memory")]
    | Annotated[Measured, Tag("by memory")]
    | Annotated[PerRecord, Tag("by record")],
    Discriminator(_handled_as),
]
"""The same, or `{per_batch: 20 ms, per_record: 2 ms}`."""


def time_of(work: Spec | Measured | PerRecord, memory: int, memory_per_vcpu: int) -> Spec:
    """How long the work takes with so much memory, apart from what each record takes."""
    if isinstance(work, PerRecord):
        return work.per_batch
    return work.at_memory(memory, memory_per_vcpu) if isinstance(work, Measured) else work
