"""The limits that bind, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulator.measure.limits import LimitSummary
from simulator.measure.need import ACCOUNT, CONCURRENCY
from simulator.measure.result import UNDONE
from simulator.measure.summary import DesignSummary, Judged
from simulator.report.ended_in_init import FAILED_INITS, EndedInInit, ended_in_init
from simulator.report.given_up import meanwhile
from simulator.report.numbers import clock, count, significant
from simulator.report.refusals import refused
from simulator.report.subject import (
    concerns,
    failures_of,
    metric_of,
    of_failures,
    spoken_of,
    subject_of,
    where_of,
)
from simulator.report.time_spent import MOSTLY, held_by
from simulator.report.words import asked, cause, full_of, in_runs, place, waited

PUSHES = 0.1
"""A limit that refused so often, in parts of the requests that failed by another one, pushed them there."""
ALSO = 0.05
"""Of the requests that fail: a cause of so many is told beside the limit that fails most."""
MANY_AGAIN = 0.1
"""Of requests: if more are sent again, demand is told with that."""


class Why(NamedTuple):
    """One cause of what an objective misses."""

    said: str
    about: tuple[str, ...] = ()
    """The limits that it is told of, in the order in which it speaks of them; none: it says all itself."""
    requests: float = 0.0
    """That failed by them; of several objectives with one cause the one with most is told first."""
    again: str = ""
    """What is said where these limits have been told of."""

    @property
    def cause(self) -> tuple[str, ...]:
        """What is alike where objectives are missed for the same."""
        return self.about or (self.said,)


def binding_of(judged: Judged, design: DesignSummary) -> list[LimitSummary]:
    """If limits fail most of the requests that an objective speaks of: the one that binds first, or that ends
    the environments which reach it, and if another one fails more, that one."""
    if not of_failures(judged, design):
        return []
    reached = [limit for limit in _met(judged, design) if limit.first_at_s is not None]
    losing = [limit for limit in reached if limit.requests_lost]
    failures = failures_of(judged, design)
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


def _met(judged: Judged, design: DesignSummary) -> Iterator[LimitSummary]:
    """The limits on the way of an objective's requests, with how many of just these failed by each."""
    for limit in design.limits:
        if concerns(limit, judged, design):
            yield limit._replace(requests_lost=_lost_by(limit, judged, design))


def _lost_by(limit: LimitSummary, judged: Judged, design: DesignSummary) -> float:
    failures = spoken_of(judged, design).failures
    return sum(one.requests for one in failures if one.cause[1:] == limit[:2])


def first_limit(
    bound: Sequence[LimitSummary], missed: Sequence[Judged], design: DesignSummary, warm_up_s: float
) -> Why:
    """The limit that binds first, or without which the others might not; if another one lost more requests,
    that one too. Told of the first of the objectives that are missed for them, with what the others lost."""
    judged = missed[0]
    ended = ended_in_init(bound[-1], design)
    if ended and ended.service != bound[0].service:
        ended = None
    refuses = not (bound[0].waits_for or bound[0].in_turn)
    begins = f"{_ended(ended)} refused by" if ended and refuses else "first to bind is"
    since = [_since(limit, warm_up_s) for limit in bound]
    since[0] = f"{since[0]} {in_runs(bound[0], design.replications)}".rstrip()
    parts = [_bound(limit, at, missed, design) for limit, at in zip(bound, since, strict=True)]
    if bound[0].waits_for and bound[0].cause == bound[-1].cause and len(bound) > 1:
        parts = [f"{parts[0]} and {place(bound[-1])} ({_in_part(bound[-1], missed, design)})"]
    if bound[0].in_turn:
        parts[0] += _given_up_in_init(bound[0], design)
    if ended and not refuses:
        parts[-1] += f"; {_ended(ended)} refused by {_refusing(ended.service, bound[0], design)}"
    parts[-1] += held_by(bound, where_of(judged, design))
    causes = (limit._replace(service=limit.cause[0], limit=limit.cause[1]) for limit in bound)
    lost = (_lost_of(limit, missed, design) for limit in bound)
    named = "; most failed by ".join(f"{place(one)} ({of})" for one, of in zip(causes, lost, strict=True))
    return Why(
        f"{begins} {'; most failed by '.join(parts)}{_others(bound, judged, design)}",
        tuple(map(place, bound)),
        sum(limit.requests_lost for limit in bound),
        f"{begins} {named}",
    )


def _others(bound: Sequence[LimitSummary], judged: Judged, design: DesignSummary) -> str:
    """Of the requests that fail by something else than these limits, the causes of many."""
    failures, told = failures_of(judged, design), [limit[:2] for limit in bound]
    many = ALSO * sum(one.requests for one in failures)
    others = [one for one in failures if one.cause[1:] not in told and one.requests >= many]
    return "".join(f"; {significant(one.requests)} more {cause(one.cause)}" for one in others)


def _ended(found: EndedInInit) -> str:
    share = significant(100 * found.share, 2)
    return f"{share} % of the environments that {found.function} began ended in their init,"


