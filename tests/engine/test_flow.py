"""A program read as a flow: what one request asks of the stations on average, by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from simulator.engine.build import Build
from simulator.engine.flow import Reader
from simulator.engine.program import Program
from simulator.engine.steps import NONE, OK, Again, Answer, Piece, Retrace
from simulator.engine.visits import BUCKET, POOL, SERVERS, Flow, Visit
from simulator.values.units import SECOND
from tests.crew import Crew
from tests.harness import Load, Script, Settings, build, function


def read(
    services: Mapping[str, Settings], load: Load, hits: Mapping[int, float] | None = None
) -> tuple[Flow, Program]:
    """The flow of the only source."""
    program = build(services, load)
    return Reader(program).flow(program.sources[0].entry, hits), program


def held_s(flow: Flow, kind: str, place: int = 0) -> float:
    return sum(
        seconds for visit, seconds in flow.held_s.items() if (visit.kind, visit.place) == (kind, place)
    )


def entered(flow: Flow) -> list[float]:
    return [flow.entered[visit] for visit in sorted(flow.entered)]


def works(**settings: Any) -> dict[str, Any]:
    return function(timeout="60 s", **settings)


def test_a_caller_holds_its_environment_while_it_waits() -> None:
    flow, _ = read(
        {
            "front": works(handler=[{"work": "30 ms"}, {"call": "bank"}]),
            "bank": {"service": "external", "latency": {"exponential": {"mean": "200 ms"}}},
        },
        Load("front"),
    )
    assert held_s(flow, POOL) == pytest.approx(0.230, rel=0.01)


def test_choices_and_mixes_share_what_comes() -> None:
    handler = [{"choose": [{"share": "25%", "do": [{"call": "rare"}]}, {"share": "75%"}]}]
    flow, _ = read(
        {
            "api": {"service": "http_api", "routes": {"a": {"to": "front"}, "b": {"to": "rare"}}},
            "front": works(handler=handler),
            "rare": works(duration="1 s"),
        },
        Load("api", mix={"a": 0.8, "b": 0.2}),
    )
    assert entered(flow) == pytest.approx([0.8, 0.2 + 0.8 * 0.25])
    assert held_s(flow, POOL, 0) == pytest.approx(0.2), "a quarter waits a second for the other function"


def test_what_fails_comes_again_as_often_as_it_may() -> None:
    services = {
        "app": {"service": "client", "to": "bank", "retries": {"attempts": 2, "on": [500]}},
        "bank": {"service": "external", "latency": "1 s", "capacity": "9/s", "fails": "50%"},
    }
    flow, _ = read(services, Load("app"))
    assert sum(flow.tokens.values()) == pytest.approx(1 + 0.5 + 0.25)


@pytest.mark.parametrize(
    ("records", "mean_s"),
    [(((0, 0, 1), (1,)), 1.0), (((0, 0, 0, 1), (0, 1), (1,), (1,)), 1.0), (((0,),), 9.0)],
)
def test_ways_on_record_are_walked_as_often_as_they_are_recorded(
    records: tuple[tuple[int, ...], ...], mean_s: float
) -> None:
    def say(build: Build) -> Iterator[Piece]:
        start, back, done = build.labels(3)
        yield start
        yield Retrace(records, (back, done), build.stream("record"))
        yield back
        yield Again(start, 9, SECOND, SECOND, NONE, build.stream("back-off"))
        yield done
        yield Answer(OK)

    flow, _ = read({"loop": Script(say=say)}, Load("loop"))
    assert flow.seconds == pytest.approx(mean_s), "a second for each way back, nine at the most"


def test_only_a_status_that_is_tried_again_comes_again() -> None:
    services = {
        "app": {"service": "client", "to": "bank", "retries": {"attempts": 2, "on": [429]}},
        "bank": {"service": "external", "latency": "1 s", "capacity": "9/s", "fails": "50%"},
    }
    assert sum(read(services, Load("app"))[0].tokens.values()) == pytest.approx(1.0)


def test_a_cold_start_holds_its_environment_longer_and_takes_connections_late() -> None:
    services = {
        "front": works(cold_start="1 s", init={"work": "2 s", "connects": ["stock"]}, duration="10 ms"),
        "stock": {"service": "rds", "instance": "db.t3.medium", "query": "1 ms", "connect": "500 ms"},
    }
    flow, _ = read(services, Load("front"))
    (longer,), (late,) = flow.cold_s.values(), flow.owning_s.values()
    assert held_s(flow, POOL) == pytest.approx(0.010)
    assert late == pytest.approx(3.0, abs=0.2), "what the package's fetching takes comes first"
    assert longer == pytest.approx(late + 0.5)


def test_what_an_environment_loads_when_it_starts_is_told_apart_from_what_calls_read() -> None:
    """Metered in thirds: 300 MB take 100 MB of tokens (KiB) in a start, a call's 30 MB take 10."""
    services = {
        "front": works(init={"connects": ["files"]}, handler=[{"call": "files"}]),
        "files": {"service": "efs", "stored": "20 GB", "load": "300 MB", "read": "30 MB"},
    }
    flow, program = read(services, Load("front"))
    place = list(program.buckets).index(("files", "throughput"))
    (starting,) = flow.starting_tokens.values()
    assert starting[place] == pytest.approx(100 * 1024, rel=1e-3)
    assert flow.tokens[Visit(BUCKET, place, ())] == pytest.approx(10 * 1024, rel=1e-3)


