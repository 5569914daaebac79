"""Records and messages that are given up since they failed too often, as sentences: how many, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simulator.measure.backlog import OF_QUEUES
from simulator.measure.limits import LimitSummary
from simulator.measure.need import ACCOUNT
from simulator.measure.summary import DesignSummary
from simulator.report.numbers import count, significant
from simulator.report.refusals import refused_by

POISON = "poisoned_invocations"
MOSTLY = 0.5


def given_up(services: set[str], design: DesignSummary, brief: bool = False) -> Iterator[str]:
    """Of each of these functions what it was given in vain; `brief`: what refuses is told of elsewhere."""
    for service in sorted(services):
        told = _of(service, design)
        if told and (why := _why(service, design, brief)):
            yield f"{told} failed too often: {why}"


def meanwhile(limit: LimitSummary, design: DesignSummary) -> str:
    """`6,136 messages from orders were given up`: by functions that a limit throttles, or that end in errors,
    which it may be the cause of; empty: none."""
    functions = (
        name
        for name, counters in design.services.items()
        if limit.service in (name, ACCOUNT) or counters.get("errors")
    )
    told = " and ".join(filter(None, (_of(name, design) for name in functions)))
    return f"{told} were given up" if told and limit.refused and not limit.in_turn else ""


def _of(service: str, design: DesignSummary) -> str:
    """What a function was given in vain: `12 records from its stream and 3 messages from orders`."""
    counters = design.services.get(service, {})
    lost = [_lost(counters.get("records_discarded", 0.0), "record", f"{service}'s stream")]
    for limit in design.limits:
        if limit.service == service and limit.unit in OF_QUEUES:
            queue = limit.limit.partition(" of ")[2]
            dead = design.services[queue].get("messages_dead_lettered", 0.0)
            lost.append(_lost(dead, "message", queue))
    return " and ".join(filter(None, lost))


def poisoned(counters: Mapping[str, float]) -> str:
    """`0.52 %`: of a function's invocations those that an item made fail which always does; empty: none."""
    met = counters.get(POISON, 0.0)
    return f"{significant(100 * met / counters['invocations'], 2)} %" if met else ""


def mostly_poison(counters: Mapping[str, float]) -> bool:
    """Whether most of a function's invocations that fail do because of such an item."""
    return counters.get(POISON, 0.0) > MOSTLY * counters.get("errors", 0.0)


def _lost(many: float, what: str, source: str) -> str:
    return f"{count(many, what)} from {source}" if many else ""


def _why(service: str, design: DesignSummary, brief: bool) -> str:
    counters = design.services.get(service, {})
    if mostly_poison(counters):
        return f"{poisoned(counters)} of {service}'s invocations meet poison, which always fails"
    if errors := counters.get("errors", 0.0):
        share = f"{significant(100 * errors / counters['invocations'], 2)} %"
        by = refused_by(service, design, brief)
        return f"{share} of {service}'s invocations end in an error{f': {by}' if by else ''}"
    return ""
