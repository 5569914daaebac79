"""Why designs fail their objectives, or are undecided, as sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulator.measure.result import UNDONE
from simulator.measure.summary import DesignSummary, Failure, Judged, LimitSummary, Summary, TrafficSummary
from simulator.measure.where import Where
from simulator.report.ended_in_init import EndedInInit, ended_in_init
from simulator.report.falling_behind import falling_behind
from simulator.report.numbers import clock, count, significant, with_unit
from simulator.report.time_spent import AGAIN, held_by, largest, made_again, of_timeouts
from simulator.report.unfinished import endless
from simulator.report.words import asked, cause, full_of, in_runs, place, too_late, waited

LATE = ("completion", "unfinished")
"""What an objective on what comes after the answer asks for."""
AGES = ("iterator_age", "age_of_oldest_message", "message_age")
"""What one on a consumer, or on its queue, asks for."""
PUSHES = 0.1
"""A limit that refused so often, in parts of the requests that failed by another one, pushed them there."""
MANY_AGAIN = 0.1
"""Of requests: if more are sent again, demand is told with that."""


def reasons(summary: Summary) -> Iterator[tuple[str, str]]:
    """For each design that does not pass: its name, and what stands in its way; and for one that passes what
    it leaves unfinished, if no objective asks for that."""
    for name, design in summary.designs.items():
        if design.verdict == "fail":
            yield name, f"fails {_failure(design, summary)}"
        elif design.verdict == "inconclusive":
            yield name, f"is undecided: {_undecided(design)}"
        elif left := list(_unasked(design, summary.sources)):
            but = "passes, but leaves" if design.verdict == "pass" else "leaves"
            yield name, f"{but} {'; '.join(left)}"


class Why(NamedTuple):
    """One cause of what an objective misses."""

    said: str
    about: tuple[str, ...] = ()
    """The limits that it is told of, in the order in which it speaks of them; none: it says all itself."""
    requests: float = 0.0
    """That failed by them; of several objectives with one cause the most are told."""
    again: str = ""
    """What is said where these limits have been told of."""

    @property
    def cause(self) -> tuple[str, ...]:
        """What is alike where objectives are missed for the same."""
        return self.about or (self.said,)


def _failure(design: DesignSummary, summary: Summary) -> str:
    """The objectives that are missed, by what they are missed for, those without a cause last; costs beside
    those of the first design. The numbers of a limit are told once."""
    missed = [judged for judged in design.objectives.values() if judged.verdict == "fail"]
    binding = {place(limit) for one in missed for limit in _binding(one, design)}
    groups: dict[tuple[tuple[str, ...], ...], list[tuple[Judged, list[Why]]]] = {}
    for one in missed:
        why = list(_why(one, design, summary, binding))
        causes = tuple(each.cause for each in why)
        same = next((known for known in groups if causes and set(causes) <= set(known)), causes)
        groups.setdefault(same, []).append((one, why))
    said, told = [], set[str]()
    for causes, group in sorted(groups.items(), key=lambda item: not item[0]):
        values = _values([judged for judged, _ in group])
        parts = []
        for reason in causes:
            every = [each for _, why in group for each in why if each.cause == reason]
            most = max(every, key=lambda each: each.requests)
            parts.append(most.again if most.again and told.issuperset(most.about) else most.said)
            told.update(most.about)
        said.append(f"{values}: {'; '.join(parts)}" if parts else f"{values}{_uncaused(group, design, told)}")
    reached = [
        limit for limit in design.limits
        if limit.first_at_s is not None and any(_concerns(limit, one, design) for one in missed)
    ]  # fmt: skip
    if reached and not any(place(limit) in part for limit in reached for part in said):
        said[-1] += f"; also reached is {_reached(reached[0], missed)}"
    return "; ".join(said)


def _values(group: Sequence[Judged]) -> str:
    return " and ".join(
        f"{one.key} ({with_unit(one.value.value, one.unit)}, not {one.text})" for one in group
    )


def _uncaused(group: Sequence[tuple[Judged, list[Why]]], design: DesignSummary, told: set[str]) -> str:
    """What is on the way of objectives that nothing explains."""
    missed = [judged for judged, _ in group]
    met = [limit for limit in design.limits if any(_concerns(limit, one, design) for one in missed)]
    if not met:
        return ""
    if met[0].first_at_s is not None:
        known = place(met[0]) in told
        return f": reached is {place(met[0]) if known else _reached(met[0], missed)}"
    return f" without reaching a limit; the nearest is {_nearest(met[0])}"


def _why(judged: Judged, design: DesignSummary, summary: Summary, binding: set[str]) -> Iterator[Why]:
    """What an objective is missed for: the limits that failed requests, or what has to do with its number;
    `binding` ones are told of in any case."""
    if judged.unit == "usd":
        yield from map(Why, _dearest(judged, design, next(iter(summary.designs.items()))))
        return
    if _of_failures(judged, design):
        bound = _binding(judged, design)
        if bound:
            yield _first_limit(bound, judged, design, summary.warm_up_s)
        elif failures := _failures(judged, design):
            share = failures[0].requests / sum(one.requests for one in failures)
            most = "all" if share == 1 else f"mostly ({significant(100 * share, 2)} %)"
            spent = of_timeouts(failures[0].cause, _where(judged, design))
            on = f", with {spent.percent} of failed requests' time in {spent}" if spent else ""
            yield Why(f"{most} {cause(failures[0].cause)}{on}")
    if judged.unit and _subject(judged) in design.traffic:
        yield from (Why(too_late(one)) for one in design.late if one.service in _passed(judged, design))
    if _metric(judged) == "latency":
        yield from _tail(judged, design, binding)
    yield from map(Why, endless(judged, design))
    yield from map(Why, _behind(judged, design))


def _dearest(judged: Judged, design: DesignSummary, first: tuple[str, DesignSummary]) -> Iterator[str]:
    """The service that a design pays more for than the first one, if that has the money; otherwise most."""
    amounts, others = _by_service(judged, design), _by_service(judged, first[1])
    total, more = sum(amounts.values()), sum(amounts.values()) - sum(others.values())
    if more > 0 and total - more <= judged.limit:  # otherwise the difference does not explain it
        service = max(amounts, key=lambda name: amounts[name] - others.get(name, 0.0))
        for_it = with_unit(amounts[service] - others.get(service, 0.0), "usd")
        yield f"{with_unit(more, 'usd')} more than {first[0]}, {for_it} of it for {service}"
    elif total:
        service = max(amounts, key=lambda name: amounts[name])
        yield f"{significant(100 * amounts[service] / total, 2)} % of it is for {service}"


def _by_service(judged: Judged, design: DesignSummary) -> dict[str, float]:
    """Dollars of the bill that an objective speaks of."""
    amounts: dict[str, float] = {}
    for charge in design.bill_month if judged.key == "cost.month" else design.bill:
        amounts[charge.service] = amounts.get(charge.service, 0.0) + charge.amount_usd
    return amounts


def _failures(judged: Judged, design: DesignSummary) -> list[Failure]:
    """Those that an objective speaks of, the most frequent cause first."""
    outcome = _metric(judged)
    failures = _spoken_of(judged, design).failures
    return [one for one in failures if outcome in ("failed", "ok", one.cause.outcome)]


def _spoken_of(judged: Judged, design: DesignSummary) -> TrafficSummary:
    """The requests that an objective speaks of."""
    traffic, window = design.traffic[_subject(judged)], judged.key.partition("@")[2]
    return traffic.windows[window] if window else traffic


def _met(judged: Judged, design: DesignSummary) -> Iterator[LimitSummary]:
    """The limits on the way of an objective's requests, with how many of just these failed by each."""
    traffic, window = design.traffic.get(_subject(judged)), judged.key.partition("@")[2]
    lost: dict[tuple[str, str], float] = {}
    if traffic:
        for one in (traffic.windows[window] if window else traffic).failures:
            by = one.cause.service, one.cause.limit
            lost[by] = lost.get(by, 0.0) + one.requests
    for limit in design.limits:
        if _concerns(limit, judged, design):
            failed = lost.get(limit[:2], 0.0) if traffic else limit.requests_lost
            yield limit._replace(requests_lost=failed)


