"""The reference engine: every request is a SimPy process that walks the program.

Each method named after a step says what that step does; together they are the specification. A step
returns the event to wait for, or nothing. The order of simultaneous events is `Order`, then the order
in which they were scheduled; see docs/background/engines.md.

One file, because it is the specification, and is read from top to bottom.
"""

from __future__ import annotations

import copy
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy
from numpy.typing import NDArray
from simpy.events import Event, Process

from simulator.engine.backoff import backoff
from simulator.engine.families import (
    NEXT,
    UNCOUNTED,
    UNDER_WAY,
    WAKE,
    Family,
    Group,
    begin_family,
    begin_group,
    child_done,
    lose,
    part_done,
    wait_for,
)
from simulator.engine.leaves import leaves
from simulator.engine.levels import empty_levels, look_at, write_levels
from simulator.engine.program import Control, PoolPlan, Program
from simulator.engine.random import child_identity, descendant, epoch_below, request_identity
from simulator.engine.sampling import member, rounded
from simulator.engine.simpy_mail import Mail
from simulator.engine.spent import (
    LEFT,
    NOW_IN,
    PARTS,
    begin_anew,
    divide,
    open_account,
    room_for,
    spend,
    take_over,
    write_off,
)
from simulator.engine.steps import COMPLETED, OK, Op, Order, Row
from simulator.measure.books import Books
from simulator.measure.recorder import count_again, count_parts, keep
from simulator.measure.rows import NOTED, noted_answer, noted_item
from simulator.measure.sketch import bin_of
from simulator.measure.timeline import COARSE_SHIFT
from simulator.measure.where import FAILED, LEFT_BEHIND
from simulator.stations.demand import Limited
from simulator.stations.environment_pool import (
    AHEAD,
    COLD,
    NO_CONCURRENCY,
    NO_SCALING,
    PROVISIONED,
    RESET,
    STOPPED,
    UNUSED,
    WARM,
    adopt,
    charge,
)
from simulator.stations.environment_pool import enter as enter_pool
from simulator.stations.environment_pool import expire as expire_idle
from simulator.stations.environment_pool import leave as leave_pool
from simulator.stations.environment_pool import look_again as look_again_in
from simulator.stations.environment_pool import provide as provide_one
from simulator.stations.environment_pool import request as request_more
from simulator.stations.environment_pool import withdraw as withdraw_one
from simulator.stations.inside import blame
from simulator.stations.server_pool import GRANTED, REFUSED, admit, renege, turn_away, used
from simulator.stations.server_pool import free as free_server
from simulator.stations.server_pool import seize as seize_server
from simulator.stations.token_bucket import borrow, restore
from simulator.stations.token_bucket import take as take_tokens
from simulator.stations.token_bucket import take_in_turn as take_tokens_in_turn
from simulator.values.lowered import CONSTANT

if TYPE_CHECKING:
    from simulator.traffic.arrivals import Block

NEVER = 1 << 62
Wait = Event | None
METHODS = {int(Op.RETURN): "return_", int(Op.AWAIT): "await_"}


class Frame:
    """What a request knows of one call it is in.

    own: the deadline set here; nearest, owner: the earliest of this and the callers' deadlines, and the
    depth at which it was set; expired: the row to go on at when the own one has passed;
    attempt: retries so far; epoch, key: what the draws of what it calls, and its own, are keyed by;
    mark: for metering; start, ends: how it entered its environment and until when that is used;
    history: how many events there are of what happens in it; -1: none are kept.
    """

    __slots__ = (
        "attempt", "ends", "epoch", "expired", "history", "key", "mark", "nearest", "own", "owner", "start",
    )  # fmt: skip

    def __init__(self, epoch: int) -> None:
        self.own = self.nearest = NEVER
        self.owner = 0
        self.expired = -1
        self.attempt = 0
        self.epoch = epoch
        self.key = epoch_below(epoch, 0)
        self.mark = self.ends = 0
        self.history = -1
        self.start = PROVISIONED


class Children(Group):
    """Children that a request waits for; `walker` is 0 while it does, or -1."""

    parent: Any
    begins: Any
    """The row of the fork."""


