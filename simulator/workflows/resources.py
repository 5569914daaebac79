"""What a task uses, by its Resource and Parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from simulator.workflows.machine import CALL, CALLBACK, SEND

_INTEGRATION = re.compile(r"arn:[\w${}:-]+?:states:[^:]*:[^:]*:(?P<service>[\w:-]+?)(?P<pattern>\.[\w:]+)?")
_FUNCTION = re.compile(r"(arn:[^:]+:)?lambda:[^:]*:([^:]*:)?(function:)?(?P<name>[^:]+)(:[^:]+)?")
_SUBSTITUTED = re.compile(r"\$\{(?P<name>\w+)(\.Arn)?\}")
_NAMES = ("FunctionName", "StateMachineArn", "QueueUrl", "TopicArn", "TableName", "FunctionArn")
"""Parameters that say which one is meant."""


class ResourceError(ValueError):
    """Nothing that a task here can use; `what; what to write instead`."""


class Used(NamedTuple):
    """What a task uses, and how; see `machine.Task`."""

    target: str | None
    pattern: Literal["call", "send", "callback"]
    starts: bool


def resource(arn: str, parameters: Any) -> Used:
    """The service that a Resource names, as far as it names one."""
    if match := _SUBSTITUTED.fullmatch(arn):
        return Used(match["name"], CALL, False)
    if ":activity:" in arn:
        raise ResourceError("an activity, whose workers are not simulated; use .waitForTaskToken")
    if match := _INTEGRATION.fullmatch(arn):
        return _integration(match["service"], match["pattern"] or "", parameters)
    if match := _FUNCTION.fullmatch(arn):
        return Used(_last(match["name"]), CALL, False)
    raise ResourceError(f"Resource {arn!r}; write the ARN of a function or of a service integration")


def _integration(service: str, pattern: str, parameters: Any) -> Used:
    starts = service in ("states:startExecution", "aws-sdk:sfn:startSyncExecution")
    target = _named(parameters)
    if pattern == ".waitForTaskToken":
        return Used(target, CALLBACK, starts)
    if pattern in (".sync", ".sync:2"):
        if not starts:
            raise ResourceError(f"'{service}{pattern}', which waits for a job; only startExecution does here")
        return Used(target, CALL, True)
    if pattern:
        raise ResourceError(f"'{service}{pattern}'; write .sync:2, .waitForTaskToken or neither")
    return Used(target, SEND if service == "states:startExecution" else CALL, starts)


def _named(parameters: Any) -> str | None:
    """The last part of the ARN, URL or name among the parameters, if it is a plain one."""
    for key in _NAMES if isinstance(parameters, Mapping) else ():
        if isinstance(value := parameters.get(key), str):
            match = _SUBSTITUTED.fullmatch(value)
            return match["name"] if match else _last(value)
    return None


def _last(name: str) -> str:
    if match := _SUBSTITUTED.fullmatch(name):
        return match["name"]
    name = name.rpartition("/")[2]
    if match := re.fullmatch(r"(arn:.*:)?function:([^:]+)(:[^:]+)?", name):
        return match[2]
    return name.rpartition(":")[2]
