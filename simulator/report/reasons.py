"""Why designs fail their objectives, or are undecided, as sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from simulator.measure.backlog import NOBODY, OF_QUEUES, OF_STREAMS, Backlog
from simulator.measure.need import ACCOUNT
from simulator.measure.result import UNDONE
from simulator.measure.summary import DesignSummary, Failure, Judged, LimitSummary, Summary
from simulator.report.numbers import clock, elapsed, significant, whole, with_unit
from simulator.report.unfinished import endless
from simulator.report.words import asked, cause, in_runs, place, too_late, waited

LATE = ("completion", "unfinished")
"""What an objective on what comes after the answer asks for."""
AGES = ("iterator_age", "age_of_oldest_message", "message_age")
"""What one on a consumer, or on its queue, asks for."""
PUSHES = 0.1
"""A limit that refused so often, in parts of the requests that failed by another one, pushed them there."""
MANY = 0.1
"""Of a function's invocations: if more fail, that explains what is late behind it."""
HELD_UP = 0.5
"""Of a queue's messages: if more wait for their group, more pollers would not help."""
SOME = 0.01
"""Of pollers that are not used because batches fail: fewer do not explain a backlog."""
AGAIN = ("earlier attempts", "back-off")
"""What takes time because an attempt is made again."""


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


def _failure(design: DesignSummary, summary: Summary) -> str:
    """The objectives that are missed, by what they are missed for; costs beside those of the first design."""
    missed = [judged for judged in design.objectives.values() if judged.verdict == "fail"]
    groups: dict[tuple[str, ...], list[Judged]] = {}
    for one in missed:
        why = tuple(_why(one, design, summary))
        same = next((said for said in groups if why and set(why) <= set(said)), why)
        groups.setdefault(same, []).append(one)
    said = [
        f"{_values(group)}: {'; '.join(why)}" if any(why) else _values(group) for why, group in groups.items()
    ]
    met = [limit for limit in design.limits if any(_concerns(limit, one, design) for one in missed)]
    reached = [limit for limit in met if limit.first_at_s is not None]
    if not any(place(limit) in part for limit in reached for why in groups for part in why):
        unexplained = not any(map(any, groups)) and bool(met)
        if reached:
            said[-1] += f"{': ' if unexplained else '; also '}reached is {_reached(reached[0])}"
        elif unexplained:
            said[-1] += f" without reaching a limit; the nearest is {_nearest(met[0])}"
    return "; ".join(said)


def _values(group: Sequence[Judged]) -> str:
    return " and ".join(
        f"{one.key} ({with_unit(one.value.value, one.unit)}, not {one.text})" for one in group
    )


def _why(judged: Judged, design: DesignSummary, summary: Summary) -> Iterator[str]:
    """What an objective is missed for: the limit that failed requests, or what has to do with its number."""
    if judged.unit == "usd":
        yield _dearest(judged, design, next(iter(summary.designs.items())))
        return
    met = list(_met(judged, design))
    if _of_failures(judged, design):
        reached = [limit for limit in met if limit.first_at_s is not None]
        losing = [limit for limit in reached if limit.requests_lost]
        failures = _failures(judged, design)
        if failures and not any(limit.service == failures[0].cause.service for limit in losing):
            share = failures[0].requests / sum(one.requests for one in failures)
            yield f"mostly ({significant(100 * share, 2)} %) {cause(failures[0].cause)}"
        elif losing:
            most = max(limit.requests_lost for limit in losing)
            bound = [one for one in reached if one.requests_lost or one.refused >= PUSHES * most]
            yield _first_limit(bound, design.replications, summary.warm_up_s)
    if judged.unit and _subject(judged) in design.traffic:
        yield from (too_late(one) for one in design.late if one.service in _passed(judged, design))
    if _metric(judged) == "latency":
        yield from _tail(judged, met, design)
    yield from endless(judged, design)
    yield from _behind(judged, design)


def _dearest(judged: Judged, design: DesignSummary, first: tuple[str, DesignSummary]) -> str:
    """The service that a design pays more for than the first one; or if it pays no more, most."""
    amounts, others = _by_service(judged, design), _by_service(judged, first[1])
    total, more = sum(amounts.values()), sum(amounts.values()) - sum(others.values())
    if more > 0:
        service = max(amounts, key=lambda name: amounts[name] - others.get(name, 0.0))
        for_it = with_unit(amounts[service] - others.get(service, 0.0), "usd")
        return f"{with_unit(more, 'usd')} more than {first[0]}, {for_it} of it for {service}"
    service = max(amounts, key=lambda name: amounts[name], default="")
    return f"{significant(100 * amounts[service] / total, 2)} % of it is for {service}" if total else ""


