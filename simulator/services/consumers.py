"""Who receives from a queue or stream: functions that have it among their events, fleets that poll it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from simulator.services.events import EventSource
from simulator.services.receiving import Receives
from simulator.services.service import Service


class EventSourceMapping(NamedTuple):
    """An event source mapping, by the names that the design gives it."""

    function: str
    """Or the fleet."""
    event: str
    source: EventSource
    timeout: int
    """Of the function, ns."""
    by_lambda: bool = True
    """Lambda polls for the function, and scales; a fleet's servers do it themselves."""

    @property
    def name(self) -> str:
        """Short for both, and how records reach it."""
        return f"{self.function}.{self.event}" + (" (pushed)" if self.source.enhanced_fan_out else "")


def consumers(services: Mapping[str, Service], name: str) -> Iterator[EventSourceMapping]:
    """The mappings that poll `name`, in the order of the design."""
    for function, service in services.items():
        for event, source in getattr(service, "events", {}).items():
            if source.from_ == name:
                yield EventSourceMapping(function, event, source, getattr(service, "timeout", 0))
        receives: Receives | None = getattr(service, "receives", None)
        if receives and receives.from_ == name:
            source = EventSource(from_=name, batch_size=receives.batch_size)
            yield EventSourceMapping(function, "receives", source, 0, by_lambda=False)
