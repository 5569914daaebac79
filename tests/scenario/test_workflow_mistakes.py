"""Mistakes in a state machine, and what an era did not have, told at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.writing import SMALL, mistakes

STORE = "  store: {service: rds, instance: db.m5.large, query: 2 ms}\n"
EACH = "items: 3, do: [{pass: true}]"


def said(tmp_path: Path, machine: str, era: str = "aws-2026", child: str = "type: express") -> list[str]:
    """What is said of a machine beside an HTTP API and another machine."""
    services = f"  m: {{service: step_functions, {machine}}}\n"
    services += f"  child: {{service: step_functions, {child}, states: [{{pass: true}}]}}\n"
    told = mistakes(tmp_path, f"era: {era}\n" + SMALL.replace(STORE, STORE + services))
    return [line.partition(".m.")[2] for line in told if "architecture.m." in line]


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        ("states: [{call: shop}, {send: child}, {call: child}]", ""),
        (
            "states: [{pass: true}], start: synchronous",
            "start: a Standard machine that is started synchronously; write type: express",
        ),
        (
            "type: express, states: [{call: shop, callback: 1 s}]",
            ("states: state 'shop': an Express machine waits for no job and no token; write type: standard,"
            " or send instead of call"),
        ),
        (
            "states: [{pass: true}], payload: 300 KB",
            "payload: data beyond the 256 KB that an execution may carry; write at most '256 KB'",
        ),
        (
            f"states: [{{map: {{{EACH}, tolerated_failure_count: 1}}}}]",
            "states.0.map: failures of an inline Map are not tolerated; write `distributed: standard`",
        ),
        (
            "states: [{call: shop, heartbeat: 5 s}]",
            "states.0: a heartbeat without a callback; write it beside `callback`",
        ),
        (
            "states: [{call: shop, callback: 9 s, heartbeats: 5%}]",
            "states.0: heartbeats that nobody waits for; write `heartbeat` beside them",
        ),
        (
            "states: [{call: shop}], heartbeats: {shop: 5%}",
            ("heartbeats.shop: heartbeats of 'shop', which has no HeartbeatSeconds or no task token;"
            " leave them out"),
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_a_machine_is_told_at_its_place(machine: str, expected: str, tmp_path: Path) -> None:
    assert said(tmp_path, machine) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (
            "type: express, states: [{pass: true}], start: synchronous",
            "start: no StartSyncExecution in era aws-2020-08; write start: asynchronous",
        ),
        (
            "states: [{call: child}]",
            ("states: state 'child': it waits for an Express machine, which era aws-2020-08 cannot; send"
            " instead of call, or let the child be standard"),
        ),
        (
            f"states: [{{map: {{{EACH}, distributed: express}}}}]",
            "states: state 'map': no distributed Map in era aws-2020-08; let it be inline",
        ),
        (
            "states: [{pass: true}], payload: 33 KB",
            "payload: data beyond the 32 KB that an execution may carry; write at most '32 KB'",
        ),
    ],
)  # fmt: skip
def test_what_an_era_did_not_have_is_refused(machine: str, expected: str, tmp_path: Path) -> None:
    assert said(tmp_path, machine, "aws-2020-08") == [expected]
    assert said(tmp_path, machine) == []
