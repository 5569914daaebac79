"""Children of a request: waited for or sent away, with their luck and deadlines, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engine.build import Build
from simulator.engine.compiled_engine import CompiledEngine
from simulator.engine.steps import Answer, Begin, Delay, End, Join, Lose, Piece, Return
from simulator.errors import ModelError
from simulator.values.distributions import distribution
from tests.crew import Crew
from tests.engine.test_conservation import ARRIVALS, MAYBE, TIMES, crews
from tests.engine.test_equivalence import FAST, everything
from tests.engine.test_where import seconds
from tests.harness import Change, Line, Load, Ran, Run, Script, build, examples, function
from tests.harness import run as run_on


def crew(**settings: Any) -> Crew:
    return Crew.model_validate({"work": "0 s"} | settings)


def bank(latency: str, **settings: Any) -> dict[str, Any]:
    return {"service": "external", "latency": latency, **settings}


def client(timeout: str) -> dict[str, Any]:
    return {"service": "client", "to": "crew", "timeout": timeout}


TWO = {"fast": bank("1 s"), "slow": bank("3 s")}
BROKEN = bank("2 s", fails="100%")


def test_who_waits_goes_on_when_the_last_child_has_ended(run: Run) -> None:
    ran = run({"crew": crew(to=["fast", "slow", "fast"]), **TWO}, Load("crew", [0]))
    assert ran.answers == [(3.0, "ok")]
    assert ran.load.completion.max == 3.0


def test_without_children_nobody_waits(run: Run) -> None:
    ran = run({"crew": crew()}, Load("crew", [0]))
    assert ran.answers == [(0.0, "ok")]
    ran = run({"crew": crew(to=["fast"], count="0 ns"), **TWO}, Load("crew", [0]))
    assert ran.answers == [(0.0, "ok")]


def test_who_waits_has_the_answer_of_the_first_that_failed_when_all_have_ended(run: Run) -> None:
    services = {"crew": crew(to=["slow", "bad", "worse"]), **TWO}
    services |= {"bad": BROKEN, "worse": bank("1 s", capacity="1/d")}
    ran = run(services, Load("crew", [0, 10]))
    assert ran.answers == [(3.0, "error"), (13.0, "throttled")]
    assert ran.causes == {"bad: fails": 1, "worse: capacity": 1}


def test_at_the_first_failure_the_others_end_before_their_next_step(run: Run) -> None:
    """Of two crews in one, the inner one's child is alone with its parent."""
    services = {
        "crew": crew(to=["bad", "inner"], first=True),
        "inner": crew(to=["slow"], work="3 s"),
        "late": crew(to=["bad", "slow"], first=True, work="0 s"),
        "bad": BROKEN,
        **TWO,
    }
    ran = run(services, Load("crew", [0]))
    assert ran.answers == [(2.0, "error")]
    assert ran.counters("inner") == {}
    assert ran.seen("inner")["calls"] == 1, "a service that was called runs on"
    services["crew"] = crew(to=["bad", "slow"], count="3 ns", at_once=1, first=True)
    ran = run(services, Load("crew", [0]))
    assert ran.answers == [(2.0, "error")]
    assert ran.seen("crew")["calls"] == 1, "those that have not begun never do"


def test_a_child_that_nobody_waits_for_ends_before_its_next_step(run: Run) -> None:
    def say(build: Build) -> Iterator[Piece]:
        (failed,) = build.labels(1)
        both: Any = build.services["both"]
        yield from build.fork(build.call("bad"), "bad", waited=True)
        yield from build.fork(both.part(build, "fast"), "good", waited=True)
        yield Join(failed, first=True)
        yield failed

    services = {"s": Script(say=say), "both": crew(work="3 s"), "bad": BROKEN, **TWO}
    ran = run(services, Load("s", [0]))
    assert ran.answers == [(2.0, "error")]
    assert ran.seen("s")["calls"] == 0
    ran = run(services | {"both": crew(work="2 s")}, Load("s", [0]))
    assert ran.seen("s")["calls"] == 0, "the failure was there first"
    ran = run(services | {"both": crew(work="1 s")}, Load("s", [0]))
    assert ran.seen("s")["calls"] == 1


