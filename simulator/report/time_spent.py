"""Where time went, in words: the largest part of it, and what ended the attempts that were made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulator.measure.limits import LimitSummary
from simulator.measure.result import Cause
from simulator.measure.where import Part, Where
from simulator.report.numbers import significant
from simulator.report.words import asked, place

AGAIN = ("earlier attempts", "back-off")
"""What takes time because an attempt is made again."""
MOSTLY = 0.5
"""Of the time of answers: what takes so much of it decides how many executions are needed."""


class Largest(NamedTuple):
    """The part that takes most, its phases together."""

    service: str
    cause: str
    share: float
    detail: str = ""
    """Its largest phase; of waiting, what most of it is for."""

    def __str__(self) -> str:
        return f"{possessive(self.service or 'the client')} {self.cause}"

    @property
    def percent(self) -> str:
        """`81 %`."""
        return f"{significant(100 * self.share, 2)} %"


class MadeAgain(NamedTuple):
    """Of attempts that were made again, those that took most together."""

    cause: Cause
    """Of their end."""
    share: float
    """Of the time of all that were made again."""
    spent: Largest | None


def possessive(name: str) -> str:
    """`checkout's`, `orders'`."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def largest(ns: Mapping[Part, float]) -> Largest | None:
    """None of no time."""
    parts: dict[tuple[str, str], float] = {}
    for part, spent in ns.items():
        parts[part[:2]] = parts.get(part[:2], 0.0) + spent
    if not sum(parts.values()):
        return None
    most = max(parts, key=lambda part: parts[part])
    phase = max((part for part in ns if part[:2] == most), key=lambda part: ns[part])
    return Largest(*most, parts[most] / sum(parts.values()), phase.detail)


def made_again(found: Where) -> MadeAgain | None:
    """By what ended them; None if none took time."""
    total = sum(spent.total_ns for spent in found.again.values())
    if not total:
        return None
    how, spent = max(found.again.items(), key=lambda item: item[1].total_ns)
    return MadeAgain(Cause(*how), spent.total_ns / total, largest(spent.ns))


def held_by(bound: Sequence[LimitSummary], found: Where | None) -> str:
    """If executions are the limit, and what they do most is wait for a service that is called: more of them
    would wait there as well. Empty if that is not so, or if a limit of that service is told of, too."""
    if found is None or not any(limit.unit == "executions" for limit in bound):
        return ""
    inside = {part: spent for part, spent in found.mean.ns.items() if part.cause not in AGAIN}
    most = max(inside, key=lambda part: inside[part], default=None)
    if most is None or most.cause != "waiting" or any(limit.cause[0] == most.service for limit in bound):
        return ""
    share = inside[most] / sum(inside.values())
    if share < MOSTLY:
        return ""
    what = f"{possessive(most.service)} {most.detail}" if most.detail else most.service
    said = f"{significant(100 * share, 2)} % of the time of ok answers is waiting for {what}"
    return f"; {said}, for which more executions would wait too"


def in_timeouts(cause: Cause, found: Where | None, limits: Sequence[LimitSummary]) -> str:
    """What requests that failed by a timeout spent most time on; if that is waiting for servers of which all
    were in use, with how many there are and how many the peak needs."""
    spent = _of_timeouts(cause, found)
    if spent is None:
        return ""
    return f", with {spent.percent} of failed requests' time spent on {spent_on(spent, limits)}"


def spent_on(part: Largest, limits: Sequence[LimitSummary]) -> str:
    """`checkout's cold start`; of waiting for servers all of which were in use, with how many there are and
    how many are needed: `waiting for db, vcpus (of which there are 2.00, and the peak needs some 3.4)`."""
    full = (
        one for one in limits if (one.service, one.unit) == (part.service, part.detail) and one.ratio >= 1
    )
    limit = next(full, None) if part.cause == "waiting" else None
    if limit is None:
        return str(part)
    needed = limit.unrefused or 0.0
    if needed <= limit.allowed:
        return f"waiting for {place(limit)} ({asked(limit)})"
    there = f"there are {significant(limit.allowed)}, and the peak needs some {significant(needed, 2)}"
    return f"waiting for {place(limit)} (of which {there})"


def _of_timeouts(cause: Cause, found: Where | None) -> Largest | None:
    """In earlier attempts that timed out, too."""
    if cause.outcome != "timeout" or found is None:
        return None
    ns = {part: spent for part, spent in found.failed.ns.items() if part.cause not in AGAIN}
    earlier = found.again.get((cause.outcome, cause.service, cause.limit))
    for part, spent in earlier.ns.items() if earlier else ():
        ns[part] = ns.get(part, 0.0) + spent
    return largest(ns)