def _by_service(judged: Judged, design: DesignSummary) -> dict[str, float]:
    """Dollars of the bill that an objective speaks of."""
    amounts: dict[str, float] = {}
    for charge in design.bill_month if judged.key == "cost.month" else design.bill:
        amounts[charge.service] = amounts.get(charge.service, 0.0) + charge.amount_usd
    return amounts


def _failures(judged: Judged, design: DesignSummary) -> list[Failure]:
    """Those that an objective speaks of, the most frequent cause first."""
    traffic, outcome = design.traffic[_subject(judged)], _metric(judged)
    window = judged.key.partition("@")[2]
    failures = (traffic.windows[window] if window else traffic).failures
    return [one for one in failures if outcome in ("failed", "ok", one.cause.outcome)]


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
    """Consumers on the way that do not keep up, by the age of what they read."""
    if _metric(judged) not in (*LATE, *AGES):
        return
    late_s = judged.limit if judged.unit == "s" else math.inf
    least = late_s if math.isfinite(late_s + judged.value.value) else 1.0
    yield from _late(_passed(judged, design), least, design, late_s)


def _unasked(design: DesignSummary, sources: Sequence[str]) -> Iterator[str]:
    """What of the traffic is never done with, though no objective is on it."""
    for source in sources:
        found = design.traffic[source]
        of_it = [one for one in design.objectives.values() if _subject(one).partition(".")[0] == source]
        if found.completion["p99"].value < math.inf or any(_metric(one) in LATE for one in of_it):
            continue
        share = with_unit(found.undone["unfinished"].value, "share", 2)
        said = f"{share} of {source} unfinished, and no objective asks for it"
        yield ": ".join([said, *_late(set(design.passes.get(source, ())), 1.0, design, math.inf)][:2])


def _late(services: set[str], least: float, design: DesignSummary, late_s: float) -> Iterator[str]:
    """Which of these let wait what they read for longer than `least` seconds; they are to let nothing wait
    for longer than `late_s`, and be done when the run ends."""
    for service in sorted(services):
        failing = _failing(design, service)
        if failing > MANY:
            share = significant(100 * failing, 2)
            yield f"{share} % of {service}'s invocations end in an error, and their work is tried again"
        age = design.services.get(service, {}).get("iterator_age_max_s", 0.0)
        if age > least:
            how = _throttled(service, design) or _lanes(design.services[service])
            backlogs = [
                design.backlogs.get(one[:2])
                for one in design.limits
                if one.unit == OF_STREAMS and one.service == service
            ]
            longest = max(filter(None, backlogs), key=lambda one: one.longest, default=None)
            yield f"{service} falls behind its stream{_from(longest)}, by up to {elapsed(age)}{how}"
    for limit in design.limits:
        if limit.unit in OF_QUEUES and limit.service in services:
            queue = limit.limit.partition(" of ")[2]
            age = design.services[queue]["age_of_oldest_message_max_s"]
            if age > least:
                how = _throttled(limit.service, design) or _pollers(limit, design, late_s)
                since = _from(design.backlogs.get(limit[:2]))
                yield f"{limit.service} falls behind {queue}{since}, by up to {elapsed(age)}{how}"


def _from(backlog: Backlog | None) -> str:
    """` from 10m3s`: since when it only grew."""
    return f" from {clock(backlog.since_s)}" if backlog else ""


def _failing(design: DesignSummary, service: str) -> float:
    """The share of a function's invocations that fail."""
    counters = design.services.get(service, {})
    return counters.get("errors", 0.0) / max(counters.get("invocations", 0.0), 1.0)


def _throttled(service: str, design: DesignSummary) -> str:
    """The limits that throttle a function, its concurrency first, if they throttle many of its invocations:
    more that could be in hand at a time would not help then."""
    counters = design.services.get(service, {})
    throttles, invocations = counters.get("throttles", 0.0), counters.get("invocations", 0.0)
    share = throttles / max(throttles + invocations, 1.0)
    by = [limit for limit in design.limits if limit.refused and limit.service in (service, ACCOUNT)]
    if share <= MANY or not by:
        return ""
    by.sort(key=lambda limit: (limit.unit != "executions", -limit.refused))
    said = " and ".join(f"{place(limit)} ({asked(limit)})" for limit in by)
    return f": {significant(100 * share, 2)} % of its invocations are throttled, by {said}"


