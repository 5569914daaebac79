"""What one request asks of the stations, on average, if nothing is refused: a program read as a flow."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Final

from simulator.engine.program import Drawn, Program
from simulator.engine.sampling import sample
from simulator.engine.steps import STATUSES, Op
from simulator.engine.visits import Flow, Visit
from simulator.engine.walk import State, Walk, add

POINTS: Final = 500
"""Points of a distribution that its mean is taken over."""
WIDE_S: Final = 0.5
"""A delay that spreads by more than this changes how many come at a time."""


class Reader:
    """Reads the flows of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._times: dict[int, tuple[float, bool, float]] = {}
        self._flows: dict[Hashable, Flow] = {}

    def flow(self, entry: int, hits: Mapping[int, float] | None = None, batch: float = 1.0) -> Flow:
        """Of a request that enters at this row, or a batch of so many items; `hits` says which share of
        look-ups a cache answers."""
        hits = hits or {}
        known = entry, tuple(hits.items()), batch
        if known not in self._flows:
            self._flows[known] = self._flow(entry, hits, batch)
        return self._flows[known]

    def _flow(self, entry: int, hits: Mapping[int, float], batch: float) -> Flow:
        found = Flow()
        walk = Walk(self, found, hits, batch)
        found.seconds = walk.follow(State(entry, 0, STATUSES.index(200), (), (), ()), 1.0)
        for place, (weight, longer, before) in walk.colds.items():
            found.cold_s[place], found.owning_s[place] = longer / weight, before / weight
            taken = found.starting_tokens.get(place, {})
            found.starting_tokens[place] = {bucket: tokens / weight for bucket, tokens in taken.items()}
        for (held, after, _), (times, seconds, variance) in walk.served.items():
            add(found.seized, Visit(*held, after), times)
            add(found.squared_s2, Visit(*held, after), seconds * seconds / times + variance)
        return found

    def time(self, place: int) -> tuple[float, bool, float]:
        """Mean of a distribution in seconds, whether it is wide, and its variance."""
        if place not in self._times:
            drawn = self.program.distributions[place]
            values = [self.value(drawn, (point + 0.5) / POINTS) for point in range(POINTS)]
            wide = values[-POINTS // 20] - values[POINTS // 20] > WIDE_S * 1e9
            mean = sum(values) / POINTS / 1e9
            variance = sum((value / 1e9 - mean) ** 2 for value in values) / POINTS
            self._times[place] = (mean, wide, variance)
        return self._times[place]

    def value(self, drawn: Drawn, u: float) -> int:
        """One value of a distribution, in ns."""
        return sample(drawn.kind, drawn.a, drawn.b, self.program.table, drawn.start, drawn.length, u)

    def at_once(self, place: int, most: int) -> float:
        """Of a number that is drawn, how many are under way together with one of them, itself included, if at
        most so many are (0: any number)."""
        drawn = self.program.distributions[place]
        counts = [self.value(drawn, (point + 0.5) / POINTS) for point in range(POINTS)]
        together = sum(count * min(count, most or count) for count in counts)
        return together / sum(counts) if together else 1.0

    def shares(self, place: int) -> list[float]:
        """The shares of a population's members."""
        drawn = self.program.distributions[place]
        ends = self.program.table[drawn.start : drawn.start + drawn.length]
        return [end - begin for begin, end in zip((0.0, *ends[:-1]), ends, strict=True)]

    @cached_property
    def receivers(self) -> dict[int, tuple[int, int]]:
        """By the mailbox that items are put into: where they are received from, and the row that follows."""
        rows = self.program.rows
        received = {row.a: row.next for row in rows if row.op == Op.RECEIVE}
        read = {row.a: row.b for row in rows if row.op == Op.READ and row.b in received}
        ends = {mailbox: (mailbox, entry) for mailbox, entry in received.items()}
        return ends | {shards: (lanes, received[lanes]) for shards, lanes in read.items()}

    @cached_property
    def copies(self) -> dict[int, int]:
        """By the first bucket of a kind, how many there are."""
        found, place = {}, 0
        for plan in self.program.buckets.values():
            found[place] = plan.clients
            place += plan.clients
        return found

    @cached_property
    def freshness(self) -> dict[int, int]:
        """By cache, how long its answers stay, in ns."""
        return {row.a: row.c for row in self.program.rows if row.op == Op.STORE}
