"""The fast engine: one loop over arrays walks the same program, and SimPy runs only the controls.

Between two events of SimPy the loop advances the requests; then SimPy handles its event; and so on.
Without Numba the same loop runs interpreted, over lists and objects, with the same results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import simpy

from simulator.engine.heap import MOST_PUSHES, MOST_REQUESTS, NOTHING, PENDING, SEQUENCE, SPARE
from simulator.engine.kernel import INTERPRETED, Kernel
from simulator.engine.loop import (
    BEGIN_WALK,
    DONE,
    MORE_ENVIRONMENTS,
    MORE_ROOM,
    PROVIDE,
    SET_CAPACITY,
    TIDY,
    WITHDRAW,
)
from simulator.engine.machine import (
    ARRIVALS,
    DEPTHS,
    DTYPES,
    EVENTS,
    FREE_FAMILIES,
    FREE_REQUESTS,
    HEAP_ROOM,
    LOG,
    LOG_ROOM,
    LOGGED,
    NEVER,
    NEXT_ARRIVAL,
    REPLICATION,
    RESUME,
    SEED,
    STATE,
    TRAFFIC_OVER,
    Family,
    Frame,
    Machine,
    Ties,
    Walker,
)
from simulator.engine.program import Control, Program
from simulator.engine.random import request_identity
from simulator.errors import ModelError
from simulator.stations.environment_pool import ConcurrencyQuota, EnvironmentPool, charge
from simulator.stations.environment_pool import request as request_more
from simulator.stations.server_pool import ServerPool
from simulator.stations.station import Station
from simulator.stations.token_bucket import TokenBucket, borrow

if TYPE_CHECKING:
    from simulator.traffic.arrivals import Block

LITTLE = 64
"""Requests, and twice as many things due, that there is room for at first."""
ENVIRONMENTS = 16


class View:
    """One record of an array, read and written by its fields' names."""

    __slots__ = ("_array", "_place")
    _array: Any
    _place: int

    def __init__(self, array: np.ndarray, place: int) -> None:
        object.__setattr__(self, "_array", array)
        object.__setattr__(self, "_place", place)

    def __getattr__(self, name: str) -> int:
        try:
            return int(self._array[name][self._place])
        except ValueError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: int) -> None:
        self._array[name][self._place] = value


