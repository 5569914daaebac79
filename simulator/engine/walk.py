"""A request followed through the rows of a program as a share of 1.

Every choice splits it, retries send back what failed, and everything that passes leaves its mark: tokens
that it takes, and the time for which it holds environments and servers. A step that neither waits, holds nor
decides is walked over, so a service that is made of the known steps is understood without a word about it
here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.engine.backoff import backoff
from simulator.engine.steps import STATUSES, Op, Row
from simulator.engine.visits import BUCKET, MAILBOX, POOL, QUOTA, SERVERS, Flow, Held, Keyed, Visit

if TYPE_CHECKING:
    from simulator.engine.flow import Reader

SMALLEST: Final = 1e-7
"""A share of requests too small to be followed."""
MOST_STEPS: Final = 1_000_000
"""After so many it goes round in a circle that nothing leaves."""


class State(NamedTuple):
    """Where a share of a request is, and what decides how it goes on."""

    row: int
    outcome: int
    status: int
    held: tuple[tuple[Held, tuple[int, ...], int], ...]
    """Each with the delays before it and the row at which it began."""
    tries: tuple[tuple[int, int], ...]
    after: tuple[int, ...]
    at_once: float = 1.0
    wait: float = 0.0
    """Seconds that the children forked so far take, the slowest of them."""
    keys: int = -1
    """The distribution of the key that it carries, and of its size; -1: it has none."""
    size: int = -1


class Walk:
    """One flow being read."""

    def __init__(self, reader: Reader, found: Flow, hits: Mapping[int, float], batch: float) -> None:
        self.reader, self.found, self.hits, self.batch = reader, found, hits, batch
        self.plans = list(reader.program.pools.values())
        self.colds: dict[int, tuple[float, float, float]] = {}
        self.starts: dict[State, tuple[float, float, dict[int, float]]] = {}
        """Of each way into a pool, what `_start` says."""
        self.refusals: set[tuple[str, int, State]] | None = set()
        """Those that have been followed; None: they are not."""
        self.served: dict[tuple[Held, tuple[int, ...], int], tuple[float, float, float]] = {}
        """Of each way to a server: how often it is taken, for how long in all, and the variances of that."""
        self.seconds = 0.0
        self.rules: Mapping[int, Callable[[State, Row, float], Iterator[tuple[State, float]]]] = {
            Op.DELAY: self._delay,
            Op.TAKE: self._take,
            Op.TAKE_IN_TURN: self._take_in_turn,
            Op.ENTER: self._enter,
            Op.LEAVE: self._leave,
            Op.SEIZE: self._seize,
            Op.FREE: self._free,
            Op.CHOOSE: self._choose,
            Op.AGAIN: self._again,
            Op.RETRACE: self._retrace,
            Op.ANSWER: self._answer,
            Op.IF_OUTCOME: self._if_outcome,
            Op.IF_STATUS: self._if_status,
            Op.LOOK_UP: self._look_up,
            Op.JUMP: self._jump,
            Op.FORK: self._fork,
            Op.JOIN: self._join,
            Op.OVER: self._stop,
            Op.RECEIVE: self._stop,
            Op.POISON: self._poison,
            Op.CARRY: self._carry,
            Op.PUT: self._put,
            Op.WRITE: self._write,
            Op.RECORD: self._stop,
            Op.END: self._stop,
        }

    def follow(self, start: State, share: float, until: Callable[[State], bool] | None = None) -> float:
        """Follow a share to its end, or until something holds; the seconds that it takes on average."""
        shares, came, before = {start: share}, 0, self.seconds
        # the smallest row first, so that shares that meet again go on together; then as they came
        todo = [(len(start.tries), start.row, 0, start)]
        for _ in range(MOST_STEPS):
            if not todo:
                break
            *_, state = heappop(todo)
            share = shares.pop(state)
            row = self.reader.program.rows[state.row]
            for following, part in self.rules.get(row.op, self._walk_over)(state, row, share):
                if part > SMALLEST and not (until and until(following)):
                    if following not in shares:
                        came += 1
                        heappush(todo, (len(following.tries), following.row, came, following))
                    shares[following] = shares.get(following, 0.0) + part
        return self.seconds - before

    def _walk_over(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        yield state._replace(row=row.next), share

    def _stop(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        return iter(())

    def _jump(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        yield state._replace(row=row.target), share

    def _pass(self, state: State, seconds: float, share: float, variance: float = 0.0) -> None:
        self.seconds += share * seconds
        for way in state.held:
            held, after, _ = way
            add(self.found.held_s, Visit(*held, after, state.at_once), share * seconds)
            if way in self.served:
                times, so_far, varying = self.served[way]
                self.served[way] = times, so_far + share * seconds, varying + share * variance

    def _delay(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        mean, wide, variance = self.reader.time(row.a)
        self._pass(state, mean + row.b * self.batch / 1e9, share, variance)
        after = (*state.after, row.a) if wide and not state.held else state.after
        yield state._replace(row=row.next, after=after), share

    def _take_in_turn(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        self._may_wait(state, BUCKET, row.a)
        return self._take(state, row, share)

    def _may_wait(self, state: State, kind: str, place: int) -> None:
        self.found.within.setdefault((kind, place), set()).update(held for held, *_ in state.held)

    def _may_be_refused(self, state: State, kind: str, place: int, target: int) -> None:
        """Follow one who is refused for as long as it tries again."""
        refused = state._replace(row=target, tries=(), after=(), at_once=1.0, wait=0.0)
        if self.refusals is None or (kind, place, refused) in self.refusals:
            return
        self.refusals.add((kind, place, refused))
        made, pools, buckets = self._attempts(refused, state.row)
        if made > 1:
            self.found.again.setdefault((kind, place), set()).update(pools)
            self.found.upstream.setdefault((kind, place), set()).update(buckets)
            self.found.attempts[kind, place] = max(made, self.found.attempts.get((kind, place), 1))

    def _attempts(self, refused: State, at: int) -> tuple[int, set[int], set[int]]:
        """How often it comes, if it is refused each time at this row, of which pools a place is held
        meanwhile, and from which buckets it takes on its way each time."""
        rows, again = self.reader.program.rows, list[State]()

        def tries(one: State) -> bool:
            if rows[one.row].op != Op.AGAIN or not rows[one.row].a:
                return False
            again.append(one)
            return True

        walk = Walk(self.reader, Flow(), self.hits, self.batch)
        walk.refusals = None
        walk.follow(refused, 1.0, tries)
        most, pools, buckets = 1, set[int](), set[int]()
        for one in set(again):
            row = rows[one.row]
            outside, others, before = self._attempts(one._replace(row=row.next), at)
            most, pools = max(most, (1 + row.a) * outside), pools | _pools(one) | others
            buckets |= self._on_the_way(one._replace(row=row.target), {at, one.row}) | before
        return most, pools, buckets

    def _on_the_way(self, start: State, ends: set[int]) -> set[int]:
        """From which buckets one takes that goes from there to one of these rows."""
        if start.row in ends:
            return set()
        walk = Walk(self.reader, Flow(), self.hits, self.batch)
        walk.refusals = None
        walk.follow(start, 1.0, lambda one: one.row in ends)
        return {visit.place for visit in walk.found.tokens}

    def _take(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        if row.op == Op.TAKE:
            self._may_be_refused(state, BUCKET, row.a, row.target)
        most = max(self.reader.shares(row.c - 1)) if row.op == Op.TAKE and row.c else 1.0
        add(self.found.tokens, Visit(BUCKET, row.a, state.after, state.at_once), share * row.b * most)
        yield state._replace(row=row.next), share

    def _carry(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        yield state._replace(row=row.next, keys=row.a - 1, size=row.b), share

    def _put(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        add(self.found.put, Visit(MAILBOX, row.a, state.after, state.at_once), share)
        if row.b:
            self._keyed(Keyed(MAILBOX, row.a, row.b - 1, row.c, state.keys, state.size), share)
        yield state._replace(row=row.next), share

    def _write(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        """Records and their bytes, as if all shards were used equally; `keyed` tells where they go."""
        size = self.reader.time(state.size)[0] * 1e9
        for place, tokens, refused in ((row.a, 1.0, row.target), (row.b, size, row.other)):
            self._may_be_refused(state, BUCKET, place, refused)
            each = share * tokens / self.reader.copies.get(place, 1)
            add(self.found.tokens, Visit(BUCKET, place, state.after, state.at_once), each)
            self._keyed(Keyed(BUCKET, place, row.stream, row.c, state.keys, state.size), share)
        yield state._replace(row=row.next), share

    def _keyed(self, keyed: Keyed, share: float) -> None:
        self.found.keyed[keyed] = self.found.keyed.get(keyed, 0.0) + share

    def _enter(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        pool, plan = Held(POOL, row.a), self.plans[row.a]
        self._may_be_refused(state, QUOTA, plan.quota, row.target)
        self._may_be_refused(state, BUCKET, plan.scaling, row.other)
        add(self.found.entered, Visit(*pool, state.after, state.at_once), share)
        alone = state._replace(held=((pool, (), state.row),), tries=(), after=(), at_once=1.0, wait=0.0)
        if alone not in self.starts:
            self.starts[alone] = self._start(alone, row)
        longer, before, taken = self.starts[alone]
        so_far = self.colds.get(row.a, (0.0, 0.0, 0.0))
        self.colds[row.a] = so_far[0] + share, so_far[1] + share * longer, so_far[2] + share * before
        tokens = self.found.starting_tokens.setdefault(row.a, {})
        for bucket, amount in taken.items():
            tokens[bucket] = tokens.get(bucket, 0.0) + share * amount
        yield state._replace(row=row.b, held=(*state.held, (pool, state.after, state.row))), share

    def _start(self, inside: State, row: Row) -> tuple[float, float, dict[int, float]]:
        """How much longer a cold execution takes, when it has what its environment owns, and what more it
        takes from buckets."""
        new, old = (Walk(self.reader, Flow(), self.hits, self.batch) for _ in range(2))
        new.refusals = old.refusals = None

        def left(one: State) -> bool:
            return not one.held

        def owns(one: State) -> bool:
            return left(one) or self.reader.program.rows[one.row].op == Op.OWN

        cold = new.follow(inside._replace(row=row.next), 1.0, left)
        warm = old.follow(inside._replace(row=row.b), 1.0, left)
        for where, held in new.found.within.items():
            self.found.within.setdefault(where, set()).update(held)
        more = _by_bucket(new.found)
        for bucket, amount in _by_bucket(old.found).items():
            more[bucket] = more.get(bucket, 0.0) - amount
        taken = {bucket: amount for bucket, amount in more.items() if amount > SMALLEST}
        return cold - warm, new.follow(inside._replace(row=row.next), 1.0, owns), taken

    def _seize(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        self._may_wait(state, SERVERS, row.a)
        if row.target != row.next:  # else it waits for as long as it takes
            self._may_be_refused(state, SERVERS, row.a, row.target)
        way = Held(SERVERS, row.a), state.after, state.row
        for held, *_ in state.held:
            add(self.found.inside.setdefault(held, {}), Visit(SERVERS, row.a, state.after), share)
        times, seconds, variance = self.served.get(way, (0.0, 0.0, 0.0))
        self.served[way] = times + share, seconds, variance
        yield state._replace(row=row.next, held=(*state.held, way)), share

    def _leave(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        yield self._without(state, Held(POOL, row.a), row.next), share

    def _free(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        yield self._without(state, Held(SERVERS, row.a), row.next), share

    def _without(self, state: State, gone: Held, following: int) -> State:
        place = max(place for place, (held, *_) in enumerate(state.held) if held == gone)
        return state._replace(row=following, held=state.held[:place] + state.held[place + 1 :])

    def _choose(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        before = 0.0
        for upto, target in self.reader.program.choices[row.a : row.a + row.b]:
            part = min(upto, 1.0) - before
            before += part
            yield state._replace(row=target), share * part
        yield state._replace(row=row.next), share * (1 - before)

    def _poison(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        """Nothing fails in a flow; how many items would is told."""
        upto, _ = self.reader.program.choices[row.a]
        self.found.poison = max(self.found.poison, upto)
        yield state._replace(row=row.next), share

    def _again(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        tries = dict(state.tries)
        made = tries.get(state.row, 0)
        if made >= row.a:
            yield state._replace(row=row.next, tries=_outside(state.tries, state.row, row.target)), share
            return
        pauses = self.reader.program.backoffs[row.b]
        pause = backoff(pauses.base, pauses.cap, pauses.jitter, pauses.rate, made, 0.5)
        self._pass(state, pause / 1e9, share)
        kept = _outside(state.tries, state.row, row.target)
        yield state._replace(row=row.target, tries=(*kept, (state.row, made + 1))), share

    def _retrace(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        """Ways in proportion to the records that are as long as this call has gone back, or longer."""
        rows, records = self.reader.program.rows, self.reader.program.records
        made = sum(tries for place, tries in state.tries if rows[place].depth == row.depth)
        ends = records[row.a : row.a + row.c + 1]
        spans = [(begin, end) for begin, end in pairwise(ends) if end - begin > made]
        ways = Counter(records[begin + made] for begin, _ in spans)
        if not spans:
            ways = Counter(records[end - 1] for end in ends[1:])
        for way, count in ways.items():
            _, target = self.reader.program.choices[row.b + way]
            yield state._replace(row=target), share * count / ways.total()

    def _fork(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        """Children hold nothing of their parent's but what they are handed; a parent that waits holds what it
        has meanwhile."""
        count = self.reader.time(row.b)[0] * 1e9
        together = state.at_once * self.reader.at_once(row.b, max(row.c, 0))
        child = State(row.target, 0, STATUSES.index(200), (), (), state.after, together)
        if row.c < 0:
            child = child._replace(held=state.held[-1:])
            state = state._replace(held=state.held[:-1])
        yield child, share * count
        wait = state.wait
        if row.a:
            rounds = math.ceil(count / row.c) if row.c else 1
            wait = max(wait, rounds * Walk(self.reader, Flow(), self.hits, self.batch).follow(child, 1.0))
        yield state._replace(row=row.next, wait=wait), share

    def _join(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        self._pass(state, state.wait, share)
        yield state._replace(row=row.next, wait=0.0), share

    def _answer(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        outcome = state.outcome if row.a < 0 else row.a
        status = state.status if row.b < 0 else row.b
        yield state._replace(row=row.next, outcome=outcome, status=status), share

    def _if_outcome(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        yield state._replace(row=row.target if row.a >> state.outcome & 1 else row.next), share

    def _if_status(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        yield state._replace(row=row.target if row.a >> state.status & 1 else row.next), share

    def _look_up(self, state: State, row: Row, share: float) -> Iterator[tuple[State, float]]:
        asked, *_ = self.found.asked.get(row.a, (0.0, 0, 0))
        self.found.asked[row.a] = asked + share, row.b, self.reader.freshness.get(row.a, 0)
        hit = self.hits.get(row.a, 0.0)
        yield state._replace(row=row.target), share * hit
        yield state._replace(row=row.next), share * (1 - hit)


def _pools(state: State) -> set[int]:
    """Of which a place is held."""
    return {held.place for held, *_ in state.held if held.kind == POOL}


def _by_bucket(found: Flow) -> dict[int, float]:
    total: dict[int, float] = {}
    for visit, amount in found.tokens.items():
        total[visit.place] = total.get(visit.place, 0.0) + amount
    return total


def _outside(tries: tuple[tuple[int, int], ...], row: int, start: int) -> tuple[tuple[int, int], ...]:
    """Without the loop that ends at `row` and those inside it."""
    return tuple((place, made) for place, made in tries if not start <= place <= row)


def add(to: dict[Visit, float], visit: Visit, amount: float) -> None:
    """So much more of it."""
    to[visit] = to.get(visit, 0.0) + amount