def _lanes(counters: Mapping[str, float]) -> str:
    """How many batches it worked on at a time when most, and how busy the busiest lane was over the run."""
    there, used = counters.get("lanes", 0.0), counters.get("lanes_in_use_max", 0.0)
    if not there:
        return ""
    share = significant(100 * counters["busiest_lane_share"], 2)
    if there == 1:
        return f": its one lane (a batch at a time) is at work for {share} % of the run"
    most = f"{'all' if used == there else whole(used)} of its {whole(there)} lanes (batches at a time)"
    return f": at times {most} are at work, the busiest for {share} % of the run"


def _pollers(limit: LimitSummary, design: DesignSummary, late_s: float) -> str:
    """How many batches were in hand at a time when most, and what was short: groups of which another batch
    could be taken, or pollers, and how many would keep up when most are needed."""
    counters = design.services[limit.limit.partition(" of ")[2]]
    full = significant(limit.demand) == significant(limit.allowed)
    most = f"{'all' if full else whole(limit.demand)} of its {whole(limit.allowed)} {limit.unit}"
    at_work = f"{'' if full else 'at most '}{most} (batches at a time) are at work"
    held_up = counters.get("messages_behind_their_group_max", 0.0)
    if held_up > HELD_UP * counters["messages_visible_max"]:
        behind = f"up to {_count(held_up, 'message')} wait for the batch before them in their group"
        return f": {behind}, while {at_work}"
    said = f": {at_work}"
    backlog = design.backlogs.get(limit[:2])
    needed, since_s, until_s = backlog.needed(late_s) if backlog else NOBODY
    keep_up = f", about {whole(math.ceil(needed))} would keep up from {clock(since_s)} to {clock(until_s)}"
    if not full and counters.get("pollers_spared_mean", 0.0) > SOME * counters["pollers_mean"]:
        share = significant(100 * _failing(design, limit.service), 2)
        more = keep_up if needed > limit.allowed else ""
        return f"{said}, Lambda uses fewer while batches fail ({share} % do){more}"
    if needed <= limit.demand:
        return said
    slow = ", and Lambda adds them slowly" if limit.unit == "pollers" and not full else ""
    return f"{said}{keep_up}{slow}"


def _reached(limit: LimitSummary) -> str:
    """`stock, max connections (demand 630 of 614 connections; refused 12 times, no request failed by it)`."""
    return f"{place(limit)} ({asked(limit)}; refused {_count(limit.refused, 'time')}, {_lost(limit)})"


def _lost(limit: LimitSummary) -> str:
    lost = _count(limit.requests_lost, "request") if limit.requests_lost else "no request"
    return f"{lost} failed by it"


def _count(mean: float, of: str) -> str:
    """Of a run: `12 times`; few of several runs are not rounded to none."""
    if mean < 10 and mean != round(mean):
        return f"{significant(mean, 2)} {of}s a run"
    return f"{whole(mean)} {of}{'s' * (round(mean) != 1)}"


def _nearest(limit: LimitSummary) -> str:
    """A limit that never refused."""
    return f"{place(limit)} ({asked(limit)}{'; the rest waited' if waited(limit) else ''})"


def _first_limit(bound: Sequence[LimitSummary], replications: int, warm_up_s: float) -> str:
    """The limit that binds first; if another one lost more requests, that one too."""
    first = bound[0]
    worst = max(bound, key=lambda limit: limit.requests_lost)
    since = f"{_since(first, warm_up_s)} {in_runs(first, replications)}".rstrip()
    said = f"first to bind is {_bound(first, since)}"
    if worst.requests_lost > first.requests_lost:
        said += f"; most failed by {_bound(worst, _since(worst, warm_up_s))}"
    return said


def _since(limit: LimitSummary, warm_up_s: float) -> str:
    """`from 10m3s`; what refuses within a second of what is counted has most likely refused before."""
    at_s = limit.first_at_s or 0.0
    before = 0 < warm_up_s > at_s - 1
    return "from before the end of the warm-up on" if before else f"from {clock(at_s)}"


def _bound(limit: LimitSummary, since: str) -> str:
    refused = "" if limit.requests_lost else f"refused {_count(limit.refused, 'time')}, "
    return f"{place(limit)} ({asked(limit)}, {since}; {refused}{_lost(limit)})"


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
