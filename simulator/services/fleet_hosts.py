"""The EC2 instances of a service's tasks in one run: how many there are, and what room they have."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from simulator.services.capacity_provider import Hosts
from simulator.services.rented import Rented
from simulator.services.target_tracking import Tracker

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World

Process = Generator["simpy.Event", Any, None]
FROM_NONE = 2
"""Instances at first, where there was none: the metric is 200 then, whatever waits."""


class Instances:
    """The instances in one run, the room that they have for tasks, and the tasks that wait for room."""

    def __init__(
        self, env: simpy.Environment, world: World, plan: Hosts, more_room: Callable[[], None]
    ) -> None:
        self.env, self.plan, self.more_room = env, plan, more_room
        self.rented = Rented(env, world, plan.rent)
        self.ready = 0
        """Those that tasks can be placed on."""
        self.unwanted = 0
        """Launched, not ready yet, and ended since."""
        self.waiting = 0
        """Tasks for which there is no room yet (PROVISIONING)."""
        self.fewer_wait = env.event()
        self.tracker = Tracker(plan.policy)

    def begin(self, tasks: int) -> None:
        """Those of before the run, for so many tasks."""
        self.ready = min(max(self._needed(tasks), self.plan.low), self.plan.high)
        self.rented.launch(self.ready)

    def room(self, tasks: int) -> int:
        """How many more can be placed beside these."""
        return self.ready * self.plan.each - tasks

    @property
    def admits(self) -> int:
        """How many more may wait."""
        return self.plan.waiting_most - self.waiting

    def placed(self, tasks: int) -> int:
        """So many of those who wait are placed beside these tasks."""
        return self.no_longer(max(self.room(tasks), 0))

    def no_longer(self, most: int) -> int:
        """So many do not wait any longer."""
        fewer = min(self.waiting, most)
        self.waiting -= fewer
        if fewer:
            self.fewer_wait.succeed()
            self.fewer_wait = self.env.event()
        return fewer

    def look(self, tasks: int) -> None:
        """At the end of a minute, when so many tasks are placed."""
        exist, now = len(self.rented), int(self.env.now)
        needed = self._needed(tasks + self.waiting)
        wanted = self.tracker.wanted(now, needed / exist if exist else None, exist, busy=False)
        if needed and not exist:
            wanted = FROM_NONE
        change = min(max(wanted, self.plan.low), self.plan.high) - exist
        if change > 0:
            self.rented.launch(change)
            self.env.process(self._start(change))
        elif change < 0:
            self._end(-change, tasks)

    def _needed(self, tasks: int) -> int:
        return -(-tasks // self.plan.each)

    def _start(self, amount: int) -> Process:
        yield self.env.timeout(self.plan.ready_after)
        ended = min(self.unwanted, amount)
        self.unwanted -= ended
        self.ready += amount - ended
        self.more_room()

    def _end(self, amount: int, tasks: int) -> None:
        """Those that run without tasks, then those that still boot; those with tasks stay."""
        idle = min(max(self.ready - self._needed(tasks), 0), amount)
        self.ready -= idle
        self.unwanted += amount - idle
        self.rented.end(amount)