class Request:
    """One arrival, a child of one, or the part of one that its caller left behind.

    base: frames above it in the program are its caller's, who does not wait for it any more;
    group, forked: whose child it is, and the depth at which it began; joining: its own children;
    key: which of a population it means; size: bytes; own: of a receiver, which of a kind it is;
    batch: the first item in hand, or -1; records: how many it was handed, or 1: itself.
    """

    __slots__ = (
        "account", "arrived", "at", "base", "batch", "born", "cause", "family", "forked", "frames", "group",
        "identity", "joining", "key", "line", "outcome", "own", "pledged", "process", "records", "row",
        "sent", "serial", "size", "status", "type", "until", "waiting",
    )  # fmt: skip

    def __init__(self, identity: int, at: int, now: int) -> None:
        self.identity = self.born = identity
        self.at = at
        self.arrived = self.sent = now
        self.type = self.outcome = self.base = self.serial = 0
        self.status = 1
        self.cause = self.forked = self.batch = -1
        self.key = self.size = self.own = 0
        self.records = 1
        self.frames = [Frame(0)]
        self.account: list[int] = []
        self.family: Any = None
        self.group: Any = None
        self.joining: Any = None
        self.waiting: Any = None
        self.until = NEVER
        self.line = self.pledged = -1
        self.row: Row
        self.process: Process


