"""Small designs, run without a scenario file, on any engine.

Every behaviour test takes the fixture `run` (see conftest.py), which is `run` below with the engine
filled in, once for each of ENGINES. Whatever engine runs, the same must come out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import simpy
from hypothesis import settings
from numpy.typing import NDArray
from pydantic import ConfigDict

from simulator.engine.build import Build, Demand
from simulator.engine.compiled_engine import CompiledEngine
from simulator.engine.controls import WarmUp
from simulator.engine.kernel import INTERPRETED, kernel
from simulator.engine.log import Log
from simulator.engine.measuring import limits, measured
from simulator.engine.program import Control, Program
from simulator.engine.simpy_engine import SimpyEngine
from simulator.engine.steps import DROPPED, OK, Answer, Free, Jump, Piece, Seize
from simulator.engine.storage import Lists
from simulator.engine.tracing import Mode
from simulator.engine.world import World
from simulator.eras.era import Era
from simulator.measure.books import Layout
from simulator.measure.measured import Measured
from simulator.measure.readings import counted, where_by_type
from simulator.measure.result import OUTCOMES, Counted, Limit
from simulator.measure.rows import Block
from simulator.measure.where import Where
from simulator.services.account import Account
from simulator.services.service import Service, kinds
from simulator.stations.station import MOST_PLACES, Station
from simulator.values.distributions import Distribution, Spec
from simulator.values.keys import Keys
from simulator.values.units import SECOND, PositiveDuration

ENGINES = ("simpy", "interpreted", "compiled")

Engine = SimpyEngine | CompiledEngine
Run = Callable[..., "Ran"]
Settings = Mapping[str, Any] | Service


OVERHEADS = (
    *("lambda.invoke_overhead", "lambda.platform_start", "rds.connect", "rds.proxy.overhead"),
    *("http_api.overhead", "rest_api.overhead", "sqs.send", "sqs.call"),
    *("dynamodb_stream.write", "dynamodb.latency"),
    *("step_functions.task_delay", "step_functions.start_latency"),
)


def examples(number: int) -> settings:
    """So many random examples, and as many times more as the profile (see conftest.py) has more than 100."""
    return settings(max_examples=number * settings().max_examples // 100)


def plain(name: str = "aws-2026", overrides: Mapping[str, object] | None = None) -> Era:
    """An era without overheads, with room in the requests-per-second quota: times are what a test says."""
    bare = dict.fromkeys(OVERHEADS, "0 s") | {"lambda.requests_burst": "1 h"}
    bare |= {"lambda.spare_keep_alive": "1 s", "lambda.lifetime": "2 h", "lambda.replaces_ended": "false"}
    return Era.load(name, bare | dict(overrides or {}))


def service(settings: Settings) -> Service:
    """A service as the scenario would describe it."""
    if isinstance(settings, Service):
        return settings
    rest = dict(settings)
    return kinds()[rest.pop("service")].model_validate(rest)


def function(**settings: Any) -> dict[str, Any]:
    """A Lambda function that starts in no time."""
    return {"service": "lambda", "runtime": "nodejs22", "cold_start": "0 s", **settings}


class Script(Service):
    """A service that says whatever steps a test wants."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    say: Callable[[Build], Iterable[Piece]]

    def steps(self, build: Build) -> Iterator[Piece]:
        yield from self.say(build)


class Line(Service):
    """Servers with one line in front of them: the service that queueing theory knows best."""

    servers: int = 1
    bound: int = 1_000_000_000
    patience: PositiveDuration | None = None
    work: Distribution

    def steps(self, build: Build) -> Iterator[Piece]:
        turned_away, done = build.labels(2)
        pool = build.servers("servers", self.servers, self.bound)
        yield Seize(pool, turned_away, self.patience)
        yield build.delay(self.work, "work")
        yield Free(pool)
        yield Answer(OK)
        yield Jump(done)
        yield turned_away
        yield Answer(DROPPED, 503, build.cause("line"))
        yield done


