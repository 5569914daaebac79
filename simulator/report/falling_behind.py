"""Consumers of queues and streams that do not keep up, as sentences: since when, and for want of what."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from simulator.measure.backlog import NOBODY, OF_QUEUES, OF_STREAMS, Backlog
from simulator.measure.limits import LimitSummary
from simulator.measure.need import ACCOUNT, CONCURRENCY, NEARLY, Enough, Need
from simulator.measure.summary import DesignSummary
from simulator.report.failing import MANY, failing, fails
from simulator.report.given_up import mostly_poison
from simulator.report.numbers import clock, count, elapsed, significant, whole
from simulator.report.refusals import AGAIN, refusing
from simulator.report.words import GIVE_UP, ONE_KEY, asked, full_of, place

HELD_UP = 0.5
"""Of a queue's messages: if more wait for their group, more pollers would not help."""
SHARE = 0.1
"""Of what a lane can do: a key that asks for less leaves it room for any others."""
UNEVEN = 1.1
"""Times what a lane has to do on average, from which on one is told of by itself."""
SOME = 0.01
"""Of pollers that are not used because batches fail: fewer do not explain a backlog."""

RESERVED = "reserved concurrency"
"""Of a function whose executions the account's concurrency does not bound."""


def falling_behind(services: set[str], least: float, design: DesignSummary, late_s: float) -> Iterator[str]:
    """Which of these let wait what they read for longer than `least` seconds; they are to let nothing wait
    for longer than `late_s`, and be done when the run ends."""
    for service in sorted(services):
        yield from fails(service, design)
        age = design.services.get(service, {}).get("iterator_age_max_s", 0.0)
        if age > least:
            lanes = [one[:2] for one in design.limits if one.unit == OF_STREAMS and one.service == service]
            backlogs = {limit: design.backlogs[limit] for limit in lanes if limit in design.backlogs}
            most = max(backlogs, key=lambda limit: backlogs[limit].longest, default=None)
            longest = backlogs[most] if most else None
            later = _later(service, design)
            throttled = "" if later else _throttled(service, design)
            how = throttled or _lanes(design.services[service])
            found = design.enough.get(most) if most else None
            counted = found is not None and found.stalled_s > 0 and not found.blocks
            if inner := _waited_for(longest, design):
                how += f", and wait for {place(inner)}"
            elif found and not throttled and (failing(service, design) <= MANY or counted):
                how += _enough(found)
            if not throttled:
                how += _failed_batches(design.services[service], found)
            yield f"{service} falls behind its stream{_from(longest)}, by up to {elapsed(age)}{how}{later}"
    for limit in design.limits:
        if limit.unit in OF_QUEUES and limit.service in services:
            queue = limit.limit.partition(" of ")[2]
            age = design.services[queue]["age_of_oldest_message_max_s"]
            if age > least:
                how = _later(limit.service, design) or _throttled(limit.service, design)
                how = how or _pollers(limit, design, late_s)
                since = _from(design.backlogs.get(limit[:2]))
                yield f"{limit.service} falls behind {queue}{since}, by up to {elapsed(age)}{how}"


def _from(backlog: Backlog | None) -> str:
    """` from 10m3s`: since when it only grew."""
    return f" from {clock(backlog.since_s)}" if backlog else ""


def _later(service: str, design: DesignSummary) -> str:
    """What throttles a function, if that began only after limits behind it had made more of its invocations
    fail: its work is behind because of those, and what they refuse is what fills the others."""
    first = min((one.first_at_s or 0.0 for one in refusing(service, design)), default=math.inf)
    counters = design.services.get(service, {})
    began = min((one.first_at_s or 0.0 for one in _throttling(service, design)), default=0.0)
    if began <= first or counters["errors"] <= counters["throttles"]:
        return ""
    return f"; from {clock(began)} on also{_throttled(service, design).removeprefix(':')}"


def _throttling(service: str, design: DesignSummary) -> list[LimitSummary]:
    """The limits that throttle a function, if they do so to many of its invocations."""
    if _throttled_share(service, design) <= MANY:
        return []
    return [limit for limit in design.limits if limit.refused and limit.service in (service, ACCOUNT)]


