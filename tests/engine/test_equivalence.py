"""All engines give the same bits: every time, every outcome, every counter, whatever the design."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engine import growth
from simulator.engine.compiled_engine import CompiledEngine
from simulator.engine.kernel import INTERPRETED, kernel
from simulator.engine.levels import write_levels
from simulator.engine.world import World
from simulator.errors import ModelError
from simulator.values.distributions import distribution
from simulator.values.units import SECOND
from tests.engine.test_conservation import ARRIVALS, QUARTERS, TIMES, designs
from tests.harness import Bounded, Change, Line, Load, Ran, Run, build, examples, function, make_engine, plain
from tests.harness import run as run_on

FAST = ("interpreted", "compiled")


def everything(ran: Ran) -> dict[str, Any]:
    """All that a run leaves behind; exact, since all of it is integers or made of them in one way."""
    return {
        "log": ran.log,
        "measured": ran._measured,
        "books": np.asarray(ran.world.books, dtype=np.int64).tobytes(),
        "events": ran.world.events,
        "limits": ran.limits,
    }


def capacity(amount: int) -> Callable[[World], Any]:
    return lambda world: [world.set_capacity(place, amount) for place in range(len(world.servers))]


def kept(amount: int) -> Callable[[World], Any]:
    return lambda world: [world.hold(place, amount) for place in range(len(world.servers))]


def given_back(amount: int) -> Callable[[World], Any]:
    def change(world: World) -> None:
        for place in range(len(world.servers)):
            world.hold(place, -world.hold(place, amount))
            world.used(place)

    return change


def provided(amount: int) -> Callable[[World], Any]:
    def change(world: World) -> None:
        world.request(0, amount)
        world.request(0, world.provide(0, amount) - amount)

    return change


def withdrawn(amount: int) -> Callable[[World], Any]:
    return lambda world: world.withdraw(0, min(amount, world.pools[0].provisioned))


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 60).map(lambda quarter: quarter / 4),
        st.sampled_from([capacity, provided, withdrawn, kept, given_back]),
        st.integers(0, 3),
    ),
    max_size=6,
)

SPANS = st.builds(
    lambda at, length, amount: {"at": at, "for": length, "amount": amount},
    QUARTERS,
    QUARTERS,
    st.integers(1, 3),
)
PROVISIONED = st.none() | st.fixed_dictionaries(
    {
        "amount": st.integers(1, 3),
        "schedule": st.dictionaries(st.sampled_from("ab"), SPANS, max_size=2),
        "target_tracking": st.none()
        | st.fixed_dictionaries(
            {
                "target": st.sampled_from(["30%", "70%"]),
                "statistic": st.sampled_from(["average", "maximum"]),
                "max_capacity": st.integers(3, 5),
            }
        ),
    }
)
PINGS = st.none() | st.fixed_dictionaries(
    {"every": QUARTERS, "at_once": st.integers(1, 3), "sleep": st.sampled_from(["0 s", "250 ms"])}
)
HASTE = {
    "lambda.provisioned.start_delay": "1 s",
    "lambda.provisioned.requests_per_concurrency": "1/s",
    "lambda.requests_burst": "250 ms",
    "target_tracking.period": "1 s",
    "target_tracking.scale_out_points": "1",
    "target_tracking.scale_in_points": "2",
}
"""Provisioned concurrency that reacts within seconds."""


@examples(70)
@given(
    services=designs(),
    provisioned=PROVISIONED,
    pings=PINGS,
    then=st.booleans(),
    platform=st.sampled_from(["0 s", "250 ms", "500 ms"]),
    replaces=st.sampled_from(["true", "false"]),
    at=ARRIVALS,
    users=st.integers(0, 3),
    think=TIMES,
    ramp=QUARTERS,
    changes=CHANGES,
    warm_up=st.sampled_from([0, 2, 5]),
    seed=st.integers(0, 2**32 - 1),
    trace=st.sampled_from(["", "where", "spans"]),
)
def test_random_designs_made_of_ties_give_the_same_bits_on_all_engines(
    services: dict[str, Any],
    provisioned: Any,
    pings: Any,
    then: bool,
    platform: str,
    replaces: str,
    at: list[float],
    users: int,
    think: Any,
    ramp: str,
    changes: list[Any],
    warm_up: int,
    seed: int,
    trace: Any,
) -> None:
    until = 20
    services["f"] |= {"provisioned_concurrency": provisioned, "pings": pings}
    lives = {"lambda.platform_start": platform, "lambda.replaces_ended": replaces}
    era = plain("aws-2020-08" if then else "aws-2026", HASTE | lives)
    loads = (
        Load("app", sorted(second for second in at if second < until), name="open"),
        Load("app", name="closed", users=users, think=distribution(think), ramp=SECOND),
    )

    def result(engine: str) -> dict[str, Any]:
        controls = [Change(second, change(amount)) for second, change, amount in changes]
        return everything(
            run_on(
                services,
                *loads,
                engine=engine,
                until=until,
                era=era,
                warm_up=warm_up,
                seed=seed,
                controls=controls,
                trace=trace,
            )
        )

    expected = result("simpy")
    for engine in FAST:
        found = result(engine)
        assert found.keys() == expected.keys()
        for part in expected:
            assert found[part] == expected[part], (engine, part)


@pytest.mark.parametrize("engine", FAST)
def test_more_requests_than_there_was_room_for_change_nothing(engine: str) -> None:
    services = {
        "app": {
            "service": "client",
            "to": "f",
            "timeout": "2 s",
            "retries": {"attempts": 2, "backoff": "1 s"},
        },
        "f": function(handler=[{"work": {"exponential": {"mean": "1 s"}}}, {"call": "line"}], timeout="9 s"),
        "line": Line(work=distribution("10 ms"), servers=20, bound=500),
    }
    load = Load("app", [second / 200 for second in range(2000)])
    account = {"lambda_concurrency": 2000}
    found, expected = (
        everything(run_on(services, load, engine=each, account=account)) for each in (engine, "simpy")
    )
    assert found == expected


def test_the_loop_starts_small_and_grows_on_demand() -> None:
    services = {"f": function(duration="9 s", timeout="20 s")}
    load = Load("f", [0] * 900)
    program = build(services, load, era=plain())
    engine = make_engine("interpreted", program, [], 1, 0)
    assert isinstance(engine, CompiledEngine)
    assert len(engine.machine.requests) < 100
    ran = run_on(services, load, engine="interpreted", account={"lambda_concurrency": 1000})
    assert isinstance(ran.world, CompiledEngine)
    assert 900 < len(ran.world.machine.requests) < 4 * 900
    assert ran.seen("f")["environments.most"] == 900


def test_every_place_that_the_interpreted_loop_looks_at_is_checked() -> None:
    """Python counts negative places from the end; compiled, they are outside."""
    ran = run_on({"f": function(duration="9 s", timeout="20 s")}, Load("f", [0] * 900), engine="interpreted")
    assert isinstance(ran.world, CompiledEngine)
    assert {type(part) for part in ran.world.machine} == {Bounded}, "what has grown, too"
    for wrong in (-1, slice(-1, None), slice(0, -1)):
        with pytest.raises(IndexError):
            Bounded([1, 2])[wrong]
        with pytest.raises(IndexError):
            Bounded([1, 2])[wrong] = 0


def test_more_requests_at_a_time_than_can_be_numbered_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "MOST_REQUESTS", 128)
    with pytest.raises(ModelError, match="more than 64 requests at a time"):
        run_on({"f": function(duration="9 s", timeout="20 s")}, Load("f", [0] * 100), engine="interpreted")


def test_whether_rows_are_wanted_changes_nothing_else(run: Run) -> None:
    services = {"f": function(duration={"exponential": {"mean": "1 s"}}, timeout="3 s")}
    load = Load("f", [second / 10 for second in range(300)])
    without = everything(run(services, load, rows=False))
    assert without == everything(run(services, load)) | {"log": []}


def test_the_interpreted_and_the_compiled_loop_are_one_text() -> None:
    for wrapper, text in (
        (kernel().advance, INTERPRETED.advance),
        (kernel().govern, INTERPRETED.govern),
        (kernel().levels, write_levels),
    ):
        assert text in wrapper.py_func.__globals__.values()  # type: ignore[attr-defined]