class CompiledEngine:
    """Runs one program once, and counts into `books`; the same results as `SimpyEngine`, bit for bit."""

    def __init__(
        self,
        program: Program,
        books: Any,
        seed: int,
        replication: int,
        rows: bool = False,
        kernel: Kernel = INTERPRETED,
        little: int = LITTLE,
    ) -> None:
        self.name = "compiled" if kernel.compiled else "interpreted"
        self.kernel = kernel
        self.program = program
        self.env = simpy.Environment(0)
        self.rows_wanted = rows
        self._log: list[tuple[int, ...]] = []
        self._build(program, books, seed, replication, little)
        machine = self.machine
        self._columns = [self._column(kind) for kind in (machine.pools, machine.quotas, machine.servers)]
        self.pools: Sequence[EnvironmentPool] = self._views(self.machine.pools)
        self.quotas: Sequence[ConcurrencyQuota] = self._views(self.machine.quotas)
        self.servers: Sequence[ServerPool] = self._views(self.machine.servers)
        self.buckets: Sequence[TokenBucket] = self._views(self.machine.buckets)

    @property
    def machine(self) -> Machine:
        """All that the loop works on."""
        return self._machine

    @machine.setter
    def machine(self, machine: Machine) -> None:
        self._machine = machine
        self._handle = self.kernel.handle(machine)

    # ------------------------------------------------------------------ laying out

    def _build(self, program: Program, books: Any, seed: int, replication: int, little: int) -> None:
        plans = list(program.pools.values())
        state = [0] * STATE
        state[SEED], state[REPLICATION], state[DEPTHS] = seed, replication, program.depth + 1
        state[FREE_REQUESTS] = state[FREE_FAMILIES] = little
        state[HEAP_ROOM] = 2 * little
        state[LOG_ROOM] = little if self.rows_wanted else NEVER
        pools: list[EnvironmentPool] = []
        ties: list[Ties] = []
        owned: list[int] = []
        for place, plan in enumerate(plans):
            pool = plan.pool.copy()
            pool.base, pool.mask = 2 * ENVIRONMENTS * place, ENVIRONMENTS - 1
            pools.append(pool)
            ties.append(
                Ties(quota=plan.quota, scaling=plan.scaling, owned_from=len(owned), owned=len(plan.owned))
            )
            owned += plan.owned
        lines = len(program.servers)
        whole, records, tuples = self._integers, self._records, self._tuples
        self.machine = Machine(
            state=whole(state),
            heap=whole([NOTHING] * (4 * little + SPARE)),
            rows=tuples(program.rows, "rows"),
            distributions=tuples(program.distributions, "distributions"),
            table=self._floats(program.table),
            shares=self._floats([share for share, _ in program.choices]),
            targets=whole([target for _, target in program.choices]),
            backoffs=tuples(program.backoffs, "backoffs"),
            ties=records(ties, "ties"),
            owned=whole(owned),
            roundings=whole(list(program.meters.values())),
            prefixes=whole([request_identity(source.name, 0) for source in program.sources]),
            entries=whole([source.entry for source in program.sources]),
            times=whole([]),
            sources=whole([]),
            numbers=whole([]),
            requests=records([Walker() for _ in range(little)], "requests"),
            frames=records([Frame() for _ in range(little * (program.depth + 1))], "frames"),
            families=records([Family() for _ in range(little)], "families"),
            free_requests=whole(list(range(little))),
            free_families=whole(list(range(little))),
            buckets=records(
                [plan.bucket.copy() for plan in program.buckets.values() for _ in range(plan.clients)],
                "buckets",
            ),
            fresh_until=whole([0] * program.cached),
            quotas=records([quota.copy() for quota in program.quotas.values()], "quotas"),
            pools=records(pools, "pools"),
            ring=whole([0] * (2 * ENVIRONMENTS * len(pools))),
            servers=records([servers.copy() for servers in program.servers.values()], "servers"),
            heads=whole([-1] * lines),
            tails=whole([-1] * lines),
            counters=whole([0] * len(program.counters)),
            meters=whole([0] * (3 * len(program.meters))),
            books=whole(books),
            log=whole([0] * (LOG * little if self.rows_wanted else 0)),
        )

    def _integers(self, values: Any) -> Any:
        array = np.array(values, dtype=np.int64)
        return array if self.kernel.compiled else array.tolist()

    def _floats(self, values: Sequence[float]) -> Any:
        return np.array(values, dtype=np.float64) if self.kernel.compiled else list(values)

    def _records(self, stations: Sequence[Station], field: str) -> Any:
        if not self.kernel.compiled:
            return list(stations)
        return np.array([tuple(station.values().values()) for station in stations], dtype=DTYPES[field])

    def _tuples(self, values: Sequence[NamedTuple], field: str) -> Any:
        if not self.kernel.compiled:
            return list(values)
        return np.array([tuple(value) for value in values], dtype=DTYPES[field])

    def _view(self, stations: Any, place: int) -> Any:
        return View(stations, place) if self.kernel.compiled else stations[place]

    def _views(self, stations: Any) -> list[Any]:
        return [self._view(stations, place) for place in range(len(stations))]

    # ------------------------------------------------------------------ running

    def run(self, arrivals: Iterable[Block], horizon: int, controls: Iterable[Control] = ()) -> None:
        """Run until just before `horizon` (ns); `controls` come before the program's own."""
        self._blocks: Iterator[Block] = iter(arrivals)
        for row in self.program.reapers:
            self._begin(0, row, 0)
        for source in self.program.sources:
            for user in range(source.users):
                start = user * source.ramp // source.users
                self._begin(request_identity(source.name, user), source.entry, start)
        for control in (*controls, *self.program.controls):
            self.env.process(control.process(self.env, self))
        while self.env.peek() < horizon:
            self.advance(int(self.env.peek()))
            self.env.step()
        self.advance(horizon)
        self.env._now = horizon  # as SimPy's own run(until) leaves it

    def advance(self, until: int) -> None:
        """All that is due before `until`; gives the loop room and traffic when it asks."""
        while (lacking := self.kernel.advance(self._handle, until)) != DONE:
            if lacking == MORE_ROOM:
                self._more_room()
            elif lacking == MORE_ENVIRONMENTS:
                self._more_environments()
            else:
                self._more_traffic()

    def _begin(self, identity: int, row: int, start: int) -> None:
        """A request that is no arrival begins to walk at `start`."""
        self._more_room()
        self.kernel.govern(self._handle, BEGIN_WALK, row, identity, start)

    def state(self, place: int) -> int:
        """One number of the loop's state."""
        return int(self.machine.state[place])

    def _set(self, place: int, value: int) -> None:
        self.machine.state[place] = value

    # ------------------------------------------------------------------ room and traffic

    def _more_traffic(self) -> None:
        block = next(self._blocks, None)
        if block is None:
            self._set(TRAFFIC_OVER, 1)
            return
        times, sources, numbers = (self._integers(part) for part in block)
        self.machine = self.machine._replace(times=times, sources=sources, numbers=numbers)
        self._set(NEXT_ARRIVAL, 0)
        self._set(ARRIVALS, len(times))

    def _more_room(self) -> None:
        """Twice the room of whatever is nearly full; the log is emptied instead."""
        machine = self.machine
        if self.state(LOGGED) >= self.state(LOG_ROOM):
            self._empty_log()
        count = len(machine.requests)
        if 2 * count > MOST_REQUESTS or self.state(SEQUENCE) > MOST_PUSHES // 2:
            raise ModelError(
                f"more than {MOST_REQUESTS // 2} requests at a time, or too many events in one run"
            )
        if self.state(FREE_REQUESTS) < 2:
            machine = machine._replace(
                requests=self._grown(machine.requests, Walker),
                frames=self._grown(machine.frames, Frame),
                free_requests=self._refilled(machine.free_requests, count, FREE_REQUESTS),
            )
        families = len(machine.families)
        if self.state(FREE_FAMILIES) < 1:
            machine = machine._replace(
                families=self._grown(machine.families, Family),
                free_families=self._refilled(machine.free_families, families, FREE_FAMILIES),
            )
        room = self.state(HEAP_ROOM)
        while self.state(PENDING) + len(machine.requests) + 8 > room:
            room *= 2
        if room > self.state(HEAP_ROOM):
            grown = self._integers([NOTHING] * (2 * room + SPARE))
            grown[: len(machine.heap)] = machine.heap
            machine = machine._replace(heap=grown)
            self._set(HEAP_ROOM, room)
        self.machine = machine

    def _grown(self, stations: Any, kind: type[Station]) -> Any:
        if not self.kernel.compiled:
            return stations + [kind() for _ in stations]
        return np.concatenate([stations, np.zeros(len(stations), stations.dtype)])

    def _refilled(self, free: Any, count: int, place: int) -> Any:
        """Places count to 2 count - 1 are free now, besides those that still were."""
        still = self.state(place)
        self._set(place, still + count)
        return self._joined((free[:still], range(count, 2 * count), [0] * (count - still)))

    def _more_environments(self) -> None:
        """Twice the room for the idle environments of the pool that is full: a new ring behind the others."""
        machine = self.machine
        request = self._view(machine.requests, self.state(RESUME) - 1)
        pool = self._view(machine.pools, self.program.rows[request.at].a)
        size = 2 * (pool.mask + 1)
        first, oldest = pool.base, pool.base + 2 * (pool.bottom & pool.mask)
        parts = (machine.ring, machine.ring[oldest : first + size], machine.ring[first:oldest], [0] * size)
        pool.base, pool.bottom, pool.mask = len(machine.ring), 0, size - 1
        self.machine = machine._replace(ring=self._joined(parts))

    def _joined(self, parts: Sequence[Any]) -> Any:
        """Sequences of integers as one."""
        if self.kernel.compiled:
            return np.concatenate([np.asarray(part, dtype=np.int64) for part in parts])
        return [value for part in parts for value in part]

    # ------------------------------------------------------------------ what is read, and by controls

    @property
    def counters(self) -> Any:
        return self.machine.counters

    @property
    def meters(self) -> Any:
        """Three numbers a meter, one meter after the other."""
        return self.machine.meters

    @property
    def books(self) -> MutableSequence[int]:
        return self.machine.books

    @property
    def events(self) -> int:
        return self.state(EVENTS)

    @property
    def log(self) -> list[tuple[int, ...]]:
        """One row per answered request, if rows were wanted."""
        self._empty_log()
        return self._log

    def _empty_log(self) -> None:
        count = self.state(LOGGED)
        flat = [int(value) for value in self.machine.log[: LOG * count]]
        self._log += [tuple(flat[LOG * row : LOG * (row + 1)]) for row in range(count)]
        self._set(LOGGED, 0)

    def _govern(self, what: int, place: int, amount: int) -> int:
        return int(self.kernel.govern(self._handle, what, place, amount, int(self.env.now)))

    def provide(self, pool: int, amount: int) -> int:
        return self._govern(PROVIDE, pool, amount)

    def request(self, pool: int, amount: int) -> None:
        quota = list(self.program.pools.values())[pool].quota
        request_more(self.pools[pool], self.quotas[quota], amount, int(self.env.now))

    def borrow(self, bucket: int, amount: int) -> None:
        borrow(self.buckets[bucket], amount, int(self.env.now))

    def start(self, walk: int, identity: int) -> None:
        self._begin(identity, self.program.walks[walk], int(self.env.now))

    def withdraw(self, pool: int, amount: int) -> None:
        charge(self.pools[pool], -amount, int(self.env.now))
        self._govern(WITHDRAW, pool, amount)

    def set_capacity(self, servers: int, capacity: int) -> None:
        self._govern(SET_CAPACITY, servers, capacity)

    def levels(self) -> list[int]:
        pools, quotas, servers = self._columns
        return [
            *(pools("busy") + pools("provisioned_busy")),
            *(pools("busy") + pools("idle") + pools("provisioned")),
            *pools("provisioned"),
            *quotas("in_use"),
            *servers("busy"),
            *servers("waiting"),
        ]

    def _column(self, stations: Any) -> Callable[[str], np.ndarray]:
        """One field of all stations of a kind."""
        if self.kernel.compiled:
            return lambda name: stations[name]
        return lambda name: np.array([getattr(station, name) for station in stations], dtype=np.int64)

    def tidy(self, now: int) -> None:
        ring = self.machine.ring
        for pool in self.pools:
            if pool.idle and ring[pool.base + 2 * (pool.bottom & pool.mask)] + pool.keep_alive <= now:
                self.kernel.govern(self._handle, TIDY, 0, 0, now)

    def add(self, counter: int, amount: int) -> None:
        self.machine.counters[counter] += amount
