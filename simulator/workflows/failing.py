"""Names of errors, as Retry and Catch know them, to the statuses that requests carry here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

ITEMS_FAILED: Final = 424
HISTORY_FULL: Final = 507
HEARTBEAT_MISSED: Final = 598
OWN: Final = (ITEMS_FAILED, HISTORY_FULL, HEARTBEAT_MISSED)
"""What a machine calls its own failures, and no service answers with."""
_TIMED_OUT: Final = 0
_THROTTLED: Final = (400, 429)
_ERRORS: Final = (403, 404, 408, 413, 500, 502, 503, 504)
_NEVER: Final = frozenset(
    [
        *("Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"),
        *("Lambda.ClientExecutionTimeoutException", "States.Permissions"),
        *(
            "States.Runtime",
            "States.DataLimitExceeded",
            "States.ItemReaderFailed",
            "States.ResultWriterFailed",
        ),
        *("States.ParameterPathFailure", "States.ResultPathMatchFailure", "States.IntrinsicFailure"),
        "States.NoChoiceMatched",
    ]
)
"""Errors that do not happen here."""
_THROTTLES: Final = (
    *("TooManyRequestsException", "ThrottlingException", "ThrottledException", "LimitExceeded"),
    *("ProvisionedThroughputExceededException", "RequestThrottled"),
)


def statuses(errors: Sequence[str]) -> tuple[int, ...]:
    """The statuses that any of the errors means.

    A TimeoutSeconds that has passed is States.Timeout. A service's refusal (429; 400 of DynamoDB, Kinesis and
    SQS) is any name that ends like TooManyRequestsException. That and any other error of a service is
    States.TaskFailed. A missed heartbeat is States.HeartbeatTimeout, and States.Timeout too. Names of a
    function's own errors are not told apart: each means any error of the service. That the history is full no
    name means, not even States.ALL.
    """
    found: set[int] = set()
    for error in errors:
        if error == "States.ALL":
            found |= {_TIMED_OUT, HEARTBEAT_MISSED, ITEMS_FAILED, *_THROTTLED, *_ERRORS}
        elif error == "States.TaskFailed":
            found |= {ITEMS_FAILED, *_THROTTLED, *_ERRORS}
        elif error == "States.Timeout":
            found |= {_TIMED_OUT, HEARTBEAT_MISSED}
        elif error == "States.HeartbeatTimeout":
            found.add(HEARTBEAT_MISSED)
        elif error == "States.ExceedToleratedFailureThreshold":
            found.add(ITEMS_FAILED)
        elif error.endswith(_THROTTLES):
            found |= set(_THROTTLED)
        elif error not in _NEVER:
            found |= set(_ERRORS)
    return tuple(sorted(found))


def statuses_of_each(lists: Sequence[Sequence[str]]) -> list[tuple[int, ...]]:
    """Of one list of errors after the other, where the first that fits is taken."""
    taken: set[int] = set()
    each = []
    for errors in lists:
        fresh = tuple(status for status in statuses(errors) if status not in taken)
        taken.update(fresh)
        each.append(fresh)
    return each