@pytest.mark.parametrize(("at_once", "end"), [(0, 1.0), (1, 5.0), (2, 3.0), (4, 2.0), (5, 1.0), (9, 1.0)])
def test_a_map_has_so_many_children_at_once(run: Run, at_once: int, end: float) -> None:
    ran = run({"crew": crew(to=["fast"], count="5 ns", at_once=at_once), **TWO}, Load("crew", [0]))
    assert ran.answers == [(end, "ok")]
    assert ran.seen("crew")["part.count"] == 5
    assert ran.seen("crew")["part.mean_s"] == 1.0


def test_the_number_of_children_is_drawn(run: Run) -> None:
    count = {"uniform": {"from": "0 ns", "to": "9 ns"}}
    ran = run({"crew": crew(to=["fast"], count=count), **TWO}, Load("crew", [0.0] * 500))
    assert ran.seen("crew")["part.count"] / 500 == pytest.approx(4.5, abs=4 * 2.6 / 500**0.5)


def test_children_have_luck_of_their_own(run: Run) -> None:
    latency = {"exponential": {"mean": "1 s"}}
    ran = run({"crew": crew(to=["fast"], count="1000 ns"), "fast": bank(latency)}, Load("crew", [0]))  # type: ignore[arg-type]
    seen = ran.seen("crew")
    assert seen["part.mean_s"] == pytest.approx(1, abs=4 / 1000**0.5)
    assert seen["part.p50_s"] == pytest.approx(0.693, abs=4 / 1000**0.5)


def test_a_retry_of_one_branch_shifts_nobody_elses_luck(run: Run) -> None:
    def ends(attempts: int) -> list[float]:
        retries = {"attempts": attempts, "on": ["5xx"], "backoff": "1 s"}
        handler = [{"call": {"to": "bad", "retries": retries}}]
        services = {
            "crew": crew(to=["f", "line"]),
            "f": function(handler=handler, timeout="900 s"),
            "bad": bank("1 ms", fails="100%"),
            "line": Line(work=distribution({"exponential": {"mean": "100 s"}}), servers=99),
        }
        ran = run(services, Load("crew", [0, 1, 2, 3]), until=3000)
        return [ran.seen("line")["servers.busy_ns"]]

    assert ends(0) == ends(2)


def test_nobody_waits_for_what_is_sent_and_completion_does(run: Run) -> None:
    ran = run({"crew": crew(sends=["slow", "fast"]), **TWO}, Load("crew", [0]))
    assert ran.answers == [(0.0, "ok")]
    assert (ran.load.completion.count, ran.load.completion.max) == (1, 3.0)
    ran = run({"crew": crew(sends=["slow"]), **TWO}, Load("crew", [0]), until=2)
    assert (ran.load.completion.count, ran.load.unfinished) == (0, 1)


@pytest.mark.parametrize("kept", [False, True])
def test_what_is_lost_is_not_complete(run: Run, kept: bool) -> None:
    services = {"crew": crew(sends=["bad", "slow"], dead_letters=kept), "bad": BROKEN, **TWO}
    ran = run(services, Load("crew", [0]))
    assert (ran.outcomes, ran.load.completion.count) == ({"ok": 1}, 0)
    assert (ran.load.lost, ran.load.dead_lettered, ran.load.unfinished) == (not kept, kept, 0)
    unfinished = run(services, Load("crew", [0]), until=2.5).load
    assert (unfinished.lost, unfinished.dead_lettered, unfinished.unfinished) == (0, 0, 1)


def test_a_request_that_failed_is_not_lost_as_well(run: Run) -> None:
    ran = run({"crew": crew(sends=["bad"], to=["bad"]), "bad": BROKEN}, Load("crew", [0]))
    assert (ran.outcomes, ran.load.lost, ran.load.unfinished) == ({"error": 1}, 0, 0)


def test_a_request_can_lose_something_by_itself(run: Run) -> None:
    def say(build: Build) -> Iterator[Piece]:
        yield Lose()
        yield Lose(dead_lettered=True)
        yield Answer(0)

    ran = run({"s": Script(say=say)}, Load("s", [0]))
    assert (ran.load.lost, ran.load.dead_lettered, ran.load.completion.count) == (1, 0, 0)


