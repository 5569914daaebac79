"""Nesting: what may be waited for while something is held, as the steps say it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from simulator.engine.build import Build
from simulator.engine.program import Program
from simulator.engine.steps import NONE, Again, Choose, Free, Join, Jump, Piece, Poison, Retrace, Seize
from tests.harness import Load, Script, build, function


def inside(program: Program) -> dict[str, list[str]]:
    """By limit that has any, the server pools inside of it, deepest first."""
    servers = [".".join(name) for name in program.servers]
    limits = [*servers, *(".".join(name) for name in (*program.quotas, *program.pools))]
    begins = program.nesting.begins
    found = {
        name: [servers[each.pool] for each in program.nesting.insides[begins[place] : begins[place + 1]]]
        for place, name in enumerate(limits)
    }
    return {name: pools for name, pools in found.items() if pools}


def scripted(say: Callable[[Build, Callable[[str], int]], Iterable[Piece]]) -> dict[str, list[str]]:
    """Of a service that says these steps, with server pools by their names."""

    def steps(made: Build) -> Iterator[Piece]:
        yield from say(made, lambda name: made.servers(name, 1, None))

    return inside(build({"s": Script(say=steps)}, Load("s", [])))


def taken(made: Build, *pools: int) -> Iterator[Piece]:
    """One server after the other, waiting for each, and all of them given back."""
    for pool in pools:
        (held,) = made.labels(1)
        yield Seize(pool, held)
        yield held
    for pool in reversed(pools):
        yield Free(pool)


def test_what_is_inside_is_waited_for_while_something_is_held_and_the_deepest_comes_first() -> None:
    def say(made: Build, pool: Callable[[str], int]) -> Iterator[Piece]:
        yield from taken(made, pool("a"), pool("b"), pool("c"))
        yield from taken(made, pool("d"))

    assert scripted(say) == {"s.a": ["s.c", "s.b"], "s.b": ["s.c"]}


def test_what_is_tried_again_holds_what_it_did_not_give_back() -> None:
    def say(made: Build, pool: Callable[[str], int]) -> Iterator[Piece]:
        start, refused, done = made.labels(3)
        yield start
        yield from taken(made, pool("a"))
        yield Seize(pool("b"), refused)
        yield refused
        yield Again(start, 3, 1, 1, NONE, made.stream("back-off"))
        yield done

    assert scripted(say) == {"s.b": ["s.a"]}


def test_each_way_of_a_choice_and_of_a_record_is_gone() -> None:
    def say(made: Build, pool: Callable[[str], int]) -> Iterator[Piece]:
        chosen, recorded, poisoned, done = made.labels(4)
        yield Seize(pool("a"), done)
        yield Choose((0.5,), (chosen,), made.stream("choice"))
        yield Poison(0.5, poisoned, made.stream("poison"))
        yield Retrace(((0,), (1,)), (recorded, done), made.stream("record"))
        for label, name in ((chosen, "b"), (recorded, "c"), (poisoned, "d")):
            yield label
            yield from taken(made, pool(name))
            yield Jump(done)
        yield done
        yield Free(pool("a"))

    assert {limit: sorted(pools) for limit, pools in scripted(say).items()} == {"s.a": ["s.b", "s.c", "s.d"]}


def test_who_waits_for_children_holds_what_it_has_and_who_sends_them_does_not() -> None:
    def say(made: Build, pool: Callable[[str], int]) -> Iterator[Piece]:
        (full,) = made.labels(1)
        yield Seize(pool("a"), full)
        yield from made.fork(taken(made, pool("b")), "child", waited=True)
        yield Join(full)
        yield from made.fork(taken(made, pool("c")), "sent")
        yield Seize(pool("handed"), full)
        yield from made.fork(taken(made, pool("d")), "handed on", handed=pool("handed"))
        yield from taken(made, pool("e"))
        yield full
        yield Free(pool("a"))

    assert {limit: sorted(pools) for limit, pools in scripted(say).items()} == {
        "s.a": ["s.b", "s.e", "s.handed"],
        "s.handed": ["s.d"],
    }


def test_functions_and_what_their_environments_own_hold_what_they_call() -> None:
    db = {"service": "rds", "instance": "db.t3.micro", "query": "1 s", "vcpus": 1, "connect": "0 s"}
    calls = {"handler": [{"call": "db"}], "init": {"connects": ["db"]}}
    services = {"f": function(**calls, reserved_concurrency=3), "g": function(duration="1 s"), "db": db}
    cpus = ["db.vcpus"]
    assert inside(build(services, Load("f", []), Load("g", [], name="other"))) == {
        "db.connections": cpus,
        "f.reserved concurrency": cpus,
        "f.environments": cpus,
    }


@pytest.mark.parametrize(
    ("handler", "needed"),
    [
        ([{"work": "1 s"}, {"call": "db"}, {"call": "db"}], True),
        ([{"choose": [{"share": "95%", "do": [{"call": "db"}]}, {"share": "5%"}]}], True),
        ([{"choose": [{"share": "50%", "do": [{"call": "db"}, {"call": "db"}]}, {"share": "50%"}]}], False),
        ([{"fail": "50%"}, {"call": "db"}], False),
        ([{"call": "cache"}], False),
        ([{"work": "1 s"}], False),
    ],
)
def test_what_nearly_all_executions_need_is_told_from_what_some_ask_for(
    handler: list[object], needed: bool
) -> None:
    db = {"service": "rds", "instance": "db.t3.micro", "query": "1 s", "vcpus": 1, "connect": "0 s"}
    cache = {
        "service": "elasticache",
        "node": "cache.t4g.micro",
        "hits": "90%",
        "latency": "1 ms",
        "to": "db",
    }
    services = {"f": function(handler=handler), "db": db, "cache": cache}
    program = build(services, Load("f", []))
    of_f = program.nesting.of(len(program.servers) + len(program.quotas))
    found = {list(program.servers)[one.pool]: bool(one.needed) for one in of_f}
    assert found.get(("db", "vcpus"), False) == needed