def _throttled_share(service: str, design: DesignSummary) -> float:
    counters = design.services.get(service, {})
    throttles, invocations = counters.get("throttles", 0.0), counters.get("invocations", 0.0)
    return throttles / max(throttles + invocations, 1.0)


def _throttled(service: str, design: DesignSummary) -> str:
    """The limits that throttle a function, its concurrency first, if they throttle many of its invocations:
    more that could be in hand at a time would not help then."""
    by, share = _throttling(service, design), _throttled_share(service, design)
    if not by:
        return ""
    by.sort(key=lambda limit: (limit.unit != "executions", -limit.refused))
    enough = [limit for limit in by if limit.unrefused is not None and limit.unrefused <= limit.allowed]
    short = [limit for limit in by if limit not in enough] or by
    told = ((place(limit), [asked(limit, AGAIN), full_of(limit)]) for limit in short)
    said = " and ".join(f"{name} ({'; '.join(filter(None, each))})" for name, each in told)
    echo = "".join(map(_echo, enough)) if short is not by else ""
    pollers = "".join(map(_too_few, (one for one in design.limits if one.service == service)))
    return f": {significant(100 * share, 2)} % of its invocations are throttled, by {said}{echo}{pollers}"


def _echo(limit: LimitSummary) -> str:
    """Of a limit that only what others refused reaches, since it is sent again."""
    needs = (
        f"needs some {significant(limit.unrefused or 0.0, 2)} of {significant(limit.allowed)} {limit.unit}"
    )
    return f", and what is sent again fills {place(limit)} ({needs}, demand {significant(limit.demand)})"


def _too_few(limit: LimitSummary) -> str:
    """Of pollers of which the peak needs more: where nothing is throttled, these are what is short."""
    needed = limit.unrefused or 0.0
    if limit.unit not in OF_QUEUES or needed <= limit.allowed:
        return ""
    few = f"its {whole(limit.allowed)} {limit.unit} are too few as well"
    return f"; {few}: about {whole(math.ceil(needed))} would keep up, each with an execution"


def _held_back(limit: LimitSummary, needed: float, design: DesignSummary) -> str:
    """The concurrency that so many pollers exceed, each with an execution of its function; and what bears
    fewer of them behind it."""
    function = [one for one in design.limits if one[:2] == (limit.service, RESERVED)]
    account = [one for one in design.limits if one[:2] == (ACCOUNT, CONCURRENCY)]
    short = [
        f"{place(one)} ({significant(one.allowed)} {one.unit} now)"
        for one in function or account
        if min(one.demand, one.allowed) - limit.demand + needed > one.allowed
    ]
    short += [
        f"{place(one)} ({significant(one.allowed)} {one.unit} now, which bears about {whole(one.bears)})"
        for one in design.behind
        if one.receivers == f"{limit.service}: {limit.limit}" and needed > one.bears
    ]
    are = "are" if len(short) > 1 else "is"
    return f" if {' and '.join(short)} {are} raised, too" if short else ""


def _waited_for(backlog: Backlog | None, design: DesignSummary) -> LimitSummary | None:
    """The servers for which the receivers of a backlog wait: more receivers would wait there as well."""
    found = backlog.waits_for if backlog else ""
    return next((one for one in design.limits if f"{one.service}.{one.limit}" == found), None)


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


