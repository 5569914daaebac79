"""Tokens in turn: what finds none waits for its own, first come, first served, to the nanosecond."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from simulator.engine.build import Build
from simulator.engine.steps import OK, TIMEOUT, Answer, Count, Deadline, EndDeadline, Jump, Piece, TakeInTurn
from simulator.values.units import SECOND, parse_rate
from tests.harness import Load, Run, Script


def counter(rate: str, burst: int, patience: int | None = None) -> Script:
    """A service that is nothing but a bucket, which some wait for at most `patience` ns."""

    def say(build: Build) -> Iterator[Piece]:
        waited, go_on, gave_up, done = build.labels(4)
        if patience is not None:
            yield Deadline(patience, gave_up)
        yield TakeInTurn(build.bucket("tokens", parse_rate(rate), burst), waited)
        yield Jump(go_on)
        yield waited
        yield Count(build.counter("waited"))
        yield go_on
        if patience is not None:
            yield EndDeadline()
        yield Answer(OK)
        yield Jump(done)
        yield gave_up
        yield Answer(TIMEOUT, 504, build.cause("patience"))
        yield done

    return Script(say=say)


@pytest.mark.parametrize(("rate", "burst", "number"), [("3/s", 5, 40), ("7/min", 1, 9), ("500/s", 100, 900)])
def test_many_at_once_drain_as_the_bucket_and_then_its_refill(
    run: Run, rate: str, burst: int, number: int
) -> None:
    ran = run({"f": counter(rate, burst)}, Load("f", np.zeros(number, dtype=np.int64)), until=1000)
    answered = np.sort([row.answered for row in ran.log])
    tokens = parse_rate(rate)
    due = [max(-(-(n + 1 - burst) * tokens.per_ns // tokens.count), 0) for n in range(number)]
    assert answered.tolist() == due
    assert ran.seen("f")["waited"] == ran.limits[0].refused == number - burst
    assert ran.limits[0].demand == number


def test_who_comes_later_waits_behind_who_came_first(run: Run) -> None:
    ran = run({"f": counter("1/s", 1)}, Load("f", [0.0, 0.5, 0.6, 2.4, 9.0]))
    assert [at for at, _ in ran.answers] == [0.0, 1.0, 2.0, 3.0, 9.0]


def test_a_deadline_ends_the_wait_and_not_the_claim(run: Run) -> None:
    ran = run({"f": counter("1/s", 1, patience=SECOND)}, Load("f", [0.0, 0.5, 0.6, 2.4]))
    assert ran.answers == [(0.0, "ok"), (1.0, "ok"), (1.6, "timeout"), (3.0, "ok")]


def test_where_nothing_trickles_in_it_waits_for_ever(run: Run) -> None:
    ran = run({"f": counter("0/s", 1)}, Load("f", [0.0, 1.0]))
    assert ran.answers == [(0.0, "ok")]
    assert ran.load.outcomes["in_flight"] == 1
