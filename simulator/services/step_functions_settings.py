"""The settings of a state machine: its definition, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, model_validator

from simulator.services.service import Mistake, Path, Reference, Service
from simulator.values.distributions import Distribution
from simulator.values.table import inside, read_table
from simulator.values.units import PositiveDuration, Share, Size
from simulator.workflows.asl import Refusal, read_asl
from simulator.workflows.counts import Items
from simulator.workflows.given import Given, completed
from simulator.workflows.machine import Machine
from simulator.workflows.short import ShortState, read_short


class Paths(BaseModel):
    """A CSV file of executions: by Choice state the states that followed, `f7|f7|f8` where a loop led there
    three times. An execution goes as one of them, drawn anew for each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    _ways: Mapping[str, tuple[tuple[str, ...], ...]] = PrivateAttr(default={})

    @model_validator(mode="after")
    def _load(self, info: ValidationInfo) -> Self:
        if not self._ways:
            table = read_table(self.file, info.context)
            self._ways = {
                state: tuple(tuple(cell.split("|")) if cell else () for cell in table.cells(state))
                for state in table.header
            }
        return self


class StateMachineSettings(Service):
    """What a scenario says of a state machine: `definition` or `states`, and what the data would decide."""

    reserved: ClassVar[Mapping[str, str]] = {
        "logging": "CloudWatch Logs of executions",
        "tracing": "X-Ray",
    }

    type: Literal["standard", "express"] = "standard"
    definition: str | None = Field(default=None, examples=["order.asl.json"])
    """A file of Amazon States Language."""
    states: tuple[ShortState, ...] = ()
    """The scenario's own short form, instead."""
    timeout: PositiveDuration | None = None
    """TimeoutSeconds of the machine, for the short form."""
    start: Literal["asynchronous", "synchronous"] = "asynchronous"
    """StartExecution, or, of Express, StartSyncExecution: whether a caller waits for the end."""
    tasks: dict[str, str] = Field(default={})
    """By state of the definition: the service it uses, if it does not name one of the design."""
    choices: dict[str, dict[str, Share]] = Field(default={})
    """By Choice state: the share of each state that may follow."""
    paths: Paths | None = None
    """The ways of whole executions, instead of shares: the choices of one belong together as they did."""
    waits: dict[str, Distribution] = Field(default={})
    """By Wait state: how long, if the definition takes it from the data."""
    items: dict[str, Items] = Field(default={})
    """By Map state: how many items."""
    callbacks: dict[str, Distribution] = Field(default={})
    """By Task state with a task token: the time until it comes back."""
    heartbeats: dict[str, Share] = Field(default={})
    """By such a state with HeartbeatSeconds: the share of times that heartbeats are sent until it comes back;
    otherwise it must come back within HeartbeatSeconds."""
    task_delay: Distribution | None = None
    """What a Task takes besides the service it uses, instead of the era's."""
    payload: Size = Field(default=1024, examples=["1 KB"])
    """Data of an execution, for the memory of Express."""
    duplicates: Share = 0.0
    """Of asynchronous Express executions, which AWS runs at least once: the share that runs twice."""
    _machine: Machine | None = PrivateAttr(default=None)
    _refusals: tuple[Refusal, ...] = PrivateAttr(default=())
    _size: int = PrivateAttr(default=0)
    """Bytes of the definition."""

    @model_validator(mode="after")
    def _read(self, info: ValidationInfo) -> Self:
        if (self.definition is None) == (not self.states):
            what = "both `definition` and `states`" if self.states else "neither `definition` nor `states`"
            raise ValueError(f"{what}; write `definition: FILE`, or `states: [...]`")
        if self.definition is None:
            self._machine = read_short(self.states, self.timeout)
            self._size = len(self.model_dump_json(include={"states"}, exclude_defaults=True))
            return self
        if self.timeout is not None:
            raise ValueError("`timeout` beside a definition; write it there, as TimeoutSeconds")
        path = inside(self.definition, info.context)
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"'{self.definition}' cannot be read; write the name of a file of ASL") from None
        self._size = len(text.encode())
        self._machine, refusals = read_asl(text)
        self._refusals = tuple(refusals)
        return self

    @property
    def given(self) -> Given:
        """What stands beside the definition."""
        paths = self.paths._ways if self.paths else {}
        return Given(self.tasks, self.choices, self.waits, self.items, self.callbacks, self.heartbeats, paths)

    def machine(self, services: Mapping[str, Service]) -> Machine:
        """The machine, complete; `check` has found nothing wrong with it."""
        assert self._machine is not None  # noqa: S101
        return completed(self._machine, self.given, services)[0]

    def references(self) -> Iterator[Reference]:
        for state, name in self.tasks.items():
            yield Reference(("tasks", state), name)
        yield from _named(self.states, ("states",))

    def definition_mistakes(self, services: Mapping[str, Service]) -> Iterator[Mistake]:
        """What is wrong with the definition, and what it lacks."""
        if self._machine is None:
            for refusal in self._refusals:
                yield self._mistake(refusal)
            return
        for place, refusal in completed(self._machine, self.given, services)[1]:
            yield Mistake(tuple(place), refusal.what, refusal.instead) if place else self._mistake(refusal)

    def _mistake(self, refusal: Refusal) -> Mistake:
        if self.definition is None:
            return Mistake(("states",), f"state {refusal.state!r}: {refusal.what}", refusal.instead)
        state = f", state {refusal.state!r}" if refusal.state else ""
        where = f"{File(self.definition).name}, line {refusal.line}{state}"
        return Mistake(("definition",), f"{where}: {refusal.what}", refusal.instead)


def _named(states: Sequence[ShortState], path: Path) -> Iterator[Reference]:
    for place, state in enumerate(states):
        for verb in ("call", "send"):
            if (name := getattr(state, verb)) is not None:
                yield Reference((*path, place, verb), name)
        for way, inner in state.inner:
            yield from _named(inner, (*path, place, *way))
