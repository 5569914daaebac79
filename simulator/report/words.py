"""The study's findings as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from simulator.measure.result import Cause
from simulator.measure.summary import DesignSummary, LimitSummary, Summary
from simulator.report.numbers import elapsed, significant, whole, with_unit

COLOURS = {"pass": "green", "fail": "red", "inconclusive": "yellow", "none": ""}
ENDINGS = {
    "throttled": "throttled by",
    "timeout": "timed out at",
    "error": "error from",
    "expired": "expired in",
    "dropped": "dropped by",
}


class Glyphs(NamedTuple):
    """Signs that not every terminal can print."""

    passed: str = "✓"
    failed: str = "✗"
    plus_minus: str = "±"
    arrow: str = "→"
    minus: str = "−"

    def of(self, verdict: str) -> str:
        """The sign of a verdict."""
        return {"pass": self.passed, "fail": self.failed, "inconclusive": "?"}.get(verdict, " ")


ASCII = Glyphs("ok", "X", "+-", "->", "-")


def cause(found: Cause) -> str:
    """`throttled by checkout: account concurrency`."""
    ending = ENDINGS.get(found.outcome, f"{found.outcome} at")
    what = f": {_spaced(found.limit)}" if found.limit else ""
    return f"{ending} {found.service or 'the client'}{what}"


def limit(service: str, name: str) -> str:
    """`checkout: scaling rate`."""
    return f"{service}: {_spaced(name)}"


def verdict(summary: Summary) -> str:
    """The one sentence an architect came for."""
    designs = summary.designs
    best = summary.cheapest
    if best is not None:
        return f"Cheapest design that passes: {best}, {_price(designs[best])}."
    if all(design.verdict == "none" for design in designs.values()):
        cheapest = min(designs, key=lambda name: designs[name].cost)
        return f"No objectives to pass; the cheapest design is {cheapest}, {_price(designs[cheapest])}."
    undecided = [name for name, design in designs.items() if design.verdict == "inconclusive"]
    if undecided:
        return f"No design passes for certain; undecided: {', '.join(undecided)}."
    return "No design passes."


def reasons(summary: Summary) -> Iterator[tuple[str, str]]:
    """For each design that does not pass: its name, and what stands in its way."""
    for name, design in summary.designs.items():
        if design.verdict == "fail":
            yield name, f"fails {_failure(design)}"
        elif design.verdict == "inconclusive":
            yield name, f"is undecided: {_undecided(design)}"


def _failure(design: DesignSummary) -> str:
    """The limit that stands in the way, or else the objectives that are missed."""
    missed = [judged for judged in design.objectives.values() if judged.verdict == "fail"]
    said = " and ".join(
        f"{one.key} ({with_unit(one.value.value, one.unit)}, not {one.text})" for one in missed
    )
    if all(judged.unit == "usd" for judged in missed):
        return said
    if any(limit.first_at_s is not None for limit in design.limits):
        return _first_limit(design)
    nearest = f"; the nearest is {_place(design.limits[0])}" if design.limits else ""
    return f"{said} without reaching a limit{nearest}"


def _first_limit(design: DesignSummary) -> str:
    """The limit that binds first; if another one lost more requests, that one too."""
    bound = [limit for limit in design.limits if limit.first_at_s is not None]
    first = bound[0]
    worst = max(bound, key=lambda limit: limit.requests_lost)
    runs = f" in {first.runs} of {design.replications} runs" if first.runs < design.replications else ""
    said = f"first at {_place(first)}, from {elapsed(first.first_at_s or 0.0)}{runs}, {_lost(first)}"
    if worst.requests_lost > first.requests_lost:
        said += f"; most at {_place(worst)}, from {elapsed(worst.first_at_s or 0.0)}, {_lost(worst)}"
    return said


def _place(limit: LimitSummary) -> str:
    demand, allowed = significant(limit.demand), significant(limit.allowed)
    unit = f" {limit.unit}" if limit.unit else ""
    return f"{limit.service}, {_spaced(limit.limit)}: demand {demand} of {allowed}{unit} allowed"


def _lost(limit: LimitSummary) -> str:
    return f"{whole(limit.requests_lost)} requests lost"


def _undecided(design: DesignSummary) -> str:
    open_ones = [judged for judged in design.objectives.values() if judged.verdict == "inconclusive"]
    said = " and ".join(judged.key for judged in open_ones)
    needed = [judged.settled_by for judged in open_ones]
    if any(count is None for count in needed):
        return f"{said}"
    more = max(count or 0 for count in needed) - design.replications
    return f"{said}; about {more} more replication{'s' * (more > 1)} would settle it"


def _price(design: DesignSummary) -> str:
    if design.cost_month is not None:
        return f"{with_unit(design.cost_month.value, 'usd')} a month"
    return f"{with_unit(design.cost_run.value, 'usd')} a run"


def _spaced(name: str) -> str:
    return name.replace("_", " ")
