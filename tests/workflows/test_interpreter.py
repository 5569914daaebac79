"""The same definitions by an interpreter of Amazon States Language that others wrote: moto's Step Functions.

It runs on data, the simulator on shares: each case says which ways its data takes. Compared are the states
entered, how often, how the execution ends, and the number of events of its history.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from tests.harness import Load, run
from tests.workflows.machines import defined

TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::dynamodb:getItem",
    "Parameters": {"TableName": "there", "Key": {"k": {"S": "1"}}},
    "ResultPath": None,
}
BROKEN = {**TASK, "Parameters": {"TableName": "nowhere", "Key": {"k": {"S": "1"}}}}
AGAIN = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 1.0}
TIMEOUTS = {**AGAIN, "ErrorEquals": ["States.Timeout"]}
CAUGHT = {"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.e", "Next": "end"}
END = {"end": {"Type": "Succeed"}}


def one(name: str, **state: Any) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: {"Type": "Pass", "End": True, **state}}}


NOTHING: dict[str, Any] = {}


class Case(NamedTuple):
    """A definition's states, what the scenario says of them, and the data that says the same."""

    states: dict[str, Any]
    given: dict[str, Any] = NOTHING
    data: dict[str, Any] = NOTHING


RULES = [
    {"Variable": "$.x", "NumericLessThan": 3, "Next": "low"},
    {"And": [{"Variable": "$.x", "NumericLessThan": 9}, {"Not": {"Variable": "$.x", "NumericEquals": 7}}],
     "Next": "middle"},
]  # fmt: skip
CHOICE = {
    "which": {"Type": "Choice", "Choices": RULES, "Default": "high"},
    "low": {"Type": "Pass", "Next": "end"},
    "middle": {"Type": "Fail", "Error": "Middle"},
    "high": {"Type": "Task", **{k: v for k, v in TASK.items() if k != "Type"}, "Next": "end"},
    **END,
}
PARALLEL = {
    "Type": "Parallel",
    "Branches": [
        one("a"),
        {"StartAt": "b", "States": {"b": {**TASK, "Next": "c"}, "c": {"Type": "Pass", "End": True}}},
    ],
    "ResultPath": None,
}
MAP = {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ResultPath": None}
ITEM = {"StartAt": "i", "States": {"i": {**TASK, "End": True}}}
NO = {"StartAt": "no", "States": {"no": {"Type": "Fail", "Error": "No"}}}
ANY = {"ErrorEquals": ["States.ALL"], "Next": "end"}
RETRIED = {**BROKEN, "Retry": [TIMEOUTS], "Catch": [CAUGHT], "Next": "not"}
CASES = {
    "in a row": Case({"one": {"Type": "Pass", "Next": "two"}, "two": {**TASK, "Next": "end"}, **END}),
    "default": Case(CHOICE, {"choices": {"which": {"high": "100%"}}}, {"x": 7}),
    "first rule": Case(CHOICE, {"choices": {"which": {"low": "100%"}}}, {"x": 1}),
    "failing": Case(CHOICE, {"choices": {"which": {"middle": "100%"}}}, {"x": 4}),
    "side by side": Case({"both": {**PARALLEL, "Next": "end"}, **END}),
    "items": Case(
        {"each": {**MAP, "ItemProcessor": ITEM, "Next": "end"}, **END},
        {"items": {"each": 3}},
        {"items": [1, 2, 3]},
    ),
    "no items": Case(
        {"each": {**MAP, "Iterator": one("i"), "Next": "end"}, **END}, {"items": {"each": 0}}, {"items": []}
    ),
    "tried again": Case({"try": {**BROKEN, "Retry": [AGAIN], "End": True}}),
    "caught": Case({"try": RETRIED, "not": {"Type": "Pass", "End": True}, **END}),
    "caught around a branch": Case(
        {"both": {**PARALLEL, "Branches": [NO], "Catch": [ANY], "Next": "end"}, **END}
    ),
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        table = [{"AttributeName": "k", "KeyType": "HASH"}]
        boto3.client("dynamodb", region_name="us-east-1").create_table(
            TableName="there", KeySchema=table, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        )  # fmt: skip
        yield boto3.client("stepfunctions", region_name="us-east-1")


def interpreted(
    aws: Any, definition: dict[str, Any], data: dict[str, Any]
) -> tuple[dict[str, int], bool, int]:
    """States entered, whether it went well, and the number of events."""
    role = "arn:aws:iam::123456789012:role/machine"
    machine = aws.create_state_machine(name="m", definition=json.dumps(definition), roleArn=role)
    execution = aws.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(data))
    named = {"executionArn": execution["executionArn"]}
    while (status := aws.describe_execution(**named)["status"]) == "RUNNING":
        time.sleep(0.02)
    history = aws.get_execution_history(**named)["events"]
    entered = Counter(
        event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event
    )
    return dict(entered), status == "SUCCEEDED", len(history)


@pytest.mark.parametrize("name", CASES)
def test_the_states_entered_are_those_of_another_interpreter(aws: Any, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    definition = {"StartAt": next(iter(case.states)), "States": case.states}
    tasks = {"there": "well", "nowhere": "ill"}
    used = {
        state: tasks[task["Parameters"]["TableName"]]
        for state, task in every(definition)
        if task["Type"] == "Task"
    }
    machine = defined(tmp_path, definition, tasks=used, **case.given)
    services = {"well": {"service": "external", "latency": "1 ms"}}
    services["ill"] = {**services["well"], "fails": "100%"}
    ran = run({"m": machine, **services}, Load("m", [0]), engine="compiled")
    counted = ran.seen("m")
    entered = {state: counted[f"state.{state}.entered"] for state, _ in every(definition)}
    simulated = {state: count for state, count in entered.items() if count}
    assert (simulated, bool(counted["executions_succeeded"]), counted["history_events"]) == interpreted(
        aws, definition, case.data
    )


def every(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """All states of a definition, those inside others too."""
    for name, state in definition["States"].items():
        yield name, state
        inner = [state[key] for key in ("Iterator", "ItemProcessor") if key in state]
        for machine in (*state.get("Branches", ()), *inner):
            yield from every(machine)
