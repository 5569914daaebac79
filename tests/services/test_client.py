"""The client: patience, retries and spreading are part of the design."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.services.attempts import Retries
from simulator.values.units import SECOND
from tests.harness import Load, Run, function, service


def app(**settings: Any) -> dict[str, Any]:
    return {"app": {"service": "client", "to": "f", **settings}, "f": function(duration="1 s")}


def test_without_a_timeout_it_waits_as_long_as_it_takes(run: Run) -> None:
    services = {**app(), "f": function(duration="800 s", timeout="900 s")}
    assert run(services, Load("app", [0]), until=1000).answers == [(800.0, "ok")]


def test_a_spread_holds_requests_back_evenly_and_is_not_felt(run: Run) -> None:
    ran = run(app(spread="10 s"), Load("app", np.zeros(800, dtype=np.int64)))
    held = np.array([row.sent - row.arrived for row in ran.log])
    assert held.min() >= 0
    assert held.max() <= 10 * SECOND
    assert abs(held.mean() / SECOND - 5) < 4 * 10 / 12**0.5 / 800**0.5
    assert {row.answered - row.sent for row in ran.log} == {SECOND}


def test_what_it_sends_is_counted_as_attempts(run: Run) -> None:
    services = {
        **app(retries={"attempts": 2, "on": [429]}),
        "f": function(duration="1 s", reserved_concurrency=0),
    }
    load = run(services, Load("app", [0, 1])).load
    assert (load.requests, load.attempts) == (2, 6)


def test_calls_inside_a_function_are_not_attempts_of_the_client(run: Run) -> None:
    call = {"to": "bank", "retries": {"attempts": 3, "on": ["5xx"], "backoff": "0 s"}}
    services = {
        **app(),
        "f": function(handler=[{"call": call}]),
        "bank": {"service": "external", "latency": "0 s", "fails": "100%"},
    }
    assert run(services, Load("app", [0])).load.attempts == 1


def test_traffic_straight_to_a_service_is_one_attempt_each(run: Run) -> None:
    assert run(app(), Load("f", [0, 1, 2])).load.attempts == 3


def test_families_of_statuses_are_understood() -> None:
    assert Retries.model_validate({"on": ["5xx"]}).statuses == (500, 502, 503, 504)
    assert Retries.model_validate({"on": [429, "timeout"]}).statuses == (0, 429)
    assert 429 in Retries.model_validate({"on": ["4xx"]}).statuses


@pytest.mark.parametrize("on", [[200_000], ["6xx"], ["slow"], [0]])
def test_a_status_that_does_not_exist_is_refused(on: list[Any]) -> None:
    with pytest.raises(ValidationError, match="not a status"):
        Retries.model_validate({"on": on})


def test_a_client_needs_somebody_to_send_to() -> None:
    with pytest.raises(ValidationError, match="to"):
        service({"service": "client"})


def test_a_function_whose_call_timed_out_has_answered_its_caller_in_time(run: Run) -> None:
    services = {
        **app(retries={"attempts": 1, "on": ["timeout"], "backoff": "0 s"}, timeout="10 s"),
        "f": function(handler=[{"call": {"to": "bank", "timeout": "1 s"}}]),
        "bank": {"service": "external", "latency": "2 s"},
    }
    assert run(services, Load("app", [0])).load.attempts == 1
