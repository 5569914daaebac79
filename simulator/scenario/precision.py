"""How sure a study shall be before it stops: `buyers.order.latency@surge p99 ± 5%`.

| text                               | half of the interval is to be, in every design,              |
|------------------------------------|--------------------------------------------------------------|
| `p99 ± 5%`                         | at most 5 % of the p99 of the default metric                 |
| `buyers.latency p99 ± 20 ms`       | at most 20 ms                                                |
| `buyers.failed@surge ± 10%`        | at most a tenth of the share of failed requests, whatever it is |
| `buyers.failed@surge ± 0.1 points` | at most 0.1 percentage points                                |
| `cost.month ± $5`                  | at most $5                                                   |

The default metric is that of the first objective on latency or completion, else the latency of the first
source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulator.measure.measured import LONGEST
from simulator.scenario.objectives import DURATIONS, Names, Objective, counter, parse_objective
from simulator.values.units import parse_share, shown

_TEXT: Final = re.compile(
    r"(?:(?P<key>\S*\.\S*)\s+)?(?:(?P<statistic>[a-z]\S*)\s*)?(?:±|\+/?-)\s*(?P<amount>\S.*)"
)
_POINTS: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*points?")
EXAMPLE: Final = "p99 ± 5%"


@dataclass(frozen=True)
class Precision:
    """A number and how far half of its interval may reach."""

    metric: Objective
    """Which number; its comparison and limit mean nothing."""
    amount: float
    relative: bool
    """Whether the amount is a share of the number's own value."""
    text: str
    """In full: `buyers.order.latency@surge p99 ± 5%`."""


def parse_precision(value: str, names: Names, objectives: Sequence[Objective]) -> Precision:
    """A mistake is a ValueError that reads `what; what to write instead`."""
    match = _TEXT.fullmatch(value.strip())
    if match is None:
        raise ValueError(f"not a precision: {shown(value)}; write for example '{EXAMPLE}'")
    key, statistic, amount = match["key"], match["statistic"], match["amount"].strip()
    usual = _usual(names, objectives)
    metric = (key or usual.key).partition("@")[0].rpartition(".")[2]
    if statistic is None and metric in DURATIONS:
        statistic = (usual.statistic if key is None else None) or "p99"
    points = _POINTS.fullmatch(amount)
    share_of_itself = amount.endswith("%")
    limit = _any_limit(key or "", metric, names)
    if not share_of_itself:
        limit = f"{points[1]}%" if points else amount
    about = " ".join(filter(None, (statistic, "<", limit)))
    found = parse_objective(key or usual.key, about, names)
    if _of_longest(found, names):
        raise ValueError("a maximum of a time, which has no interval; write for example 'p99 ± 5%'")
    half = parse_share(amount) if share_of_itself else found.limit
    if not half > 0:
        raise ValueError(f"a precision of nothing: {shown(amount)}; write for example '{EXAMPLE}'")
    text = " ".join(filter(None, (found.key, statistic, "±", amount)))
    return Precision(found, half, share_of_itself, text)


def _of_longest(found: Objective, names: Names) -> bool:
    """Whether it is the longest of some times."""
    if found.subject not in names.services:
        return found.statistic == "max"
    counters = names.counters(found.subject) if names.counters else ()
    return (counter(found.metric, found.statistic, counters) or "").endswith(LONGEST)


def _any_limit(key: str, metric: str, names: Names) -> str:
    """Something to write in an objective on this metric."""
    if metric in DURATIONS:
        return "1 s"
    if key.startswith("cost."):
        return "$1"
    return "1%" if key.split(".", maxsplit=1)[0] in names.traffic else "1"


def _usual(names: Names, objectives: Sequence[Objective]) -> Objective:
    """What is meant where no metric is named."""
    on_time = [one for one in objectives if one.metric in DURATIONS and one.statistic != "max"]
    if on_time:
        return on_time[0]
    source = next(iter(names.traffic))
    return parse_objective(f"{source}.latency", "p99 < 1 s", names)
