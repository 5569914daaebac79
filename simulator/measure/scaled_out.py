"""How a fleet that follows its load has grown in the runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class ScaledOut(NamedTuple):
    """A fleet with an autoscaler, over all replications."""

    service: str
    servers: float
    """When counting began, on average."""
    most: float
    """At a time since then, the mean of the runs' maxima."""
    allowed: int
    """The most that it may have."""
    first_at_s: float | None
    """When there were first more of them since then, launched or in service, in the run in which that was
    soonest; None: in no run."""
    first_by_s: float | None
    """The same of the run in which it was latest, of those in which there were more."""
    points: int
    """Data points that must lie beyond the goal until its alarm rings."""
    period_s: float
    """From one data point to the next."""
    ready_s: float
    """From a launch until the server takes requests."""
    each: Mapping[str, int]
    """By unit of a limit, what each server has of it."""
    scheduled: bool
    """Whether actions are scheduled, which have it grow as well."""
    coarse: bool
    """Whether detailed monitoring would give it more data points."""
