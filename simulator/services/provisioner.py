"""What keeps the provisioned concurrency of a function at the amount that is wanted, while a run goes on."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from simulator.services.allocation import Allocation
from simulator.services.provisioning import ProvisionedConcurrency, ScheduledAction, Span
from simulator.services.target_tracking import Datapoint, Policy, Tracker

if TYPE_CHECKING:
    import simpy

    from simulator.engine.build import Build
    from simulator.engine.world import World

Process = Generator["simpy.Event", Any, None]


@dataclass(frozen=True)
class Provisioner:
    """The provisioned concurrency of one function, as a control."""

    settings: ProvisionedConcurrency
    pool: int
    allocation: Allocation
    init: int
    """The walk by which an environment initialises; it is billed and nobody waits for it."""
    identity: int
    """Of the first such walk; the others follow."""
    recycled_after: int
    """Lambda replaces an environment after so long; the new one initialises first."""
    rounding: int
    """Counter of environment-nanoseconds that are billed because an increment had begun."""
    increment: int
    policy: Policy | None
    of_allocated: bool
    """Whether utilisation is a share of the environments allocated, or of those configured."""
    start: datetime

    @classmethod
    def of(
        cls,
        settings: ProvisionedConcurrency,
        build: Build,
        pool: int,
        scaling: int,
        init: int,
        lifetime: int,
    ) -> Provisioner:
        """For the function that is speaking, under the era's rules."""
        era, tracking = build.era, settings.target_tracking
        return cls(
            settings=settings,
            pool=pool,
            allocation=Allocation.of(build, scaling),
            init=init,
            identity=build.identity("provisioned environments"),
            recycled_after=lifetime,
            rounding=build.counter("provisioned_rounding_ns"),
            increment=era["lambda.provisioned.billing_increment"],
            policy=Policy.of(tracking, era, era["lambda.provisioned.cooldown"]) if tracking else None,
            of_allocated=era["lambda.provisioned.utilization_of"] == "allocated",
            start=build.start,
        )

    def process(self, env: simpy.Environment, world: World) -> Process:
        configuration = Configuration(env, world, self)
        configuration.have(self.settings.initial)
        for span in self.settings.schedule.values():
            env.process(self._span(env, configuration, span))
        for action in self.settings.scheduled_actions.values():
            env.process(self._act(env, configuration, action))
        if self.policy:
            yield from self._track(env, configuration, self.policy)
        yield env.timeout(0)

    def _span(self, env: simpy.Environment, configuration: Configuration, span: Span) -> Process:
        yield env.timeout(span.at)
        configuration.on_top(span.amount)
        yield env.timeout(span.for_)
        configuration.on_top(-span.amount)

    def _act(self, env: simpy.Environment, configuration: Configuration, action: ScheduledAction) -> Process:
        for instant in action.schedule.after(self.start, ZoneInfo(action.timezone)):
            yield env.timeout(instant - env.now)
            configuration.bound(action.min_capacity, action.max_capacity)

    def _track(self, env: simpy.Environment, configuration: Configuration, policy: Policy) -> Process:
        """At the end of every period of the wall clock, do what its data point says."""
        tracker = Tracker(policy)
        into_period = (
            self.start.minute * 60 + self.start.second
        ) * 1_000_000_000 + self.start.microsecond * 1000
        yield env.timeout(-into_period % policy.period)
        while True:
            point, amount = configuration.datapoint().value(maximum=policy.maximum), configuration.amount
            wanted = tracker.wanted(int(env.now), point, amount, busy=configuration.in_progress)
            configuration.move(wanted - amount)
            yield env.timeout(policy.period)


@dataclass
class Layer:
    """Environments that were asked for together."""

    amount: int
    since: int
    provided: int = 0
    in_progress: bool = False


