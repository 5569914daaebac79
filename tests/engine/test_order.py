"""Simultaneous events: controls, what gives something back, other steps, timers, traffic; in this order."""

from __future__ import annotations

import itertools

import numpy as np

from simulator.engine.build import Build
from simulator.engine.steps import DROPPED, OK, Answer, Delay, Free, Jump, Piece, Seize
from simulator.values.distributions import distribution
from simulator.values.units import MILLISECOND
from tests.harness import Change, Line, Load, Run, Script, Watch, function


def test_a_place_freed_at_an_instant_is_had_by_the_arrival_of_that_instant(run: Run) -> None:
    every = np.arange(1000, dtype=np.int64) * 125 * MILLISECOND
    ran = run({"f": function(duration="125 ms", reserved_concurrency=1)}, Load("f", every), until=200)
    assert ran.outcomes == {"ok": 1000}


def test_a_nanosecond_less_between_arrivals_loses_every_other_one(run: Run) -> None:
    every = np.arange(1000, dtype=np.int64) * (125 * MILLISECOND - 1)
    ran = run({"f": function(duration="125 ms", reserved_concurrency=1)}, Load("f", every), until=200)
    assert ran.outcomes == {"ok": 500, "throttled": 500}


def test_a_place_freed_at_the_end_of_a_call_is_had_by_the_arrival_of_that_instant(run: Run) -> None:
    services = {
        "f": function(handler=[{"call": "bank"}], reserved_concurrency=1),
        "bank": {"service": "external", "latency": "125 ms"},
    }
    every = np.arange(1000, dtype=np.int64) * 125 * MILLISECOND
    assert run(services, Load("f", every), until=200).outcomes == {"ok": 1000}


def one_server(before: str, work: str) -> Script:
    """A time before, then a server or nothing, then work."""

    def say(build: Build) -> list[Piece]:
        refused, done = build.labels(2)
        servers = build.servers_of("line")
        return [
            Delay(distribution(before), 1), Seize(servers, refused),
            Delay(distribution(work), 2), Free(servers),
            Answer(OK), Jump(done), refused, Answer(DROPPED, 503), done,
        ]  # fmt: skip

    return Script(say=say)


class OneServer(Line):
    """A pool that scripts share."""

    def connections(self, build: Build) -> int:
        return build.servers("servers", 1, bound=0)


def test_what_gives_back_comes_before_other_steps_though_scheduled_later(run: Run) -> None:
    services = {
        "slow": one_server(before="3 s", work="1 s"),  # its wait for 3 s is scheduled first
        "quick": one_server(before="1 s", work="2 s"),  # gives back at 3 s
        "line": OneServer(work="0 s"),
    }
    ran = run(services, Load("slow", [0], name="a"), Load("quick", [0], name="b"))
    assert ran.traffic["a"].outcomes["ok"] == 1
    assert ran.traffic["b"].outcomes["ok"] == 1


def test_who_waits_is_served_before_who_arrives_at_the_instant(run: Run) -> None:
    ran = run({"line": Line(work="1 s")}, Load("line", [0, 0.5, 1.0, 2.0]))
    assert ran.answers == [(1.0, "ok"), (2.0, "ok"), (3.0, "ok"), (4.0, "ok")]


def test_who_is_served_at_the_instant_its_patience_ends_is_served(run: Run) -> None:
    ran = run({"line": Line(work="1 s", patience="1 s")}, Load("line", [0, 0]))
    assert ran.answers == [(1.0, "ok"), (2.0, "ok")]
    late = run({"line": Line(work="1001 ms", patience="1 s")}, Load("line", [0, 0]))
    assert late.answers == [(1.001, "ok"), (1.0, "dropped")]


def test_a_place_freed_by_a_deadline_is_had_by_the_arrival_of_that_instant(run: Run) -> None:
    ran = run({"f": function(duration="9 s", timeout="1 s", reserved_concurrency=1)}, Load("f", [0, 1, 2]))
    assert ran.answers == [(1.0, "timeout"), (2.0, "timeout"), (3.0, "timeout")]


def test_controls_come_before_the_requests_of_their_instant(run: Run) -> None:
    more = Change(1.0, lambda world: world.set_capacity(0, 2))
    ran = run({"line": Line(work="1 s")}, Load("line", [0, 0, 1, 1]), controls=[more])
    # at 1 s the control serves the waiter; the freed server goes to the first arrival
    assert ran.answers == [(1.0, "ok"), (2.0, "ok"), (2.0, "ok"), (3.0, "ok")]


def test_a_control_sees_the_world_before_its_instant(run: Run) -> None:
    watch = Watch([0.999, 1.0, 1.001], lambda world: world.servers[0].busy)
    run({"line": Line(work="1 s")}, Load("line", [0]), controls=[watch])
    assert watch.found == [1, 1, 0]


def test_at_one_instant_sources_come_in_their_order_and_then_by_number(run: Run) -> None:
    services = {"line": Line(work="1 s")}
    ran = run(services, Load("line", [0, 0], name="first"), Load("line", [0, 0], name="second"))
    order = [row.type for row in ran.log]
    assert order == [0, 0, 1, 1]
    assert [row.identity & 0xFFFFFFFF for row in ran.log] == [0, 1, 0, 1]


def test_equal_steps_keep_the_order_in_which_they_were_scheduled(run: Run) -> None:
    services = {"f": function(duration="1 s"), "g": function(duration="2 s")}
    for names in itertools.permutations(("f", "g")):
        loads = [Load(name, [0 if name == "g" else 1], name=name) for name in names]
        ran = run(services, *loads)
        assert [ran.program.types[row.type] for row in ran.log] == ["g", "f"]


def test_the_horizon_is_exclusive(run: Run) -> None:
    ran = run({"f": function(duration="1 s")}, Load("f", [0.0, 1.0]), until=2.0)
    assert ran.outcomes == {"ok": 1, "in_flight": 1}
