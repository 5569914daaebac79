"""What the run measured at one service, for its counters and its bill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CPUS = "vcpus"
"""What the CPUs of a fleet or of a database are called: the station, the limit that it is, and its unit."""
PROVISIONED_REQUESTS = "provisioned requests per second"
"""The limit of a function's provisioned environments that nothing fails by: what is beyond it spills over."""
SPILLOVERS = "provisioned_spillover_invocations"
"""The counter of a function's requests that no provisioned environment took."""
LONGEST = "_max_s"
"""How the counters end that are the maximum of a time."""
ITERATOR_AGE = "iterator_age"
"""The ages of batches of a stream: of the last record, when the batch is handed to the function."""
POLLER_S = "poller_s"
"""For how many seconds there were pollers of a queue, or a fleet's receivers, each for itself."""


def per(ns: float, count: float) -> float:
    """By Little's law, the seconds of one of so many that together took so long."""
    return ns / 1e9 / max(count, 1)


@dataclass(frozen=True)
class Measured:
    """Numbers of one service over the counted time, by `station.field`, counter, or `meter.field`.

    A number that no request brought into being is 0.
    """

    name: str
    """The service."""
    ns: int
    """Length of the counted time, in nanoseconds."""
    values: Mapping[str, float]

    def __getitem__(self, key: str) -> float:
        return self.values.get(key, 0.0)

    def starting(self, prefix: str) -> Mapping[str, float]:
        """Those whose name begins so, without the prefix."""
        return {key[len(prefix) :]: value for key, value in self.values.items() if key.startswith(prefix)}

    @property
    def seconds(self) -> float:
        """Length of the counted time."""
        return self.ns / 1e9

    @property
    def hours(self) -> float:
        """Length of the counted time."""
        return self.ns / 3.6e12