class Configuration:
    """What is configured in one run, and since when.

    Each environment is billed from when it was asked for until it is given up, in whole increments. Those
    asked for last are given up first.
    """

    def __init__(self, env: simpy.Environment, world: World, plan: Provisioner) -> None:
        self.env, self.world, self.plan = env, world, plan
        self.layers: list[Layer] = []
        self.capacity = plan.settings.initial
        self.low, self.high = plan.settings.bounds
        self.extra = 0
        self.identities = count(plan.identity)
        self._datapoint = Datapoint()

    @property
    def now(self) -> int:
        return int(self.env.now)

    @property
    def amount(self) -> int:
        """Environments asked for."""
        return sum(layer.amount for layer in self.layers)

    @property
    def in_progress(self) -> bool:
        """Whether environments asked for are still being allocated."""
        return any(layer.in_progress for layer in self.layers)

    # ------------------------------------------------------------------ what is wanted

    def have(self, amount: int) -> None:
        """Kept since before the run, each for another part of its life."""
        if amount:
            layer = Layer(amount, since=self.now)
            self.layers.append(layer)
            self.world.request(self.plan.pool, amount)
            layer.provided = self.world.provide(self.plan.pool, amount)
            self.env.process(self._recycle_in_turn(layer))

    def on_top(self, more: int) -> None:
        """So many more beside the capacity that is scaled."""
        self.extra += more
        self._settle()

    def bound(self, low: int | None, high: int | None) -> None:
        """Other bounds for that capacity."""
        self.low = self.low if low is None else low
        self.high = self.high if high is None else high
        self.move(0)

    def move(self, change: int) -> None:
        """Change that capacity within its bounds."""
        self.capacity = int(min(max(self.capacity + change, self.low), self.high))
        self._settle()

    def _settle(self) -> None:
        change = self.capacity + self.extra - self.amount
        if change:
            self._sample()
        if change > 0:
            layer = Layer(change, self.now, in_progress=True)
            self.layers.append(layer)
            self.world.request(self.plan.pool, change)
            self.env.process(self._allocate(layer))
        elif change < 0:
            self._release(-change)

    # ------------------------------------------------------------------ environments

    def _allocate(self, layer: Layer) -> Process:
        asked = self.now
        for ready, amount in self.plan.allocation.ask(self.world, layer.amount):
            yield self.env.timeout(asked + ready - self.now)
            more = min(amount, layer.amount - layer.provided)
            if more > 0:
                self._sample()
                provided = self.world.provide(self.plan.pool, more)
                layer.provided += provided
                self._initialise(provided)
                self.env.process(self._recycle_together(layer, provided))
        layer.in_progress = False

    def _initialise(self, amount: int) -> None:
        for _ in range(amount):
            self.world.start(self.plan.init, next(self.identities))

    def _recycle_together(self, layer: Layer, amount: int) -> Process:
        """Those that came together are replaced together."""
        yield self.env.timeout(self.plan.recycled_after)
        while layer.provided:
            self._replace(min(amount, layer.provided))
            yield self.env.timeout(self.plan.recycled_after)

    def _recycle_in_turn(self, layer: Layer) -> Process:
        """Those that came long ago are replaced one after the other."""
        while layer.provided:
            yield self.env.timeout(max(self.plan.recycled_after // layer.provided, 1))
            self._replace(min(1, layer.provided))

    def _replace(self, amount: int) -> None:
        """The new ones have not been used."""
        pool = self.world.pools[self.plan.pool]
        used = pool.provisioned - pool.provisioned_busy - pool.stopped - pool.unused
        pool.unused += max(min(amount, used), 0)
        self._initialise(amount)

    def _release(self, amount: int) -> None:
        pool = self.plan.pool
        for layer in reversed(self.layers):
            gone = min(layer.amount, amount)
            if gone == 0:
                break
            lacking = min(gone, layer.amount - layer.provided)
            layer.amount -= gone
            layer.provided -= gone - lacking
            amount -= gone
            self.world.request(pool, -lacking)
            self.world.withdraw(pool, gone - lacking)
            begun = -(self.now - layer.since) % self.plan.increment
            self.world.add(self.plan.rounding, gone * begun)
        self.layers = [layer for layer in self.layers if layer.amount]

    # ------------------------------------------------------------------ the metric

    def datapoint(self) -> Datapoint:
        """Utilisation since it was last asked for."""
        self._sample()
        point, self._datapoint = self._datapoint, Datapoint()
        return point

    def _sample(self) -> None:
        """Read what was measured, before the amount that it is a share of changes."""
        pool = self.world.pools[self.plan.pool]
        amount = pool.provisioned if self.plan.of_allocated else self.amount
        if pool.samples and amount:
            self._datapoint.add(pool.samples, pool.samples_sum / amount, pool.samples_most / amount)
        pool.samples = pool.samples_sum = pool.samples_most = 0
