"""The numbers of a design on both sides of a comparison, and what may be said of how each moved.

A number is better or worse where its change is more than chance and more than its measure can tell apart. It
shows no change where a change of a tenth can be excluded; what is neither cannot be told from so few runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from simulator.measure.percentiles import beyond
from simulator.measure.result import UNDONE
from simulator.measure.sketch import resolution
from simulator.measure.statistics import HOPELESS, NAN, Estimate, apart, settled_by, shown
from simulator.report.numbers import part, with_unit
from simulator.report.survivors import MISSING, missing

Document = Mapping[str, Any]

TENTH: Final = 0.1
"""The share of a number by which no change may be missed where none is shown."""
DURATIONS: Final = {
    "p50": ("latency", "p50"),
    "p99": ("latency", "p99"),
    "completion p99": ("completion", "p99"),
}
"""Clock and statistic, by what a row calls them."""
RUN, THOUSAND, MONTH = "cost of a run", "cost of 1,000 ok", "cost of a month"


class Number(NamedTuple):
    """One number of a design; all of them are better when they are smaller."""

    name: str
    unit: str
    value: Estimate


class Moved(NamedTuple):
    """A number on both sides."""

    name: str
    unit: str
    base: Estimate
    head: Estimate
    change: Estimate
    but: str = ""
    """Why it is not called better though it is smaller, or not worse though it is larger."""

    @property
    def direction(self) -> str:
        """`worse`, `better`, or nothing where no change was shown."""
        if self.but or self.within_a_bin:
            return ""
        if self.one_has_no_end:
            if self.head.low > self.base.high:
                return "worse"
            return "better" if self.head.high < self.base.low else ""
        if not shown(self.change):
            return ""
        return "worse" if self.change.value > 0 else "better"

    @property
    def said(self) -> str:
        """What a reader is told of its change; nothing where none is shown."""
        return self.direction or self.but or self.untold

    @property
    def one_has_no_end(self) -> bool:
        """Whether it is infinite on one side and not on the other."""
        values = (self.base.value, self.head.value)
        return math.inf in values and any(map(math.isfinite, values))

    @property
    def within_a_bin(self) -> bool:
        """Whether it is a percentile that has moved by no more than a bin of the histogram is wide."""
        of_histogram = any(part[0] == "p" and part[1:2].isdigit() for part in self.name.split())
        if self.unit != "s" or not of_histogram or not math.isfinite(self.change.value):
            return False
        return abs(self.change.value) <= resolution(max(self.base.value, self.head.value))

    @property
    def untold(self) -> str:
        """Why it cannot be told whether it moved; nothing where it can."""
        change, runs = self.change, min(len(self.base.samples), len(self.head.samples))
        values = (self.base.value, self.head.value)
        if self.direction or self.but or values[0] == values[1] == math.inf or all(map(math.isnan, values)):
            return ""
        if runs == 1:
            still = self.within_a_bin or change.value == 0
            return "" if still else "cannot tell from one replication"
        if not change.has_interval:
            return "cannot tell"
        tenth = TENTH * abs(self.base.value)
        if max(abs(change.low), abs(change.high)) <= tenth or change.low == change.high:
            return ""
        distance = max(abs(change.value), tenth - abs(change.value))
        needed = settled_by(change.half_width, distance, runs)
        if needed is None:
            return f"cannot tell, nor would {HOPELESS:,} replications"
        more = max(needed - runs, 1)
        return f"cannot tell; {more} more replication{'s' * (more > 1)} would"


def moved(base: Document, head: Document, same: bool) -> list[Moved]:
    """The numbers that both have and that are worth a row; `same` says whether replications are pairs."""
    before = {number.name: number.value for number in numbers(base)}
    found = {
        name: Moved(name, unit, before[name], value, apart(before[name], value, same))
        for name, unit, value in numbers(head)
        if name in before
    }
    for kind in UNDONE:
        named = f" {words(kind)}"
        found = {
            name: one
            for name, one in found.items()
            if named not in name or one.base.value > 0 or one.head.value > 0
        }
    for name in [name for name in found if " completion " in name]:
        waited = found[name.replace(" completion ", " ")]
        if (found[name].base, found[name].head) == (waited.base, waited.head):
            del found[name]
    before_of, head_of = _spans(base), _spans(head)
    for (key, at), of in before_of.items():
        for what, (clock, statistic) in DURATIONS.items():
            if (one := found.get(f"{key} {what}{at}")) is not None:
                found[one.name] = of_those_left(one, clock, statistic, (of, head_of[key, at]), same)
    less = _less_done(base, head, found)
    return [less(one) for one in found.values()]


def of_those_left(
    one: Moved, clock: str, statistic: str, sides: tuple[Document, Document], same: bool
) -> Moved:
    """Says of a duration that falls where more requests are missing from HEAD's, or rises where more are from
    BASE's: had those been slow, it would be no fall, or no rise. `sides` is the traffic it is of.

    More are missing where some are for certain, and more than a tenth of what lies beyond the percentile.
    """
    shares = [[_estimate(of, f"{kind}_share", "") for of in sides] for kind in MISSING[clock]]
    kinds = [Moved("", "share", old, new, apart(old, new, same)) for old, new in shares]
    before, after = (math.fsum(share.value for share in side) for side in zip(*shares, strict=True))
    more, proven = (after - before, "worse") if one.direction == "better" else (before - after, "better")
    notable = more > TENTH * beyond(statistic) and any(kind.direction == proven for kind in kinds)
    if not (one.direction and notable):
        return one
    more_or_fewer = f"{part(before)} → {part(after)} of requests missing ({missing(clock)})"
    return one._replace(but=f"not called: {more_or_fewer}")


def _less_done(base: Document, head: Document, found: Mapping[str, Moved]) -> Callable[[Moved], Moved]:
    """Says of a cost that is smaller where HEAD does less: what is not done costs nothing, and is no saving.

    It is less where more is left undone for certain, or as much less as it is cheaper.
    """
    done = _done(base), _done(head)
    of_run = [one for name, one in found.items() if "@" not in name]
    fails = any(one.name.endswith(" failed") and one.direction == "worse" for one in of_run)
    leaves = any(one.name.endswith(tuple(map(words, UNDONE))) and one.direction == "worse" for one in of_run)

    def told(one: Moved) -> Moved:
        if one.name not in (RUN, THOUSAND, MONTH) or one.direction != "better" or done[1] >= done[0]:
            return one
        costs = [found[RUN].base.value, found[RUN].head.value] if RUN in found else []
        each = [1000 * cost / count if count else math.inf for cost, count in zip(costs, done, strict=False)]
        as_dear = not each or each[1] >= each[0]
        if not (leaves or as_dear or (fails and one.name != THOUSAND)):
            return one
        fewer = with_unit(1 - done[1] / done[0], "share", 2)
        of_each = " → ".join(with_unit(cost, "usd") for cost in each)
        return one._replace(but=f"not called: {fewer} fewer requests done, 1,000 of them {of_each}")

    return told


def _done(design: Document) -> float:
    """Requests of a run that were answered `ok` and have left nothing undone."""
    return math.fsum(
        of["outcomes"].get("ok", 0) - of["requests"] * sum(of.get(f"{name}_share") or 0 for name in UNDONE)
        for of in _leaves(design).values()
    )


def _leaves(design: Document) -> dict[str, Document]:
    """The traffic that is not made of others."""
    traffic = design["traffic"]
    return {key: of for key, of in traffic.items() if not any(one.startswith(f"{key}.") for one in traffic)}


def numbers(design: Document) -> Iterator[Number]:
    """What a reviewer asks for: latency, what is not done, money."""
    for (key, at), of in _spans(design).items():
        yield from _of_traffic(key, at, of)
    for name, key in ((RUN, "run"), (THOUSAND, "thousand"), (MONTH, "month")):
        if design.get(f"cost_{key}_usd") is not None:
            yield Number(name, "usd", _estimate(design, f"cost_{key}", "_usd"))


def _spans(design: Document) -> dict[tuple[str, str], Document]:
    """The traffic of the whole run, and `@` each window."""
    return {
        (key, at): inside
        for key, of in _leaves(design).items()
        for at, inside in {"": of, **{f" @{name}": one for name, one in of["windows"].items()}}.items()
    }


def _of_traffic(key: str, at: str, traffic: Document) -> Iterator[Number]:
    for what, (clock, statistic) in DURATIONS.items():
        yield Number(f"{key} {what}{at}", "s", _estimate(traffic, clock, "_s", statistic))
    yield Number(f"{key} failed{at}", "share", _estimate(traffic, "failed_share", ""))
    for name in UNDONE:
        yield Number(f"{key} {words(name)}{at}", "share", _estimate(traffic, f"{name}_share", ""))


def words(undone: str) -> str:
    """`dead-lettered`, as a number of it is named."""
    return undone.replace("_", "-")


def _estimate(of: Document, name: str, unit: str, statistic: str | None = None) -> Estimate:
    value, interval, runs = (of.get(f"{name}{what}{unit}") for what in ("", "_ci95", "_runs"))
    endless = False
    if statistic is not None:
        value, interval, runs = (found and found.get(statistic) for found in (value, interval, runs))
        endless = of.get(f"{name}_infinite", {}).get(statistic, False)
    return read(value, interval, runs, endless)


def read(
    value: float | None,
    interval: Sequence[float | None] | None,
    runs: Sequence[float | None] | None = None,
    endless: bool = False,
) -> Estimate:
    """A document's number: null is infinite where it is `endless` or there is an interval, since what is
    unknown has none; else it is unknown."""
    none = math.inf if interval or endless else NAN
    found, low, high = (none if one is None else one for one in (value, *(interval or (NAN, NAN))))
    return Estimate(found, low, high, tuple(NAN if run is None else run for run in runs or ()))
