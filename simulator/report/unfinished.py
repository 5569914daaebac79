"""What is said of requests that no percentile has: that failed, or of whose effects a run sees no end."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from simulator.measure.percentiles import FLATTERED, MANY
from simulator.measure.result import Counted
from simulator.measure.summary import DesignSummary, Judged, TrafficSummary
from simulator.report.numbers import significant, whole, with_unit
from simulator.study.over_time import endless_share

UNDONE_AS: Final = {"dead_lettered": "dead-lettered", "unfinished": "unfinished at\nthe end of a run"}
"""How columns name what `measure.result.UNDONE` does."""


def unfinished(found: TrafficSummary) -> str:
    """`84 % unfinished`, where there are so many that the completion of the others flatters a design."""
    share = found.undone["unfinished"].value
    many = share > MANY or found.completion["p99"].value == math.inf
    return f"{with_unit(share, 'share', 2)} unfinished" if many else ""


def left_out(clock: str, found: Sequence[Counted]) -> str:
    """What a line does not show: of latency `45 % failed`, where so many flatter a design."""
    if clock == "completion":
        return not_done(found)
    share = sum(one.failed for one in found) / max(sum(one.requests for one in found), 1)
    return f"{with_unit(share, 'share', 2)} failed" if share > FLATTERED else ""


def not_done(found: Sequence[Counted]) -> str:
    """What a line of completion does not show: `90 % infinite, 17 % dead-lettered`."""
    answered = sum(one.outcomes.get("ok", 0) for one in found)
    shares = {"infinite": endless_share(found)} | {
        said: sum(getattr(one, field) for one in found) / max(answered, 1)
        for field, said in {"dead_lettered": "dead-lettered", "lost": "lost"}.items()
    }
    return ", ".join(
        f"{with_unit(share, 'share', 2)} {said}"
        for said, share in shares.items()
        if share > (0 if said == "infinite" else MANY)
    )


def endless(judged: Judged, design: DesignSummary) -> Iterator[str]:
    """How many requests are not complete, where by them a completion is infinite, or may be."""
    about, _, window = judged.key.partition("@")
    subject, _, metric = about.rpartition(".")
    if metric != "completion" or math.inf not in judged.value[:3]:
        return
    traffic = design.traffic[subject]
    found = traffic.windows[window] if window else traffic
    share = found.undone["unfinished"].value
    count = share * found.requests.value
    requests = f"{whole(count) if count >= 10 else significant(count)} requests a run"
    part = with_unit(share, "share", 2)
    yield f"{requests}, {part} of all, are unfinished at its end and count as infinite"
