"""Queues, streams and asynchronous invocations as reports tell of them: what was received, and how well the
receivers kept up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from simulator.measure.summary import Summary


class Messages(NamedTuple):
    """What one queue's pollers, one function's lanes or its asynchronous queue took; means per run, but
    maxima of times (`…_max_s`) the longest of all runs; NaN where there is no such number."""

    design: str
    service: str
    of: str
    """`queue`, `stream` or `async`."""
    received: float
    received_again: float
    """Of them, those that had been received before: duplicates, as the receiver sees it."""
    dead_lettered: float
    """Failed too often, or of a stream were too old, and told to where that goes."""
    expired: float
    waiting_max: float
    """Backlog."""
    waiting_end: float
    oldest_max_s: float
    """Of the oldest that waits."""
    waiting_mean_s: float
    """How long one waits until it is handed over, once it can be: for others, for a receiver, for the batch
    window. What comes before is a stream's poll and spread, what comes after the batch's own time."""
    age_p50_s: float
    """When it is handed over: of the first message of a queue's batch, of the last record of a stream's."""
    age_p99_s: float
    age_max_s: float
    batch_size_mean: float
    batch_size_max: float
    batch_time_mean_s: float
    """From being handed over until the batch is done or given back, pauses after failures included."""
    in_use_mean: float
    """Lanes of a stream, or pollers, with a batch in hand."""
    in_use_max: float
    lanes: float
    """Those there are."""
    busiest: float
    """The share of time for which the busiest lane has a batch in hand."""


SHARED: Final = {
    name: name for name in ("batch_size_mean", "batch_size_max", "batch_time_mean_s", "waiting_mean_s")
}
COUNTERS: Final[Mapping[str, Mapping[str, str]]] = {
    "queue": SHARED | {
        "received": "number_of_messages_received",
        "received_again": "messages_received_again",
        "dead_lettered": "messages_dead_lettered",
        "expired": "messages_expired",
        "waiting_max": "messages_visible_max",
        "waiting_end": "messages_visible_end",
        "oldest_max_s": "age_of_oldest_message_max_s",
        "in_use_mean": "pollers_in_use_mean",
        "in_use_max": "pollers_max",
        **{f"age_{what}_s": f"message_age_{what}_s" for what in ("p50", "p99", "max")},
    },
    "stream": SHARED | {
        "received": "records_received",
        "received_again": "records_received_again",
        "dead_lettered": "records_discarded",
        "expired": "records_expired",
        "waiting_max": "records_waiting_max",
        "waiting_end": "records_waiting_end",
        "oldest_max_s": "oldest_record_age_max_s",
        "in_use_mean": "lanes_in_use_mean",
        "in_use_max": "lanes_in_use_max",
        "lanes": "lanes",
        "busiest": "busiest_lane_share",
        **{f"age_{what}_s": f"iterator_age_{what}_s" for what in ("p50", "p99", "max")},
    },
    "async": {
        "received": "async_events_received",
        "dead_lettered": "async_events_dropped",
        **{f"age_{what}_s": f"async_event_age_{what}_s" for what in ("p50", "p99", "max")},
    },
}  # fmt: skip
"""The counter of a service that each number is."""


def messages(summary: Summary) -> Iterator[Messages]:
    """All that received anything, or has something waiting, of every design in the scenario's order."""
    for name, design in summary.designs.items():
        for service, counters in design.services.items():
            for of, names in COUNTERS.items():
                if counters.get(names["received"], 0.0) or counters.get(names.get("waiting_end", ""), 0.0):
                    numbers = (counters.get(names.get(field, ""), math.nan) for field in Messages._fields[3:])
                    yield Messages(name, service, of, *numbers)