def _binding(judged: Judged, design: DesignSummary) -> list[LimitSummary]:
    """If limits fail most of the requests that an objective speaks of: the one that binds first, or that ends
    the environments which reach it, and if another one fails more, that one."""
    if not _of_failures(judged, design):
        return []
    reached = [limit for limit in _met(judged, design) if limit.first_at_s is not None]
    losing = [limit for limit in reached if limit.requests_lost]
    failures = _failures(judged, design)
    if failures and not any(limit.service == failures[0].cause.service for limit in losing):
        return []
    worst = max(losing, key=lambda limit: limit.requests_lost, default=None)
    if worst is None:
        return []
    most = worst.requests_lost
    first = next(one for one in reached if one.requests_lost or one.refused >= PUSHES * most)
    if ended := ended_in_init(worst, design):
        first = next((one for one in reached if one.service == ended.service), first)
    return [first, worst] if worst.requests_lost > first.requests_lost else [first]


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


def _tail(judged: Judged, design: DesignSummary, binding: set[str]) -> Iterator[Why]:
    """What takes most of the time of the slowest answers; of attempts that were made again, what ended those
    that took most."""
    found = _where(judged, design)
    most = largest(found.tail.ns) if found else None
    if found is None or most is None:
        return
    said = f"{most.percent} of the slowest hundredth's time goes to {most}"
    met = [limit for limit in design.limits if limit.refused and _concerns(limit, judged, design)]
    again = made_again(found) if design.kinds.get(most.service) == "client" else None
    if most.cause in AGAIN and again:
        share = significant(100 * again.share, 2)
        refusing = next((limit for limit in met if limit[:2] == again.cause[1:]), None)
        ended = f"refused by {_told(refusing, judged, binding)}" if refusing else f"that {cause(again.cause)}"
        spent = f", {again.spent.percent} of that to {again.spent}" if again.spent and not refusing else ""
        said += f"; of the time of all attempts that were made again {share} % went to those {ended}{spent}"
    elif most.cause in AGAIN and met:
        refusing = max(met, key=lambda limit: limit.refused)
        said += f"; what refused most is {_told(refusing, judged, binding)}"
    yield Why(said)


