"""Why designs fail their objectives, or are undecided, as sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simulator.measure.statistics import HOPELESS
from simulator.measure.summary import DesignSummary, Judged, Summary
from simulator.report.binding import Why, binding_of, first_limit, nearest_limit, reached_limit
from simulator.report.failing import refused_and_late
from simulator.report.falling_behind import falling_behind
from simulator.report.given_up import given_up
from simulator.report.numbers import estimated, significant, with_unit
from simulator.report.reached import in_time
from simulator.report.scaled_out import scaled_too_late
from simulator.report.slowest import slowest
from simulator.report.subject import (
    concerns,
    failures_of,
    metric_of,
    of_failures,
    passed_by,
    subject_of,
    where_of,
)
from simulator.report.time_spent import in_timeouts
from simulator.report.unfinished import endless
from simulator.report.words import cause, place, too_late

LATE = ("completion", "unfinished")
"""What an objective on what comes after the answer asks for."""
GIVEN_UP = ("lost", "dead_lettered")
"""What one on effects that are not carried out asks for."""
AGES = ("iterator_age", "age_of_oldest_message", "message_age")
"""What one on a consumer, or on its queue, asks for."""


class Obstacle(NamedTuple):
    """One thing that stands in a design's way."""

    said: str
    keys: tuple[str, ...] = ()
    """Of the objectives that are missed for it; none: it has to do with all."""


def reasons(summary: Summary) -> Iterator[tuple[str, str]]:
    """`obstacles` as one sentence for each design."""
    for name, does, parts in obstacles(summary):
        yield name, f"{does} {'; '.join(part.said for part in parts)}"


def obstacles(summary: Summary) -> Iterator[tuple[str, str, list[Obstacle]]]:
    """For each design that does not pass: its name, `fails` or `is undecided:`, and each thing that stands in
    its way; and for one that passes what it leaves unfinished, if no objective asks for that, or else what is
    done late since limits behind functions refuse."""
    for name, design in summary.designs.items():
        if design.verdict == "fail":
            yield name, "fails", _failure(design, summary)
        elif design.verdict == "inconclusive":
            yield name, "is undecided:", [Obstacle(_undecided(design))]
        else:
            passes = "passes, but " if design.verdict == "pass" else ""
            left, late = list(_unasked(design, summary.sources)), list(refused_and_late(design))
            if left or late:
                does = f"{passes}{'leaves' if left else 'works in vain:'}"
                yield name, does, [*map(Obstacle, left), *map(Obstacle, [] if left else late)]


def _failure(design: DesignSummary, summary: Summary) -> list[Obstacle]:
    """The objectives that are missed, by what they are missed for, those without a cause last; costs beside
    those of the first design. The numbers of a limit are told once."""
    missed = [judged for judged in design.objectives.values() if judged.verdict == "fail"]
    groups: dict[tuple[tuple[str, ...], ...], list[tuple[Judged, list[Why]]]] = {}
    for one in missed:
        why = list(_why(one, missed, design, summary))
        causes = tuple(each.cause for each in why)
        same = next((known for known in groups if causes and set(causes) <= set(known)), causes)
        groups.setdefault(same, []).append((one, why))
    found, told = list[Obstacle](), set[str]()
    for causes, group in sorted(groups.items(), key=lambda item: not item[0]):
        values = _values([judged for judged, _ in group])
        parts = []
        for reason in causes:
            every = [each for _, why in group for each in why if each.cause == reason]
            most = max(every, key=lambda each: each.requests)
            parts.append(most.again if most.again and told.issuperset(most.about) else most.said)
            told.update(most.about)
        for_it = f": {'; '.join(parts)}" if parts else _uncaused(group, design, told)
        found.append(Obstacle(f"{values}{for_it}", tuple(judged.key for judged, _ in group)))
    reached = [
        limit for limit in design.limits
        if limit.first_at_s is not None and any(concerns(limit, one, design) for one in missed)
    ]  # fmt: skip
    if reached and not any(place(limit) in part.said for limit in reached for part in found):
        last = found[-1]
        also = f"{last.said}; also reached is {reached_limit(reached[0], missed, design)}"
        found[-1] = last._replace(said=also)
    return [*found, *map(Obstacle, scaled_too_late(missed, design))]


def _values(group: Sequence[Judged]) -> str:
    return " and ".join(f"{one.key} ({estimated(one.value, one.unit)}, not {one.text})" for one in group)


def _uncaused(group: Sequence[tuple[Judged, list[Why]]], design: DesignSummary, told: set[str]) -> str:
    """What is on the way of objectives that nothing explains."""
    missed = [judged for judged, _ in group]
    met = [
        limit for limit in design.limits
        if any(concerns(limit, one, design) for one in missed) and not in_time(limit, design)
    ]  # fmt: skip
    if not met:
        return ""
    if met[0].first_at_s is not None:
        known = place(met[0]) in told
        return f": reached is {place(met[0]) if known else reached_limit(met[0], missed, design)}"
    return f" without reaching a limit; the nearest is {nearest_limit(met[0])}"


