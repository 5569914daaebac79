"""The servers of a fleet in one run: how many there are, which of them serve, and what they add up to."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from simulator.services.fleet_hosts import Instances
from simulator.services.receiving import Receiving
from simulator.services.rented import Rented

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World
    from simulator.services.fleet_control import FleetControl

Process = Generator["simpy.Event", Any, None]
MINUTE = 60_000_000_000


class Group:
    """The servers of a fleet in one run."""

    def __init__(self, env: simpy.Environment, world: World, plan: FleetControl) -> None:
        self.env, self.world, self.plan = env, world, plan
        self.low, self.high = plan.low, plan.high
        self.desired = 0
        self.lacking = 0
        """Wanted and not launched yet."""
        self.in_service = 0
        self.unwanted = 0
        """Launched, not in service yet, and to be ended when they would be."""
        self.rented = Rented(env, world, plan.rent)
        self.hosts = Instances(env, world, plan.hosts, self._place) if plan.hosts else None
        """What the servers are placed on; None: they need nothing."""
        self.warming: deque[tuple[int, int]] = deque()
        """(until when, how many) of those in service."""
        self.held = dict.fromkeys(plan.links, 0)
        """Connections to each database."""
        self._received = 0
        """Receivers started so far."""
        self._launching = False
        self._offered = 0
        """CPU-nanoseconds that there were to use since the metric was last read, up to `_since`."""
        self._since = 0
        self._requests = 0
        """Requests by the last reading of the metric, at `_read`."""
        self._read = 0

    @property
    def now(self) -> int:
        return int(self.env.now)

    @property
    def warm(self) -> int:
        """Servers in service whose warm-up is over."""
        while self.warming and self.warming[0][0] <= self.now:
            self.warming.popleft()
        return max(self.in_service - sum(count for _, count in self.warming), 0)

    @property
    def changing(self) -> bool:
        """Whether servers that are wanted are not all there and warm."""
        return self.warm < self.desired

    # ------------------------------------------------------------------ what is wanted

    def begin(self) -> None:
        """Those of before the run are there, long warm."""
        self.desired = placed = self.plan.desired
        if self.hosts:
            self.hosts.begin(self.desired)
            placed = min(self.desired, self.hosts.room(0))
        self.rented.launch(placed)
        self._serve(placed)
        self._lack(self.desired - placed)

    def bound(self, low: int | None, high: int | None) -> None:
        """Other bounds; what is outside them is brought to the nearer one."""
        self.low = self.low if low is None else low
        self.high = self.high if high is None else high
        self.move(self.desired)

    def move(self, wanted: int) -> None:
        """So many servers, within the bounds."""
        change = min(max(wanted, self.low), self.high) - self.desired
        self.desired += change
        if change > 0:
            self._lack(change)
        elif change < 0:
            self._end(-change)

    # ------------------------------------------------------------------ servers

    def _lack(self, amount: int) -> None:
        self.lacking += amount
        if self.lacking and not self._launching:
            self.env.process(self._launch())

    def _launch(self) -> Process:
        """Launch what lacks, as fast as the buckets allow; what must be placed waits for that."""
        self._launching = True
        while self.lacking:
            if self.hosts and self.hosts.admits <= 0:
                yield self.hosts.fewer_wait
                continue
            most = min(self.lacking, self.hosts.admits) if self.hosts else self.lacking
            for bucket in self.plan.buckets:
                self.world.borrow(bucket, 0)  # brings its level up to now
            buckets = [self.world.buckets[place] for place in self.plan.buckets]
            amount = min([most, *(bucket.level // bucket.per for bucket in buckets)])
            if amount <= 0:
                waits = [-((bucket.level - bucket.per) // bucket.rate) for bucket in buckets]
                yield self.env.timeout(max(waits))
                continue
            for place in self.plan.buckets:
                self.world.borrow(place, amount)
            self.lacking -= amount
            if self.hosts:
                self.hosts.waiting += amount
                self._place()
            else:
                self._begin(amount)
        self._launching = False

    def _place(self) -> None:
        """Those for which there is room now."""
        if self.hosts and (amount := self.hosts.placed(len(self.rented))):
            self._begin(amount)

    def _begin(self, amount: int) -> None:
        self.rented.launch(amount)
        self.env.process(self._start(amount))

    def _start(self, amount: int) -> Process:
        yield self.env.timeout(self.plan.ready_after)
        ended = min(self.unwanted, amount)
        self.unwanted -= ended
        if self.plan.warm_up:
            self.warming.append((self.now + self.plan.warm_up, amount - ended))
        self._serve(amount - ended)

    def _end(self, amount: int) -> None:
        """Those that are not launched first, then the oldest in service: what they do they still finish."""
        never = min(self.lacking, amount)
        self.lacking -= never
        if self.hosts:
            never += self.hosts.no_longer(amount - never)
        serving = min(self.in_service, amount - never)
        self.unwanted += amount - never - serving
        self.rented.end(amount - never)
        self._serve(-serving)
        self._place()

    def _serve(self, more: int) -> None:
        """So many more take requests: places, CPUs and connections for them."""
        self._offer()
        self.in_service += more
        wanted = self.in_service * self.plan.connections
        for link, held in self.held.items():
            # a database may refuse some, and gives back what is held too much
            self.held[link] = held + self.world.hold(link.database, max(wanted - held, 0))
            if wanted < held:
                self.world.hold(link.database, wanted - held)
                self.held[link] = wanted
            self.world.set_capacity(link.kept, self.held[link])
        for pool, capacity, bound in self.plan.per_server:
            if bound:
                self.world.servers[pool].bound = self.in_service * bound
            self.world.set_capacity(pool, self.in_service * capacity)
        if self.plan.receiving:
            self._receive(self.plan.receiving, more)

    def _receive(self, receiving: Receiving, more: int) -> None:
        """The receivers of so many more servers, or (below 0) of so many fewer."""
        for _ in range(more * receiving.each):
            self.world.start(receiving.walk, receiving.identity + self._received)
            self._received += 1
        if more < 0:
            self.world.retire(receiving.mailbox, -more * receiving.each)

    # ------------------------------------------------------------------ the metric

    def _offer(self) -> None:
        cores = self.plan.per_server[0].capacity
        self._offered += (self.now - self._since) * self.in_service * cores
        self._since = self.now

    def metric(self) -> float | None:
        """What is tracked, since it was last read; None: no time has passed, or no server is there."""
        passed, self._read = self.now - self._read, self.now
        used, before = self.utilisation(), self._requests
        self._requests = sum(map(self.world.counted, self.plan.requests))
        if passed == 0 or self.in_service == 0:
            return None
        if self.plan.requests:
            return (self._requests - before) * MINUTE / passed / self.in_service
        if self.plan.backlog is not None:
            return self.world.mailboxes[self.plan.backlog].waiting / self.in_service
        return used

    def utilisation(self) -> float | None:
        """Of the CPUs in service, since it was last asked for."""
        self._offer()
        used, offered = self.world.used(self.plan.per_server[0].pool), self._offered
        self._offered = 0
        return used / offered if offered else None
