"""The fast engine: one loop over arrays walks the same program, and SimPy runs only the controls.

Between two events of SimPy the loop advances the requests; then SimPy handles its event; and so on.
Without Numba the same loop runs interpreted, over lists and objects, with the same results.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, MutableSequence, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np
import simpy
from numpy.typing import NDArray

from simulator.engine.growth import more_environments, more_room
from simulator.engine.kernel import INTERPRETED, Kernel
from simulator.engine.layout import lay_out
from simulator.engine.levels import empty_levels
from simulator.engine.log import Log
from simulator.engine.loop import (
    BEGIN_WALK,
    DONE,
    HOLD,
    MORE_ENVIRONMENTS,
    MORE_ROOM,
    PROVIDE,
    RETIRE,
    SET_CAPACITY,
    TIDY,
    WITHDRAW,
)
from simulator.engine.machine import (
    ARRIVALS,
    EVENTS,
    LOG,
    LOG_ROOM,
    LOGGED,
    NEVER,
    NEXT_ARRIVAL,
    TRAFFIC_OVER,
    Machine,
)
from simulator.engine.program import Control, Program
from simulator.engine.random import request_identity
from simulator.stations.environment_pool import ConcurrencyQuota, EnvironmentPool, charge
from simulator.stations.environment_pool import request as request_more
from simulator.stations.inside import Inside
from simulator.stations.mailbox import Mailbox
from simulator.stations.server_pool import ServerPool, used
from simulator.stations.token_bucket import TokenBucket, borrow

if TYPE_CHECKING:
    from simulator.traffic.arrivals import Block

LITTLE = 64
"""Requests, and twice as many things due, that there is room for at first."""


class _Environment(simpy.Environment):
    """Ends its processes when they are not needed any more: they hold the engine, which would so hold itself
    and all that was counted, until the collector looks."""

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.under_way: WeakSet[Generator[simpy.Event, Any, Any]] = WeakSet()

    def process(self, generator: Generator[simpy.Event, Any, Any]) -> simpy.Process:
        self.under_way.add(generator)
        return simpy.Process(self, generator)

    def close(self) -> None:
        for generator in list(self.under_way):
            generator.close()


class CompiledEngine:
    """Runs one program once, and counts into `books`; the same results as `SimpyEngine`, bit for bit."""

    def __init__(
        self,
        program: Program,
        books: Any,
        seed: int,
        replication: int,
        log: Log | None = None,
        kernel: Kernel = INTERPRETED,
        little: int = LITTLE,
    ) -> None:
        self.name = kernel.name
        self.kernel = kernel
        self.storage = kernel.storage
        self.program = program
        self.env = _Environment(0)
        self.log = log
        self.forgotten = [0] * len(program.counters)
        log_room = 0 if log is None else log.at_once
        if log_room and program.notes:  # a note of a batch is a row for each of its items
            sizes = (plan.mailbox.batch_size for plan in program.mailboxes.values())
            log_room = max(log_room, 2 + max((size for size in sizes if size < NEVER), default=0))
        self.machine = lay_out(program, books, seed, replication, self.storage, little, log_room)
        machine = self.machine
        views = self.storage.views
        self.pools: Sequence[EnvironmentPool] = views(machine.pools)
        self.quotas: Sequence[ConcurrencyQuota] = views(machine.quotas)
        self.servers: Sequence[ServerPool] = views(machine.servers)
        self.insides: Sequence[Inside] = views(machine.insides)
        self.buckets: Sequence[TokenBucket] = views(machine.buckets)
        self.mailboxes: Sequence[Mailbox] = views(machine.mailboxes)

    @property
    def machine(self) -> Machine:
        """All that the loop works on."""
        return self._machine

    @machine.setter
    def machine(self, machine: Machine) -> None:
        before = getattr(self, "_machine", None)
        if machine is not before:
            self._machine = machine
            self._handle = self.kernel.handle(machine, before, getattr(self, "_handle", None))

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
        self.env.close()
        self._empty_log()
        self.env._now = horizon  # as SimPy's own run(until) leaves it

    def advance(self, until: int) -> None:
        """All that is due before `until`; gives the loop room and traffic when it asks."""
        while (lacking := self.kernel.advance(self._handle, until)) != DONE:
            if lacking == MORE_ROOM:
                self._more_room()
            elif lacking == MORE_ENVIRONMENTS:
                self.machine = more_environments(self.machine, self.storage)
            else:
                self._more_traffic()

    def _begin(self, identity: int, row: int, start: int) -> int:
        """A request that is no arrival begins to walk at `start`; its place."""
        self._more_room()
        return int(self.kernel.govern(self._handle, BEGIN_WALK, row, identity, start))

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
        times, sources, numbers = (self.storage.integers(part) for part in block)
        self.machine = self.machine._replace(times=times, sources=sources, numbers=numbers)
        self._set(NEXT_ARRIVAL, 0)
        self._set(ARRIVALS, len(times))

    def _more_room(self) -> None:
        """Twice the room of whatever is nearly full; the log is emptied instead."""
        if self.program.notes or self.state(LOGGED) + 1 >= self.state(LOG_ROOM):
            self._empty_log()
        self.machine = more_room(self.machine, self.storage)

    def _empty_log(self) -> None:
        count = self.state(LOGGED)
        if self.log is not None and count:
            self.log.take(np.asarray(self.machine.log[: LOG * count], dtype=np.int64).reshape(count, LOG))
            self._set(LOGGED, 0)

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

    def _govern(self, what: int, place: int, amount: int) -> int:
        return int(self.kernel.govern(self._handle, what, place, amount, int(self.env.now)))

    def provide(self, pool: int, amount: int) -> int:
        return self._govern(PROVIDE, pool, amount)

    def request(self, pool: int, amount: int) -> None:
        quota = list(self.program.pools.values())[pool].quota
        request_more(self.pools[pool], self.quotas[quota], amount, int(self.env.now))

    def borrow(self, bucket: int, amount: int) -> None:
        borrow(self.buckets[bucket], amount, int(self.env.now))

    def start(self, walk: int, identity: int, own: int = 0) -> None:
        who = self._begin(identity, self.program.walks[walk], int(self.env.now))
        self.storage.view(self.machine.requests, who).own = own

    def retire(self, mailbox: int, amount: int) -> None:
        self._govern(RETIRE, mailbox, amount)

    def withdraw(self, pool: int, amount: int) -> None:
        charge(self.pools[pool], -amount, int(self.env.now))
        self._govern(WITHDRAW, pool, amount)

    def set_capacity(self, servers: int, capacity: int) -> None:
        self._govern(SET_CAPACITY, servers, capacity)

    def hold(self, servers: int, amount: int) -> int:
        return self._govern(HOLD, servers, amount)

    def used(self, servers: int) -> int:
        return used(self.servers[servers], int(self.env.now))

    def levels(self, looked: bool = False) -> NDArray[np.int64]:
        found = empty_levels(self.program)
        self.kernel.levels(self._handle, int(self.env.now), looked, found)
        return found

    def tidy(self, now: int) -> None:
        for pool in self.pools:
            if pool.due <= now:
                self.kernel.govern(self._handle, TIDY, 0, 0, now)

    def add(self, counter: int, amount: int) -> None:
        self.machine.counters[counter] += amount

    def counted(self, counter: int) -> int:
        return self.forgotten[counter] + int(self.machine.counters[counter])