def test_when_a_deadline_around_the_fork_passes_the_branches_end_and_what_they_called_runs_on(
    run: Run,
) -> None:
    services = {
        "crew": crew(to=["f", "line"], patience="2 s", work="1 s"),
        "f": function(duration="3 s", timeout="9 s"),
        "line": Line(work="9 s"),
    }
    ran = run(services, Load("crew", [0]))
    assert ran.answers == [(2.0, "timeout")]
    assert ran.usage("f")["lambda.duration.x86_64"] == 3 * 128 / 1024
    assert ran.seen("line")["servers.busy_ns"] == 9e9
    assert ran.seen("crew")["part.count"] == 0, "no branch came back from its call"
    late = run(services | {"crew": crew(to=["f"], patience="2 s", work="2001 ms")}, Load("crew", [0]))
    assert late.answers == [(2.0, "timeout")]
    assert late.seen("crew")["calls"] == 0


def test_when_a_client_gives_up_the_service_and_its_branches_run_on(run: Run) -> None:
    services = {"app": client("1 s"), "crew": crew(to=["fast", "slow"], work="2 s"), **TWO}
    ran = run(services, Load("app", [0]))
    assert ran.answers == [(1.0, "timeout")]
    assert (ran.seen("crew")["part.count"], ran.seen("crew")["part.max_s"]) == (2, 5.0)
    assert ran.seen("crew")["failed"] == 0


def test_a_deadline_inside_a_branch_is_the_branchs_own(run: Run) -> None:
    ran = run({"crew": crew(to=["fast", "slow"], hurry="2 s"), **TWO}, Load("crew", [0]))
    assert ran.answers == [(2.0, "timeout")]
    assert ran.causes == {"crew: slow": 1}


def test_children_that_end_with_a_deadline_let_it_win_and_those_that_end_at_it_win(run: Run) -> None:
    ran = run({"crew": crew(to=["slow"], patience="3 s"), **TWO}, Load("crew", [0]))
    assert ran.answers == [(3.0, "ok")]
    ran = run({"crew": crew(to=["fast"], count="4 ns", at_once=1, patience="3 s"), **TWO}, Load("crew", [0]))
    assert ran.answers == [(3.0, "timeout")]
    assert ran.seen("crew")["calls"] == 4, "the last began at the deadline"


def test_a_join_without_forks_goes_on(run: Run) -> None:
    def say(build: Build) -> Iterator[Piece]:
        (failed,) = build.labels(1)
        yield Join(failed)
        yield failed
        yield Answer(0)

    assert run({"s": Script(say=say)}, Load("s", [0])).answers == [(0.0, "ok")]


def test_between_a_waited_fork_and_its_join_nothing_happens() -> None:
    def say(build: Build) -> Iterator[Piece]:
        yield from build.fork([], "part", waited=True)
        yield Begin()
        yield Return()

    with pytest.raises(ModelError, match="comes a Join"):
        build({"s": Script(say=say)}, Load("s"))

    def both(build: Build) -> Iterator[Piece]:
        (failed,) = build.labels(1)
        yield from build.fork([], "part", waited=True)
        yield from build.fork([], "map", waited=True, count=9, at_once=2)
        yield Join(failed)
        yield failed

    with pytest.raises(ModelError, match="comes a Join"):
        build({"s": Script(say=both)}, Load("s"))


@pytest.mark.parametrize("engine", FAST)
def test_a_fork_of_more_children_than_there_was_room_for_changes_nothing(engine: str) -> None:
    work = distribution({"exponential": {"mean": "1 s"}})
    services = {"crew": crew(to=["line"], count="1000 ns"), "line": Line(work=work, servers=7)}
    found, expected = (
        everything(run_on(services, Load("crew", [0, 1, 1, 2]), engine=each, until=900))
        for each in (engine, "simpy")
    )
    assert found == expected


def test_the_child_of_a_child_is_alone_when_nobody_waits_for_that_one(run: Run) -> None:
    def say(build: Build) -> Iterator[Piece]:
        (failed,) = build.labels(1)
        yield from build.fork(build.call("bad"), "bad", waited=True)
        yield from build.fork(nested(build), "outer", waited=True)
        yield Join(failed, first=True)
        yield failed

    def nested(build: Build) -> Iterator[Piece]:
        (failed,) = build.labels(1)
        others: Any = build.services["crew"]
        yield from build.fork(others.part(build, "fast"), "inner", waited=True)
        yield Join(failed)
        yield failed

    services = {"s": Script(say=say), "bad": BROKEN, **TWO}
    early = run(services | {"crew": crew(work="1 s")}, Load("s", [0]))
    assert (early.answers, early.seen("s")["calls"]) == ([(2.0, "error")], 1)
    late = run(services | {"crew": crew(work="3 s")}, Load("s", [0]))
    assert (late.answers, late.seen("s")["calls"]) == ([(2.0, "error")], 0)