def _told(limit: LimitSummary, judged: Judged, binding: set[str]) -> str:
    """With its numbers, if these are not told in any case."""
    return place(limit) if place(limit) in binding else _reached(limit, [judged])


def _where(judged: Judged, design: DesignSummary) -> Where | None:
    """Where the time of the requests goes that an objective speaks of."""
    return design.where.get(_subject(judged), {}).get(judged.key.partition("@")[2])


def _behind(judged: Judged, design: DesignSummary) -> Iterator[str]:
    """Consumers on the way that do not keep up, by the age of what they read."""
    if _metric(judged) not in (*LATE, *AGES):
        return
    late_s = judged.limit if judged.unit == "s" else math.inf
    least = late_s if math.isfinite(late_s + judged.value.value) else 1.0
    yield from falling_behind(_passed(judged, design), least, design, late_s)


def _unasked(design: DesignSummary, sources: Sequence[str]) -> Iterator[str]:
    """What of the traffic is never done with, though no objective is on it."""
    for source in sources:
        found = design.traffic[source]
        of_it = [one for one in design.objectives.values() if _subject(one).partition(".")[0] == source]
        if found.completion["p99"].value < math.inf or any(_metric(one) in LATE for one in of_it):
            continue
        share = with_unit(found.undone["unfinished"].value, "share", 2)
        said = f"{share} of {source} unfinished, and no objective asks for it"
        yield ": ".join(
            [said, *falling_behind(set(design.passes.get(source, ())), 1.0, design, math.inf)][:2]
        )


def _reached(limit: LimitSummary, missed: Sequence[Judged]) -> str:
    """`stock, max connections (demand 630 of 614 connections; refused 12 times, no request failed by it)`: of
    the whole run, as in the table of limits, of which an objective on a window speaks in part only."""
    in_part = any("@" in one.key for one in missed)
    said = [full_of(limit), _refused(limit), _lost(limit), "in the whole run" if in_part else ""]
    return f"{place(limit)} ({asked(limit)}; {', '.join(filter(None, said))})"


