"""From a design to its program: what services are given while they say their steps.

One file, because it is one object that services ask, each thing by a method of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pydantic import TypeAdapter

from simulator.engine.program import (
    Assembly,
    BucketPlan,
    Control,
    MailboxPlan,
    Name,
    PoolPlan,
    Program,
    Source,
)
from simulator.engine.random import request_identity, stream_of
from simulator.engine.steps import (
    FAILED,
    Begin,
    Carry,
    Choose,
    Delay,
    Fork,
    IfOutcome,
    Jump,
    Key,
    Label,
    Lose,
    Lowerable,
    Over,
    Piece,
    Reap,
    Record,
    Renew,
    Return,
    Type,
)
from simulator.engine.tracing import Mode, Names, Tracing
from simulator.errors import Problem, ScenarioError
from simulator.stations.environment_pool import ConcurrencyQuota, EnvironmentPool
from simulator.stations.mailbox import Mailbox
from simulator.stations.server_pool import ENDLESS, ServerPool
from simulator.stations.station import Station
from simulator.stations.token_bucket import UNCOUNTED, token_bucket
from simulator.values.distributions import Distribution, SizeDistribution
from simulator.values.keys import Keys
from simulator.values.population import Population
from simulator.values.units import Rate

if TYPE_CHECKING:
    from simulator.eras.era import Era
    from simulator.services.account import Account
    from simulator.services.service import Loading, Service

MOST_ROWS = 100_000
MOST_DEDUPLICATED = 62
"""Bits of a number."""
_ONE_KB: Distribution = TypeAdapter(SizeDistribution).validate_python("1 KB")
StationKind = TypeVar("StationKind", bound=Station)


class Demand(NamedTuple):
    """One traffic source as the program needs it."""

    name: str
    to: str
    mix: Mapping[str, float]
    users: int = 0
    think: Distribution | None = None
    ramp: int = 0
    size: Distribution | None = None
    """Bytes of a request, where it becomes a message or record."""
    key: Keys | None = None
    """Its partition key or message group."""


class _Call(NamedTuple):
    service: str
    owned: tuple[str, ...]


class Build:
    """Collects the program of one design. Services ask it for stations, counters, luck and calls."""

    def __init__(
        self,
        services: Mapping[str, Service],
        account: Account,
        era: Era,
        start: datetime = datetime(2026, 1, 1, tzinfo=UTC),
        trace: Mode = "",
    ) -> None:
        self.services = services
        self.account = account
        self.era = era
        self.start = start
        """Wall-clock time at which the run begins."""
        self.trace = trace
        """What the program traces."""
        self.request_type = ""
        """Type of the request whose path is being said: what a route is chosen by."""
        self.source = ""
        self.demands: Mapping[str, Demand] = {}
        """The sources, by their names."""
        self._calls: list[_Call] = []
        self._streams: dict[int, Name] = {}
        self._used: dict[Name, int] = {}
        self._buckets: dict[Name, BucketPlan] = {}
        self._caches: dict[Name, int] = {}
        self._quotas: dict[Name, ConcurrencyQuota] = {}
        self._pools: dict[Name, PoolPlan] = {}
        self._servers: dict[Name, ServerPool] = {}
        self._inside: dict[tuple[int, int], None] = {}
        self._mailboxes: dict[Name, MailboxPlan] = {}
        self._tables: dict[Name, tuple[int, ...]] = {}
        self._meters: dict[Name, int] = {}
        self._counters: dict[Name, int] = {}
        self._durations: dict[Name, int] = {}
        self._causes: dict[Name, int] = {}
        self._controls: dict[Name, Control] = {}
        self._walks: dict[Name, tuple[tuple[str, Piece], ...]] = {}
        """With the service that says each piece."""
        self._deduplicated = 0

    # ------------------------------------------------------------------ where we are

    @property
    def here(self) -> str:
        """Name of the service that is saying its steps."""
        return self._calls[-1].service

    @property
    def caller(self) -> str:
        """Kind of the service that called it; empty: a source did."""
        return self.services[self.caller_name].kind if self.caller_name else ""

    @property
    def caller_name(self) -> str:
        """Name of the service that called it, or connects to it; empty: a source did."""
        return self._calls[-2].service if len(self._calls) > 1 else ""

    def holds(self, name: str) -> bool:
        """Whether the caller's environment owns a connection to `name`."""
        return len(self._calls) > 1 and name in self._calls[-2].owned

    def own(self, names: tuple[str, ...]) -> None:
        """The environment of the service that is speaking owns a connection to each of these."""
        self._calls[-1] = self._calls[-1]._replace(owned=names)

    @contextmanager
    def speaking(self, name: str) -> Iterator[None]:
        """Another service speaks, on behalf of no request: what receives of it, or fills it."""
        before = self._calls, self._used, self.request_type, self.source
        self._calls, self._used, self.request_type, self.source = [_Call(name, ())], {}, "", ""
        yield
        self._calls, self._used, self.request_type, self.source = before

    @contextmanager
    def alternative(self) -> Iterator[None]:
        """Steps of which a request takes these or others: each alternative has its luck counted alone."""
        used = dict(self._used)
        yield
        self._used = used

    # ------------------------------------------------------------------ pieces of program

    def labels(self, number: int) -> tuple[Label, ...]:
        """New labels."""
        return tuple(Label() for _ in range(number))

    def call(self, name: str, say: Callable[[], Iterable[Piece]] | None = None) -> Iterator[Piece]:
        """The steps of another service, which the caller waits for; `say` says others than its `steps`."""
        if any(name == call.service for call in self._calls):
            path = " → ".join([*(call.service for call in self._calls), name])
            raise ScenarioError(Problem(name, f"calls itself: {path}", "break the circle"))
        self._calls.append(_Call(name, ()))
        yield Begin()
        yield from self.services[name].steps(self) if say is None else say()
        yield Return()
        self._calls.pop()

    def fork(
        self,
        pieces: Iterable[Piece],
        purpose: str,
        waited: bool = False,
        count: int | Lowerable = 1,
        at_once: int = 0,
        handed: int | None = None,
    ) -> Iterator[Piece]:
        """Steps that children of the request take: see `Fork`. What `waited` children do is code of the
        caller; a service that is sent something is on its own."""
        start, past = self.labels(2)
        yield Fork(start, self.stream(purpose), waited, count, at_once, handed)
        yield Jump(past)
        with self.alternative():
            yield start
            yield Begin(survives=not waited)
            yield from pieces
            yield Return()
            yield Over()
        yield past

    def send(self, name: str) -> Iterator[Piece]:
        """Another service is sent the request, and nobody waits; what it refuses is lost."""
        yield from self.fork(self.delivered(name), f"send to {name}")

    def hand_over(self, name: str) -> Iterator[Piece]:
        """What is sent arrives at another service; the caller waits until that has taken it over."""
        return self.call(name, lambda: self.services[name].sent(self))

    def delivered(self, name: str) -> Iterator[Piece]:
        """What is sent arrives at another service; what that one refuses is lost."""
        lost, done = self.labels(2)
        yield from self.hand_over(name)
        yield IfOutcome(FAILED, lost)
        yield Jump(done)
        yield lost
        yield Lose()
        yield done

    def connect(self, name: str, refused: Label) -> Iterator[Piece]:
        """The steps that open a connection to `name`, owned by the environment."""
        self._calls.append(_Call(name, ()))
        yield from self.services[name].connecting(self, refused)
        self._calls.pop()

    def load(self, name: str, when: Loading) -> Iterator[Piece]:
        """The steps that read what an environment that is connected to `name` reads once."""
        self._calls.append(_Call(name, ()))
        yield from self.services[name].loading(self, when)
        self._calls.pop()

    def stream(self, purpose: str, owner: str | None = None) -> int:
        """The random stream of a service and purpose; the second such on a request's way is another one."""
        name = (owner or self.here, purpose)
        occurrence = self._used.get(name, 0)
        self._used[name] = occurrence + 1
        full = (name[0], f"{purpose}#{occurrence}")
        stream = stream_of(*full)
        if self._streams.setdefault(stream, full) != full:
            other = ".".join(self._streams[stream])
            raise ScenarioError(
                Problem(full[0], f"shares its random numbers with {other}", "rename one of the two services")
            )
        return stream

    def once(self, purpose: str) -> int:
        """The random stream of a service and purpose that is the same wherever a request meets it."""
        return stream_of(self.here, purpose)

    def delay(self, time: Distribution, purpose: str, per_record: int = 0) -> Delay:
        """Time passes, by the luck of this service and purpose; and so many ns for each record in hand."""
        return Delay(time, self.stream(purpose), per_record)

    # ------------------------------------------------------------------ stations and books

    def bucket(
        self, name: str, rate: Rate, burst: int, owner: str | None = None, clients: int = 1, spent: int = 0
    ) -> int:
        """A token bucket of which `spent` tokens are gone, or the first of those that `clients` have each."""
        full = (owner or self.here, name)
        try:
            bucket = token_bucket(rate.count, rate.per_ns, burst)
        except OverflowError:
            what = f"{name}: a burst of {burst} at {rate} is too large to count"
            raise ScenarioError(Problem(full[0], what, "write a smaller burst or a faster rate")) from None
        bucket.level -= spent * bucket.per
        bucket.half_lacks = bucket.most_lacks = spent * bucket.per  # as if asked for at once
        self._buckets.setdefault(full, BucketPlan(bucket, clients))
        names = list(self._buckets)
        return sum(self._buckets[other].clients for other in names[: names.index(full)])

    def gates(self, name: str, clients: int) -> int:
        """The first of the buckets that `clients` have each, and that never run empty by themselves: they
        only count, or a control opens and closes them."""
        return self.bucket(name, Rate(0), UNCOUNTED, clients=clients)

    def cache(self, name: str, entries: int) -> int:
        """Room for so many answers: the place of the first."""
        self._caches.setdefault((self.here, name), entries)
        names = list(self._caches)
        return sum(self._caches[other] for other in names[: names.index((self.here, name))])

    def key(self, population: Population, purpose: str) -> Key:
        """Which member a request means, by the luck of this service and purpose."""
        return Key(population, self.stream(purpose))

    def quota(self, name: str, limit: int, owner: str | None = None) -> int:
        """A concurrency quota."""
        return _place(self._quotas, (owner or self.here, name), ConcurrencyQuota(limit=limit))

    def environments(
        self,
        quota: int,
        scaling: int,
        keep_alive: int,
        spare_keep_alive: int,
        owned: tuple[int, ...],
        allowance: Rate,
        window: int,
        replaces: bool = False,
    ) -> int:
        """The execution environments of the service that is speaking; `replaces`: those that come to their
        end have heirs. Each provisioned one adds `allowance` to the request rate of all of them, of which
        `window` ns' worth may come at once."""
        pool = EnvironmentPool(
            keep_alive=keep_alive,
            spare_keep_alive=spare_keep_alive,
            replaces=int(replaces),
            allowance_rate=allowance.count,
            allowance_per=allowance.per_ns,
            allowance_window=window,
        )
        return _place(self._pools, (self.here, "environments"), PoolPlan(pool, quota, scaling, owned))

    def servers(self, name: str, capacity: int | None, bound: int | None, owner: str | None = None) -> int:
        """A server pool with `bound` places in line; None: as many as come."""
        pool = ServerPool(
            capacity=ENDLESS if capacity is None else capacity, bound=ENDLESS if bound is None else bound
        )
        return _place(self._servers, (owner or self.here, name), pool)

    def waits_inside(self, outer: int, inner: int) -> None:
        """Who uses a server of the outer pool, which others keep for it, waits for one of the inner; where a
        request holds both, its steps show it."""
        self._inside[outer, inner] = None

    def servers_of(self, name: str) -> int:
        """The server pool of another service, whose connections an environment owns."""
        self._calls.append(_Call(name, ()))
        place = self.services[name].connections(self)
        self._calls.pop()
        list(self._servers.values())[place].kept = 1
        return place

    def mailbox(self, name: str, terms: Mapping[str, int], copies: int = 1, owner: str | None = None) -> int:
        """A mailbox on these terms (fields of `Mailbox`), or the first of so many of its kind."""
        full = (owner or self.here, name)
        self._mailboxes.setdefault(full, MailboxPlan(Mailbox(**terms), copies))
        names = list(self._mailboxes)
        return sum(self._mailboxes[other].copies for other in names[: names.index(full)])

    def deduplicated(self) -> int:
        """The number of a step that puts messages into a queue which deduplicates."""
        self._deduplicated += 1
        if self._deduplicated > MOST_DEDUPLICATED:
            what = f"more than {MOST_DEDUPLICATED} steps send to queues that deduplicate"
            raise ScenarioError(Problem(self.here, what, "send to fewer of them"))
        return self._deduplicated - 1

    def table(self, name: str, lanes: Callable[[], tuple[int, ...]], owner: str | None = None) -> int:
        """Where the table begins that leads from each key to its lane."""
        full = (owner or self.here, name)
        if full not in self._tables:
            self._tables[full] = lanes()
        names = list(self._tables)
        return sum(len(self._tables[other]) for other in names[: names.index(full)])

    def meter(self, name: str, rounding: int) -> int:
        """A meter of time; each reading is rounded up to `rounding` ns."""
        return _place(self._meters, (self.here, name), rounding)

    def carry(self, default: Keys | None = None) -> Piece:
        """The step that gives a request the size and key of its source, `default` if that has none.

        What no source sent, as a batch's function does, is of 1 KB, and of a key by chance: of those of the
        source that has most."""
        demand = self.demands.get(self.source)
        key, size = (demand.key, demand.size) if demand else (None, None)
        owner = self.source or self.here
        if not self.source:
            keys = [demand.key for demand in self.demands.values() if demand.key]
            key = max(keys, key=lambda one: one.keys, default=None)
        chosen = key or default
        return Carry(
            Key(chosen, stream_of(owner, "key")) if chosen else None,
            size or _ONE_KB,
            stream_of(owner, "size"),
        )

    def most_keys(self) -> int:
        """Of all sources, the most keys that one has; 0: none has any."""
        return max((demand.key.keys for demand in self.demands.values() if demand.key), default=0)

    def counter(self, name: str) -> int:
        """A counter."""
        return _place(self._counters, (self.here, name), 0)

    def durations(self, name: str, owner: str | None = None) -> int:
        """Durations of which the service that is speaking reports number, mean, percentiles and maximum."""
        return _place(self._durations, (owner or self.here, name), 0)

    def cause(self, limit: str, owner: str | None = None) -> int:
        """A reason to fail: a limit or fault of a service."""
        return _place(self._causes, (owner or self.here, limit), 0)

    def control(self, name: str, control: Control) -> None:
        """A process that changes stations as time goes by."""
        self._controls.setdefault((self.here, name), control)

    def walk(self, name: str, pieces: Callable[[], Iterable[Piece]]) -> int:
        """Steps, up to their `End`, that a control of the service that is speaking may start: its place."""
        full = (self.here, name)
        if full not in self._walks:
            self._walks[full] = ()  # while it is said, it has its place
            with self.alternative():
                self._used = {}
                self._walks[full] = tuple((self.here, piece) for piece in pieces())
        return list(self._walks).index(full)

    def has_walk(self, name: str) -> bool:
        """Whether the service that is speaking has said the steps of a walk, or is about to."""
        return (self.here, name) in self._walks

    def identity(self, purpose: str) -> int:
        """That of the first of the walks that a control of the service starts; the others follow."""
        return request_identity(f"{purpose} of {self.here}", 0)

    # ------------------------------------------------------------------ the whole

    def program(self, demands: tuple[Demand, ...]) -> Program:
        """The program that all sources of the scenario enter."""
        self.demands = {demand.name: demand for demand in demands}
        tracing = Tracing(self.trace, lambda: self._calls[-1].service if self._calls else "")
        assembly = Assembly(MOST_ROWS, tracing)
        types: list[str] = []
        sources = []
        for demand in demands:
            entry = assembly.add(self._source(demand, types))
            sources.append(Source(demand.name, entry, demand.users, demand.ramp))
        for name, service in self.services.items():
            with self.speaking(name):
                service.standing(self)
        walks = [assembly.add(self._again(said, tracing)) for said in self._walks.values()]
        reapers = []
        for place, plan in enumerate(self._pools.values()):
            if plan.owned:
                start = Label()
                reapers.append(assembly.add((start, Reap(place), Jump(start))))
        rows, parts = tracing.number(assembly.rows(), names := self._names())
        return Program(
            rows=rows,
            distributions=tuple(assembly.distributions),
            table=tuple(assembly.table),
            choices=tuple(assembly.choices),
            records=tuple(assembly.recorded),
            backoffs=tuple(assembly.backoffs),
            buckets=self._buckets,
            quotas=self._quotas,
            pools=self._pools,
            servers=self._servers,
            mailboxes=self._mailboxes,
            places=tuple(place for table in self._tables.values() for place in table),
            meters=self._meters,
            cached=sum(self._caches.values()),
            counters=tuple(self._counters),
            durations=tuple(self._durations),
            causes=tuple(self._causes),
            types=tuple(types),
            sources=tuple(sources),
            reapers=tuple(reapers),
            walks=tuple(walks),
            controls=tuple(self._controls.values()),
            depth=assembly.depth,
            inside=tuple(self._inside),
            parts=parts,
            notes=tracing.notes(rows, names),
        )

    def _again(self, said: Iterable[tuple[str, Piece]], tracing: Tracing) -> Iterator[Piece]:
        """A walk whose pieces were said before, each by the service that said it."""
        for name, piece in said:
            with self.speaking(name):
                yield piece
        tracing.walk_ends()

    def _names(self) -> Names:
        """What takes time where: a service says which of its purposes belong to one cause."""

        def cause(service: str, purpose: str) -> tuple[str, str]:
            whole = self.services[service].phases.get(purpose) if service in self.services else None
            return (purpose, "") if whole is None else (whole, purpose)

        streams = {
            stream: (service, purpose.partition("#")[0])
            for stream, (service, purpose) in self._streams.items()
        }
        buckets = tuple(name for name, plan in self._buckets.items() for _ in range(plan.clients))
        return Names(streams, tuple(self._servers), buckets, cause)

    def _source(self, demand: Demand, types: list[str]) -> Iterator[Piece]:
        """A source: choose the type, hand the request on, record the answer; a user comes again."""
        self.source = demand.name
        kinds = tuple(demand.mix) or ("",)
        labels = self.labels(len(kinds))
        again, done = self.labels(2)
        yield again
        if demand.think is not None:
            yield Renew()
        if len(kinds) > 1:
            yield Choose(tuple(demand.mix.values()), labels, self.stream("mix", demand.name))
        for kind, label in zip(kinds, labels, strict=True):
            with self.alternative():
                self.request_type = kind
                yield label
                yield Type(len(types), sent=self.services[demand.to].kind != "client")
                types.append(f"{demand.name}.{kind}" if kind else demand.name)
                yield from self.call(demand.to)
                yield Jump(done)
        yield done
        yield Record(last=demand.think is None)
        if demand.think is not None:
            yield Delay(demand.think, self.stream("think", demand.name))
            yield Jump(again)


Kept = TypeVar("Kept")


def _place(kept: dict[Name, Kept], name: Name, new: Kept) -> int:
    """The place of `name` among those kept, which it joins if it is new."""
    if name not in kept:
        kept[name] = new
    return list(kept).index(name)
