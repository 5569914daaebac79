"""What a design needs at its peak and what it may have, limit by limit, before anything runs.

Each limit is looked at as if no other one were there. By Little's law a rate of requests that each hold a
place for so long keeps rate × time places busy; where environments start cold, `fluid` says how many more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.engine.flow import POOL, SERVERS
from simulator.engine.measuring import limit_of_servers, unit_of_bucket
from simulator.engine.quiet import quiet
from simulator.measure.need import Need
from simulator.study.fluid import Environments, Floats, with_chance
from simulator.study.load import Load

if TYPE_CHECKING:
    from simulator.engine.program import BucketPlan
    from simulator.scenario.model import Scenario

TINY: Final = 1e-9


def needs(scenario: Scenario, design: str) -> tuple[Need, ...]:
    """Every limit that requests meet, the one with least room first."""
    found = list(_Limits(Load(scenario, quiet(scenario, design))).needs())
    return tuple(sorted(found, key=lambda need: -need.ratio))


@dataclass
class _Limits:
    """The limits of a design under its load."""

    load: Load

    def needs(self) -> Iterator[Need]:
        program = self.load.quiet.program
        pools = list(program.pools.items())
        for number, ((service, name), quota) in enumerate(program.quotas.items()):
            of_it = [place for place in self.load.functions if pools[place][1].quota == number]
            if of_it:
                steady = sum((self.load.held[POOL, place] for place in of_it), self.load.nothing)
                executions = [
                    self._with_provisioned(pools[place][0][0], self.load.functions[place]) for place in of_it
                ]
                yield self._need(
                    service,
                    name,
                    "executions",
                    steady,
                    sum(executions, self.load.nothing),
                    float(quota.limit),
                )
        seized = {place: held for (kind, place), held in self.load.held.items() if kind == SERVERS}
        for number, ((service, name), servers) in enumerate(program.servers.items()):
            owners = [(place, pools[place][1].owned.count(number)) for place in self.load.functions]
            owners = [(place, count) for place, count in owners if count]
            if owners or number in seized:
                busy = seized.get(number, self.load.nothing)
                steady = sum((self.load.held[POOL, place] * count for place, count in owners), busy)
                alive = sum((self._owning(place) * count for place, count in owners), self.load.nothing)
                limit = limit_of_servers(name)
                yield self._need(
                    service, limit, name, steady, with_chance(busy) + alive, float(servers.capacity)
                )
        yield from self._buckets()

    def _owning(self, place: int) -> Floats:
        """Environments of a function that have what they own, which a new one takes late in its start."""
        late_s = max(flow.owning_s.get(place, 0.0) for flow in self.load.flows)
        alive = self.load.functions[place].alive
        owning: Floats = np.interp(self.load.time_s - late_s, self.load.time_s, alive, left=alive[0])
        return owning

    def _with_provisioned(self, service: str, found: Environments) -> Floats:
        """Executions at the most, and idle provisioned environments, which count as much."""
        most: Floats = np.maximum(
            with_chance(found.busy), self.load.quiet.level(f"{service}.provisioned", self.load.time_s)
        )
        return most

    def _need(
        self, service: str, limit: str, unit: str, steady: Floats, most: Floats, allowed: float
    ) -> Need:
        most = np.where(self.load.counted, most, 0.0)
        peak = int((most >= 0.99 * most.max(initial=0.0)).argmax())  # where it is nearly reached first
        over = np.flatnonzero(most > allowed)
        binds = float(self.load.time_s[over[0]]) if len(over) else None
        demand = float(most.max(initial=0.0))
        ratio = demand / allowed if allowed else math.inf
        at_s = float(self.load.time_s[peak])
        return Need(service, limit, unit, float(steady.max()), demand, allowed, ratio, at_s, binds)

    def _buckets(self) -> Iterator[Need]:
        taken = {place: rate for (_, place), rate in self.load.over_time("tokens").items()}
        started = self._started()
        place = 0
        for (service, name), plan in self.load.quiet.program.buckets.items():
            asked = [one for one in (taken.get(place), started.get(place)) if one is not None]
            if asked:
                rate = sum(asked, self.load.nothing)
                yield self._bucket(service, name, plan, rate, warm=place not in started)
            place += plan.clients

    def _started(self) -> dict[int, Floats]:
        """Environments begun per second, by the bucket that they come out of."""
        pools = list(self.load.quiet.program.pools.values())
        total: dict[int, Floats] = {}
        for place, found in self.load.functions.items():
            scaling = pools[place].scaling
            total[scaling] = total.get(scaling, self.load.nothing) + found.started_per_s
        return total

    def _bucket(self, service: str, name: str, plan: BucketPlan, rate: Floats, warm: bool) -> Need:
        """In the span in which most of the burst and the tokens that come is used up."""
        bucket, unit = plan.bucket, unit_of_bucket(name, plan.bucket, plan.clients)
        rate = np.where(self.load.counted, rate, 0.0)
        upto = np.concatenate([[0.0], np.cumsum(rate)]) * self.load.step_s
        per_s, tokens = bucket.rate * 1e9 / bucket.per, bucket.level / bucket.per
        lengths = np.unique(np.geomspace(1, len(rate), 60).round().astype(int))
        worst, binds = (0.0, 0), None
        for length in lengths if per_s else lengths[-1:]:
            asked = with_chance(upto[length:] - upto[:-length])
            ratios = asked / max(tokens + per_s * length * self.load.step_s, TINY)
            peak = int(ratios.argmax())
            worst = max(worst, (float(ratios[peak]), peak))
            over = np.flatnonzero(ratios > 1)
            if len(over):
                end = float(self.load.time_s[min(over[0] + length, len(self.load.time_s)) - 1])
                binds = end if binds is None else min(binds, end)
        second = min(max(1, round(1 / self.load.step_s)), len(rate))
        each_s = (upto[second:] - upto[:-second]) / (second * self.load.step_s)
        steady, demand, allowed = float(each_s.max()), float(with_chance(each_s).max()), per_s
        if not per_s:
            steady = demand = float(upto[-1])
            allowed = tokens
        return Need(
            service,
            name,
            unit,
            steady if warm else 0.0,
            demand,
            allowed,
            worst[0],
            float(self.load.time_s[worst[1]]),
            binds,
        )
