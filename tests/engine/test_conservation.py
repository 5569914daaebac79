"""Whatever the design and the traffic: no request is lost, and Little's law holds to the nanosecond."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.measure.result import OUTCOMES
from simulator.values.units import SECOND
from tests.crew import Crew
from tests.harness import Line, Load, Ran, Run, examples, function, plain

# quarters of a second make ties of everything: work, deadlines, pauses, arrivals
QUARTERS = st.integers(1, 12).map(lambda quarters: f"{250 * quarters} ms")
MAYBE = st.none() | QUARTERS
TIMES = st.one_of(QUARTERS, st.builds(lambda mean: {"exponential": {"mean": mean}}, QUARTERS))
ARRIVALS = st.lists(st.integers(0, 80).map(lambda quarter: quarter / 4), max_size=40)
RETRIES = st.none() | st.fixed_dictionaries(
    {
        "attempts": st.integers(0, 3),
        "on": st.lists(st.sampled_from([429, "5xx", "timeout"]), unique=True, max_size=3),
        "backoff": QUARTERS,
        "jitter": st.sampled_from(["none", "full", "equal"]),
    }
)
ERA = plain(
    "aws-2026",
    {"lambda.init_limit": "1 s", "lambda.platform_start": "250 ms", "lambda.replaces_ended": "true"},
)
"""Some inits do not make it; some environments are initialised ahead, and some not needed in the end."""


@st.composite
def apis(draw: st.DrawFn) -> dict[str, Any]:
    """An API of either kind; a REST API with a usage plan for some sources, a few API keys, a small cache."""
    route = {"to": "f", "timeout": draw(MAYBE)}
    if draw(st.booleans()):
        return {"service": "http_api", "routes": {"default": route}, "timeout": draw(MAYBE)}
    members = st.fixed_dictionaries({"count": st.integers(1, 3), "zipf": st.sampled_from([0, 1])})
    throttle = {"rate": "2/s", "burst": draw(st.integers(1, 3))}
    plan = {
        "sources": draw(st.sampled_from([["load"], ["open"], ["open", "closed"]])),
        "api_keys": draw(members),
        "throttle": throttle,
        "quota": {"limit": draw(st.integers(1, 20)), "period": "day"},
    }
    return {
        "service": "rest_api",
        "routes": {"default": {**route, "cache": {"keys": draw(members), "ttl": draw(QUARTERS)}}},
        "usage_plans": draw(st.sampled_from([{}, {"plan": plan}])),
        "cache": {"size": "0.5 GB"},
    }


@st.composite
def crews(draw: st.DrawFn, *others: str) -> Crew:
    """Parallel branches, or a map, around any of the others; copies sent to them."""
    several = st.lists(st.sampled_from(others), max_size=3)
    counts = st.none() | st.integers(0, 4).map(lambda count: f"{count} ns")
    counts |= st.just({"uniform": {"from": "0 ns", "to": "4 ns"}})
    to = draw(several)
    return Crew(
        to=to,
        count=draw(counts) if to else None,
        at_once=draw(st.integers(0, 2)),
        first=draw(st.booleans()),
        work=draw(TIMES),
        patience=draw(MAYBE),
        hurry=draw(MAYBE),
        sends=draw(several),
        dead_letters=draw(st.booleans()),
    )


@st.composite
def designs(draw: st.DrawFn) -> dict[str, Any]:
    """A client, an API, a function with a database and a bank, a line of servers; settings by chance."""
    to = draw(st.sampled_from(["bank", "line", "db", "crew"]))
    call = {"to": to, "timeout": draw(MAYBE), "retries": draw(RETRIES)}
    fail, crash = draw(st.sampled_from(["0%", "50%"])), draw(st.sampled_from(["0%", "30%"]))
    return {
        "app": {"service": "client", "to": "api", "timeout": draw(MAYBE), "retries": draw(RETRIES)},
        "api": draw(apis()),
        "f": function(
            handler=[{"work": draw(TIMES)}, {"call": call}, {"fail": fail}, {"crash": crash}, {"call": "db"}],
            init={"connects": draw(st.sampled_from([[], ["db"]]))},
            cold_start=draw(QUARTERS),
            timeout=draw(QUARTERS),
            keep_alive=draw(QUARTERS),
            spare_keep_alive=draw(MAYBE),
            lifetime=draw(TIMES),
            reserved_concurrency=draw(st.none() | st.integers(0, 3)),
        ),
        "db": {
            "service": "rds",
            "instance": "db.t3.micro",
            "query": draw(TIMES),
            "max_connections": draw(st.integers(1, 3)),
        },
        "crew": draw(crews("bank", "line", "db", "inner")),
        "inner": draw(crews("bank", "line", "db")),
        "bank": {
            "service": "external",
            "latency": draw(TIMES),
            "capacity": "1/s",
            "fails": draw(st.sampled_from(["0%", "30%"])),
        },
        "line": Line(
            work=draw(TIMES),
            servers=draw(st.integers(1, 2)),
            bound=draw(st.integers(0, 3)),
            patience=draw(MAYBE),
        ),
    }


def check_requests(ran: Ran, sent: int) -> None:
    load, log = ran.load, ran.log
    assert load.requests == sent == sum(load.outcomes.values())
    assert load.outcomes["in_flight"] == sent - len(log)
    assert len({row.identity for row in log}) == len(log)
    for place, outcome in enumerate(OUTCOMES[:-1]):
        assert load.outcomes[outcome] == sum(row.outcome == place for row in log)
    assert sum(load.causes.values()) == load.failed
    assert load.latency.count == load.outcomes["ok"]
    assert load.completion.count + load.lost + load.dead_lettered <= load.latency.count
    assert load.unfinished >= 0
    assert load.attempts >= sent


def check_stations(ran: Ran) -> None:
    f, db, line, bank = (ran.seen(name) for name in ("f", "db", "line", "bank"))
    started = sum(f[f"environments.{kind}_starts"] for kind in ("provisioned", "warm", "cold", "reset"))
    assert started >= f["on_demand.count"] + f["provisioned.count"]
    assert 0 <= f["environments.busy"] == started - f["on_demand.count"]
    began = f["environments.cold_starts"] - f["environments.ahead_starts"] + f["environments.dropped"]
    alive = f["environments.busy"] + f["environments.idle"] + f["environments.heirs"]
    assert began + f["environments.replaced"] == f["environments.ended"] + alive
    assert f["init.count"] <= f["environments.cold_starts"]
    for place in (db, line):
        for station in ("connections", "servers"):
            assert 0 <= place[f"{station}.busy"] <= place[f"{station}.capacity"]
            assert 0 <= place[f"{station}.waiting"] <= place[f"{station}.bound"]
    assert bank["capacity.refused"] <= bank["capacity.asked"]


@examples(40)
@given(designs(), ARRIVALS, st.integers(1, 100).map(lambda quarter: quarter / 4))
def test_every_request_ends_once_or_is_in_flight_at_the_horizon(
    run: Run, services: dict[str, Any], at: list[float], until: float
) -> None:
    ran = run(services, Load("app", [second for second in at if second < until]), until=until, era=ERA)
    check_requests(ran, sum(second < until for second in at))
    check_stations(ran)


@examples(40)
@given(designs(), ARRIVALS)
def test_in_the_end_nothing_is_held_and_nobody_waits(
    run: Run, services: dict[str, Any], at: list[float]
) -> None:
    ran = run(services, Load("app", at), until=3000, era=ERA)
    check_requests(ran, len(at))
    assert "in_flight" not in ran.outcomes
    assert ran.load.unfinished == 0
    for name, value in (item for service in ("f", "db", "line") for item in ran.seen(service).values.items()):
        if name.split(".")[-1] in ("busy", "waiting", "in_use"):
            assert value == 0, name


@given(ARRIVALS, TIMES, st.integers(1, 4), st.integers(1, 100).map(lambda quarter: quarter / 4))
def test_littles_law_holds_exactly_for_executions(
    run: Run, at: list[float], work: Any, reserved: int, until: float
) -> None:
    """Area under the number in progress = the sum of the times spent, also of those the horizon cuts off."""
    at = [second for second in at if second < until]
    ran = run(
        {"f": function(duration=work, reserved_concurrency=reserved, timeout="900 s")},
        Load("f", at),
        until=until,
    )
    ended = sum(row.answered - row.arrived for row in ran.log)
    answered = {row.identity & 0xFFFFFFFF for row in ran.log}
    running = [second for number, second in enumerate(sorted(at)) if number not in answered]
    cut = sum(round((until - second) * SECOND) for second in running)
    assert ran.seen("f")["reserved concurrency.held_ns"] == ended + cut


@given(ARRIVALS, TIMES, st.integers(1, 3), MAYBE)
def test_littles_law_holds_exactly_for_a_line(
    run: Run, at: list[float], work: Any, servers: int, patience: str | None
) -> None:
    ran = run({"line": Line(work=work, servers=servers, patience=patience)}, Load("line", at), until=3000)
    seen = ran.seen("line")
    assert seen["servers.busy_ns"] + seen["servers.waiting_ns"] == sum(
        row.answered - row.arrived for row in ran.log
    )
