"""The study's findings as sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from simulator.measure.result import UNDONE, Cause
from simulator.measure.summary import DesignSummary, Failure, Judged, LimitSummary, Summary, Sureness
from simulator.report.numbers import clock, elapsed, significant, whole, with_burst, with_unit
from simulator.report.unfinished import endless

COLOURS = {"pass": "green", "fail": "red", "inconclusive": "yellow", "none": ""}
ENDINGS = {
    "throttled": "throttled by",
    "timeout": "timed out at",
    "error": "error from",
    "expired": "expired in",
    "dropped": "dropped by",
}
AGAIN = ("earlier attempts", "back-off")
"""What takes time because an attempt is made again."""


class Glyphs(NamedTuple):
    """Signs that not every terminal can print."""

    passed: str = "✓"
    failed: str = "✗"
    plus_minus: str = "±"
    arrow: str = "→"
    minus: str = "−"
    upto: str = "…"
    until: str = "–"

    def of(self, verdict: str) -> str:
        """The sign of a verdict."""
        return {"pass": self.passed, "fail": self.failed, "inconclusive": "?"}.get(verdict, " ")


ASCII = Glyphs("ok", "X", "+-", "->", "-", "...", "-")


def cause(found: Cause) -> str:
    """`throttled by checkout: account concurrency`."""
    ending = ENDINGS.get(found.outcome, f"{found.outcome} at")
    what = f": {_spaced(found.limit)}" if found.limit else ""
    return f"{ending} {found.service or 'the client'}{what}"


def limit(service: str, name: str) -> str:
    """`checkout: scaling rate`."""
    return f"{service}: {_spaced(name)}"


def of_allowed(ratio: float) -> str:
    """Demand as a share of what a limit allows; a fourth digit tells what is nearly all of it from all."""
    if not math.isfinite(ratio):
        return "none is allowed"
    said = significant(100 * ratio)
    return f"{significant(100 * ratio, 4) if said == '100' and ratio != 1 else said} %"


def waited(limit: LimitSummary) -> bool:
    """Whether more was asked for at once than there was, and none of it refused: what provisioned concurrency
    or a fleet asks of a bucket waits for it."""
    return limit.ratio > 1 and limit.demand > 0 and limit.first_at_s is None


def in_runs(limit: LimitSummary, replications: int) -> str:
    """`in 1 of 2 runs`; empty if it refused in all of them, or in none."""
    return f"in {limit.runs} of {replications} runs" if 0 < limit.runs < replications else ""


def stopped(summary: Summary, glyphs: Glyphs) -> str:
    """Why the study stopped where it did; empty if it was not asked to go on until a number is sure."""
    found = summary.sureness
    if found is None:
        return ""
    asked = found.text.replace("±", glyphs.plus_minus)
    half = f"{glyphs.plus_minus} {_reach(found)}"
    runs = f"{found.replications} replications"
    if found.reached:
        where = f"in every design; least sure is {found.design}" if len(summary.designs) > 1 else "reached"
        return f"Stopped after {runs}: {asked} {where}, {half}."
    more = "more replications may not do"
    if found.excess < math.inf:
        needed = min(math.ceil(found.replications * found.excess**2), 1_000_000)
        more = f"about {needed:,} replications would do"
    if found.replications < found.at_most:
        return f"{asked} is not reached yet: {found.design}, {half}; {more}."
    said = f"Stopped at the most, {runs}: {asked} is not reached in {found.design}, {half}"
    return f"{said}; {more}, with --at-most."


def _reach(found: Sureness) -> str:
    if not math.isfinite(found.reach):
        return "nothing known"
    if found.relative and found.value:
        return f"{significant(100 * found.reach / abs(found.value), 2)} %"
    return with_unit(found.reach, found.unit, 2)


def warm_up(summary: Summary) -> str:
    """The warm-up that was found, and why it is so long; empty if it was given."""
    found = summary.provenance.get("warm_up")
    if not isinstance(found, dict):
        return ""
    if not found["level"]:
        return "Warm-up: none; nothing in the designs had to fill (MSER-5 on pilot runs)."
    said = f"{elapsed(found['found_s'])}, found by MSER-5 on pilot runs"
    return f"Warm-up: {said}; last to come to rest: {found['level']} of {found['design']}."


def verdict(summary: Summary) -> str:
    """The one sentence an architect came for."""
    designs = summary.designs
    best = summary.cheapest
    if best is not None:
        cheaper = [
            f"{name}, {_money(one)}, is undecided"
            for name, one in designs.items()
            if one.verdict == "inconclusive" and one.cost < designs[best].cost
        ]
        but = f" ({'; '.join(cheaper)})" if cheaper else ""
        return f"Cheapest design that passes: {best}, {_price(designs[best])}{but}."
    if all(design.verdict == "none" for design in designs.values()):
        cheapest = min(designs, key=lambda name: designs[name].cost)
        return f"No objectives to pass; the cheapest design is {cheapest}, {_price(designs[cheapest])}."
    undecided = [name for name, design in designs.items() if design.verdict == "inconclusive"]
    if undecided:
        return f"No design passes for certain; undecided: {', '.join(undecided)}."
    return "No design passes."


CLOSE = 0.9
"""Of what a limit allows: a design that needs more of it has little room."""


def caution(summary: Summary) -> str:
    """The limit that the cheapest design that passes reached, or comes close to; empty if there is none."""
    if summary.cheapest is None:
        return ""
    design = summary.designs[summary.cheapest]
    near = [one for one in design.limits if one.unit != "lanes" and not waited(one)]
    close = max(near, key=lambda one: (one.first_at_s is not None, one.ratio), default=None)
    if close is None or (close.first_at_s is None and not close.ratio > CLOSE):
        return ""
    place = f"{_place(close)} ({_asked(close)})"
    if close.first_at_s is None:
        return f"{summary.cheapest} comes close to {place}."
    return f"{summary.cheapest} reaches {place} {in_runs(close, design.replications)}".rstrip() + "."


def headroom(summary: Summary) -> Iterator[str]:
    """At how many times the traffic each design breaks, and on what."""
    for name, found in summary.headroom.items():
        at = f", at {_spaced(', '.join(found.limit))}" if found.limit else ""
        missed = " and ".join(
            f"{one.key} ({with_unit(one.value, one.unit)}, not {one.text})" for one in found.missed
        )
        if found.breaks is None:
            most = _times(found.holds)
            yield f"{name} meets its objectives up to {most} the traffic, the most that was tried."
        elif found.holds is None:
            yield f"{name} misses its objectives even at {_times(found.breaks)} the traffic: {missed}{at}."
        else:
            bears, breaks = _times(found.holds), _times(found.breaks)
            yield f"{name} bears {bears} the traffic, and breaks at {breaks}: {missed}{at}."


def _times(factor: float | None) -> str:
    return f"{significant(factor or 0.0)} times"


def reasons(summary: Summary) -> Iterator[tuple[str, str]]:
    """For each design that does not pass: its name, and what stands in its way."""
    for name, design in summary.designs.items():
        if design.verdict == "fail":
            yield name, f"fails {_failure(design)}"
        elif design.verdict == "inconclusive":
            yield name, f"is undecided: {_undecided(design)}"


def _failure(design: DesignSummary) -> str:
    """The objectives that are missed, by what they are missed for."""
    missed = [judged for judged in design.objectives.values() if judged.verdict == "fail"]
    groups: dict[str, list[Judged]] = {}
    for one in missed:
        groups.setdefault("; ".join(_why(one, design)), []).append(one)
    said = [f"{_values(group)}: {why}" if why else _values(group) for why, group in groups.items()]
    met = [limit for limit in design.limits if any(_concerns(limit, one, design) for one in missed)]
    reached = [limit for limit in met if limit.first_at_s is not None]
    if not any(_place(limit) in why for limit in reached for why in groups):
        unexplained = not any(groups) and bool(met)
        if reached:
            said[-1] += f"{': ' if unexplained else '; also '}reached is {_reached(reached[0])}"
        elif unexplained:
            said[-1] += f" without reaching a limit; the nearest is {_nearest(met[0])}"
    return "; ".join(said)


def _values(group: Sequence[Judged]) -> str:
    return " and ".join(
        f"{one.key} ({with_unit(one.value.value, one.unit)}, not {one.text})" for one in group
    )


def _why(judged: Judged, design: DesignSummary) -> Iterator[str]:
    """What an objective is missed for: the limit that failed requests, or what has to do with its number."""
    if judged.unit == "usd":
        yield from _dearest(judged, design)
        return
    met = [limit for limit in design.limits if _concerns(limit, judged, design)]
    if _of_failures(judged, design):
        losing = [limit for limit in met if limit.first_at_s is not None and limit.requests_lost]
        failures = _failures(judged, design)
        if failures and not any(limit.service == failures[0].cause.service for limit in losing):
            share = failures[0].requests / sum(one.requests for one in failures)
            yield f"mostly ({significant(100 * share, 2)} %) {cause(failures[0].cause)}"
        elif losing:
            yield _first_limit(losing, design.replications)
    if _metric(judged) == "latency":
        yield from _tail(judged, met, design)
    yield from endless(judged, design)
    yield from _behind(judged, design)


def _dearest(judged: Judged, design: DesignSummary) -> Iterator[str]:
    """The service that costs most."""
    amounts: dict[str, float] = {}
    for charge in design.bill_month if judged.key == "cost.month" else design.bill:
        amounts[charge.service] = amounts.get(charge.service, 0.0) + charge.amount_usd
    if total := sum(amounts.values()):
        service = max(amounts, key=lambda name: amounts[name])
        yield f"{significant(100 * amounts[service] / total, 2)} % of it is for {service}"


def _failures(judged: Judged, design: DesignSummary) -> list[Failure]:
    """Those that an objective speaks of, the most frequent cause first."""
    traffic, outcome = design.traffic[_subject(judged)], _metric(judged)
    window = judged.key.partition("@")[2]
    failures = (traffic.windows[window] if window else traffic).failures
    return [one for one in failures if outcome in ("failed", "ok", one.cause.outcome)]


def _subject(judged: Judged) -> str:
    return judged.key.partition("@")[0].rpartition(".")[0]


def _metric(judged: Judged) -> str:
    return judged.key.partition("@")[0].rpartition(".")[2]


def _of_failures(judged: Judged, design: DesignSummary) -> bool:
    """Whether it asks how many requests fail, so that a limit that turned some away explains it."""
    return _subject(judged) in design.traffic and _metric(judged) not in ("latency", "completion", *UNDONE)


def _passed(judged: Judged, design: DesignSummary) -> set[str]:
    """The services on the way of the requests that an objective speaks of."""
    subject = _subject(judged)
    if subject in design.traffic:
        return set(design.passes.get(subject.partition(".")[0], ()))
    return {one for passed in design.passes.values() if subject in passed for one in passed}


def _concerns(limit: LimitSummary, judged: Judged, design: DesignSummary) -> bool:
    """Not if only other requests come to it; what is the account's is on every way."""
    if judged.unit == "usd":
        return False
    elsewhere = {one for passed in design.passes.values() for one in passed} - _passed(judged, design)
    return limit.service not in elsewhere


