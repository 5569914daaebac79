"""What keeps a fleet at the number of servers that is wanted, while a run goes on."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from simulator.services.capacity_provider import Hosts
from simulator.services.fleet_group import Group
from simulator.services.fleet_hosts import Instances
from simulator.services.provisioning import ScheduledAction
from simulator.services.receiving import Receiving
from simulator.services.rented import Rent
from simulator.services.step_scaling import Steps
from simulator.services.target_tracking import Policy

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World

Process = Generator["simpy.Event", Any, None]
SECOND = 1_000_000_000


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

    rent: Rent
    """Of the servers, those that exist."""
    per_server: tuple[PerServer, ...]
    """The first is the CPUs', whose use is the metric unless another is named."""
    links: tuple[Links, ...]
    receiving: Receiving | None
    connections: int
    """Of each server, to each database."""
    desired: int
    """In service since before the run."""
    low: int
    high: int
    most: int
    """Servers there can ever be, as scheduled actions move `high`."""
    start: datetime
    ready_after: int = 0
    warm_up: int = 0
    buckets: tuple[int, ...] = ()
    """Token buckets that launches come out of."""
    hosts: Hosts | None = None
    """What they are placed on."""
    policy: Policy | Steps | None = None
    requests: tuple[int, ...] = ()
    """Counters of load balancers' requests, if the metric is how many a minute there are for each server."""
    backlog: int | None = None
    """The mailbox, if it is how many items wait for each server."""
    actions: tuple[ScheduledAction, ...] = ()

    def process(self, env: simpy.Environment, world: World) -> Process:
        group = Group(env, world, self)
        group.begin()
        for action in self.actions:
            env.process(self._act(env, group, action))
        if self.receiving:
            env.process(self._count(env, world, group, self.receiving))
        if group.hosts:
            env.process(self._manage(env, group, group.hosts))
        if self.policy:
            yield from self._track(env, group, self.policy)
        yield env.timeout(0)

    def bound(self, world: World) -> tuple[tuple[str, str], str, int, int] | None:
        """Batches of its queue in hand at a time, and how many there can be on all the servers that it may
        have."""
        if self.receiving is None:
            return None
        there = world.mailboxes[self.receiving.mailbox].most_together
        return self.receiving.name, "receivers", there, self.most * self.receiving.each

    def _act(self, env: simpy.Environment, group: Group, action: ScheduledAction) -> Process:
        for instant in action.schedule.after(self.start, ZoneInfo(action.timezone)):
            yield env.timeout(instant - env.now)
            group.bound(action.min_capacity, action.max_capacity)

    def _count(self, env: simpy.Environment, world: World, group: Group, receiving: Receiving) -> Process:
        """Add up for how long receivers have been there."""
        while True:
            yield env.timeout(SECOND)
            world.add(receiving.seconds, group.in_service * receiving.each)

    def _manage(self, env: simpy.Environment, group: Group, hosts: Instances) -> Process:
        """At the end of every period of the wall clock, do what the tasks need."""
        yield env.timeout(self._into(hosts.plan.policy.period))
        while True:
            hosts.look(len(group.rented))
            yield env.timeout(hosts.plan.policy.period)

    def _into(self, period: int) -> int:
        """How long it is until a period of the wall clock ends."""
        second_of_hour = self.start.minute * 60 + self.start.second
        return -(second_of_hour * 1_000_000_000 + self.start.microsecond * 1000) % period

    def _track(self, env: simpy.Environment, group: Group, policy: Policy | Steps) -> Process:
        """At the end of every period of the wall clock, do what its data point says."""
        tracker = policy.tracker()
        yield env.timeout(self._into(policy.period))
        while True:
            point = group.metric()
            above = point is not None and point > policy.target
            # what is still warming up has not shown yet what it takes off the others, and is not added to
            counted = group.warm if above else group.desired
            wanted = tracker.wanted(int(env.now), point, counted, busy=not above and group.changing)
            if wanted != counted:
                group.move(max(wanted, group.desired) if above else wanted)
            yield env.timeout(policy.period)
