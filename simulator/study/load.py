"""What the traffic asks of every station of a design over time: rates, executions, environments.

Rates come from the shapes of the traffic, shares and times from the program.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simulator.engine.flow import POOL, Flow, Reader, Visit
from simulator.engine.quiet import Quiet
from simulator.study.fluid import Environments, Floats, environments

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario

MOST_STEPS: Final = 40_000
FINEST_S: Final = 0.05
SHIFTS: Final = 20
"""Parts into which the requests behind a wide delay are cut."""


@dataclass
class Load:
    """Rates of requests over time at every station of one design, if nothing is refused."""

    scenario: Scenario
    quiet: Quiet

    @cached_property
    def step_s(self) -> float:
        return max(self.scenario.run.for_ / 1e9 / MOST_STEPS, FINEST_S)

    @cached_property
    def time_s(self) -> Floats:
        """The middle of every step."""
        steps = max(1, math.ceil(self.scenario.run.for_ / 1e9 / self.step_s))
        return np.asarray((np.arange(steps) + 0.5) * self.step_s, dtype=np.float64)

    @cached_property
    def nothing(self) -> Floats:
        return np.zeros(len(self.time_s))

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """Which steps come after the warm-up."""
        return self.time_s >= self.scenario.run.warm_up / 1e9

    @cached_property
    def rates(self) -> list[Floats]:
        """Requests per second of each source."""
        start = self.scenario.run.start
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        shapes = [source.shape for source in self.scenario.traffic.values()]
        into_day = (start - midnight).total_seconds()
        return [shape.busiest_rate_at(self.time_s + into_day * shape.by_clock) for shape in shapes]

    @cached_property
    def flows(self) -> list[Flow]:
        """Of one request of each source."""
        reader = Reader(self.quiet.program)
        sources = self.quiet.program.sources
        flows = [reader.flow(source.entry) for source in sources]
        asked: dict[int, tuple[float, int, int]] = {}
        for flow, rate in zip(flows, self.rates, strict=True):
            for cache, (share, population, stays) in flow.asked.items():
                so_far = asked.get(cache, (0.0, 0, 0))[0]
                asked[cache] = so_far + share * float(rate.max(initial=0.0)), population, stays
        if not asked:
            return flows
        hits = {
            cache: hit_share(rate, reader.shares(population), stays / 1e9)
            for cache, (rate, population, stays) in asked.items()
        }
        return [reader.flow(source.entry, hits) for source in sources]

    def over_time(self, what: str) -> dict[tuple[str, int], Floats]:
        """By station, what all sources together ask of it per second (of `held_s`: at a time)."""
        total: dict[tuple[str, int], Floats] = {}
        shifted: dict[tuple[int, tuple[int, ...]], Floats] = {}
        for place, flow in enumerate(self.flows):
            visits: Mapping[Visit, float] = getattr(flow, what)
            for visit, amount in visits.items():
                key = place, visit.after
                if key not in shifted:
                    shifted[key] = self._behind(self.rates[place], visit.after)
                station = visit.kind, visit.place
                total[station] = total.get(station, self.nothing) + shifted[key] * amount
        return total

    def _behind(self, rate: Floats, after: tuple[int, ...]) -> Floats:
        """Requests per second behind these delays."""
        reader = Reader(self.quiet.program)
        for delay in after:
            drawn = self.quiet.program.distributions[delay]
            shifts = [reader.value(drawn, (part + 0.5) / SHIFTS) / 1e9 for part in range(SHIFTS)]
            parts = [np.interp(self.time_s - shift, self.time_s, rate, left=0.0) for shift in shifts]
            rate = np.asarray(np.mean(parts, axis=0), dtype=np.float64)
        return rate

    @cached_property
    def held(self) -> dict[tuple[str, int], Floats]:
        return self.over_time("held_s")

    @cached_property
    def functions(self) -> dict[int, Environments]:
        """The environments of every function that requests come to."""
        return {place: self._function(place, rate) for (_, place), rate in self.over_time("entered").items()}

    def _function(self, place: int, rate: Floats) -> Environments:
        (service, _), plan = list(self.quiet.program.pools.items())[place]
        peak = int(rate.argmax())
        warm_s = float(self.held[POOL, place][peak] / rate[peak]) if rate[peak] else 0.0
        cold = [flow.cold_s[place] for flow in self.flows if place in flow.cold_s]
        kept = self.quiet.level(f"{service}.environments", self.time_s)
        keep_alive_s = plan.pool.keep_alive / 1e9
        return environments(rate, self.step_s, warm_s, max(cold, default=0.0), kept, keep_alive_s)


def hit_share(rate: float, shares: Sequence[float], stays_s: float) -> float:
    """The share of look-ups that a cache answers when `rate` come per second for keys of these shares."""
    asked = np.asarray(shares) * rate * stays_s
    return float(np.sum(np.asarray(shares) * asked / (1 + asked)))