def _tail(judged: Judged, met: Sequence[LimitSummary], design: DesignSummary) -> Iterator[str]:
    """What takes most of the time of the slowest answers; of attempts that were made again, the limit that
    refused most."""
    found = design.where.get(_subject(judged), {}).get(judged.key.partition("@")[2])
    if found is None or not found.tail.total_ns:
        return
    parts: dict[tuple[str, str], float] = {}
    for part, ns in found.tail.ns.items():
        parts[part.service, part.cause] = parts.get((part.service, part.cause), 0.0) + ns
    (service, cause), most = max(parts.items(), key=lambda item: item[1])
    share = significant(100 * most / found.tail.total_ns, 2)
    said = f"{share} % of the slowest hundredth's time goes to {service or 'the client'}'s {cause}"
    refusing = max(met, key=lambda limit: limit.refused, default=None)
    if cause in AGAIN and refusing is not None and refusing.refused:
        said += f"; what refused most is {_reached(refusing)}"
    yield said


def _behind(judged: Judged, design: DesignSummary) -> Iterator[str]:
    """Consumers of streams on the way that do not keep up, by the age of what they read."""
    if _metric(judged) not in ("completion", "unfinished", "iterator_age"):
        return
    least = judged.limit if judged.unit == "s" else 1.0
    for service in sorted(_passed(judged, design)):
        age = design.services.get(service, {}).get("iterator_age_max_s", 0.0)
        if age > least:
            lanes = _lanes(design.services[service])
            yield f"{service} falls behind its stream, by up to {elapsed(age)}{lanes}"


