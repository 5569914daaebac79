"""What the traffic asks of every station of a design over time: rates, executions, environments.

Rates come from the shapes of the traffic, shares and times from the program.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from simulator.engine.flow import Reader
from simulator.engine.quiet import Quiet
from simulator.engine.visits import BUCKET, MAILBOX, POOL, Flow, Visit
from simulator.errors import ModelError
from simulator.services.fleet_control import FleetControl
from simulator.services.queue_pollers import PollerScaling
from simulator.study.coming import Coming, Lanes, Pollers
from simulator.study.fluid import Batches, Environments, Floats, drained, environments, with_chance
from simulator.study.hottest import Hottest, hottest, hottest_key
from simulator.study.stalled import stalled_s

if TYPE_CHECKING:
    from simulator.engine.program import MailboxPlan
    from simulator.scenario.model import Scenario

MOST_STEPS: Final = 40_000
FINEST_S: Final = 0.05
POINTS: Final = 1000
"""Points of a wide delay's distribution."""


@dataclass
class Load:
    """Rates of requests over time at every station of one design, if nothing is refused."""

    scenario: Scenario
    design: str
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
    def reader(self) -> Reader:
        return Reader(self.quiet.program)

    @cached_property
    def hits(self) -> dict[int, float]:
        """The share of its look-ups that each cache answers when most is asked of it."""
        asked: dict[int, tuple[float, int, int]] = {}
        for source, rate in zip(self.quiet.program.sources, self.rates, strict=True):
            for cache, (share, population, stays) in self.reader.flow(source.entry).asked.items():
                so_far = asked.get(cache, (0.0, 0, 0))[0]
                asked[cache] = so_far + share * float(rate.max(initial=0.0)), population, stays
        return {
            cache: hit_share(rate, self.reader.shares(population), stays / 1e9)
            for cache, (rate, population, stays) in asked.items()
        }

    @cached_property
    def _all(self) -> tuple[list[Coming], list[Lanes], list[Pollers]]:
        """The sources; then what is polled from the mailboxes that they fill, and those that this fills."""
        sources = self.quiet.program.sources
        coming = [
            Coming(self.reader.flow(source.entry, self.hits), rate)
            for source, rate in zip(sources, self.rates, strict=True)
        ]
        lanes: list[Lanes] = []
        pollers: list[Pollers] = []
        begun: set[int] = set()
        while True:
            put = {
                place: rate
                for (_, place), rate in self.together(coming, [one.flow.put for one in coming]).items()
            }
            new = [place for place in put if place in self.reader.receivers and place not in begun]
            if not new:
                return coming, lanes, pollers
            begun.update(new)
            lanes += [self._lanes(place, put[place], coming) for place in new if self._in_order(place)]
            pollers += [found for place in new for found in self._pollers(place, put[place])]
            coming += [batches for place in new for batches in self._receive(place, put[place])]

    def _in_order(self, place: int) -> bool:
        return bool(self._mailbox(self.reader.receivers[place][0])[1].mailbox.exclusive)

    def _lanes(self, place: int, items: Floats, coming: Sequence[Coming]) -> Lanes:
        """The lanes of a stream's consumer, by the mailbox of what is unread; or a FIFO queue's groups."""
        mailbox, entry = self.reader.receivers[place]
        (source, _), shards = self._mailbox(place)
        (function, name), plan = self._mailbox(mailbox)
        full = self._full_batch(place, plan, coming)
        one, batch = (self.reader.flow(entry, self.hits, float(size)) for size in (1, full))
        each_s = (batch.seconds - one.seconds) / max(full - 1, 1)
        era = self.scenario.designs[self.design].era
        stalled = stalled_s(
            plan.mailbox, full, lambda size: one.seconds + (size - 1) * each_s,
            era["event_source.retry_pause"].mean(),
        )  # fmt: skip
        met = [(one.flow, one.rate) for one in coming]
        each = plan.copies // shards.copies
        groups = mailbox == place
        many = shards.mailbox.lanes if groups else plan.copies
        lane = hottest(self.reader, met, MAILBOX, place, many, lane=True)
        shard = lane if groups else hottest(self.reader, met, MAILBOX, place, shards.copies)
        event = "" if groups else name.removeprefix("lanes of ")
        key = hottest_key(self.reader, met, MAILBOX, place)
        return Lanes(
            function, source, event, many // each, each, full, batch, items, shard, lane,
            key, 0.0 if groups else batch.poison, stalled, self.scenario.run.for_ / 1e9,
        )  # fmt: skip

    def _full_batch(self, place: int, plan: MailboxPlan, coming: Sequence[Coming]) -> int:
        """Records of mean size, as many as a batch may hold, in number and in bytes."""
        sizes = {keyed.size for one in coming for keyed in one.flow.keyed
                 if (keyed.kind, keyed.place) == (MAILBOX, place) and keyed.size >= 0}  # fmt: skip
        largest = max((self.reader.time(size)[0] * 1e9 for size in sizes), default=1.0)
        return max(min(plan.mailbox.batch_size, int(plan.mailbox.batch_bytes // max(largest, 1.0))), 1)

    def _pollers(self, place: int, items: Floats) -> Iterator[Pollers]:
        for control in self.quiet.program.controls:
            if isinstance(control, PollerScaling) and control.mailbox == place:
                name, least, most = control.name, float(control.least), self.nothing + control.most
                more_per_s = control.a_minute / 60
            elif (
                isinstance(control, FleetControl) and (of_it := control.receiving) and of_it.mailbox == place
            ):
                cpus = control.per_server[0]
                servers = self.quiet.capacity(cpus.pool, self.time_s) / cpus.capacity
                name, least, most, more_per_s = of_it.name, 0.0, servers * of_it.each, 0.0
            else:
                continue
            full = self._mailbox(place)[1].mailbox.batch_size
            batch = self.reader.flow(self.reader.receivers[place][1], self.hits, float(full))
            yield Pollers(name, least, most, more_per_s, batch, items / full)

    def _receive(self, place: int, items: Floats) -> Iterator[Coming]:
        """What polls a mailbox into which so many items a second are put: batches as they come, and full ones
        while the receivers are behind."""
        mailbox, entry = self.reader.receivers[place]
        _, plan = self._mailbox(mailbox)
        full = plan.mailbox.batch_size
        one, many = (self.reader.flow(entry, self.hits, size) for size in (1.0, float(full)))
        more = (many.seconds - one.seconds) / max(full - 1, 1)
        if mailbox != place:  # a lane's batch holds what came while the one before was worked on
            each = float(items.max(initial=0.0)) / plan.copies
            keeps_up = each * more < 1
            size = each * (one.seconds - more) / (1 - each * more) if keeps_up else float(full)
            size = max(size, each * self._mailbox(place)[1].mailbox.pause / 1e9)  # what one read brings
        else:
            size = float(items.max(initial=0.0)) * plan.mailbox.window / 1e9
        size = min(max(size, 1.0), float(full))
        flow = self.reader.flow(entry, self.hits, size)
        least, most, more_per_s, name = self._receivers(place, mailbox)
        if most == math.inf:
            yield Coming(flow, items / size, True, most, most)
            return
        few, most_of = Batches(size, flow.seconds), Batches(full, many.seconds)
        received, in_full, there = drained(items, self.step_s, few, most_of, least, most, more_per_s)
        yield Coming(flow, (1 - in_full) * received / size, True, there, most)
        if in_full.any():
            peak = int(np.argmax(items * self.counted))
            yield Coming(many, in_full * received / full, True, all_of=name if in_full[peak] else "")

    def _receivers(self, place: int, mailbox: int) -> tuple[float, float, float, str]:
        """At least, at most, how many more can begin a second, and what they are: lanes of a stream, pollers
        of a queue."""
        (_, name), plan = self._mailbox(mailbox)
        if mailbox != place:
            return plan.copies, plan.copies, 0.0, name
        for control in self.quiet.program.controls:
            if isinstance(control, PollerScaling) and control.mailbox == mailbox:
                return control.least, control.most, control.a_minute / 60, control.name[1]
        return 0.0, math.inf, 0.0, ""

    def _mailbox(self, place: int) -> tuple[tuple[str, str], MailboxPlan]:
        begin = 0
        for name, plan in self.quiet.program.mailboxes.items():
            if begin == place:
                return name, plan
            begin += plan.copies
        raise ModelError(f"no mailbox begins at {place}")

    @property
    def coming(self) -> list[Coming]:
        return self._all[0]

    @property
    def flows(self) -> list[Flow]:
        return [one.flow for one in self.coming]

    @property
    def pollers(self) -> list[Pollers]:
        return self._all[2]

    @property
    def lanes(self) -> list[Lanes]:
        return self._all[1]

    def hottest_shard(self, bucket: int, of: int) -> Hottest:
        """Of the buckets that a stream's shards have, the first of which is `bucket`."""
        return hottest(self.reader, [(one.flow, one.rate) for one in self.coming], BUCKET, bucket, of)

    def over_time(self, what: str, polled: bool | None = None) -> dict[tuple[str, int], Floats]:
        """By station, what all together ask of it per second (of `held_s`: at a time); or only what is polled
        from queues and streams, or only what comes by itself."""
        coming = [one for one in self.coming if polled in (None, one.polled)]
        return self.together(coming, [getattr(one.flow, what) for one in coming])

    def at_once(self, what: str, station: tuple[str, int]) -> float:
        """Of what is asked of a station, how much comes at the same time, as its parts see it."""
        total = together = 0.0
        for one in self.coming:
            visits: Mapping[Visit, float] = getattr(one.flow, what)
            for visit, amount in visits.items():
                if (visit.kind, visit.place) == station:
                    asked = amount * float(one.rate.sum())
                    total, together = total + asked, together + asked * visit.at_once
        return together / total if total else 1.0

    def together(
        self, coming: Sequence[Coming], asked: Sequence[Mapping[Visit, float]]
    ) -> dict[tuple[str, int], Floats]:
        """By station, what these ask of it, each so much per request."""
        total: dict[tuple[str, int], Floats] = {}
        for one, visits in zip(coming, asked, strict=True):
            shifted: dict[tuple[int, ...], Floats] = {}
            for visit, amount in visits.items():
                if visit.after not in shifted:
                    shifted[visit.after] = self._behind(one.rate, visit.after)
                station = visit.kind, visit.place
                total[station] = total.get(station, self.nothing) + shifted[visit.after] * amount
        return total

    def _behind(self, rate: Floats, after: tuple[int, ...]) -> Floats:
        """Requests per second behind these delays."""
        for delay in after:
            drawn = self.quiet.program.distributions[delay]
            shares = np.linspace(0, 1, POINTS + 1)[:-1] + 0.5 / POINTS
            delays_s = [self.reader.value(drawn, float(share)) / 1e9 for share in shares]
            # of each step, the share of delays that end in it
            edges = np.arange(len(rate) + 1) * self.step_s
            parts = np.diff(np.interp(edges, delays_s, shares, left=0.0, right=1.0))
            # `scipy.signal.fftconvolve`, which takes a second to import
            length = next_fast_len(2 * len(rate) - 1, real=True)
            behind = irfft(rfft(rate, length) * rfft(parts, length), length)
            rate = np.maximum(behind[: len(rate)], 0.0)
        return rate

    @cached_property
    def asked_by_pollers(self) -> set[tuple[str, int]]:
        """Buckets and servers that batches of queues and streams ask: who polls and is refused backs off, and
        takes no other batch meanwhile, so that less may be asked than if nothing is refused."""
        polled = (one.flow for one in self.coming if one.polled)
        visits = (visit for flow in polled for visit in (*flow.tokens, *flow.seized))
        return {(visit.kind, visit.place) for visit in visits}

    @cached_property
    def polled(self) -> dict[int, Floats]:
        """By function, executions that are polled from queues and streams."""
        held = self.over_time("held_s", polled=True)
        return {place: busy for (kind, place), busy in held.items() if kind == POOL}

    @cached_property
    def receivers(self) -> dict[int, Floats]:
        """By function, how many batches at a time can be polled for it."""
        return self._polled_for([(one.flow, one.receivers) for one in self.coming])

    @cached_property
    def most_receivers(self) -> dict[int, Floats]:
        """The same once all have begun."""
        return self._polled_for([(one.flow, one.most) for one in self.coming])

    def _polled_for(self, received: Sequence[tuple[Flow, Floats | float]]) -> dict[int, Floats]:
        total: dict[int, Floats] = {}
        for flow, receivers in received:
            for visit, times in flow.entered.items():
                if np.any(receivers):
                    total[visit.place] = total.get(visit.place, self.nothing) + receivers * max(times, 1.0)
        return total

    def all_at_work(self, functions: Collection[int]) -> tuple[str, ...]:
        """What polls for them and is all at work when most comes."""
        met = (one for one in self.coming if any(visit.place in functions for visit in one.flow.entered))
        return tuple(dict.fromkeys(one.all_of for one in met if one.all_of))

    def by_chance(self, place: int) -> Floats:
        """What chance adds to the executions polled for a function, of which there are receivers at most."""
        busy = self.polled.get(place, self.nothing)
        room = np.maximum(self.receivers.get(place, math.inf) - busy, 0.0)
        more: Floats = np.minimum(with_chance(busy) - busy, room)
        return more

    @cached_property
    def held(self) -> dict[tuple[str, int], Floats]:
        return self.over_time("held_s")

    @cached_property
    def functions(self) -> dict[int, Environments]:
        """The environments of every function that requests come to, or that polls.

        Pollers grow slowly, so what is polled finds its environments warm.
        """
        coming, polled = (self.over_time("entered", polled=which) for which in (False, True))
        found = {}
        for station in dict.fromkeys([*coming, *polled]):
            alone = self._function(station[1], coming[station]) if station in coming else None
            busy = self.polled.get(station[1], self.nothing)
            if alone is None:
                alone = Environments(self.nothing, self.nothing, self.nothing)
            found[station[1]] = Environments(
                alone.busy + busy, alone.alive + busy + self.by_chance(station[1]), alone.started_per_s
            )
        return found

    def _function(self, place: int, rate: Floats) -> Environments:
        (service, _), plan = list(self.quiet.program.pools.items())[place]
        peak = int(rate.argmax())
        held = self.over_time("held_s", polled=False)[POOL, place]
        warm_s = float(held[peak] / rate[peak]) if rate[peak] else 0.0
        cold = [flow.cold_s[place] for flow in self.flows if place in flow.cold_s]
        kept = self.quiet.environments(service, self.time_s)
        keep_alive_s = plan.pool.keep_alive / 1e9
        return environments(rate, self.step_s, warm_s, max(cold, default=0.0), kept, keep_alive_s)


def hit_share(rate: float, shares: Sequence[float], stays_s: float) -> float:
    """The share of look-ups that a cache answers when `rate` come per second for keys of these shares."""
    asked = np.asarray(shares) * rate * stays_s
    return float(np.sum(np.asarray(shares) * asked / (1 + asked)))
