"""A closed loop: so many users, each with one request at a time, who think and come again."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from simulator.engine.build import Build
from simulator.engine.steps import ERROR, Answer, Choose, Jump, Piece
from simulator.values.distributions import distribution
from simulator.values.units import SECOND
from tests.harness import Line, Load, Run, Script, function
from tests.theory.agreement import agrees

SECOND_S = distribution("1 s")


def test_a_user_asks_thinks_and_asks_again(run: Run) -> None:
    load = Load("f", users=1, think=distribution("3 s"))
    ran = run({"f": function(duration="1 s")}, load, until=12)
    assert ran.answers == [(1.0, "ok"), (5.0, "ok"), (9.0, "ok")]
    assert ran.load.requests == 3


def test_users_begin_evenly_over_the_ramp(run: Run) -> None:
    load = Load("f", users=4, think=distribution("1 h"), ramp=8 * SECOND)
    ran = run({"f": function(duration="1 s")}, load)
    assert ran.answers == [(1.0, "ok"), (3.0, "ok"), (5.0, "ok"), (7.0, "ok")]


def test_there_are_never_more_requests_than_users(run: Run) -> None:
    load = Load("f", users=7, think=distribution({"exponential": {"mean": "100 ms"}}))
    ran = run({"f": function(duration={"exponential": {"mean": "1 s"}}, timeout="60 s")}, load, until=300)
    assert ran.counters("f")["concurrency_max"] == 7
    assert ran.outcomes["ok"] + ran.outcomes.get("in_flight", 0) == ran.load.requests
    assert ran.outcomes.get("in_flight", 0) <= 7


def test_every_request_of_a_user_is_another_one_with_other_luck(run: Run) -> None:
    load = Load("f", users=2, think=SECOND_S)
    ran = run({"f": function(duration={"exponential": {"mean": "1 s"}}, timeout="60 s")}, load, until=300)
    assert len({row.identity for row in ran.log}) == len(ran.log)
    assert len({row.answered - row.sent for row in ran.log}) == len(ran.log)


def test_a_user_whose_request_failed_comes_again_with_a_clean_slate(run: Run) -> None:
    services = {"app": {"service": "client", "to": "line", "timeout": "1 s"}, "line": Line(work="1500 ms")}
    ran = run(services, Load("app", users=1, think=distribution("3 s")), until=10)
    # given up at 1 s; done at 1.5 s; again at 4 s and 8 s
    assert ran.answers == [(1.0, "timeout"), (5.0, "timeout"), (9.0, "timeout")]
    assert ran.load.attempts == 3


def test_what_one_request_ended_with_is_forgotten_by_the_next(run: Run) -> None:
    def say(build: Build) -> Iterable[Piece]:
        fails, done = build.labels(2)
        yield Choose((0.5,), (fails,), build.stream("fails"))
        yield Jump(done)  # without an answer of its own it is well
        yield fails
        yield Answer(ERROR, 500)
        yield done

    ran = run({"s": Script(say=say)}, Load("s", users=1, think=SECOND_S), until=400)
    assert ran.load.requests == 400
    assert abs(ran.outcomes["error"] - 200) < 4 * 10


def test_the_interactive_response_time_law_holds(run: Run) -> None:
    """Little's law for the loop: users = throughput x (response + thinking)."""
    users, seen = 5, []
    services = {"line": Line(work={"exponential": {"mean": "1 s"}}, servers=2)}
    load = Load("line", users=users, think=distribution({"exponential": {"mean": "2 s"}}))
    for number in range(10):
        ran = run(services, load, until=1100, warm_up=100, number=number)
        ended = [row for row in ran.log if row.arrived >= 100 * SECOND]
        response = np.mean([row.answered - row.arrived for row in ended]) / SECOND
        seen.append(len(ended) / 1000 * (response + 2.0))
    agrees("users", seen, users)


def test_a_closed_loop_beside_an_open_source_leaves_it_its_luck(run: Run) -> None:
    services = {"f": function(duration={"exponential": {"mean": "1 s"}}, timeout="60 s")}
    open_source = Load("f", np.arange(50) * SECOND, name="open")
    alone = run(services, open_source)
    beside = run(services, open_source, Load("f", users=3, think=SECOND_S, name="closed"))
    place = beside.program.types.index("open")
    assert [row for row in beside.log if row.type == place] == alone.log