def _lanes(counters: Mapping[str, float]) -> str:
    """How many batches it worked on at a time when most, and how busy the busiest lane was over the run."""
    there, used = counters.get("lanes", 0.0), counters.get("lanes_in_use_max", 0.0)
    if not there:
        return ""
    share = significant(100 * counters["busiest_lane_share"], 2)
    if there == 1:
        return f": its one lane (a batch at a time) is at work for {share} % of the run"
    most = f"{'all' if used == there else significant(used)} of its {whole(there)} lanes (batches at a time)"
    return f": at times {most} are at work, the busiest for {share} % of the run"


def _reached(limit: LimitSummary) -> str:
    """`stock, max connections (demand 630 of 614 connections; refused 12 times, no request failed by it)`."""
    return f"{_place(limit)} ({_asked(limit)}; refused {_count(limit.refused, 'time')}, {_lost(limit)})"


def _lost(limit: LimitSummary) -> str:
    lost = _count(limit.requests_lost, "request") if limit.requests_lost else "no request"
    return f"{lost} failed by it"


def _count(mean: float, of: str) -> str:
    """Of a run: `12 times`; few of several runs are not rounded to none."""
    if mean < 10 and mean != round(mean):
        return f"{significant(mean, 2)} {of}s a run"
    return f"{whole(mean)} {of}{'s' * (round(mean) != 1)}"