@dataclass(frozen=True)
class Load:
    """Requests of one source: at these seconds (or ns, as an array), or from so many users."""

    to: str
    at: Sequence[float] | NDArray[np.int64] = ()
    name: str = "load"
    mix: Mapping[str, float] = field(default_factory=dict)
    users: int = 0
    think: Spec | None = None
    ramp: int = 0
    size: Spec | None = None
    key: Keys | None = None

    @property
    def demand(self) -> Demand:
        return Demand(self.name, self.to, self.mix, self.users, self.think, self.ramp, self.size, self.key)

    @property
    def times(self) -> NDArray[np.int64]:
        if isinstance(self.at, np.ndarray):
            return self.at
        return np.array([round(second * SECOND) for second in self.at], dtype=np.int64)


class Logged(NamedTuple):
    """One line of the engine's log: a request and its answer."""

    identity: int
    type: int
    arrived: int
    sent: int
    answered: int
    outcome: int
    cause: int


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    world: Engine
    program: Program
    services: Mapping[str, Service]
    horizon: int
    counted_ns: int
    traffic: Mapping[str, Counted]
    limits: tuple[Limit, ...]
    blocks: Sequence[Block]
    """Rows of the answered requests, as the engine handed them on; of traced ones, notes among them."""
    where: Mapping[str, Mapping[str, Where]] = field(default_factory=dict)

    @property
    def load(self) -> Counted:
        """The only source."""
        return self.traffic["load"]

    @property
    def outcomes(self) -> dict[str, int]:
        """How the requests of the only source ended, those outcomes that occurred."""
        return {outcome: count for outcome, count in self.load.outcomes.items() if count}

    @property
    def causes(self) -> dict[str, int]:
        """Failures of the only source as `service: limit`."""
        return {f"{cause.service}: {cause.limit}": count for cause, count in self.load.causes.items()}

    @cached_property
    def log(self) -> list[Logged]:
        """Answers in the order in which they were given."""
        return [Logged(*row) for block in self.blocks for row in block.tolist()]

    @property
    def answers(self) -> list[tuple[float, str]]:
        """(second of the answer, outcome) of every answered request, in the order of arrival."""
        rows = sorted(self.log, key=lambda row: (row.arrived, row.identity))
        return [(row.answered / SECOND, OUTCOMES[row.outcome]) for row in rows]

    @cached_property
    def _measured(self) -> dict[str, dict[str, float]]:
        return measured(self.world, self.program, self.horizon)

    def seen(self, name: str) -> Measured:
        """Everything measured at a service."""
        return Measured(name, self.counted_ns, self._measured.get(name, {}))

    def counters(self, name: str) -> Mapping[str, float]:
        return self.services[name].counters(self.seen(name))

    def usage(self, name: str) -> dict[str, float]:
        """Billed quantities by item."""
        return {item: quantity for _, item, quantity in self.services[name].usage(self.seen(name))}


class Watch:
    """Reads the world at these seconds, before anything else that happens then."""

    def __init__(self, at: Iterable[float], read: Callable[[World], Any]) -> None:
        self.at = [round(second * SECOND) for second in at]
        self.read = read
        self.found: list[Any] = []

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        for instant in self.at:
            yield env.timeout(instant - env.now)
            self.found.append(self.read(world))


class Change:
    """Changes the world at a second."""

    def __init__(self, at: float, change: Callable[[World], Any]) -> None:
        self.at = round(at * SECOND)
        self.change = change

    def process(self, env: simpy.Environment, world: World) -> Generator[simpy.Event, Any, None]:
        yield env.timeout(self.at)
        self.change(world)


class Bounded(list[Any]):
    """A list that refuses places before its first, which Python would count from the end."""

    # half of the interpreted loop's time is spent here, so that a place costs one comparison and no call
    def __getitem__(self, place, of=list.__getitem__):
        if place.__class__ is slice or place < 0:
            self.check(place)
        return of(self, place)

    def __setitem__(self, place, value, of=list.__setitem__):
        if place.__class__ is slice or place < 0:
            self.check(place)
        of(self, place, value)

    def check(self, place: int | slice) -> None:
        if (place < 0) if isinstance(place, int) else min(place.start or 0, place.stop or 0) < 0:
            raise IndexError(f"place {place} in a sequence of {len(self)}")


