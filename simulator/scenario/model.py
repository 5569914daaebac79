"""A scenario as the rest of the simulator sees it: frozen, picklable, every mistake already found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from simulator.scenario.objectives import Objective
from simulator.scenario.precision import Precision
from simulator.values.distributions import SizeDistribution
from simulator.values.keys import Key
from simulator.values.units import Duration, PositiveDuration, shown

if TYPE_CHECKING:
    from simulator.eras.era import Era
    from simulator.services.account import Account
    from simulator.services.service import Service
    from simulator.traffic.shape import Shape
    from simulator.values.distributions import Spec
    from simulator.values.keys import Keys


def parse_time(value: object) -> datetime:
    """A wall-clock time with its offset from UTC: "2026-11-27T08:50-05:00"."""
    try:
        time = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        time = None
    if time is None:
        raise ValueError(f"not a time: {shown(value)}; write for example '2026-11-27T08:50-05:00'")
    if time.tzinfo is None:
        written = time.isoformat(timespec="minutes")
        raise ValueError(f"a time without its offset from UTC: {shown(value)}; write '{written}Z'")
    return time


Time = Annotated[
    datetime,
    BeforeValidator(parse_time),
    PlainSerializer(datetime.isoformat, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$",
            "description": "A wall-clock time with its offset from UTC.",
            "examples": ["2026-11-27T08:50-05:00"],
        }
    ),
]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Run(_Settings):
    """How a design is run: how long, how often, and on which clock."""

    for_: PositiveDuration = Field(alias="for", description="Simulated time of one run, warm-up included.")
    start: Time = Field(
        datetime(2026, 1, 1, tzinfo=UTC),
        description="Wall-clock time at which a run begins; cron counts by it.",
    )
    warm_up: Duration = Field(0, description="The first part of the run: simulated and not counted.")
    steady: bool = Field(
        False,
        description="Traffic that stays the same: the warm-up is found by MSER-5 on pilot runs, not given.",
    )
    replications: int = Field(5, ge=1, le=10_000, description="Runs of each design, each with its own luck.")
    until: str | None = Field(
        None,
        description="More replications until this number is so sure in every design.",
        examples=["p99 ± 5%"],
    )
    at_most: int = Field(100, ge=2, le=10_000, description="Replications at which `until` gives up.")
    seed: int = Field(
        1, ge=0, lt=2**32, description="Luck of the first run; the same seed, the same answers."
    )
    engine: Literal["auto", "simpy", "compiled"] = Field(
        "auto", description="What carries requests; every engine gives the same answers."
    )


class Window(_Settings):
    """A span of the run in which metrics are asked for."""

    from_: Duration = Field(alias="from", description="Its beginning, from the start of the run.")
    for_: PositiveDuration = Field(alias="for", description="Its length.")


class Month(_Settings):
    """What a month is made of, so that nothing is extrapolated silently."""

    runs: int = Field(ge=1, le=1_000_000, description="How many such runs a month has.")
    otherwise: Literal["baseline", "idle"] = Field(
        description="The rest of the month: every source at its baseline rate, or no traffic at all."
    )


class Bill(_Settings):
    """What is billed besides the run."""

    month: Month | None = None


class Messages(_Settings):
    """What the requests of a source are as messages of a queue or records of a stream."""

    size: SizeDistribution | None = Field(None, description="How big one is; 1 KB where nothing is said.")
    key: Key | None = Field(None, description="Its partition key or message group.")


@dataclass(frozen=True)
class Source:
    """Where requests come from."""

    name: str
    to: str
    """Name of the service, in every design, that the requests go to."""
    shape: Shape
    mix: Mapping[str, float]
    """Share of each request type; empty if there is but one."""
    size: Spec | None = None
    """Of a request as a message or record."""
    key: Keys | None = None
    """Its partition key or message group."""


@dataclass(frozen=True)
class Design:
    """Services wired together."""

    name: str
    era: Era
    account: Account
    services: Mapping[str, Service]
    written: Mapping[str, Any]
    """The merged settings as the file says them: plain maps, lists, text and numbers."""
    own: frozenset[tuple[str | int, ...]] = frozenset()
    """Where they are those of the design, or of one that it extends, and not of the architecture."""

    def set(self, *path: str) -> str:
        """The path of a setting as `--set` takes it, so that this design has it."""
        its_own = any(path[:length] in self.own for length in range(1, len(path) + 1))
        return ".".join(("designs", self.name, *path) if its_own else path)


@dataclass(frozen=True)
class Scenario:
    """Traffic, and the designs that could serve it."""

    name: str
    era: Era
    region: str
    traffic: Mapping[str, Source]
    designs: Mapping[str, Design]
    windows: Mapping[str, Window]
    objectives: tuple[Objective, ...]
    bill: Bill
    run: Run
    folder: Path
    hash: str
    """SHA-256 of what the scenario says, the files it names included; comments and layout do not count."""
    merged: Mapping[str, str]
    """By design, the scenario file merged, with the origin of every value."""
    until: Precision | None = None
    """How sure the study shall be, as `run.until` says."""
    shared: str = ""
    """SHA-256 of what the runs of all designs depend on besides their design, length and seed."""
    overruled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the path of a `--set` on the architecture, the designs that say it themselves."""
    demand: Mapping[str, Any] = field(default_factory=dict)
    """`traffic` as the file says it, and the SHA-256 of the `files` that it names."""
    files: Mapping[str, str] = field(default_factory=dict)
    """By name, the SHA-256 of every file that the scenario names."""