def test_what_no_client_asked_for_can_send_and_lose_and_is_counted_as_no_request(run: Run) -> None:
    def walk(build: Build) -> Iterator[Piece]:
        yield from build.send("slow")
        yield Lose()
        yield End()

    def say(build: Build) -> Iterator[Piece]:
        build.walk("rounds", lambda: walk(build))
        yield Answer(0)

    services = {"s": Script(say=say), "slow": Line(work=distribution("3 s"))}
    ran = run(services, Load("s", [0]), controls=[Change(1, lambda world: world.start(0, 7))])
    assert ran.seen("slow")["servers.busy_ns"] == 3e9
    assert (ran.load.completion.count, ran.load.lost, ran.load.unfinished) == (1, 0, 0)


def test_durations_count_from_the_end_of_the_warm_up(run: Run) -> None:
    ran = run({"crew": crew(to=["fast"]), **TWO}, Load("crew", [0, 2, 9]), warm_up=3)
    assert ran.seen("crew")["part.count"] == 2


def test_time_until_the_last_branch_is_spent_where_that_one_spent_it(run: Run) -> None:
    services = {"crew": crew(to=["fast", "slow"], work="1 s"), **TWO}
    ran = run(services, Load("crew", [0]), trace="where")
    assert seconds(ran.where["load"][""].mean) == {"crew: work": 1.0, "slow: latency": 3.0}
    services = {"crew": crew(to=["fast"], count="3 ns", at_once=1), **TWO}
    ran = run(services, Load("crew", [0]), trace="where")
    assert seconds(ran.where["load"][""].mean) == {"crew: join": 2.0, "fast: latency": 1.0}
    ran = run({"crew": crew(sends=["slow"]), **TWO}, Load("crew", [0]), trace="where")
    assert seconds(ran.where["load"][""].left) == {}, "it was sent, and nobody gave up on it"


def places(ran: Ran) -> tuple[int, ...]:
    """Places taken for requests, families and groups."""
    assert isinstance(ran.world, CompiledEngine)
    machine = ran.world.machine
    from simulator.engine.machine import FREE_FAMILIES, FREE_GROUPS, FREE_REQUESTS

    return tuple(
        len(kept) - machine.state[free]
        for kept, free in (
            (machine.requests, FREE_REQUESTS),
            (machine.families, FREE_FAMILIES),
            (machine.groups, FREE_GROUPS),
        )
    )


@examples(50)
@given(
    outer=crews("inner", "line", "bank"),
    inner=crews("line", "bank"),
    patience=MAYBE,
    work=TIMES,
    at=ARRIVALS,
    until=st.sampled_from([5, 3000]),
    trace=st.sampled_from(["", "where", "spans"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_designs_of_forks_and_ties_give_the_same_bits_and_leave_nothing_behind(
    outer: Crew, inner: Crew, patience: Any, work: Any, at: list[float], until: int, trace: Any, seed: int
) -> None:
    services = {
        "app": {"service": "client", "to": "crew", "timeout": patience},
        "crew": outer,
        "inner": inner,
        "line": Line(work=work, servers=2, patience="2 s"),
        "bank": {"service": "external", "latency": work, "capacity": "1/s", "fails": "20%"},
    }
    load = Load("app", [second for second in at if second < until])
    ran = {
        each: run_on(services, load, engine=each, until=until, seed=seed, trace=trace)
        for each in ("simpy", *FAST)
    }
    for engine in FAST:
        assert everything(ran[engine]) == everything(ran["simpy"]), engine
    counted = ran["simpy"].load
    assert counted.unfinished >= 0
    if until == 3000:
        assert (counted.unfinished, counted.outcomes["in_flight"]) == (0, 0)
        assert places(ran["compiled"]) == places(ran["interpreted"]) == (0, 0, 0)


def test_a_delay_before_the_end_of_a_child_is_an_ordinary_step(run: Run) -> None:
    def say(build: Build) -> Iterator[Piece]:
        (failed,) = build.labels(1)
        yield from build.fork([Delay(distribution("1 s"), 7)], "part", waited=True)
        yield Join(failed)
        yield failed

    assert run({"s": Script(say=say)}, Load("s", [0])).answers == [(1.0, "ok")]
