"""Replications out of thin air: tests of what comes after a run need none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simulator.measure.result import Cause, Counted, Limit, Replication
from simulator.measure.sketch import BINS, Sketch, bin_of
from simulator.measure.timeline import (
    COARSE_BINS,
    COARSE_POWERS,
    COARSE_SHIFT,
    COARSE_SUB_BINS,
    KeptTimeline,
    Timeline,
)
from simulator.measure.usage import Usage

THROTTLED = Cause("throttled", "checkout", "account_concurrency")


def sketch(seconds: Sequence[float]) -> Sketch:
    """A sketch of these durations."""
    values = [round(second * 1e9) for second in seconds]
    counts = np.bincount([bin_of(value) for value in values], minlength=BINS)
    return Sketch.of(counts, sum(values), max(values, default=0))


def timeline(
    slices: Sequence[Sequence[float]], failed: Sequence[int] = (), width_s: float = 10.0
) -> Timeline:
    """Latencies by when their requests arrived, and how many failed, in slices of ten seconds."""
    dense = np.zeros((len(slices), COARSE_BINS), dtype=np.int64)
    for place, seconds in enumerate(slices):
        for second in seconds:
            dense[place, bin_of(round(second * 1e9)) >> COARSE_SHIFT] += 1
    lost = np.array(failed or [0] * len(slices))
    by_power = dense.reshape(len(slices), COARSE_POWERS, COARSE_SUB_BINS).swapaxes(0, 1)
    return Timeline.of(round(width_s * 1e9), dense.sum(axis=1) + lost, lost, by_power)


def counted(
    ok: Sequence[float] = (),
    causes: Mapping[Cause, int] | None = None,
    completion: Sequence[float] | None = None,
    in_flight: int = 0,
    windows: Mapping[str, Counted] | None = None,
) -> Counted:
    """Requests with these latencies, failures and stragglers."""
    lost = causes or {}
    outcomes = {"ok": len(ok)}
    for cause, count in lost.items():
        outcomes[cause.outcome] = outcomes.get(cause.outcome, 0) + count
    if in_flight:
        outcomes["in_flight"] = in_flight
    requests = sum(outcomes.values())
    return Counted(
        requests=requests,
        outcomes=outcomes,
        causes=lost,
        attempts=requests,
        latency=sketch(ok),
        completion=sketch(ok if completion is None else completion),
        windows=windows or {},
    )


def replication(
    design: str,
    number: int,
    traffic: Mapping[str, Counted],
    services: Mapping[str, Mapping[str, float]] | None = None,
    limits: Sequence[Limit] = (),
    usage: Sequence[Usage] = (),
    counted_s: float = 600.0,
) -> Replication:
    """One run that ended like this."""
    return Replication(
        design=design,
        number=number,
        seed=1,
        engine="simpy",
        counted_s=counted_s,
        events=0,
        traffic=traffic,
        services=services or {},
        limits=tuple(limits),
        usage=tuple(usage),
        series={"time_s": np.arange(3.0), "buyers.requests": np.array([1.0, 2.0, 3.0]) * number},
        timelines={key: KeptTimeline.of(timeline([[1.0] * 100, [], [2.0] * 200])) for key in traffic},
    )
