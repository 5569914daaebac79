"""The limits of a design: what was asked of them and what they refused, over all replications."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulator.measure.measured import PROVISIONED_REQUESTS
from simulator.measure.result import Limit


class LimitSummary(NamedTuple):
    """One limit of a design over all replications."""

    service: str
    limit: str
    unit: str
    demand: float
    allowed: float
    refused: float
    first_at_s: float | None
    """When it first refused, the mean over the runs in which it did; None: in no run."""
    runs: int
    """In how many runs it refused."""
    requests_lost: float
    """Requests whose last failure was this limit."""
    burst: float = 0.0
    """Of a token bucket, what may come at once besides."""
    allowed_at_first: float | None = None
    """What it allowed when it first refused, if that was something else."""
    waits_for: str = ""
    """`service.limit` that is the cause: what made this one full was waiting for that."""
    in_turn: bool = False
    """Whether what finds nothing left waits its turn; `refused` is then what had to."""
    unrefused: float | None = None
    """What the peak asks for if nothing is refused, and so nothing sent again, as `simulate explain` finds;
    of a token bucket with a burst, the rate that would do if the burst were as many times larger. None: not
    asked, since the design fails no objective, or nothing failed, waited until it timed out, or was too late,
    by this; of pollers: they were not all at work, or nothing refused."""
    tightest: float = 0.0
    """Of a token bucket with a burst, the most that was asked for in a span of time, as a share of the burst
    and what came in it; the mean over the runs."""

    @property
    def cause(self) -> tuple[str, str]:
        """The service and its limit to raise, if this one is not to refuse."""
        service, _, limit = self.waits_for.partition(".")
        return (service, limit) if limit else (self.service, self.limit)

    @property
    def spilled(self) -> bool:
        """Whether what it `refused` was served elsewhere: by on-demand environments."""
        return self.limit == PROVISIONED_REQUESTS

    @property
    def ratio(self) -> float:
        """Demand as a multiple of what is allowed. Of a token bucket: that of its tightest span, or of its
        busiest second if that is more; at least 1 if it refused, since it was empty then."""
        most = self.allowed + self.burst
        share = self.demand / most if most else math.inf
        if not self.burst:
            return share
        return max(share, self.tightest, float(self.first_at_s is not None))


def limits(
    runs: Sequence[Sequence[Limit]], lost: Mapping[tuple[str, str], float]
) -> tuple[LimitSummary, ...]:
    """The limits of a design's replications; `lost` says the requests each one cost, per run."""
    met: dict[tuple[str, str], list[Limit]] = {}
    for run in runs:
        for limit in run:
            met.setdefault((limit.service, limit.limit), []).append(limit)
    found = []
    for key, seen in met.items():
        times = [limit.first_at_s for limit in seen if limit.first_at_s is not None]
        then = [limit.allowed_at_first for limit in seen if limit.allowed_at_first is not None]
        found.append(
            LimitSummary(
                *key,
                seen[0].unit,
                demand=sum(limit.demand for limit in seen) / len(seen),
                allowed=sum(limit.allowed for limit in seen) / len(seen),
                refused=sum(limit.refused for limit in seen) / len(runs),
                first_at_s=sum(times) / len(times) if times else None,
                runs=len(times),
                requests_lost=lost.get(key, 0.0),
                burst=sum(limit.burst for limit in seen) / len(seen),
                allowed_at_first=sum(then) / len(then) if then else None,
                waits_for=_waits_for(seen),
                in_turn=seen[0].in_turn,
                tightest=sum(limit.tightest for limit in seen) / len(seen),
            )
        )
    never = math.inf
    return tuple(
        sorted(
            found,
            key=lambda one: (never if one.first_at_s is None else one.first_at_s, -one.ratio, one[:2]),
        )
    )


def _waits_for(seen: Sequence[Limit]) -> str:
    """The limit that is the cause of most of the refusals."""
    refused = dict.fromkeys((limit.waits_for for limit in seen), 0)
    for limit in seen:
        refused[limit.waits_for] += limit.refused
    return max(refused, key=lambda name: refused[name])