def _place(limit: LimitSummary) -> str:
    return f"{limit.service}, {_spaced(limit.limit)}"


def _nearest(limit: LimitSummary) -> str:
    """A limit that never refused."""
    return f"{_place(limit)} ({_asked(limit)}{'; the rest waited' if waited(limit) else ''})"


def _first_limit(bound: Sequence[LimitSummary], replications: int) -> str:
    """The limit that binds first; if another one lost more requests, that one too."""
    first = bound[0]
    worst = max(bound, key=lambda limit: limit.requests_lost)
    since = f"{clock(first.first_at_s or 0.0)} {in_runs(first, replications)}".rstrip()
    said = f"first to bind is {_bound(first, since)}"
    if worst.requests_lost > first.requests_lost:
        said += f"; most failed by {_bound(worst, clock(worst.first_at_s or 0.0))}"
    return said


def _bound(limit: LimitSummary, since: str) -> str:
    return f"{_place(limit)} ({_asked(limit)}, from {since}; {_lost(limit)})"


def _asked(limit: LimitSummary) -> str:
    allowed = with_burst(limit.allowed, limit.burst)
    return f"demand {significant(limit.demand)} of {allowed} {limit.unit}".rstrip()


def _undecided(design: DesignSummary) -> str:
    open_ones = [judged for judged in design.objectives.values() if judged.verdict == "inconclusive"]
    said = " and ".join(
        " ".join([judged.key, *(f"({why})" for why in endless(judged, design))]) for judged in open_ones
    )
    needed = [judged.settled_by for judged in open_ones]
    if any(count is None for count in needed):
        return f"{said}"
    more = max(count or 0 for count in needed) - design.replications
    return f"{said}; about {more} more replication{'s' * (more > 1)} would settle it"


def _price(design: DesignSummary) -> str:
    return f"{_money(design)} a {'run' if design.cost_month is None else 'month'}"


def _money(design: DesignSummary) -> str:
    return with_unit(design.cost, "usd")


def stretch(seconds: float) -> str:
    """How long the worst stretch is: `10 s`."""
    return elapsed(seconds) if seconds >= 10 else f"{seconds:.3g} s"


def span(from_s: float, length_s: float, glyphs: Glyphs) -> str:
    """From when to when: `9m58s–10m8s`."""
    return f"{clock(from_s)}{glyphs.until}{clock(from_s + length_s)}"


def _spaced(name: str) -> str:
    return name.replace("_", " ")