def _given_up_in_init(limit: LimitSummary, design: DesignSummary) -> str:
    """Of the functions that connect to the service of a limit which lets wait, how many environments reached
    the INIT limit: they began again within an invocation, and their timeouts pass there."""
    said = ""
    for function, counters in design.services.items():
        waited = counters.get("init_timeouts", 0.0)
        if waited and f"{FAILED_INITS}{limit.service}" in counters:
            share = significant(100 * waited / counters["cold_starts"], 2)
            said += (
                f", for which {share} % of the environments that {function} began waited until the INIT limit"
            )
    return said


def _refusing(service: str, waiting: LimitSummary, design: DesignSummary) -> str:
    """The limit of a service that refuses, where what is told of it lets wait; else the service."""
    refusing = [one for one in design.limits if one.service == service and one.refused and not one.in_turn]
    most = max(refusing, key=lambda one: one.refused, default=None)
    return place(most) if most and waiting.in_turn else service


def _since(limit: LimitSummary, warm_up_s: float) -> str:
    """`from 10m3s`; what refuses within a second of what is counted has most likely refused before."""
    at_s = limit.first_at_s or 0.0
    before = 0 < warm_up_s > at_s - 1
    return "from before the end of the warm-up on" if before else f"from {clock(at_s)}"


def _bound(limit: LimitSummary, since: str, missed: Sequence[Judged], design: DesignSummary) -> str:
    first = next((one for one in design.limits if one[:2] == limit.cause), limit)
    said = f"{place(first)} ({asked(first, _again(missed[0], design))}{_held(first, design)}, {since}"
    if not limit.waits_for:
        return f"{said}; {_in_part(limit, missed, design)})"
    return f"{said}): what waits for it fills {place(limit)} ({_in_part(limit, missed, design)})"


def _held(limit: LimitSummary, design: DesignSummary) -> str:
    """`, while report holds 400`: if one of several functions has most of the account's concurrency."""
    held = design.account_held
    function = max(held, key=lambda name: held[name], default="")
    if limit[:2] != (ACCOUNT, CONCURRENCY) or len(held) < 2 or held[function] < MOSTLY * sum(held.values()):
        return ""
    return f", while {function} holds {significant(held[function])}"


def _in_part(limit: LimitSummary, missed: Sequence[Judged], design: DesignSummary) -> str:
    """What it refused in the whole run, if no request failed by it, and how many of an objective's did."""
    in_part = " in the whole run" if "@" in missed[0].key else ""
    often = "" if limit.requests_lost else f"{refused(limit)}{in_part}, "
    given_up = "" if limit.requests_lost else meanwhile(limit, design)
    return f"{often}{_lost_of(limit, missed, design)}{given_up and f', but {given_up}'}"


def _again(judged: Judged, design: DesignSummary) -> str:
    """How often clients send the requests that an objective speaks of, where that adds much to demand."""
    attempts = spoken_of(judged, design).attempts.value
    return f" at {significant(attempts, 2)} attempts a request" if attempts > 1 + MANY_AGAIN else ""


def reached_limit(limit: LimitSummary, missed: Sequence[Judged], design: DesignSummary) -> str:
    """`stock, max connections (demand 630 of 614 connections; refused 12 times, no request failed by it)`: of
    the whole run, as in the table of limits, of which an objective on a window speaks in part only."""
    when = "in the whole run" if any("@" in one.key for one in missed) else ""
    answered = all(metric_of(one) in UNDONE for one in missed)  # before it was refused
    lost = "" if answered and not limit.requests_lost else _lost(limit.requests_lost)
    if lost and not limit.requests_lost and (given_up := meanwhile(limit, design)):
        lost += f", but {given_up}"
    said = [full_of(limit), refused(limit), lost, when]
    return f"{place(limit)} ({asked(limit)}; {', '.join(filter(None, said))})"


def nearest_limit(limit: LimitSummary) -> str:
    """A limit that never refused."""
    return f"{place(limit)} ({asked(limit)}{'; the rest waited' if waited(limit) else ''})"


def _lost(requests: float, of: str = "") -> str:
    return f"{count(requests, 'request') if requests else 'no request'}{of} failed by it"


def _lost_of(limit: LimitSummary, missed: Sequence[Judged], design: DesignSummary) -> str:
    """`506 requests failed by it in surge, 700 in the whole run`: of those that each objective speaks of."""
    lost: dict[tuple[str, float], str] = {}
    for one in missed:
        lost.setdefault((subject_of(one), _lost_by(limit, one, design)), one.key.partition("@")[2])
    several, windows = len({subject for subject, _ in lost}) > 1, any(lost.values())
    said: list[str] = []
    for (subject, requests), window in lost.items():
        of = f" of {subject}" if several else ""
        when = f" in {window or 'the whole run'}" if windows else ""
        what = f"{significant(requests) if requests else 'none'}{of}"
        said.append(f"{what}{when}" if said else f"{_lost(requests, of)}{when}")
    return ", ".join(said)
