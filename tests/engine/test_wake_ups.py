"""What a request costs the engine, in wake-ups: counts do not depend on the machine."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Line, Load, Run, function

REQUESTS = 200
BEHIND = {
    "f": function(duration="20 ms"),
    "g": function(
        handler=[{"work": "20 ms"}, {"call": "db"}, {"call": {"to": "bank", "timeout": "5 s"}}],
        init={"connects": ["db"]},
    ),
    "db": {"service": "rds", "instance": "db.m5.large", "query": "1 ms"},
    "bank": {"service": "external", "latency": "10 ms"},
    "line": Line(work="20 ms"),
    "api": {"service": "http_api", "routes": {"default": {"to": "f"}}},
    "app": {"service": "client", "to": "api", "timeout": "9 s", "retries": {"attempts": 2}},
}


def wake_ups(run: Run, to: str, **settings: Any) -> float:
    """Per request, the first of which finds everything cold."""
    load = Load(to, [second / 2 for second in range(REQUESTS)])
    ran = run({**BEHIND, **settings}, load, until=REQUESTS)
    assert ran.outcomes == {"ok": REQUESTS}
    return float(ran.world.events / REQUESTS)


@pytest.mark.parametrize(
    ("to", "most"),
    [
        ("line", 2),  # arrival, work
        ("f", 3),  # arrival, invocation, work
        ("api", 4),  # and the gateway's overhead
        ("app", 4),  # deadlines and retries cost nothing while they are not needed
        ("g", 5),  # arrival, invocation, work, query, bank; the owned connection is no wait
    ],
)
def test_a_request_wakes_up_no_more_often_than_it_waits(run: Run, to: str, most: int) -> None:
    cold = 5 + REQUESTS * 0.05  # the first request's cold start, and the reaper now and then
    assert wake_ups(run, to) <= most + cold / REQUESTS


def test_deadlines_that_are_met_make_no_events(run: Run) -> None:
    patient = {"service": "client", "to": "api"}
    assert wake_ups(run, "app") == wake_ups(run, "app", app=patient)


def test_idle_environments_cost_no_wake_ups(run: Run) -> None:
    services, load = {"f": function(duration="1 s")}, Load("f", [0] * 500)
    assert run(services, load, until=10).world.events == run(services, load, until=3000).world.events