def _why(judged: Judged, missed: Sequence[Judged], design: DesignSummary, summary: Summary) -> Iterator[Why]:
    """What an objective is missed for: the limits that failed requests, or what has to do with its number;
    with what these limits failed of the others that are missed for them."""
    binding = {one.key: [place(limit) for limit in binding_of(one, design)] for one in missed}
    if judged.unit == "usd":
        yield from map(Why, _dearest(judged, design, next(iter(summary.designs.items()))))
        return
    if of_failures(judged, design):
        bound = binding_of(judged, design)
        if bound:
            alike = (one for one in missed if one != judged and binding[one.key] == binding[judged.key])
            yield first_limit(bound, [judged, *alike], design, summary.warm_up_s)
        elif failures := failures_of(judged, design):
            share = failures[0].requests / sum(one.requests for one in failures)
            most = "all" if share == 1 else f"mostly ({significant(100 * share, 2)} %)"
            on = in_timeouts(failures[0].cause, where_of(judged, design), design.limits)
            yield Why(f"{most} {cause(failures[0].cause)}{on}")
    if judged.unit and subject_of(judged) in design.traffic:
        yield from (Why(too_late(one)) for one in design.late if one.service in passed_by(judged, design))
    if metric_of(judged) == "latency":
        told = {limit for bound in binding.values() for limit in bound}
        if said := slowest(judged, design, summary.designs, told):
            yield Why(said)
    yield from map(Why, endless(judged, design))
    yield from map(Why, _behind(judged, design))
    if metric_of(judged) in GIVEN_UP:
        behind = any(metric_of(one) in (*LATE, *AGES) for one in missed)
        yield from map(Why, given_up(passed_by(judged, design), design, brief=behind))


def _dearest(judged: Judged, design: DesignSummary, first: tuple[str, DesignSummary]) -> Iterator[str]:
    """The service that a design pays more for than the first one, if that has the money; otherwise most."""
    amounts, others = _by_service(judged, design), _by_service(judged, first[1])
    total, more = sum(amounts.values()), sum(amounts.values()) - sum(others.values())
    if more > 0 and total - more <= judged.limit:  # otherwise the difference does not explain it
        service = max(amounts, key=lambda name: amounts[name] - others.get(name, 0.0))
        for_it = with_unit(amounts[service] - others.get(service, 0.0), "usd")
        fails = " (which fails)" if first[1].verdict == "fail" else ""
        yield f"{with_unit(more, 'usd')} more than {first[0]}{fails}, {for_it} of it for {service}"
    elif total:
        service = max(amounts, key=lambda name: amounts[name])
        yield f"{significant(100 * amounts[service] / total, 2)} % of it is for {service}"


def _by_service(judged: Judged, design: DesignSummary) -> dict[str, float]:
    """Dollars of the bill that an objective speaks of."""
    amounts: dict[str, float] = {}
    for charge in design.bill_month if judged.key == "cost.month" else design.bill:
        amounts[charge.service] = amounts.get(charge.service, 0.0) + charge.amount_usd
    return amounts


def _behind(judged: Judged, design: DesignSummary) -> Iterator[str]:
    """Consumers on the way that do not keep up, by the age of what they read."""
    if metric_of(judged) not in (*LATE, *AGES):
        return
    late_s = judged.limit if judged.unit == "s" else math.inf
    least = late_s if math.isfinite(late_s + judged.value.value) else 1.0
    yield from falling_behind(passed_by(judged, design), least, design, late_s)


def _unasked(design: DesignSummary, sources: Sequence[str]) -> Iterator[str]:
    """What of the traffic is never done with, though no objective is on it."""
    for source in sources:
        found = design.traffic[source]
        of_it = [one for one in design.objectives.values() if subject_of(one).partition(".")[0] == source]
        if found.completion["p99"].value < math.inf or any(metric_of(one) in LATE for one in of_it):
            continue
        share = with_unit(found.undone["unfinished"].value, "share", 2)
        said = f"{share} of {source} unfinished, and no objective asks for it"
        yield ": ".join(
            [said, *falling_behind(set(design.passes.get(source, ())), 1.0, design, math.inf)][:2]
        )


def _undecided(design: DesignSummary) -> str:
    open_ones = [judged for judged in design.objectives.values() if judged.verdict == "inconclusive"]
    said = " and ".join(
        " ".join([judged.key, *(f"({why})" for why in endless(judged, design))]) for judged in open_ones
    )
    needed = [judged.settled_by for judged in open_ones]
    if any(count is None for count in needed):
        near = all(one.value.has_interval and math.isfinite(one.value.high) for one in open_ones)
        return said + f"; so near to what is asked that {HOPELESS:,} replications would not settle it" * near
    more = max(count or 0 for count in needed) - design.replications
    return f"{said}; about {more} more replication{'s' * (more > 1)} would settle it"