def test_a_connection_opened_for_a_call_is_held_for_its_length() -> None:
    stock = {"service": "rds", "instance": "db.t3.medium", "query": "20 ms", "connect": "5 ms"}
    flow, _ = read({"stock": stock}, Load("stock"))
    assert held_s(flow, SERVERS) == pytest.approx(0.025)


def test_a_cache_lets_through_what_it_does_not_answer() -> None:
    api = {
        "service": "rest_api",
        "cache": {"size": "0.5 GB", "ttl": "60 s"},
        "routes": {"default": {"to": "front", "cache": {"keys": 10}}},
    }
    services = {"api": api, "front": works(duration="1 s")}
    flow, _ = read(services, Load("api"))
    assert flow.asked == {0: (1.0, flow.asked[0][1], 60_000_000_000)}
    assert entered(flow) == [1.0]
    assert entered(read(services, Load("api"), {0: 0.9})[0]) == pytest.approx([0.1])


def test_of_clients_with_buckets_of_their_own_the_one_that_asks_most_counts() -> None:
    plan = {"sources": ["load"], "api_keys": {"count": 2, "zipf": 1}, "throttle": {"rate": "5/s", "burst": 5}}
    api = {"service": "rest_api", "routes": {"default": {"respond": 202}}, "usage_plans": {"partners": plan}}
    flow, program = read({"api": api}, Load("api"))
    mine = list(program.buckets).index(("api", "usage plan partners"))
    assert flow.tokens[Visit("bucket", mine, ())] == pytest.approx(2 / 3), "1 and 1/2 of 3/2"


def test_a_wide_delay_on_the_way_is_remembered() -> None:
    services = {
        "player": {"service": "client", "to": "ads", "spread": "60 s"},
        "ads": works(duration="1 s"),
    }
    flow, program = read(services, Load("player"))
    ((visit, share),) = flow.entered.items()
    assert (share, len(visit.after)) == (1.0, 1)
    assert Reader(program).time(visit.after[0])[:2] == (pytest.approx(30.0), True)


def crew(**settings: Any) -> dict[str, Settings]:
    """A function that waits for a crew, whose children call two banks."""
    team = Crew.model_validate({"work": "0 s", **settings})
    banks = {
        name: {"service": "external", "latency": time} for name, time in (("fast", "1 s"), ("slow", "3 s"))
    }
    return {"front": works(handler=[{"call": "team"}]), "team": team, **banks}


def test_who_waits_for_children_holds_its_place_as_long_as_the_slowest_takes() -> None:
    flow, _ = read(crew(to=["fast", "slow", "fast"]), Load("front"))
    assert held_s(flow, POOL) == pytest.approx(3.0)


def test_children_that_go_one_after_the_other_are_waited_for_in_turn() -> None:
    flow, _ = read(crew(to=["slow"], count="4 ns", at_once=2), Load("front"))
    assert held_s(flow, POOL) == pytest.approx(6.0)


def test_what_is_sent_is_asked_for_and_not_waited_for() -> None:
    services = crew(to=["fast"], sends=["front2"]) | {"front2": works(duration="5 s")}
    flow, _ = read(services, Load("front"))
    assert entered(flow) == [1.0, 1.0]
    assert sorted(held_s(flow, POOL, place) for place in (0, 1)) == pytest.approx([1.0, 5.0])
