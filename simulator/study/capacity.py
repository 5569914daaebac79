"""What a design needs at its peak and what it may have, limit by limit, before anything runs.

Each limit is looked at as if no other one were there. By Little's law a rate of requests that each hold a
place for so long keeps rate × time places busy; where environments start cold, `fluid` says how many more.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simulator.engine.causes import limit_of_servers
from simulator.engine.measuring import SHARD_LIMITS, tokens_of_unit, unit_of_bucket
from simulator.engine.quiet import quiet
from simulator.engine.visits import BUCKET, POOL, QUOTA, SERVERS, Held
from simulator.measure.measured import CPUS, PROVISIONED_REQUESTS
from simulator.measure.need import ACCOUNT, CONCURRENCY, Capacity, Need, Span
from simulator.services.growing import RequestGrowth
from simulator.services.lambda_quotas import REQUESTS, reservations
from simulator.services.lambda_settings import LambdaSettings
from simulator.stations.server_pool import ENDLESS
from simulator.stations.token_bucket import is_limit
from simulator.study.fluid import Floats, grown, with_chance
from simulator.study.kept_ready import kept_ready
from simulator.study.least import asked_again, at_least, held_longer, rates
from simulator.study.lines import Lines
from simulator.study.load import Load
from simulator.study.raising import settings
from simulator.study.streams import reading, shards, with_parts
from simulator.study.tightest import tightest

if TYPE_CHECKING:
    from simulator.engine.program import BucketPlan
    from simulator.scenario.model import Design, Scenario

TINY: Final = 1e-9
HOT: Final = 1.1
"""Times the even share from which on a lane is told of by itself."""
WARM: Final = 0.1
"""Of what a lane can do: a key that asks for less leaves it room for any other keys."""


def capacity(scenario: Scenario, design: str) -> Capacity:
    """Every limit that requests meet, and how fast streams are written and read."""
    found = _limits(scenario, design)
    of_all = sorted(found.needs(), key=lambda need: -need.ratio)
    holding, then = settings(scenario, design, sorted(found.tight(), key=lambda need: -need.ratio), tight)
    holding = [with_parts(one, of_all) for one in holding]
    read = tuple(shards(found.load)), tuple(reading(found.load))
    return Capacity(tuple(of_all), *read, tuple(holding), tuple(then))


def needs(scenario: Scenario, design: str) -> Iterator[Need]:
    """What the peak needs of every limit that requests meet."""
    return _limits(scenario, design).needs()


def tight(scenario: Scenario, design: str) -> Iterator[Need]:
    """The same, each as tight as its tightest part: the lanes of a stream as the hottest of them, and without
    end if the function would run out of time in a full batch, of a size that the design asks for."""
    return _limits(scenario, design).tight()


def _limits(scenario: Scenario, design: str) -> _Limits:
    return _Limits(Load(scenario, design, quiet(scenario, design)), scenario.designs[design])


@dataclass
class _Limits:
    """The limits of a design under its load."""

    load: Load
    design: Design

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.load)

    def needs(self) -> Iterator[Need]:
        found = list(self._needs())
        over = [need for need in found if need.ratio > 1]
        for need in found:
            yield need._replace(at_least=need.at_least + asked_again(need, over))

    def tight(self) -> Iterator[Need]:
        found = {need[:2]: need for need in self.needs()}
        for one in self.load.lanes:
            name, function = (one.function, f"lanes of {one.event}"), self.design.services[one.function]
            if one.event and isinstance(function, LambdaSettings):
                written = function.events[one.event].batch_size is not None
                late = written and one.batch_s >= function.timeout / 1e9
                ratio = math.inf if late else found[name].ratio * one.lane.more
                found[name] = found[name]._replace(ratio=ratio)
        yield from found.values()

    def _needs(self) -> Iterator[Need]:
        others, lanes = [*self._servers(), *self._buckets()], list(self._lanes())
        over = [need for need in (*others, *lanes) if need.ratio > 1]
        others = [need._replace(at_least=need.at_least + at_least(need, over)) for need in others]
        others += [need._replace(at_least=held_longer(need, over)) for need in lanes]
        program = self.load.quiet.program
        pools = list(program.pools.items())
        for number, ((service, name), quota) in enumerate(program.quotas.items()):
            of_it = [place for place in self.load.functions if pools[place][1].quota == number]
            if of_it:
                functions = [pools[place][0][0] for place in of_it]
                steady = sum(map(self._held, of_it), self.load.nothing)
                most = self._executions(of_it, functions)
                need = self._need(service, name, "executions", steady, most, float(quota.limit))
                need = self._tried_again(QUOTA, number, need)._replace(
                    all_of=self.load.all_at_work(of_it),
                    at_least=need.at_least + tuple(one.name for one in over if {*one.holding} & {*functions}),
                )
                yield self._of_account(need) if service == ACCOUNT and name == CONCURRENCY else need
        yield from others
        yield from self._provisioned()

    def _provisioned(self) -> Iterator[Need]:
        for one in kept_ready(self.load, self._held):
            need = self._need(
                one.service, PROVISIONED_REQUESTS, "requests/s", one.steady, one.most, one.with_burst
            )
            yield one.told(need)

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
                need = self._need(service, limit_of_servers(name), name, steady, asked, capacity)
                need = need._replace(owners=self._functions({place for place, _ in owners}))
                if name != CPUS:
                    need = self._in_line(number, need, most > capacity)
                need = self._tried_again(SERVERS, number, need)
                yield self._waited_for(SERVERS, number, need) if servers.bound else need

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

    def _functions(self, pools: Collection[int]) -> tuple[str, ...]:
        return tuple(
            service for pool, (service, _) in enumerate(self.load.quiet.program.pools) if pool in pools
        )

    def _waited_for(self, kind: str, place: int, need: Need) -> Need:
        """What is held by those who wait there."""
        found = set().union(*(flow.within.get((kind, place), set()) for flow in self.load.flows))
        servers = enumerate(self.load.quiet.program.servers.items())
        return need._replace(
            waiting=self._functions({held.place for held in found if held.kind == POOL}),
            occupied=tuple(
                f"{service}: {limit_of_servers(name)}"
                for number, ((service, name), pool) in servers
                if Held(SERVERS, number) in found and pool.capacity != ENDLESS
            ),
        )

    def _tried_again(self, kind: str, place: int, need: Need) -> Need:
        """How often what a limit refuses is sent at most, and who holds what meanwhile."""
        found = [flow for flow in self.load.flows if (kind, place) in flow.again]
        again = set().union(*(flow.upstream[kind, place] for flow in found))
        by_pollers = self.load.asked_by_pollers
        least = found and need.ratio > 1 and (kind, place) not in by_pollers
        return need._replace(
            attempts=max((flow.attempts[kind, place] for flow in found), default=1),
            retrying=self._functions(set().union(*(flow.again[kind, place] for flow in found))),
            upstream=rates(
                self.load.quiet.program, {bucket for bucket in again if (BUCKET, bucket) not in by_pollers}
            ),
            at_least=(need.name,) if least else (),
        )

    def _of_account(self, need: Need) -> Need:
        """What all functions without reserved concurrency share is not the whole quota."""
        elsewhere, reserved = self.design.account.used_elsewhere, sum(reservations(self.design.services))
        return need._replace(elsewhere=float(elsewhere), reserved=float(reserved))

    def _lanes(self) -> Iterator[Need]:
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
            yield self._need(function, name, unit, needed, needed, polled.most)
            if not polled.more_per_s:
                continue
            there, late_s = grown(needed, self.load.step_s, polled.least, polled.most, polled.more_per_s)
            if (late_s > batch_s)[self.load.counted].any():
                wanted = np.minimum(needed, polled.most)
                need = self._need(function, f"growth of {name}", unit, wanted, wanted, there)
                yield need._replace(a_minute=60 * polled.more_per_s)
        for one in self.load.lanes:
            hot = one.needed * one.lane.share
            if not one.event:
                yield self._need(one.source, "hottest group", unit, hot, hot, 1.0)
                continue
            name, needed = f"lanes of {one.event}", one.needed
            yield self._need(one.function, name, unit, needed, needed, float(one.many))
            if one.lane.more > HOT:
                yield self._need(one.function, f"hottest lane of {one.event}", unit, hot, hot, 1.0)
            key = needed * one.key
            if key.max(initial=0.0) >= WARM:
                yield self._need(one.function, f"hottest key of {one.event}", unit, key, key, 1.0)

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
            provisioned = self.load.quiet.level(f"{service}.provisioned", self.load.time_s)
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

    def _need(
        self, service: str, limit: str, unit: str, steady: Floats, most: Floats, allowed: Floats | float
    ) -> Need:
        """`allowed` may change over time; then all numbers are told of when there is least room."""
        exceeded = most > allowed
        steady, most = (np.where(self.load.counted, each, 0.0) for each in (steady, most))
        ratios = most / np.maximum(allowed, TINY)
        nearly = 1 - TINY if np.ndim(allowed) else 0.99  # from where on it counts as reached
        reached = ratios >= nearly * ratios.max(initial=0.0)
        if np.ndim(allowed):  # where no more are asked for than there are, most come while most are held
            reached &= steady >= nearly * steady[reached].max(initial=0.0)
        peak = int(reached.argmax())
        over = np.flatnonzero(ratios > 1)
        binds = None
        if len(over):  # from when on it is exceeded without a pause, be it in the warm-up
            within = np.flatnonzero(~exceeded[: over[0]])
            binds = float(self.load.time_s[within[-1] + 1 if len(within) else 0])
        there = float(np.broadcast_to(allowed, most.shape)[peak])
        ratio = float(ratios.max(initial=0.0)) if there else math.inf * bool(most[peak])
        at_s = float(self.load.time_s[peak])
        mean, demand = (float(each[peak] if np.ndim(allowed) else each.max()) for each in (steady, most))
        return Need(service, limit, unit, mean, demand, there, ratio, at_s, binds)

    def _buckets(self) -> Iterator[Need]:
        taken = {place: rate for (_, place), rate in self.load.over_time("tokens").items()}
        grow = {
            each.bucket: each for each in self.load.quiet.program.controls if isinstance(each, RequestGrowth)
        }
        started = self._started()
        place = 0
        for (service, name), plan in self.load.quiet.program.buckets.items():
            if (place in taken or place in started) and is_limit(plan.bucket):
                requests, new = (rates.get(place, self.load.nothing) for rates in (taken, started))
                if name in SHARD_LIMITS and plan.clients > 1:
                    requests = requests * self.load.hottest_shard(place, plan.clients).more
                at_once = self.load.at_once("tokens", (BUCKET, place))
                if place in grow:
                    need = self._growing(service, name, grow[place], requests, at_once)
                    yield self._tried_again(BUCKET, place, need)
                else:
                    need = self._bucket(service, name, plan, requests, new, at_once)
                    if (service, name) == (ACCOUNT, REQUESTS):
                        each = self.design.era["lambda.requests_per_concurrency"].per_second
                        need = need._replace(each=each)
                    need = self._tried_again(BUCKET, place, need)
                    yield self._waited_for(BUCKET, place, need)
            place += plan.clients

    def _growing(
        self, service: str, name: str, growth: RequestGrowth, requests: Floats, at_once: float
    ) -> Need:
        """A rate that follows what is served."""
        provisioned = self.load.quiet.level(f"{service}.provisioned", self.load.time_s)
        most = with_chance(requests, at_once)
        allowed = growth.allowed(most, provisioned, self.load.step_s)
        return self._need(service, name, "requests/s", requests, most, allowed)

    def _started(self) -> dict[int, Floats]:
        """Environments begun per second, by the bucket that they come out of, and what they take from others
        as they begin, as those do too that are initialised ahead of requests."""
        pools = list(self.load.quiet.program.pools.values())
        services = [service for service, _ in self.load.quiet.program.pools]
        total: dict[int, Floats] = {}
        most: dict[tuple[int, int], float] = {}
        for place, found in self.load.functions.items():
            scaling = pools[place].scaling
            total[scaling] = total.get(scaling, self.load.nothing) + found.started_per_s
            for flow in self.load.flows:
                for bucket, tokens in flow.starting_tokens.get(place, {}).items():
                    most[place, bucket] = max(most.get((place, bucket), 0.0), tokens)
        for (place, bucket), tokens in most.items():
            ahead = self.load.quiet.gained_per_s(f"{services[place]}.environments", self.load.time_s)
            new = self.load.functions[place].started_per_s + ahead
            total[bucket] = total.get(bucket, self.load.nothing) + tokens * new
        return total

    def _bucket(
        self, service: str, name: str, plan: BucketPlan, requests: Floats, new: Floats, at_once: float
    ) -> Need:
        """In the span in which most of the burst and the tokens that come is used up.

        Tokens go to requests, of which chance brings more, and to new environments.
        """
        bucket, load = plan.bucket, self.load
        per_s, tokens = bucket.rate * 1e9 / bucket.per, bucket.level / bucket.per
        upto = [np.concatenate([[0.0], np.cumsum(rate)]) * load.step_s for rate in (requests, new)]

        def asked(length: int) -> tuple[Floats, Floats]:
            """In spans that end when requests are counted; what the warm-up takes is missing then, too."""
            counted = load.counted[length - 1 :]
            requests, new = (np.where(counted, total[length:] - total[:-length], 0.0) for total in upto)
            return requests + new, with_chance(requests, at_once) + new

        steps = len(load.time_s)
        worst = tightest(lambda length: asked(length)[1], tokens, per_s * load.step_s, steps)
        binds = None if worst.exceeded is None else float(load.time_s[worst.exceeded])
        second = min(max(1, round(1 / load.step_s)), steps) if per_s else steps
        each = tokens_of_unit(name)
        in_second = each * second * load.step_s if per_s else each
        steady, demand = (float(one.max()) / in_second for one in asked(second))
        ratio, begins, length, _ = worst
        allowed, burst = (per_s or tokens) / each, tokens / each if per_s else 0.0
        at_s = float(load.time_s[begins + length - 1])  # the end of the span, when least is left
        found = Need(
            service, name, unit_of_bucket(name, bucket, plan.clients), steady if requests.any() else 0.0,
            demand, allowed, ratio, at_s, binds, burst,
        )  # fmt: skip
        if not burst:
            return found
        span_s = length * load.step_s
        steady, demand = (float(one[begins]) / each for one in asked(length))
        span = Span(span_s, steady if requests.any() else 0.0, demand, burst + allowed * span_s)
        return found._replace(span=span)