def _refused(limit: LimitSummary) -> str:
    return f"refused {count(limit.refused, 'time')}"


def _lost(limit: LimitSummary) -> str:
    lost = count(limit.requests_lost, "request") if limit.requests_lost else "no request"
    return f"{lost} failed by it"


def _lost_of(limit: LimitSummary, judged: Judged) -> str:
    """`506 requests failed by it in surge`: of those that an objective speaks of."""
    window = judged.key.partition("@")[2]
    return f"{_lost(limit)} in {window}" if window else _lost(limit)


def _nearest(limit: LimitSummary) -> str:
    """A limit that never refused."""
    return f"{place(limit)} ({asked(limit)}{'; the rest waited' if waited(limit) else ''})"


def _first_limit(
    bound: Sequence[LimitSummary], judged: Judged, design: DesignSummary, warm_up_s: float
) -> Why:
    """The limit that binds first, or without which the others might not; if another one lost more requests,
    that one too."""
    ended = ended_in_init(bound[-1], design)
    if ended and ended.service != bound[0].service:
        ended = None
    begins = _ended(ended) if ended else "first to bind is"
    since = [_since(limit, warm_up_s) for limit in bound]
    since[0] = f"{since[0]} {in_runs(bound[0], design.replications)}".rstrip()
    parts = [_bound(limit, at, judged, design) for limit, at in zip(bound, since, strict=True)]
    if ended:  # by this limit and no other, whatever it is full of
        parts[0] = _refusing(bound[0], since[0], judged, design)
    parts[-1] += held_by(bound, _where(judged, design))
    causes = (limit._replace(limit=limit.cause[1]) for limit in bound)
    named = "; most failed by ".join(f"{place(limit)} ({_lost_of(limit, judged)})" for limit in causes)
    return Why(
        f"{begins} {'; most failed by '.join(parts)}",
        tuple(map(place, bound)),
        sum(limit.requests_lost for limit in bound),
        f"{begins} {named}",
    )


def _ended(found: EndedInInit) -> str:
    share = significant(100 * found.share, 2)
    return f"{share} % of the environments that {found.function} began ended in their init, refused by"


def _since(limit: LimitSummary, warm_up_s: float) -> str:
    """`from 10m3s`; what refuses within a second of what is counted has most likely refused before."""
    at_s = limit.first_at_s or 0.0
    before = 0 < warm_up_s > at_s - 1
    return "from before the end of the warm-up on" if before else f"from {clock(at_s)}"


def _bound(limit: LimitSummary, since: str, judged: Judged, design: DesignSummary) -> str:
    if not limit.waits_for:
        return _refusing(limit, since, judged, design)
    inner = next((one for one in design.limits if one[:2] == limit.cause), limit)
    said = f"{place(inner)} ({asked(inner)}{_retries(judged, design)}, {since})"
    return f"{said}: what waits for it fills {place(limit)} ({_in_part(limit, judged)})"


def _refusing(limit: LimitSummary, since: str, judged: Judged, design: DesignSummary) -> str:
    told = filter(None, (full_of(limit), _in_part(limit, judged)))
    return f"{place(limit)} ({asked(limit)}{_retries(judged, design)}, {since}; {', '.join(told)})"


def _in_part(limit: LimitSummary, judged: Judged) -> str:
    """What it refused in the whole run, if no request failed by it, and how many of an objective's did."""
    in_part = " in the whole run" if "@" in judged.key else ""
    refused = "" if limit.requests_lost else f"{_refused(limit)}{in_part}, "
    return f"{refused}{_lost_of(limit, judged)}"


def _retries(judged: Judged, design: DesignSummary) -> str:
    """How often clients send the requests that an objective speaks of, where that adds much to demand."""
    attempts = _spoken_of(judged, design).attempts.value
    return f" at {significant(attempts, 2)} attempts a request" if attempts > 1 + MANY_AGAIN else ""


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
