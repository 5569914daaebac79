"""What keeps a fleet at the number of servers that is wanted, while a run goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from simulator.services.provisioning import ScheduledAction
from simulator.services.target_tracking import Policy, Tracker

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World

Process = Generator["simpy.Event", Any, None]


class PerServer(NamedTuple):
    """What each server in service adds to a server pool."""

    pool: int
    capacity: int
    bound: int
    """Places in line; 0: the line stays as it is."""


class Links(NamedTuple):
    """Connections of a fleet to a database: the database's pool, and the fleet's own of those it has."""

    database: int
    kept: int


@dataclass(frozen=True)
class FleetControl:
    """A fleet, as a control. Servers are launched as the buckets allow and are billed from then on. They take
    requests after `ready_after`, and the autoscaler counts them once `warm_up` has passed as well.
    """

    servers: int
    """The server pool of those that exist."""
    per_server: tuple[PerServer, ...]
    """The first is the CPUs', whose use is the metric."""
    links: tuple[Links, ...]
    connections: int
    """Of each server, to each database."""
    desired: int
    """In service since before the run."""
    low: int
    high: int
    start: datetime
    rounding: int
    """Counter of server-nanoseconds that are billed beyond their lives."""
    ready_after: int = 0
    warm_up: int = 0
    buckets: tuple[int, ...] = ()
    """Token buckets that launches come out of."""
    increment: int = 1
    """A server's life is billed in whole increments, ns."""
    minimum: int = 0
    """And at least so long, ns."""
    policy: Policy | None = None
    actions: tuple[ScheduledAction, ...] = ()

    def process(self, env: simpy.Environment, world: World) -> Process:
        group = Group(env, world, self)
        group.begin()
        for action in self.actions:
            env.process(self._act(env, group, action))
        if self.policy:
            yield from self._track(env, group, self.policy)
        yield env.timeout(0)

    def _act(self, env: simpy.Environment, group: Group, action: ScheduledAction) -> Process:
        for instant in action.schedule.after(self.start, ZoneInfo(action.timezone)):
            yield env.timeout(instant - env.now)
            group.bound(action.min_capacity, action.max_capacity)

    def _track(self, env: simpy.Environment, group: Group, policy: Policy) -> Process:
        """At the end of every period of the wall clock, do what its data point says."""
        tracker = Tracker(policy)
        second_of_hour = self.start.minute * 60 + self.start.second
        into_period = second_of_hour * 1_000_000_000 + self.start.microsecond * 1000
        yield env.timeout(-into_period % policy.period)
        while True:
            point = group.utilisation()
            above = point is not None and point > policy.target
            # what is still warming up has not shown yet what it takes off the others, and is not added to
            counted = group.warm if above else group.desired
            wanted = tracker.wanted(int(env.now), point, counted, busy=not above and group.changing)
            if wanted != counted:
                group.move(max(wanted, group.desired) if above else wanted)
            yield env.timeout(policy.period)


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
        self.launched: deque[int] = deque()
        """When those that exist were, oldest first."""
        self.warming: deque[tuple[int, int]] = deque()
        """(until when, how many) of those in service."""
        self.held = dict.fromkeys(plan.links, 0)
        """Connections to each database."""
        self._launching = False
        self._offered = 0
        """CPU-nanoseconds that there were to use since the metric was last read, up to `_since`."""
        self._since = 0

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
        self.desired = self.plan.desired
        self._exist(self.desired)
        self._serve(self.desired)

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
            self.lacking += change
            if not self._launching:
                self.env.process(self._launch())
        elif change < 0:
            self._end(-change)

    # ------------------------------------------------------------------ servers

    def _launch(self) -> Process:
        """Launch what lacks, as fast as the buckets allow."""
        self._launching = True
        while self.lacking:
            for bucket in self.plan.buckets:
                self.world.borrow(bucket, 0)  # brings its level up to now
            buckets = [self.world.buckets[place] for place in self.plan.buckets]
            amount = min([self.lacking, *(bucket.level // bucket.per for bucket in buckets)])
            if amount <= 0:
                waits = [-((bucket.level - bucket.per) // bucket.rate) for bucket in buckets]
                yield self.env.timeout(max(waits))
                continue
            for place in self.plan.buckets:
                self.world.borrow(place, amount)
            self.lacking -= amount
            self._exist(amount)
            self.env.process(self._start(amount))
        self._launching = False

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
        serving = min(self.in_service, amount - never)
        self.unwanted += amount - never - serving
        for _ in range(amount - never):
            lived = self.now - self.launched.popleft()
            billed = max(-(-lived // self.plan.increment) * self.plan.increment, self.plan.minimum)
            self.world.add(self.plan.rounding, billed - lived)
        self.world.hold(self.plan.servers, never - amount)
        self._serve(-serving)

    def _exist(self, amount: int) -> None:
        self.world.hold(self.plan.servers, amount)
        self.launched.extend([self.now] * amount)

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

    # ------------------------------------------------------------------ the metric

    def _offer(self) -> None:
        cores = self.plan.per_server[0].capacity
        self._offered += (self.now - self._since) * self.in_service * cores
        self._since = self.now

    def utilisation(self) -> float | None:
        """Of the CPUs in service, since it was last asked for."""
        self._offer()
        used, offered = self.world.used(self.plan.per_server[0].pool), self._offered
        self._offered = 0
        return used / offered if offered else None
