"""Provisioned environments whose process ended, or that were replaced: what their next request waits for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Load, Run, function, plain, service


def provisioned(**settings: Any) -> dict[str, Any]:
    return function(**{"cold_start": "1 s", "timeout": "2 s", "provisioned_concurrency": 1} | settings)


def test_the_next_invoke_after_a_timeout_initialises_anew_within_it(run: Run) -> None:
    """It takes 0.5 s; at 10 s it would take 5 s, of which 2 s are allowed. Init takes a second, and is billed
    as part of what runs on provisioned concurrency."""
    outage = {"at": "10 s", "for": "1 s", "fails_after": "5 s"}
    bank = {"service": "external", "latency": "500 ms", "outages": {"one": outage}}
    f = provisioned(handler=[{"call": "bank"}], memory="1 GB", lifetime="1 h")
    ran = run({"f": f, "bank": bank}, Load("f", [0, 10, 20, 30]), until=60)
    assert ran.answers == [(0.5, "ok"), (12.0, "timeout"), (21.5, "ok"), (30.5, "ok")]
    counters = ran.counters("f")
    assert (counters["invocations"], counters["provisioned_invocations"]) == (4, 4)
    assert (counters["suppressed_inits"], counters["cold_starts"]) == (1, 0)
    assert ran.usage("f")["lambda.provisioned_duration.x86_64"] == 0.5 + 2 + 1.5 + 0.5


def test_its_connection_is_closed_with_the_process_and_opened_by_the_next(run: Run) -> None:
    """There is one, which the environment at any time has or waits to open."""
    db = {"service": "rds", "instance": "db.t3.micro", "query": "100 ms", "max_connections": 1}
    f = provisioned(handler=[{"call": "db"}, {"crash": "100%"}], init={"connects": ["db"]}, lifetime="1 h")
    ran = run({"f": f, "db": db}, Load("f", [0, 10, 20]), until=60)
    assert ran.answers == [(0.1, "error"), (11.1, "error"), (21.1, "error")]
    assert ran.counters("f")["suppressed_inits"] == 2
    assert [limit.refused for limit in ran.limits if limit.service == "db"] == [0]


def test_one_that_was_replaced_runs_for_the_first_time_again(run: Run) -> None:
    """Replaced every 100 s; the first run takes a second more. The first is there since before the run, and
    nobody has used it either."""
    f = provisioned(duration="100 ms", first_run="1 s", lifetime="100 s")
    ran = run({"f": f}, Load("f", [0, 10, 150, 160]), until=200)
    assert ran.answers == [(1.1, "ok"), (10.1, "ok"), (151.1, "ok"), (160.1, "ok")]


def test_those_of_a_function_that_no_request_reaches_are_billed_as_those_of_others(run: Run) -> None:
    """Two GB, kept a little over ten minutes and replaced every five, in turn: four inits of 2 s."""
    idle = provisioned(
        duration="1 s", cold_start="0 s", init={"work": "2 s"}, memory="1 GB", timeout="5 s", lifetime="5 min"
    )
    f = function(duration="1 s")
    ran = run({"f": f, "idle": idle | {"provisioned_concurrency": 2}}, Load("f", [0]), until=605)
    billed = ran.usage("idle")
    assert billed["lambda.provisioned_concurrency.x86_64"] == 2 * 605
    assert billed["lambda.provisioned_duration.x86_64"] == 4 * 2
    assert ran.counters("idle")["invocations"] == 0


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"provisioned_concurrency": 1}, True),
        ({"snap_start": True, "runtime": "java21"}, True),
        ({"provisioned_concurrency": 1, "timeout": "3 min"}, False),
        ({}, False),
    ],
)
def test_an_init_ahead_of_requests_has_130_s_or_the_timeout(settings: dict[str, Any], wrong: bool) -> None:
    f = service(function(**{"duration": "1 s", "timeout": "2 s", "init": {"work": "131 s"}} | settings))
    found = [mistake.path for mistake in f.check({"f": f}, plain("aws-2026"))]
    assert found == [("init", "work")] * wrong