def _enough(found: Enough) -> str:
    """`; about 13 would keep up at the peak: parallelization_factor: 4, or shards: 13`; and what is asked of
    the busiest lane, and of that by one key, where that is what matters."""
    each = ", or ".join(
        f"{one.key.rpartition('.')[2]}: {one.value}{_if_raised(besides)}"
        for one, besides in zip(found.settings, found.besides, strict=True)
    )
    parts = []
    if found.demand > found.allowed:
        parts.append(f"about {whole(math.ceil(found.demand))} would keep up at the peak")
    if parts and found.hottest > UNEVEN * found.demand / found.allowed:
        parts[0] += " if keys were spread evenly"
    if found.hottest > NEARLY and (found.hottest > UNEVEN * found.demand / found.allowed or not parts):
        parts.append(f"the busiest lane is to do {significant(100 * found.hottest, 2)} % of what a lane can")
    if parts and found.key > 1:
        asked = f"one key alone, which is in one lane, asks for {significant(100 * found.key, 2)} %"
        parts.append(f"{asked} of what a lane can do: {ONE_KEY}")
    elif parts and found.key >= SHARE:
        parts.append(f"one key alone takes {significant(100 * found.key, 2)} % of a lane")
    said = "".join(f"; {part}" for part in parts)
    return f"{said}; enough is {each}" if parts and each else said


def _if_raised(needs: Sequence[Need]) -> str:
    """What else is exceeded with a setting, and of a rate how much would do."""
    each = (
        f"{place(one)} ({significant(one.allowed)} {one.unit} now, some"
        f" {significant(one.ratio * one.allowed, 2)} needed)"
        for one in needs
    )
    return f" if {' and '.join(each)} {'are' if len(needs) > 1 else 'is'} raised, too" if needs else ""


def _failed_batches(counters: Mapping[str, float], found: Enough | None) -> str:
    """What batches that fail take of the lanes' time, if it is much or they have poison, and with which terms
    of the mapping it is less."""
    failing, in_use = (counters.get(f"lanes_{what}_mean", 0.0) for what in ("failing", "in_use"))
    poison = found is not None and found.stalled_s > 0 and mostly_poison(counters)
    if not failing or (failing <= SOME * in_use and not poison):
        return ""
    said = f"; batches that fail take {significant(100 * failing / in_use, 2)} % of the time of lanes at work"
    if found is None or not poison:
        return said
    if found.blocks:
        said += f": poison blocks its lane until after the run, and {GIVE_UP}"
    else:
        said += f": poison makes its lane work {elapsed(found.stalled_s)} more until it is given up"
    shorter = ", or ".join(f"{elapsed(after)} with {terms}" for terms, after in found.shorter)
    return f"{said} ({shorter})" if shorter else said


def _pollers(limit: LimitSummary, design: DesignSummary, late_s: float) -> str:
    """How many batches were in hand at a time when most, and what was short: groups of which another batch
    could be taken, or pollers, and how many would keep up when most are needed."""
    counters = design.services[limit.limit.partition(" of ")[2]]
    full = significant(limit.demand) == significant(limit.allowed)
    most = f"{'all' if full else whole(limit.demand)} of its {whole(limit.allowed)} {limit.unit}"
    at_work = f"{'' if full else 'at most '}{most} (batches at a time) are at work"
    held_up = counters.get("messages_behind_their_group_max", 0.0)
    if held_up > HELD_UP * counters["messages_visible_max"]:
        behind = f"up to {count(held_up, 'message')} wait for the batch before them in their group"
        return f": {behind}, while {at_work}"
    said = f": {at_work}"
    backlog = design.backlogs.get(limit[:2])
    needed, since_s, until_s = backlog.needed(late_s) if backlog else NOBODY
    inner = _waited_for(backlog, design)
    if inner:
        said = f"{said}, and wait for {place(inner)}"
    most_needed = needed * inner.allowed / limit.demand if inner else needed
    about = f"{', of which' if inner else ','} about {whole(math.ceil(most_needed))}"
    keep_up = f"{about} would keep up from {clock(since_s)} to {clock(until_s)}"
    if not full and counters.get("pollers_spared_mean", 0.0) > SOME * counters["pollers_mean"]:
        share = significant(100 * failing(limit.service, design), 2)
        more = keep_up if needed > limit.allowed else ""
        return f"{said}, Lambda uses fewer while batches fail ({share} % do){more}"
    if needed <= limit.demand:
        return said
    keep_up += "" if inner else _held_back(limit, needed, design)
    slow = ", and Lambda adds them slowly" if not inner and limit.unit == "pollers" and not full else ""
    return f"{said}{keep_up}{slow}"
