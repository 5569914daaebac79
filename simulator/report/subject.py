"""What an objective speaks of: requests, services and limits on their way."""

from __future__ import annotations

from simulator.measure.limits import LimitSummary
from simulator.measure.result import UNDONE
from simulator.measure.summary import DesignSummary, Failure, Judged, TrafficSummary
from simulator.measure.where import Where


def subject_of(judged: Judged) -> str:
    """The traffic, or the service."""
    return judged.key.partition("@")[0].rpartition(".")[0]


def metric_of(judged: Judged) -> str:
    """`latency`, `failed`."""
    return judged.key.partition("@")[0].rpartition(".")[2]


def of_failures(judged: Judged, design: DesignSummary) -> bool:
    """Whether it asks how many requests fail, so that a limit that turned some away explains it."""
    return subject_of(judged) in design.traffic and metric_of(judged) not in (
        "latency",
        "completion",
        *UNDONE,
    )


def spoken_of(judged: Judged, design: DesignSummary) -> TrafficSummary:
    """The requests that an objective speaks of."""
    traffic, window = design.traffic[subject_of(judged)], judged.key.partition("@")[2]
    return traffic.windows[window] if window else traffic


def failures_of(judged: Judged, design: DesignSummary) -> list[Failure]:
    """Those that an objective speaks of, the most frequent cause first."""
    outcome = metric_of(judged)
    failures = spoken_of(judged, design).failures
    return [one for one in failures if outcome in ("failed", "ok", one.cause.outcome)]


def where_of(judged: Judged, design: DesignSummary) -> Where | None:
    """Where the time of the requests goes that an objective speaks of."""
    return design.where.get(subject_of(judged), {}).get(judged.key.partition("@")[2])


def passed_by(judged: Judged, design: DesignSummary) -> set[str]:
    """The services on the way of the requests that an objective speaks of."""
    subject = subject_of(judged)
    if subject in design.traffic:
        return set(design.passes.get(subject.partition(".")[0], ()))
    return {one for passed in design.passes.values() if subject in passed for one in passed}


def concerns(limit: LimitSummary, judged: Judged, design: DesignSummary) -> bool:
    """Not if only other requests come to it; what is the account's is on every way."""
    if judged.unit == "usd":
        return False
    elsewhere = {one for passed in design.passes.values() for one in passed} - passed_by(judged, design)
    return limit.service not in elsewhere
