"""Amazon States Language: what is read, and what is refused by name and place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.workflows.asl import read_asl
from simulator.workflows.failing import statuses
from simulator.workflows.located import located
from simulator.workflows.machine import Machine, Map, Parallel, Retrier, Task, Wait
from simulator.workflows.resources import ResourceError, resource


def read(text: str) -> Machine:
    machine, refusals = read_asl(text)
    assert refusals == []
    assert machine is not None
    return machine


def refused(text: str) -> list[str]:
    machine, refusals = read_asl(text)
    assert machine is None
    return [str(refusal) for refusal in refusals]


def one(**state: Any) -> str:
    return json.dumps({"StartAt": "a", "States": {"a": {"End": True, **state}}})


START = "arn:aws:states:::states:startExecution"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"


def test_values_know_their_lines() -> None:
    tree = located('{"a": [1,\n {"b":\n\n "x\\n\\"y"}],\n"c": null, "d": -1.5e3}')
    assert tree.plain() == {"a": [1, {"b": 'x\n"y'}], "c": None, "d": -1500.0}
    assert [tree.value["a"].line, tree.value["a"].value[1].line] == [1, 2]
    assert tree.value["a"].value[1].value["b"].line == 4
    assert tree.value["c"].line == 5


def test_retriers_have_the_defaults_of_the_language() -> None:
    state = read(one(Type="Task", Resource=LAMBDA, Retry=[{"ErrorEquals": ["States.ALL"]}])).states["a"]
    assert isinstance(state, Task)
    assert state.retry == (Retrier(("States.ALL",), 3, 1_000_000_000, 2.0, 31_622_400 * 10**9, False),)


def test_what_services_call_their_throttling_means_each_status_that_they_throttle_with() -> None:
    for error in (
        "Lambda.TooManyRequestsException",
        "DynamoDB.ThrottlingException",
        "DynamoDB.ProvisionedThroughputExceededException",
    ):
        assert statuses([error]) == (400, 429), error
    assert {400, 429} < set(statuses(["States.TaskFailed"]))


def test_retriers_are_read_whole() -> None:
    retry = {
        "ErrorEquals": ["A", "B"], "IntervalSeconds": 3, "MaxAttempts": 0, "BackoffRate": 1.5,
        "MaxDelaySeconds": 60, "JitterStrategy": "FULL",
    }  # fmt: skip
    state = read(one(Type="Task", Resource=LAMBDA, Retry=[retry], TimeoutSeconds=7)).states["a"]
    assert isinstance(state, Task)
    assert state.retry == (Retrier(("A", "B"), 0, 3 * 10**9, 1.5, 60 * 10**9, True),)
    assert state.timeout == 7 * 10**9


@pytest.mark.parametrize(
    ("arn", "parameters", "used"),
    [
        (LAMBDA, {}, ("f", "call", False)),
        (f"{LAMBDA}:prod", {}, ("f", "call", False)),
        ("${OrderFunction.Arn}", {}, ("OrderFunction", "call", False)),
        ("lambda:us-east-2:App_f1", {}, ("App_f1", "call", False)),
        ("arn:aws:states:::lambda:invoke", {"FunctionName": f"{LAMBDA}:$LATEST"}, ("f", "call", False)),
        ("arn:aws:states:::lambda:invoke", {"FunctionName.$": "$.f"}, (None, "call", False)),
        ("arn:aws:states:::lambda:invoke.waitForTaskToken", {"FunctionName": "f"}, ("f", "callback", False)),
        ("arn:aws:states:::sqs:sendMessage", {"QueueUrl": "https://sqs.aws/1/q"}, ("q", "call", False)),
        ("arn:aws:states:::aws-sdk:dynamodb:getItem", {"TableName": "${Orders}"}, ("Orders", "call", False)),
        (f"{START}.sync:2", {"StateMachineArn": "${Child}"}, ("Child", "call", True)),
        (START, {"StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:c"}, ("c", "send", True)),
    ],
)  # fmt: skip
def test_a_resource_names_a_service_and_how_it_is_used(
    arn: str, parameters: Any, used: tuple[Any, ...]
) -> None:
    assert resource(arn, parameters) == used


@pytest.mark.parametrize(
    "arn", ["arn:aws:states:::glue:startJobRun.sync", "arn:aws:states:us-east-1:1:activity:a", "f"]
)
def test_other_resources_are_refused(arn: str) -> None:
    with pytest.raises(ResourceError, match="; "):
        resource(arn, {})


def test_machines_inside_are_read() -> None:
    inner = {"StartAt": "i", "States": {"i": {"Type": "Wait", "Seconds": 3, "End": True}}}
    both = read(one(Type="Parallel", Branches=[inner])).states["a"]
    assert isinstance(both, Parallel)
    assert isinstance(both.branches[0].states["i"], Wait)
    body = {**inner, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
    each = read(one(Type="Map", ItemProcessor=body, MaxConcurrency=5)).states["a"]
    assert isinstance(each, Map)
    assert (each.distributed, each.at_once) == ("express", 5)


def test_what_a_map_tolerates_is_read() -> None:
    def tolerated(mode: str, **fields: Any) -> str:
        config = {"ProcessorConfig": {"Mode": mode}}
        body = {"StartAt": "i", "States": {"i": {"Type": "Pass", "End": True}}, **config}
        return one(Type="Map", ItemProcessor=body, **fields)

    for fields, expected in (
        ({}, (0, 1_000_000)),
        ({"ToleratedFailureCount": 7}, (7, 1_000_000)),
        ({"ToleratedFailurePercentage": 2.5}, (10**18, 25_000)),
        ({"ToleratedFailureCount": 0, "ToleratedFailurePercentage": 100}, (0, 1_000_000)),
    ):
        state = read(tolerated("DISTRIBUTED", **fields)).states["a"]
        assert isinstance(state, Map)
        assert state.tolerated == expected
    assert refused(tolerated("INLINE", ToleratedFailureCount=7)) == [
        "line 1, state 'a': 'ToleratedFailureCount' of an inline Map; leave it out, or write Mode DISTRIBUTED"
    ]


def test_a_heartbeat_is_read_and_is_shorter_than_the_timeout() -> None:
    token = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"}
    state = read(one(**token, HeartbeatSeconds=9, TimeoutSeconds=10)).states["a"]
    assert isinstance(state, Task)
    assert state.heartbeat == 9 * 10**9
    said = "line 1, state 'a': HeartbeatSeconds is not below TimeoutSeconds; write a smaller number"
    assert refused(one(**token, HeartbeatSeconds=10, TimeoutSeconds=10)) == [said]


def test_ways_that_lead_back_are_found() -> None:
    rules = [
        {"Variable": "$.x", "NumericLessThan": 1, "Next": "a"},
        {"Variable": "$.x", "IsNull": True, "Next": "c"},
    ]
    states = {
        "a": {"Type": "Pass", "Next": "b"},
        "b": {"Type": "Choice", "Choices": rules, "Default": "end"},
        "c": {"Type": "Pass", "Next": "b"},
        "end": {"Type": "Succeed"},
    }
    assert read(json.dumps({"StartAt": "a", "States": states})).loops() == {("b", "a"), ("c", "b")}


def test_what_is_not_understood_is_refused_with_its_state_and_line() -> None:
    text = """{
  "StartAt": "first",
  "States": {
    "first": {"Type": "Task",
      "Resource": "arn:aws:states:::ecs:runTask.sync",
      "Logging": 10,
      "Next": "secnd"},
    "second": {"Type": "Chioce"},
    "third": {"Type": "Map", "ItemBatcher": {}, "End": true,
      "ItemProcessor": {"StartAt": "x", "States": {"x": {"Type": "Pass", "Output": "{% 1 %}", "End": true}}}},
    "fourth": {"Type": "Task", "QueryLanguage": "JSONata", "Resource": "${F}", "Arguments": {}},
    "fifth": {"Type": "Wait", "Seconds": -1, "Next": "first", "Retry": []}
  }
}"""
    assert refused(text) == [
        "line 6, state 'first': 'Logging' is not simulated; leave it out, if it decides nothing",
        "line 5, state 'first': 'ecs:runTask.sync', which waits for a job; only startExecution does here",
        "line 8, state 'second': Type 'Chioce'; did you mean 'Choice'?",
        "line 9, state 'third': 'ItemBatcher' is not simulated; leave it out, if it decides nothing",
        "line 10, state 'x': 'Output', a field of JSONata; write the machine in JSONPath",
        "line 11, state 'fourth': 'Arguments', a field of JSONata; write the machine in JSONPath",
        "line 11, state 'fourth': QueryLanguage 'JSONata'; write the machine in JSONPath",
        "line 11, state 'fourth': neither 'Next' nor 'End'; write one of them",
        "line 12, state 'fifth': 'Retry' is not simulated; leave it out, if it decides nothing",
        "line 12, state 'fifth': Seconds -1; write a number from 0 to 99999999",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": }', "line 1: no JSON (Expecting value); write it as JSON demands"),
        ("[]", "line 1: no state machine; write {StartAt, States}"),
        (
            '{"StartAt": "b", "States": {"a": {"Type": "Succeed"}}}',
            "line 1: StartAt to 'b', which is no state here; write 'a'",
        ),
        ('{"StartAt": "a",\n"States": {}}', "line 2: no 'States'; write at least one state"),
        (
            '{"StartAt": "a", "States": {\n"a": {"Type": "Succeed"},\n"a": {"Type": "Succeed"}}}',
            "line 3: 'a' for the second time; rename one",
        ),
        (
            '{"StartAt": "a",\n"TimeoutSeconds": NaN, "States": {"a": {"Type": "Succeed"}}}',
            "line 2: no JSON (a number without end); write a number",
        ),
    ],
)  # fmt: skip
def test_what_is_no_machine_is_refused(text: str, said: str) -> None:
    assert refused(text) == [said]


WAITS = "Seconds, SecondsPath, Timestamp, TimestampPath"
COMPARED = {"Variable": "$.x", "IsNull": True}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("x", "'x' is no rule; write {Variable, a comparison, Next}"),
        ({"Next": "a"}, "a rule tests nothing; write one comparison, And, Or or Not"),
        ({**COMPARED, "IsString": True, "Next": "a"},
         "a rule tests IsNull and IsString; write one comparison, And, Or or Not"),
        ({"Variable": "$.x", "StringEqual": "y", "Next": "a"},
         "'StringEqual' in a rule; did you mean 'StringEquals'?"),
        ({"IsNull": True, "Next": "a"}, "no 'Variable' beside 'IsNull'; write the path of what is compared"),
        ({"Condition": "{% $x %}", "Next": "a"},
         "'Condition', a field of JSONata; write the machine in JSONPath"),
        ({"And": [], "Next": "a"}, "'And' joins no rules; write a list of rules"),
        ({"Or": [COMPARED, {"Not": {**COMPARED, "Next": "a"}}], "Next": "a"},
         "'Next' in a rule; leave it out"),
    ],
)  # fmt: skip
def test_a_rule_of_a_choice_that_is_none_is_refused(rule: Any, said: str) -> None:
    states = {"a": {"Type": "Choice", "Choices": [rule], "Default": "b"}, "b": {"Type": "Succeed"}}
    assert refused(json.dumps({"StartAt": "a", "States": states}))[0] == f"line 1, state 'a': {said}"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"Type": "Pass", "Next": ["b"]}, "no 'Next'; write 'Next' and a text"),
        ({"Type": "Pass", "Next": "b", "End": True}, "both 'Next' and 'End'; write one of them"),
        ({"Type": "Pass", "End": "yes"}, "End 'yes'; write true"),
        ({"Type": "Succeed", "Next": "b"}, "'Next' of a Succeed state; leave it out"),
        ({"Type": "Choice", "Choices": [{**COMPARED, "Next": "b"}], "Default": {}},
         "no 'Default'; write 'Default' and a text"),
        ({"Type": "Wait", "Next": "b"},
         f"a Wait state with no time; write one of {WAITS}"),
        ({"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "Next": "b"},
         f"a Wait state with 'Seconds' and 'SecondsPath'; write one of {WAITS}"),
        ({"Type": "Map", "End": True, "ItemProcessor": {"ProcessorConfig": ["INLINE"]}},
         "ProcessorConfig ['INLINE']; write INLINE, or DISTRIBUTED and its type"),
    ],
)  # fmt: skip
def test_what_would_be_read_in_two_ways_or_none_is_refused(state: dict[str, Any], said: str) -> None:
    states = {"first": state, "b": {"Type": "Succeed"}}
    assert f"line 1, state 'first': {said}" in refused(json.dumps({"StartAt": "first", "States": states}))


def test_rules_that_rules_join_are_read() -> None:
    rule = {
        "And": [
            COMPARED,
            {"Not": {"Or": [COMPARED, {"Variable": "$.y", "TimestampLessThanEqualsPath": "$.z"}]}},
        ]
    }
    states = {
        "a": {"Type": "Choice", "Choices": [{**rule, "Next": "b"}], "Default": "b"},
        "b": {"Type": "Succeed"},
    }
    assert read(json.dumps({"StartAt": "a", "States": states})).states["a"].exits == ("b",)


def test_one_name_stands_for_one_state_in_the_whole_machine() -> None:
    inner = {"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}
    assert "two states of this name; rename one" in refused(one(Type="Parallel", Branches=[inner]))[0]
