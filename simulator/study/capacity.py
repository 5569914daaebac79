"""What a design needs at its peak and what it may have, limit by limit, before anything runs.

Each limit is looked at as if no other one were there. By Little's law a rate of requests that each hold a
place for so long keeps rate × time places busy; where environments start cold, `fluid` says how many more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simulator.engine.causes import limit_of_servers
from simulator.engine.measuring import LANES
from simulator.engine.quiet import quiet
from simulator.engine.visits import POOL, QUOTA, SERVERS, Held
from simulator.measure.measured import CPUS, PROVISIONED_REQUESTS
from simulator.measure.need import ACCOUNT, CONCURRENCY, Behind, Capacity, Need, exceeded
from simulator.services.lambda_quotas import reservations
from simulator.services.lambda_settings import LambdaSettings
from simulator.stations.server_pool import ENDLESS
from simulator.study.behind import behind, capped
from simulator.study.buckets import buckets
from simulator.study.fluid import Floats, grown, with_chance
from simulator.study.kept_ready import kept_ready
from simulator.study.least import asked_again, at_least, held_longer
from simulator.study.lines import Lines
from simulator.study.load import Load
from simulator.study.needed import need_of, services_of, tried_again, waited_for
from simulator.study.raising import settings
from simulator.study.ready import ready
from simulator.study.streams import reading, shards, with_parts

if TYPE_CHECKING:
    from simulator.scenario.model import Design, Scenario

TINY: Final = 1e-9
HOT: Final = 1.1
"""Times the even share from which on a lane is told of by itself."""
WARM: Final = 0.1
"""Of what a lane can do: a key that asks for less leaves it room for any other keys."""


def capacity(scenario: Scenario, design: str) -> Capacity:
    """Every limit that requests meet, and how fast streams are written and read."""
    found = limits(scenario, design)
    of_all = sorted(found.needs, key=lambda need: -need.ratio)
    holding, then = settings(scenario, design, found, limits)
    holding = [with_parts(one, of_all) for one in holding]
    read = tuple(shards(found.load)), tuple(reading(found.load))
    kept = ready(scenario, design, found, limits)
    return Capacity(
        tuple(of_all), *read, tuple(holding), tuple(then), tuple(_behind(scenario, design, found)), kept
    )


def _behind(scenario: Scenario, design: str, found: Limits) -> Iterator[Behind]:
    """With fewer pollers that would do, where the rate that they exceed is not raised instead."""
    needs = {need.name: need for need in found.needs}
    for each in behind(found.load):
        pollers = needs.get(each.receivers)
        if pollers and each.name in needs and exceeded(needs[each.name]) and pollers.allowed > each.bears:
            yield each._replace(capped=capped(scenario, design, each, pollers.allowed, limits))
        else:
            yield each


def limits(scenario: Scenario, design: str) -> Limits:
    """What the peak needs of the limits of a design, each looked at when it is asked for."""
    return Limits(Load(scenario, design, quiet(scenario, design)), scenario.designs[design])


@dataclass
class Limits:
    """The limits of a design under its load."""

    load: Load
    design: Design

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.load)

    @cached_property
    def needs(self) -> list[Need]:
        """What the peak needs of every limit that requests meet."""
        over = [need for need in (*self._others, *self._lanes) if need.ratio > 1]
        found = [self._of_quota(need, functions, over) for need, functions in self._quotas]
        found += [need._replace(at_least=need.at_least + at_least(need, over)) for need in self._others]
        found += [need._replace(at_least=held_longer(need, over)) for need in self._lanes]
        found += self._provisioned
        over = [need for need in found if need.ratio > 1]
        return [need._replace(at_least=need.at_least + asked_again(need, over)) for need in found]

    @property
    def tight(self) -> list[Need]:
        """The same, each as tight as its tightest part; the most exceeded ones first."""
        return sorted(map(self._tightest, self.needs), key=lambda need: -need.ratio)

    def ratio(self, name: tuple[str, str]) -> float:
        """How tight one of these is, which is found sooner than all are; 0 if requests do not meet it."""
        return next((self._tightest(need).ratio for need in self._one_by_one() if need[:2] == name), 0.0)

    def _one_by_one(self) -> Iterator[Need]:
        """What takes longest to look at comes last."""
        yield from self._lanes
        yield from (need for need, _ in self._quotas)
        yield from self._provisioned
        yield from self._servers()
        yield from buckets(self.load, self.design.era)

    def _tightest(self, need: Need) -> Need:
        """The lanes of a stream as the hottest of them, and without end if the function would run out of time
        in a full batch, of a size that the design asks for."""
        for one in self.load.lanes:
            function = self.design.services[one.function]
            if need[:2] == (one.function, f"{LANES}{one.event}") and isinstance(function, LambdaSettings):
                written = function.events[one.event].batch_size is not None
                late = written and one.batch_s >= function.timeout / 1e9
                return need._replace(ratio=math.inf if late else need.ratio * one.lane.more)
        return need

    @cached_property
    def _others(self) -> list[Need]:
        return [*self._servers(), *buckets(self.load, self.design.era)]

    @cached_property
    def _quotas(self) -> list[tuple[Need, list[str]]]:
        """And the functions that each is for."""
        found = []
        program = self.load.quiet.program
        pools = list(program.pools.items())
        for number, ((service, name), quota) in enumerate(program.quotas.items()):
            of_it = [place for place in self.load.functions if pools[place][1].quota == number]
            if of_it:
                functions = [pools[place][0][0] for place in of_it]
                steady = sum(map(self._held, of_it), self.load.nothing)
                most = self._executions(of_it, functions)
                need = need_of(self.load, service, name, "executions", steady, most, float(quota.limit))
                need = tried_again(self.load, QUOTA, number, need)
                found.append((need._replace(all_of=self.load.all_at_work(of_it)), functions))
        return found

    def _of_quota(self, need: Need, functions: Sequence[str], over: Sequence[Need]) -> Need:
        """With the limits for which its functions wait, and what is not for all of them."""
        waited = (one.name for one in over if {*one.holding} & {*functions})
        need = need._replace(at_least=(*need.at_least, *waited))
        return self._of_account(need) if need[:2] == (ACCOUNT, CONCURRENCY) else need

    @cached_property
    def _provisioned(self) -> list[Need]:
        found, name = kept_ready(self.load, self._held), PROVISIONED_REQUESTS
        return [
            one.told(
                need_of(self.load, one.service, name, "requests/s", one.steady, one.most, one.with_burst)
            )
            for one in found
        ]

    def _servers(self) -> Iterator[Need]:
        program = self.load.quiet.program
        pools = list(program.pools.items())
        seized = {place: held for (kind, place), held in self.load.held.items() if kind == SERVERS}
        for number, ((service, name), servers) in enumerate(program.servers.items()):
            owners = [(place, pools[place][1].owned.count(number)) for place in self.load.functions]
            owners = [(place, count) for place, count in owners if count]
            if servers.capacity != ENDLESS and (owners or number in seized):
                busy, line = seized.get(number, self.load.nothing), self.lines.holding(Held(SERVERS, number))
                steady = sum((self._held(place) * count for place, count in owners), busy + line.mean)
                alive = sum((self._owning(place) * count for place, count in owners), self.load.nothing)
                at_once = self.load.at_once("held_s", (SERVERS, number))
                chance = np.hypot(with_chance(busy, at_once) - busy, line.more)
                most = busy + line.mean + alive + (0.0 if name == CPUS else chance)
                capacity = self.load.quiet.capacity(number, self.load.time_s)
                asked = self._asked(number, steady, most, capacity)
                need = need_of(self.load, service, limit_of_servers(name), name, steady, asked, capacity)
                need = need._replace(owners=services_of(self.load, {place for place, _ in owners}))
                if name != CPUS:
                    need = self._in_line(number, need, most > capacity)
                need = tried_again(self.load, SERVERS, number, need)
                yield waited_for(self.load, SERVERS, number, need) if servers.bound else need

    def _asked(self, number: int, steady: Floats, most: Floats, capacity: Floats) -> Floats:
        """Servers that are asked for at the most: beyond those that there are one waits, while there is room
        in line; in a line without an end, unless even on average too few are there."""
        line, places = self.lines.line(number), self.load.quiet.bound(number, self.load.time_s)
        full = np.where(places < ENDLESS, line.mean + line.more > places - TINY, steady > capacity)
        beyond = np.where(places < ENDLESS, most, steady)
        asked: Floats = np.where(full, beyond, np.minimum(most, capacity))
        return asked

    def _in_line(self, number: int, need: Need, waits: NDArray[np.bool_]) -> Need:
        """With those who wait for one of them, and how many may."""
        line, waits = self.lines.line(number), waits & self.load.counted
        most = float((line.mean + line.more)[waits].max(initial=0.0))
        places = float(self.load.quiet.bound(number, self.load.time_s)[waits].max(initial=0.0))
        return need._replace(in_line=most, places=places if places < ENDLESS else None)

    def _held(self, place: int) -> Floats:
        """Executions, every environment being warm."""
        return self.load.held[POOL, place] + self.lines.executions[place].mean

    def _of_account(self, need: Need) -> Need:
        """What all functions without reserved concurrency share is not the whole quota."""
        elsewhere, reserved = self.design.account.used_elsewhere, sum(reservations(self.design.services))
        return need._replace(elsewhere=float(elsewhere), reserved=float(reserved))

    @cached_property
    def _lanes(self) -> list[Need]:
        return list(self._of_lanes())

    def _of_lanes(self) -> Iterator[Need]:
        """Of a queue the pollers or a fleet's receivers, and the growth of pollers if messages wait for it
        longer than a batch takes; of a stream all lanes together, the hottest one where that differs, and
        the hottest key, which has one lane however many there are; of a FIFO queue, in which there can be any
        number of groups, the hottest one."""
        unit = "batches at a time"
        for polled in self.load.pollers:
            function, name = polled.name
            batch_s = polled.batch.seconds + self.lines.waited_s(polled.batch)
            # no more batches wait in line than there are pollers
            unhindered = polled.rate * polled.batch.seconds
            needed = np.maximum(np.minimum(polled.rate * batch_s, polled.most), unhindered)
            yield need_of(self.load, function, name, unit, needed, needed, polled.most)
            if not polled.more_per_s:
                continue
            there, late_s = grown(needed, self.load.step_s, polled.least, polled.most, polled.more_per_s)
            if (late_s > batch_s)[self.load.counted].any():
                wanted = np.minimum(needed, polled.most)
                need = need_of(self.load, function, f"growth of {name}", unit, wanted, wanted, there)
                yield need._replace(a_minute=60 * polled.more_per_s)
        for one in self.load.lanes:
            hot = one.needed * one.lane.share
            if not one.event:
                yield need_of(self.load, one.source, "hottest group", unit, hot, hot, 1.0)
                continue
            name, needed = f"{LANES}{one.event}", one.needed
            yield need_of(self.load, one.function, name, unit, needed, needed, float(one.many))
            if one.lane.more > HOT:
                yield need_of(self.load, one.function, f"hottest lane of {one.event}", unit, hot, hot, 1.0)
            key = needed * one.key
            if key.max(initial=0.0) >= WARM:
                yield need_of(self.load, one.function, f"hottest key of {one.event}", unit, key, key, 1.0)

    def _owning(self, place: int) -> Floats:
        """Environments of a function that have what they own, which a new one takes late in its start."""
        late_s = max(flow.owning_s.get(place, 0.0) for flow in self.load.flows)
        line, alive = self.lines.executions[place].more, self.load.functions[place].alive
        # while it grows new ones begin, which come on top
        alive = np.maximum(alive, np.where(line > TINY, with_chance(self._held(place)) + line, 0.0))
        owning: Floats = np.interp(self.load.time_s - late_s, self.load.time_s, alive, left=alive[0])
        return owning

    def _executions(self, of_it: Sequence[int], services: Sequence[str]) -> Floats:
        """At the most: with what chance adds to warm ones and to those in line for a server, and idle
        provisioned environments, which count."""
        in_line = self.load.nothing
        least, independent, variance = self.load.nothing, self.load.nothing, self.load.nothing
        for place, service in zip(of_it, services, strict=True):
            line = self.lines.executions[place]
            busy = self.load.functions[place].busy
            provisioned = self.load.quiet.provisioned(service, self.load.time_s)
            warm = np.minimum(busy, self.load.held[POOL, place])
            least = least + np.maximum(busy + line.mean, provisioned) + self._pinged(service)
            polled, by_chance = self.load.polled.get(place, self.load.nothing), self.load.by_chance(place)
            bounded = by_chance < with_chance(polled) - polled
            least = least + np.where(bounded, by_chance, 0.0)
            warm = np.where(bounded, np.maximum(warm - polled, 0.0), warm)
            at_once = self.load.at_once("held_s", (POOL, place))
            beyond = with_chance(warm, at_once) + line.mean + line.more > provisioned
            some, in_line = np.where(beyond, warm, 0.0), in_line + np.where(beyond, line.more, 0.0)
            independent, variance = independent + some, variance + at_once * some
        more = with_chance(independent, variance / np.maximum(independent, TINY)) - independent
        return least + np.hypot(np.where(independent > 0, more, 0.0), in_line)

    def _pinged(self, service: str) -> Floats:
        """Warm-up pings of a function at a time, in the steps in which they are under way."""
        function = self.design.services[service]
        if not isinstance(function, LambdaSettings) or not function.pings:
            return self.load.nothing
        pings = function.pings
        since_s = np.mod(self.load.time_s, pings.every / 1e9)
        return np.where(since_s < self.load.step_s + pings.sleep / 1e9, float(pings.at_once), 0.0)
