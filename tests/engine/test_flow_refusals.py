"""Who tries again what a limit refuses, and what is held meanwhile, read from a program."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.engine.visits import BUCKET, QUOTA
from tests.engine.test_flow import read, works
from tests.harness import Load

BANK = {"service": "external", "latency": "1 s", "capacity": "9/s"}
PATIENT = {"attempts": 2, "on": [429]}


def again(**services: Any) -> dict[str, list[int]]:
    """By what refuses: its kind and name, and the pools of which a place is held."""
    flow, program = read(services, Load("app"))
    names = {BUCKET: [name for _, name in program.buckets], QUOTA: [name for _, name in program.quotas]}
    return {names[kind][place]: sorted(pools) for (kind, place), pools in flow.again.items()}


def test_a_client_that_retries_holds_nothing_meanwhile() -> None:
    app = {"service": "client", "to": "bank"}
    assert again(app={**app, "retries": PATIENT}, bank=BANK) == {"capacity": []}
    assert again(app={**app, "retries": {"attempts": 0}}, bank=BANK) == again(app=app, bank=BANK) == {}
    other = {**app, "retries": {"attempts": 2, "on": [500]}}
    assert again(app=other, bank=BANK) == {}, "it does not wait for 429"


def test_a_call_that_retries_holds_an_execution_of_its_caller() -> None:
    call = {"to": "bank", "retries": PATIENT}
    found = again(app=works(handler=[{"work": "1 s"}, {"call": call}]), bank=BANK)
    assert found == {"capacity": [0]}


@pytest.mark.parametrize("limit", ["concurrency", "requests per second", "scaling rate"])
def test_a_function_that_refuses_is_called_again_by_one_that_holds_its_own(limit: str) -> None:
    call = {"to": "inner", "retries": PATIENT}
    found = again(app=works(handler=[{"call": call}]), inner=works(duration="1 s"))
    assert found[limit] == [0]


def test_each_who_tries_again_does_so_for_every_try_of_the_next() -> None:
    call = {"to": "bank", "retries": PATIENT}
    services = {
        "app": {"service": "client", "to": "inner", "retries": {"attempts": 3, "on": ["5xx"]}},
        "inner": works(handler=[{"work": "1 s"}, {"call": call}]),
        "bank": BANK,
    }
    flow, program = read(services, Load("app"))
    (bank,) = (place for place, (_, name) in enumerate(program.buckets) if name == "capacity")
    assert flow.attempts[BUCKET, bank] == 3 * 4
