"""What a stream holds when the run begins."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from simulator.values.units import PositiveDuration

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World


class Backlog(BaseModel):
    """So many records, the oldest of this age, written evenly since then. Mappings that start at
    `trim_horizon` read them; no request waits for them, so that they count among what functions received and
    how old it was, and not in a completion. Their keys are like those of the source that has most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    records: int = Field(ge=1, le=1_000_000, examples=[100000])
    age: PositiveDuration = Field(examples=["1 h"])


@dataclass(frozen=True)
class Begin:
    """Puts the records there, the oldest first, when the run begins."""

    walk: int
    identity: int
    backlog: Backlog

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        records, age = self.backlog.records, self.backlog.age
        for number in range(records):
            world.start(self.walk, self.identity + number, age - age * number // records)
        yield env.timeout(0)
