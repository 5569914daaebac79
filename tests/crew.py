"""A service that shares its work out among children: branches, maps, copies sent to others."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.engine.build import Build
from simulator.engine.steps import (
    FAILED,
    OK,
    TIMEOUT,
    Answer,
    Count,
    Deadline,
    EndDeadline,
    IfAlone,
    IfOutcome,
    Join,
    Jump,
    Lose,
    Mark,
    Measure,
    Piece,
)
from simulator.services.service import Service
from simulator.values.distributions import Distribution
from simulator.values.units import PositiveDuration


class Crew(Service):
    """Work shared out among children that are waited for, and copies sent to others; settings by chance."""

    to: tuple[str, ...] = ()
    count: Distribution | None = None
    """With a count in nanoseconds: as many children, all to the first."""
    at_once: int = 0
    first: bool = False
    work: Distribution
    patience: PositiveDuration | None = None
    """With all of it."""
    hurry: PositiveDuration | None = None
    """Of each child with what it calls."""
    sends: tuple[str, ...] = ()
    dead_letters: bool = False

    def steps(self, build: Build) -> Iterator[Piece]:
        late, failed, done = build.labels(3)
        for name in self.sends:
            yield from build.fork(self.sent(build, name), "send")
        if self.patience is not None:
            yield Deadline(self.patience, late)
        if self.count is not None:
            yield from build.fork(self.part(build, self.to[0]), "map", True, self.count, self.at_once)
        else:
            for name in self.to:
                yield from build.fork(self.part(build, name), "part", waited=True)
        yield Join(failed, self.first)
        yield Answer(OK)
        yield Jump(done)
        yield late
        yield Answer(TIMEOUT, 504, build.cause("late"))
        yield failed
        yield Count(build.counter("failed"))
        yield done
        yield EndDeadline()

    def part(self, build: Build, name: str) -> Iterator[Piece]:
        slow, over = build.labels(2)
        yield Mark()
        yield build.delay(self.work, "work")
        yield IfAlone(over)
        yield Count(build.counter("calls"))
        if self.hurry is not None:
            yield Deadline(self.hurry, slow)
        yield from build.call(name)
        yield Measure(build.durations("part"))
        yield Jump(over)
        yield slow
        yield Answer(TIMEOUT, 504, build.cause("slow"))
        yield over

    def sent(self, build: Build, name: str) -> Iterator[Piece]:
        gone, over = build.labels(2)
        yield from build.call(name)
        yield IfOutcome(FAILED, gone)
        yield Jump(over)
        yield gone
        yield Lose(self.dead_letters)
        yield Count(build.counter("gone"))
        yield over
