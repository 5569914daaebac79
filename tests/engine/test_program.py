"""From steps to rows: labels, the order of wake-ups, luck by service and purpose, circles."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from simulator.engine.build import Build
from simulator.engine.program import Program
from simulator.engine.random import stream_of
from simulator.engine.steps import (
    Answer,
    Begin,
    Choose,
    Count,
    Delay,
    Free,
    Jump,
    Label,
    Op,
    Order,
    Piece,
    Seize,
)
from simulator.errors import ModelError, ScenarioError
from simulator.values.distributions import distribution
from tests.harness import Line, Load, Script, build, function

WAIT = Delay(distribution("1 s"), 1)


def program(say: Callable[[Build], Iterable[Piece]], **others: Any) -> Program:
    return build({"s": Script(say=say), **others}, Load("s"))


def delays(made: Program) -> list[int]:
    """The order of each delay's wake-up."""
    return [row.order for row in made.rows if row.op == Op.DELAY]


def test_a_label_that_stands_nowhere_is_an_error() -> None:
    with pytest.raises(ModelError, match="stands nowhere"):
        program(lambda build: [Jump(Label())])


def test_a_label_that_stands_twice_is_an_error() -> None:
    label = Label()
    with pytest.raises(ModelError, match="two places"):
        program(lambda build: [label, label])


def test_a_call_that_does_not_return_is_an_error() -> None:
    with pytest.raises(ModelError, match="does not return"):
        program(lambda build: [Begin()])


def test_a_circle_of_calls_is_refused_with_its_path() -> None:
    services = {
        "f": function(handler=[{"call": "g"}]),
        "g": function(handler=[{"call": "h"}]),
        "h": function(handler=[{"call": "f"}]),
    }
    with pytest.raises(ScenarioError, match="f → g → h → f"):
        build(services, Load("f"))


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("simulator.engine.build.MOST_ROWS", 500)
    return 500


def test_designs_that_unfold_into_too_many_steps_are_refused(few_rows: int) -> None:
    assert len(program(lambda build: [WAIT] * (few_rows - 20)).rows) <= few_rows
    with pytest.raises(ScenarioError, match="unfolds into"):
        program(lambda build: [WAIT] * (few_rows + 1))


def test_a_design_that_doubles_at_every_call_is_refused_before_it_has_unfolded(few_rows: int) -> None:
    asked = 0

    def say(build: Build) -> Iterable[Piece]:
        nonlocal asked
        for _ in range(20 * few_rows):
            asked += 1
            yield WAIT

    with pytest.raises(ScenarioError, match="unfolds into"):
        program(say)
    assert asked < 2 * few_rows


def test_a_wait_before_giving_back_wakes_before_other_waits() -> None:
    def say(build: Build) -> Iterable[Piece]:
        pool, (refused,) = build.servers("servers", 1, 0), build.labels(1)
        yield Seize(pool, refused)
        yield WAIT  # then a decision
        yield Choose((0.5,), (refused,), 1)
        yield WAIT  # then bookkeeping, then the server is freed
        yield Answer(0)
        yield Count(build.counter("served"))
        yield Free(pool)
        yield refused
        yield WAIT  # then the end
        yield Answer(0)

    assert delays(program(say)) == [Order.STEP, Order.FREE, Order.STEP]


def test_a_wait_finds_what_it_frees_behind_jumps_and_returns() -> None:
    def say(build: Build) -> Iterable[Piece]:
        pool, (refused, done) = build.servers("servers", 1, 0), build.labels(2)
        yield Seize(pool, refused)
        yield from build.call("inner")
        yield Jump(done)
        yield refused
        yield Answer(0)
        yield done
        yield Free(pool)

    assert delays(program(say, inner=Script(say=lambda build: [WAIT]))) == [Order.FREE]


def test_a_plain_function_frees_its_environment_at_the_end_of_its_work() -> None:
    made = build({"f": function(duration="1 s")}, Load("f"))
    assert delays(made)[-1] == Order.FREE


def test_depth_counts_calls_inside_one_another() -> None:
    services = {
        "f": function(handler=[{"call": "g"}]),
        "g": function(handler=[{"call": "line"}]),
        "line": Line(work="1 s"),
    }
    assert build(services, Load("f")).depth == 3


def test_equal_distributions_are_kept_once() -> None:
    made = program(lambda build: [WAIT, WAIT, Delay(distribution("2 s"), 1)])
    assert len(made.distributions) == 2


def test_shares_that_miss_one_by_a_rounding_leave_nobody_out() -> None:
    label = Label()
    made = program(lambda build: [Choose((0.1,) * 10, (label,) * 10, 1), label])
    assert made.choices[-1][0] > 1
    assert [share for share, _ in made.choices] == sorted(share for share, _ in made.choices)


def test_a_stream_is_named_by_service_purpose_and_occurrence_on_the_way() -> None:
    services = {"f": function(handler=[{"work": "1 s"}, {"work": "1 s"}])}
    streams = [row.stream for row in build(services, Load("f")).rows if row.op == Op.DELAY]
    assert streams[-2:] == [stream_of("f", "work#0"), stream_of("f", "work#1")]


def test_alternatives_and_sources_have_their_luck_counted_alone() -> None:
    branch = [{"share": "50%", "do": [{"call": "g"}]}, {"share": "50%", "do": [{"call": "g"}]}]
    services = {"f": function(handler=[{"choose": branch}]), "g": function(duration="1 s")}
    made = build(services, Load("f", name="a"), Load("g", name="b"))
    works = [row.stream for row in made.rows if row.op == Op.DELAY and row.stream == stream_of("g", "work#0")]
    assert len(works) == 3


def test_two_streams_of_one_number_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.engine.build.stream_of", lambda *names: 7)
    with pytest.raises(ScenarioError, match="shares its random numbers with"):
        build({"f": function(handler=[{"work": "1 s"}, {"work": "2 s"}])}, Load("f"))


def test_a_program_is_one_value_that_can_be_pickled() -> None:
    span = {"at": "0 s", "for": "1 h", "amount": 1}
    services = {"f": function(duration="1 s", provisioned_concurrency={"schedule": {"day": span}})}
    made = build(services, Load("f"))
    again = pickle.loads(pickle.dumps(made))
    assert again.rows == made.rows
    assert again.controls == made.controls
    assert [pool.pool.values() for pool in again.pools.values()] == [
        pool.pool.values() for pool in made.pools.values()
    ]


def test_building_twice_gives_the_same_program() -> None:
    services = {
        "f": function(handler=[{"work": {"exponential": {"mean": "1 s"}}}, {"call": "line"}]),
        "line": Line(work="1 s"),
    }
    first, second = (build(services, Load("f", mix={"a": 0.5, "b": 0.5})) for _ in range(2))
    assert first.rows == second.rows
    assert first.choices == second.choices