class BoundedLists(Lists):
    """What the loop works on here; compiled, a place out of bounds is someone else's memory."""

    sequence = Bounded


CHECKED = INTERPRETED._replace(storage=BoundedLists())


def make_engine(
    name: str, program: Program, books: Any, seed: int, number: int, log: Log | None = None
) -> Engine:
    """The engine of that name."""
    if name == "simpy":
        engine = SimpyEngine(program, books, seed, number)
        engine.log = log
        return engine
    if name == "interpreted":  # with next to no room at first, so that it must grow
        return CompiledEngine(program, books, seed, number, log, CHECKED, little=4)
    return CompiledEngine(program, books, seed, number, log, kernel())


def build(
    services: Mapping[str, Settings],
    *loads: Load,
    era: Era | None = None,
    account: Account | None = None,
    start: str = "2026-01-01T00:00Z",
    trace: Mode = "",
) -> Program:
    """The program of a design."""
    made = {name: service(settings) for name, settings in services.items()}
    begins = datetime.fromisoformat(start)
    return Build(made, account or Account(), era or plain(), begins, trace).program(
        tuple(load.demand for load in loads)
    )


def run(
    services: Mapping[str, Settings],
    *loads: Load,
    engine: str,
    until: float = 60.0,
    era: Era | None = None,
    account: Mapping[str, Any] | None = None,
    start: str = "2026-01-01T00:00Z",
    seed: int = 1,
    number: int = 0,
    warm_up: float = 0.0,
    windows: Mapping[str, tuple[float, float]] | None = None,
    controls: Sequence[Control] = (),
    rows: bool = True,
    trace: Mode = "",
) -> Ran:
    """Run a design for `until` seconds and keep everything, the rows of requests if they are wanted."""
    made = {name: service(settings) for name, settings in services.items()}
    allowed = Account.model_validate(account or {})
    program = build(made, *loads, era=era, account=allowed, start=start, trace=trace)
    horizon, start = round(until * SECOND), round(warm_up * SECOND)
    spans = [(start, horizon)]
    spans += [(round(a * SECOND), round(b * SECOND)) for a, b in (windows or {}).values()]
    layout = Layout(
        program.types, program.causes, tuple(windows or ()), spans, horizon, program.width, program.durations
    )
    blocks: list[Block] = []
    log = Log(lambda block: blocks.append(block.copy()), at_once=16) if rows else None
    world = make_engine(engine, program, layout.books(), seed, number, log)
    warming = [WarmUp(start)] if start else []
    world.run(arrivals(loads), horizon, [*warming, *controls])
    if log is not None:
        log.empty()
    if engine == "interpreted":
        check_places(world)
    return Ran(
        world=world,
        program=program,
        services=made,
        horizon=horizon,
        counted_ns=horizon - start,
        traffic=counted(world.books, layout),
        limits=tuple(limits(world, program)),
        blocks=blocks,
        where=where_by_type(world.books, layout, program.parts) if trace == "where" else {},
    )


def check_places(world: Engine) -> None:
    """What arrays would keep in 32 bits fits in them: a list takes any number."""
    assert isinstance(world, CompiledEngine)
    for stations in world.machine:
        for station in stations if stations and isinstance(stations[0], Station) else ():
            for name in type(station).all_places:
                assert -1 <= getattr(station, name) < MOST_PLACES, f"{name} of {station} is no place"


def arrivals(
    loads: Sequence[Load],
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]]:
    """All requests as one block, in the order of time, source and number."""
    times = [np.sort(load.times) for load in loads]
    time = np.concatenate(times)
    source = np.repeat(np.arange(len(loads), dtype=np.int32), [len(part) for part in times])
    number = np.concatenate([np.arange(len(part), dtype=np.int64) for part in times])
    order = np.lexsort((number, source, time))
    yield time[order], source[order], number[order]