class SimpyEngine(Mail):
    """Runs one program once, and counts into `books`."""

    name = "simpy"

    def __init__(self, program: Program, books: Any, seed: int, replication: int, rows: bool = False) -> None:
        super().__init__(program)
        self.env: Any = simpy.Environment(0)  # whole nanoseconds, where SimPy's types say float
        self.program = program
        self.leaves = leaves(books, program.table)
        self.books: Books = self.leaves.books
        self.seed, self.replication = seed, replication
        self.plans: list[PoolPlan] = [plan._replace(pool=plan.pool.copy()) for plan in program.pools.values()]
        self.pools = [plan.pool for plan in self.plans]
        self.quotas = [quota.copy() for quota in program.quotas.values()]
        self.buckets = [plan.bucket.copy() for plan in program.buckets.values() for _ in range(plan.clients)]
        self.fresh_until = [0] * program.cached
        self.servers = [servers.copy() for servers in program.servers.values()]
        self.insides = [inside.copy() for inside in program.nesting.insides]
        self.begins = program.nesting.begins
        self.rings: list[list[int]] = []
        for pool in self.pools:
            pool.mask = 15
            self.rings.append([0] * 48)
        self.lines: dict[int, OrderedDict[Event, Request]] = defaultdict(OrderedDict)
        """By server pool; behind them by entry of a cache, for those who wait for an answer under way."""
        self.counters = [0] * len(program.counters)
        self.forgotten = [0] * len(program.counters)
        self.roundings = list(program.meters.values())
        self.meters = [0] * (3 * len(program.meters))
        self.room = room_for(program.width)
        self.events = 0
        self.log: list[tuple[int, ...]] | None = [] if rows else None
        self.steps: list[tuple[Callable[[Request, Row], Wait], Row]] = [
            (getattr(self, METHODS.get(row.op, Op(row.op).name.lower())), row) for row in program.rows
        ]

    # ------------------------------------------------------------------ walking

    def run(self, arrivals: Iterable[Block], horizon: int, controls: Iterable[Control] = ()) -> None:
        """Run until just before `horizon` (ns); `controls` come before the program's own."""
        for row in self.program.reapers:
            self.begin_walk_after(0, Request(0, row, 0))
        for source in self.program.sources:
            for user in range(source.users):
                request = Request(request_identity(source.name, user), source.entry, 0)
                self.begin_walk_after(user * source.ramp // source.users, request)
        for control in (*controls, *self.program.controls):
            self.env.process(control.process(self.env, self))
        self.env.process(self.arrive(arrivals))
        self.env.run(until=horizon)

    def arrive(self, blocks: Iterable[Block]) -> Generator[Event, Any, None]:
        """Start the requests of all sources as they come."""
        prefixes = [request_identity(source.name, 0) for source in self.program.sources]
        entries = [source.entry for source in self.program.sources]
        for times, sources, numbers in blocks:
            for time, source, number in zip(times.tolist(), sources.tolist(), numbers.tolist(), strict=True):
                yield self.after(time - self.env.now, Order.ARRIVE)
                self.begin_walk(Request(prefixes[source] + number, entries[source], time))

    def begin_walk(self, request: Request) -> None:
        request.process = Process(self.env, self.walk(request))

    def begin_walk_after(self, delay: int, request: Request) -> None:
        self.after(delay, Order.STEP).callbacks.append(lambda _: self.begin_walk(request))

    def walk(self, request: Request) -> Generator[Event, Any, None]:
        """Take one step after the other, waiting where a step says so."""
        steps = self.steps
        self.events += 1
        while request.at >= 0:
            do, row = steps[request.at]
            request.row, request.at = row, row.next
            wait = do(request, row)
            if wait is not None:
                try:
                    yield wait
                except simpy.Interrupt:
                    pass  # a deadline passed, and has said where to go on
                request.waiting = None
                self.events += 1

    def after(self, delay: int, order: int) -> Any:
        """The one way in which the engine makes an event happen."""
        event = Event(self.env)
        self.happen(event, order, delay)
        return event

    def happen(self, event: Event, order: int, delay: int = 0) -> None:
        # SimPy's own Timeout fixes the priority; scheduling a bare event is how its run() does it
        event._ok, event._value = True, None
        self.env.schedule(event, order, delay)

    def draw(self, request: Request, row: Row) -> float:
        key = request.frames[-1].key
        return self.leaves.uniform(self.seed, self.replication, request.identity, row.stream, key)

    # ------------------------------------------------------------------ waiting and deadlines

    def wait(self, request: Request, event: Event, until: int = NEVER) -> Event:
        """Wait for `event`, which comes at `until`, but not beyond the deadline."""
        request.waiting, request.until = event, until
        if request.frames[-1].nearest < until:
            self.arm(request)
        return event

    def arm(self, request: Request) -> None:
        """At the nearest deadline, if the request still waits for the same, it expires."""
        waiting = request.waiting
        timer = self.after(request.frames[-1].nearest - self.env.now, Order.TIMER)
        timer.callbacks.append(lambda _: self.expire(request) if request.waiting is waiting else None)

    def expire(self, request: Request) -> None:
        """Whoever set the deadline goes on; what survives its caller is left to run on alone."""
        owner = request.frames[-1].owner
        surviving = request.row.boundaries >> (owner + 1)
        if not surviving:
            if request.line >= 0:
                self.leave_line(request)
            if request.pledged >= 0:
                self.give_back(request.pledged)
                request.pledged = -1
            self.abandon(request)
            if owner > request.forked:
                self.give_up(request, owner)
            else:
                self.desert(request)
                self.end_part(request.family)
                request.at = -1
            request.waiting = None
            request.process.interrupt()
            return
        if owner > request.forked:
            self.leave_behind(request, owner)
        request.base = owner + (surviving & -surviving).bit_length()
        for depth in range(request.base, len(request.frames)):
            self.settle_deadline(request, depth)
        if request.forked >= 0:
            self.events += 1
            begin_anew(request.account, 0, self.room, self.env.now)
            if request.base > request.forked:
                self.desert(request)
        if request.frames[-1].nearest < request.until:
            self.arm(request)

    def leave_behind(self, request: Request, owner: int) -> None:
        """Split a request: who set the deadline goes on, and `request` runs on alone."""
        caller = Request(request.identity, 0, self.env.now)
        for name in (
            "arrived",
            "base",
            "born",
            "forked",
            "group",
            "key",
            "own",
            "records",
            "sent",
            "serial",
            "size",
            "type",
        ):
            setattr(caller, name, getattr(request, name))
        caller.frames = request.frames[: owner + 1]
        if request.account:
            both = request.account + [0] * self.room
            divide(both, 0, self.room, self.room, self.env.now)
            request.account, caller.account = both[: self.room], both[self.room :]
        self.give_up(caller, owner)
        self.join_family(request).parts += 1
        caller.family = request.family
        caller.batch, request.batch = request.batch, -1
        request.group, request.forked = None, -1
        self.begin_walk(caller)

    def give_up(self, request: Request, owner: int) -> None:
        """Go on where the call at depth `owner` says for when its deadline has passed."""
        del request.frames[owner + 1 :]
        frame = request.frames[owner]
        request.at = frame.expired
        frame.own = NEVER
        self.settle_deadline(request, owner)

    def settle_deadline(self, request: Request, depth: int) -> None:
        """The nearest deadline at a depth: its own, unless a caller's comes first or together with it."""
        frame = request.frames[depth]
        frame.nearest, frame.owner = frame.own, depth
        if depth > request.base and request.frames[depth - 1].nearest <= frame.own:
            frame.nearest, frame.owner = request.frames[depth - 1].nearest, request.frames[depth - 1].owner

    def deadline(self, request: Request, row: Row) -> None:
        frame = request.frames[-1]
        frame.own, frame.expired = self.env.now + row.a, row.target
        if row.c:
            frame.own = max(frame.mark + row.a, self.env.now)
        self.settle_deadline(request, row.depth)
        if row.b:
            frame.mark = self.env.now

    def end_deadline(self, request: Request, row: Row) -> None:
        request.frames[-1].own = NEVER
        self.settle_deadline(request, row.depth)

    # ------------------------------------------------------------------ time and stations

    def delay(self, request: Request, row: Row) -> Wait:
        took = row.b * request.records + self.drawn(request, row, row.a)
        return self.wait(request, self.after(took, row.order), self.env.now + took)

    def drawn(self, request: Request, row: Row, distribution: int) -> int:
        """A number of this distribution, by the request's luck."""
        among = self.program.distributions[distribution]
        if among.kind == CONSTANT:
            return rounded(among.a)
        return self.leaves.drawn(
            self.seed, self.replication, request.identity, row.stream, request.frames[-1].key,
            among.kind, among.a, among.b, self.leaves.table, among.start, among.length,
        )  # fmt: skip

    def take(self, request: Request, row: Row) -> None:
        client = self.member(request.born, row, row.c - 1) if row.c else 0
        if not take_tokens(self.buckets[row.a + client], row.b, self.env.now):
            request.at = row.target

    def take_in_turn(self, request: Request, row: Row) -> Wait:
        pause = take_tokens_in_turn(self.buckets[row.a], row.b, self.env.now)
        if pause == 0:
            return None
        request.at = row.target
        return self.wait(request, self.after(pause, Order.STEP), self.env.now + pause)

    def member(self, identity: int, row: Row, population: int) -> int:
        """Which of a population is meant, at every attempt the same."""
        among, table = self.program.distributions[population], self.program.table
        return member(self.seed, self.replication, identity, row.stream, among, table)

    def look_up(self, request: Request, row: Row) -> None:
        if self.fresh_until[row.a + self.member(request.identity, row, row.b)] > self.env.now:
            request.at = row.target

    def store(self, request: Request, row: Row) -> None:
        self.fresh_until[row.a + self.member(request.identity, row, row.b)] = self.env.now + row.c

    def await_(self, request: Request, row: Row) -> Wait:
        return self.wait(request, self.join_line(request, self.line_of(request, row)))

    def wake(self, request: Request, row: Row) -> None:
        line = self.line_of(request, row)
        while self.lines[line]:
            self.grant(line)

    def line_of(self, request: Request, row: Row) -> int:
        """The line of a cache's entry."""
        return len(self.servers) + row.a + self.member(request.identity, row, row.b)

    def enter(self, request: Request, row: Row) -> None:
        plan, frame = self.plans[row.a], request.frames[-1]
        start = enter_pool(
            plan.pool, self.quotas[plan.quota], self.buckets[plan.scaling], self.rings[row.a], self.env.now
        )
        self.settle_owed(plan)
        wanted = len(self.servers) + len(self.quotas) + row.a
        if start == NO_CONCURRENCY:
            quota = self.quotas[plan.quota]
            outer, busy = len(self.servers) + plan.quota, quota.in_use + quota.kept_in_use
            self.blame(outer, wanted, busy, quota)
            request.at = row.target
        elif start == NO_SCALING:
            busy = plan.pool.busy + plan.pool.provisioned_busy
            self.blame(wanted, wanted, busy, self.buckets[plan.scaling])
            request.at = row.other
        else:
            frame.start, frame.ends = PROVISIONED if start == STOPPED else start, plan.pool.handed
            if start in (RESET, STOPPED):
                request.at = row.c
            elif start not in (COLD, AHEAD, UNUSED):
                request.at = row.b

    def live(self, request: Request, row: Row) -> None:
        frame, began = request.frames[-1], self.env.now
        if frame.start == UNUSED:
            frame.start, request.at = PROVISIONED, row.other
            return
        if frame.start == AHEAD:
            began, request.at = frame.ends, row.target
        time = self.program.distributions[row.a]
        frame.ends = began + self.leaves.drawn(
            self.seed, self.replication, request.identity, row.stream, frame.key,
            time.kind, time.a, time.b, self.leaves.table, time.start, time.length,
        )  # fmt: skip

    def look_again(self, request: Request, row: Row) -> None:
        plan, frame = self.plans[row.a], request.frames[-1]
        start = look_again_in(plan.pool, self.rings[row.a], self.env.now)
        if start != COLD:  # what is dropped again is no growth
            restore(self.buckets[plan.scaling], 1)
        self.settle_owed(plan)
        if start == WARM:
            frame.start, frame.ends, request.at = WARM, plan.pool.handed, row.target
        elif start == AHEAD:
            frame.start, request.at = AHEAD, row.other

    def leave(self, request: Request, row: Row) -> None:
        self.end_deadline(request, row)
        plan, ring, frame = self.plans[row.a], self.rings[row.a], request.frames[-1]
        if plan.pool.idle + plan.pool.heirs > plan.pool.mask:
            self.widen(row.a)
            ring = self.rings[row.a]
        if leave_pool(plan.pool, self.quotas[plan.quota], ring, frame.start, frame.ends, row.b, self.env.now):
            for servers in plan.owned[: row.c]:
                self.give_back(servers)

    def widen(self, place: int) -> None:
        """Twice the room for idle environments."""
        pool, ring = self.pools[place], self.rings[place]
        places, bottom, eldest = pool.mask + 1, pool.bottom & pool.mask, pool.eldest & pool.mask
        used, heirs = ring[: 2 * places], ring[2 * places :]
        self.rings[place] = [
            *used[2 * bottom :], *used[: 2 * bottom], *[0] * (2 * places),
            *heirs[eldest:], *heirs[:eldest], *[0] * places,
        ]  # fmt: skip
        pool.bottom, pool.eldest, pool.mask = 0, 0, 2 * places - 1

    def settle_owed(self, plan: PoolPlan) -> None:
        """Free what the environments that have ended owned."""
        while plan.pool.owed > 0:
            plan.pool.owed -= 1
            for servers in plan.owned:
                self.give_back(servers)

    def reap(self, request: Request, row: Row) -> Wait:
        plan, ring, now = self.plans[row.a], self.rings[row.a], self.env.now
        expire_idle(plan.pool, ring, now)
        self.settle_owed(plan)
        return self.wait(request, self.after(plan.pool.due - now, Order.FREE))

    def own(self, request: Request, row: Row) -> None:
        # what waits for environments would hold them up: an environment takes a server now or never
        servers = self.servers[row.a]
        if servers.busy < servers.capacity:
            seize_server(servers, self.env.now)
        else:
            turn_away(servers, self.env.now)
            self.blame_for_server(row.a)
            request.at = row.target

    def seize(self, request: Request, row: Row) -> Wait:
        granted = seize_server(self.servers[row.a], self.env.now)
        if granted == GRANTED:
            return None
        if granted == REFUSED:
            self.blame_for_server(row.a)
            request.at = row.target
            return None
        ticket = self.join_line(request, row.a)
        if row.b >= 0:
            timer = self.after(row.b, Order.TIMER)
            timer.callbacks.append(
                lambda _: self.lose_patience(request, row) if request.waiting is ticket else None
            )
        return self.wait(request, ticket)

    def join_line(self, request: Request, line: int) -> Event:
        """Stand in line, behind all others."""
        ticket = Event(self.env)
        self.lines[line][ticket] = request
        request.line = line
        return ticket

    def lose_patience(self, request: Request, row: Row) -> None:
        ticket = request.waiting
        self.leave_line(request)
        request.at = row.target
        request.waiting = None
        self.happen(ticket, simpy.events.URGENT)

    def leave_line(self, request: Request) -> None:
        if request.line < len(self.servers):
            renege(self.servers[request.line], self.env.now)
            self.blame_for_server(request.line)
        del self.lines[request.line][request.waiting]
        request.line = -1

    def blame_for_server(self, place: int) -> None:
        self.blame(place, place, self.servers[place].busy, self.servers[place])

    def blame(self, outer: int, wanted: int, busy: int, refusing: Limited) -> None:
        blame(self.servers, self.insides, self.begins, outer, wanted, busy, refusing)

    def free(self, request: Request, row: Row) -> None:
        self.give_back(row.a)

    def pledge(self, request: Request, row: Row) -> None:
        request.pledged = row.a

    def give_back(self, place: int) -> None:
        if free_server(self.servers[place], self.env.now):
            self.grant(place)

    def grant(self, place: int) -> None:
        """Whoever waits longest goes on, after what is under way; with the server, if it waits for one."""
        ticket, request = self.lines[place].popitem(last=False)
        request.line = -1
        self.happen(ticket, Order.STEP)

    # ------------------------------------------------------------------ the way

    def jump(self, request: Request, row: Row) -> None:
        request.at = row.target

    def choose(self, request: Request, row: Row) -> None:
        luck = self.draw(request, row)
        for share, target in self.program.choices[row.a : row.a + row.b]:
            if luck < share:
                request.at = target
                break

    def if_during(self, request: Request, row: Row) -> None:
        if row.a <= self.env.now < row.b:
            request.at = row.target

    def if_outcome(self, request: Request, row: Row) -> None:
        if row.a >> request.outcome & 1:
            request.at = row.target

    def retrace(self, request: Request, row: Row) -> None:
        luck = self.leaves.uniform(self.seed, self.replication, request.born, row.stream, request.arrived)
        records, place = self.program.records, row.a + int(luck * row.c)
        place = min(records[place] + request.frames[-1].attempt, records[place + 1] - 1)
        request.at = self.program.choices[row.b + records[place]][1]

    def if_status(self, request: Request, row: Row) -> None:
        if row.a >> request.status & 1:
            request.at = row.target

    def again(self, request: Request, row: Row) -> Wait:
        frame = request.frames[-1]
        if frame.attempt >= row.a:
            return None
        pause = backoff(*self.program.backoffs[row.b], frame.attempt, self.draw(request, row))
        frame.attempt += 1
        frame.key = epoch_below(frame.epoch, frame.attempt)
        request.at = row.target
        return self.wait(request, self.after(pause, Order.STEP), self.env.now + pause)

    def begin(self, request: Request, row: Row) -> None:
        caller = request.frames[-1]
        frame = Frame(caller.key)
        frame.nearest, frame.owner, frame.mark = caller.nearest, caller.owner, caller.mark
        frame.history = row.b - 1
        request.frames.append(frame)

    def return_(self, request: Request, row: Row) -> None:
        if row.depth > request.base:
            request.frames.pop()
        else:
            request.at = -1
            self.end_part(request.family)

    def answer(self, request: Request, row: Row) -> None:
        if row.a >= 0:
            request.outcome = row.a
        if row.b >= 0:
            request.status = row.b
        if row.c >= 0:
            request.cause = row.c

    # ------------------------------------------------------------------ parts and children

    def join_family(self, request: Request) -> Family:
        """The family of a request, which begins with it if it had none."""
        if request.family is None:
            request.family = Family()
            begin_family(request.family, request.type, request.arrived, request.sent, request.identity)
        family: Family = request.family
        return family

    def end_part(self, family: Family, how: int = COMPLETED) -> None:
        """One part of a request has ended; when all have, its effects are counted."""
        became = part_done(family, how)
        if became not in (UNDER_WAY, UNCOUNTED):
            self.leaves.count_effects(
                self.books, became, family.type, family.arrived, family.sent, self.env.now, family.identity
            )

    def lose(self, request: Request, row: Row) -> None:
        lose(self.join_family(request), row.a)

    def fork(self, request: Request, row: Row) -> None:
        count = self.drawn(request, row, row.b)
        begun = min(count, row.c) if row.c > 0 else count
        self.join_family(request)
        if row.a:
            if request.joining is None:
                request.joining = Children()
                request.joining.parent = request
                begin_group(request.joining, 0)
            group = request.joining
            group.pending += begun
            group.left, group.number, group.begins = count - begun, begun - 1, row
        for number in range(begun):
            self.begin_child(request, row, number)

    def begin_child(self, parent: Request, row: Row, number: int) -> None:
        """The `number`-th child of a fork begins to walk, after what is under way."""
        key = parent.frames[-1].key
        child = Request(child_identity(parent.identity, row.stream, key, number), row.target, self.env.now)
        for name in ("arrived", "born", "family", "key", "records", "sent", "size", "type"):
            setattr(child, name, getattr(parent, name))
        child.family.parts += 1
        child.frames = [copy.copy(frame) for frame in parent.frames]
        if row.a:
            child.base, child.forked, child.group = parent.base, row.depth, parent.joining
        else:
            child.base = row.depth + 1
            sender = child.frames[-1]
            sender.own = sender.nearest = NEVER
            sender.owner = row.depth
        child.account = [0] * self.room
        open_account(child.account, 0, self.room, self.env.now)
        self.begin_walk_after(0, child)

    def join(self, request: Request, row: Row) -> Wait:
        if request.joining is not None and request.joining.pending > 0:
            wait_for(request.joining, row.a, row.b, row.c)
            return self.wait(request, Event(self.env))
        self.abandon(request)
        return None

    def over(self, request: Request, row: Row) -> None:
        request.at = -1
        self.end_child(request, request.group)
        self.end_part(request.family)

    def end_child(self, request: Request, group: Children) -> None:
        """The next child begins, or whoever waits goes on, with the answer of the first that failed."""
        follows = child_done(group, request.outcome, request.status, request.cause)
        parent = group.parent
        if follows == NEXT:
            self.begin_child(parent, group.begins, group.number)
        elif follows == WAKE:
            if group.outcome != OK:
                parent.at = parent.row.target
                parent.outcome, parent.status, parent.cause = group.outcome, group.status, group.cause
            self.abandon(parent)
            both = parent.account + request.account
            take_over(both, 0, self.room, len(parent.account), self.env.now)
            parent.account = both[: self.room]
            self.happen(parent.waiting, Order.STEP)

    def abandon(self, request: Request) -> None:
        """Wait for one's children no more."""
        if request.joining is not None:
            request.joining.walker = -1
            request.joining = None

    def desert(self, request: Request) -> None:
        """A deadline of those who wait has passed: they give up at this instant too, at their own timers."""
        request.group.pending -= 1
        request.group, request.forked = None, -1

    def if_alone(self, request: Request, row: Row) -> None:
        child = request
        while child.group is not None:
            if child.group.walker < 0:
                request.at = row.target
                return
            below, child = child.forked, child.group.parent
            if (row.boundaries & ((1 << (below + 1)) - 1)) >> (child.forked + 1):
                return  # a service called in between runs on

    def append(self, request: Request, row: Row) -> None:
        if self.appended(request, row) > row.c:
            request.at = row.target
        else:
            self.counters[row.a] += row.b

    def appended(self, keeper: Request, row: Row) -> int:
        """How long the nearest history becomes, be it that of a parent who waits (0: nobody keeps one)."""
        depth = row.depth
        while True:
            while depth > 0 and keeper.frames[depth].history < 0:
                depth -= 1
            if depth > keeper.forked:
                keeper.frames[depth].history += row.b
                return keeper.frames[depth].history
            if keeper.group.walker < 0:
                return 0
            keeper = keeper.group.parent

    # ------------------------------------------------------------------ the books

    def mark(self, request: Request, row: Row) -> None:
        request.frames[-1].mark = self.env.now

    def meter(self, request: Request, row: Row) -> None:
        frame = request.frames[-1]
        place = row.b if frame.start == PROVISIONED else row.a
        took, rounding = self.env.now - frame.mark, self.roundings[place]
        self.meters[3 * place] += 1
        self.meters[3 * place + 1] += took
        self.meters[3 * place + 2] += -(-took // rounding) * rounding

    def count(self, request: Request, row: Row) -> None:
        self.counters[row.a] += row.b if row.c == 0 else row.b * max(-(-request.size // row.c), 1)

    def type(self, request: Request, row: Row) -> None:
        request.type = row.a
        self.leaves.count_request(self.books, row.a, request.arrived)
        if row.b:
            self.send(request, row)

    def send(self, request: Request, row: Row) -> None:
        if request.frames[-1].attempt == 0:
            request.sent = self.env.now
        self.leaves.count_attempt(self.books, request.type, request.arrived)

    def renew(self, request: Request, row: Row) -> None:
        request.serial += 1
        request.identity = descendant(request.born, request.serial)
        request.arrived = request.sent = self.env.now
        request.outcome, request.status, request.cause = OK, 1, -1

    def record(self, request: Request, row: Row) -> None:
        self.leaves.count_answer(
            self.books, request.type, request.arrived, request.sent, self.env.now,
            request.outcome, request.cause, request.family is None,
        )  # fmt: skip
        if request.family is None and request.outcome == OK:
            took = self.env.now - request.sent
            keep(self.books, COMPLETED, request.type, request.arrived, took, request.identity)
        if self.log is not None:
            self.log.append(
                (request.identity, request.type, request.arrived, request.sent, self.env.now,
                 request.outcome, request.cause)
            )  # fmt: skip
        if request.family is not None:
            request.family.answered = request.outcome
            self.end_part(request.family)
            request.family = None
        if row.a:
            request.at = -1

    def measure(self, request: Request, row: Row) -> None:
        took = self.env.now - request.frames[-1].mark
        self.leaves.measure(self.books, row.a, took, self.env.now)

    def end(self, request: Request, row: Row) -> None:
        request.at = -1
        self.end_own_part(request)

    # ------------------------------------------------------------------ tracing (see `tracing`, `spent`)

    def trace(self, request: Request, row: Row) -> None:
        if not request.account:
            request.account = [0] * self.room
        spend(request.account, 0, self.env.now, row.a)
        if row.b and request.sent == self.env.now:
            open_account(request.account, 0, self.room, self.env.now)

    def write_off(self, request: Request, row: Row) -> None:
        spend(request.account, 0, self.env.now, row.a + 1)
        if request.frames[-1].attempt < self.program.rows[row.next].a:
            if row.b:
                count_again(
                    self.books, request.type, request.arrived, request.outcome, request.cause,
                    request.account, PARTS, row.a + 2, row.c,
                )  # fmt: skip
            write_off(request.account, 0, row.a, row.c)

    def settle(self, request: Request, row: Row) -> None:
        account, now = request.account, self.env.now
        spend(account, 0, now, account[NOW_IN])
        if row.a:
            took = bin_of(now - request.sent) >> COARSE_SHIFT if request.outcome == OK else FAILED
            count_parts(self.books, request.type, request.arrived, took, account, PARTS)
        elif account[LEFT] and row.depth <= request.base:
            count_parts(self.books, request.type, request.arrived, LEFT_BEHIND, account, PARTS)

    def note(self, request: Request, row: Row) -> None:
        if self.log is None:
            return
        number = request.batch if row.b else -1
        while number >= 0:
            item = self.items[number]
            self.log.append(
                (item.identity, NOTED, row.a, item.since, self.env.now, request.identity,
                 noted_item(request.records, item.tries))
            )  # fmt: skip
            number = item.next
        if not row.b:
            self.log.append(
                (request.identity, NOTED, row.a, request.frames[-1].epoch, self.env.now,
                 noted_answer(request.outcome, request.status, request.cause), request.born)
            )  # fmt: skip

    # ------------------------------------------------------------------ what controls may do (see World)

    def provide(self, pool: int, amount: int) -> int:
        plan = self.plans[pool]
        for provided in range(amount):
            if adopt(plan.pool, self.quotas[plan.quota]):
                continue
            if any(self.servers[place].busy >= self.servers[place].capacity for place in plan.owned):
                for place in plan.owned:
                    if self.servers[place].busy >= self.servers[place].capacity:
                        turn_away(self.servers[place], self.env.now)
                        self.blame_for_server(place)
                return provided
            for place in plan.owned:
                seize_server(self.servers[place], self.env.now)
            provide_one(plan.pool)
        return amount

    def request(self, pool: int, amount: int) -> None:
        plan = self.plans[pool]
        request_more(plan.pool, self.quotas[plan.quota], amount, self.env.now)

    def borrow(self, bucket: int, amount: int) -> None:
        borrow(self.buckets[bucket], amount, self.env.now)

    def start(self, walk: int, identity: int, own: int = 0) -> None:
        walker = Request(identity, self.program.walks[walk], 0)
        walker.own = own
        self.begin_walk_after(0, walker)

    def withdraw(self, pool: int, amount: int) -> None:
        plan = self.plans[pool]
        charge(plan.pool, -amount, self.env.now)
        for _ in range(amount):
            if withdraw_one(plan.pool, self.quotas[plan.quota]):
                for place in plan.owned:
                    self.give_back(place)

    def set_capacity(self, servers: int, capacity: int) -> None:
        self.servers[servers].capacity = capacity
        while admit(self.servers[servers], self.env.now):
            self.grant(servers)

    def hold(self, servers: int, amount: int) -> int:
        pool, held = self.servers[servers], 0
        while held < amount and pool.busy < pool.capacity:
            seize_server(pool, self.env.now)
            held += 1
        for _ in range(amount - held):
            turn_away(pool, self.env.now)
            self.blame_for_server(servers)
        for _ in range(-amount):
            self.give_back(servers)
        return held

    def used(self, servers: int) -> int:
        return used(self.servers[servers], self.env.now)

    def levels(self, looked: bool = False) -> NDArray[np.int64]:
        found = empty_levels(self.program)
        full = self.pools, self.quotas, self.servers
        write_levels(*full, self.mailboxes, self.lanes, self.items, self.env.now, found)  # type: ignore[arg-type]
        if looked:
            look_at(*full)
        return found

    def tidy(self, now: int) -> None:
        for pool, ring in zip(self.pools, self.rings, strict=True):
            expire_idle(pool, ring, now)

    def add(self, counter: int, amount: int) -> None:
        self.counters[counter] += amount

    def counted(self, counter: int) -> int:
        return self.forgotten[counter] + self.counters[counter]
