"""What makes requests slower than an objective on latency allows, as sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from simulator.measure.limits import LimitSummary
from simulator.measure.summary import DesignSummary, Judged
from simulator.measure.where import Spent, Where
from simulator.report.binding import reached_limit
from simulator.report.numbers import significant, with_unit
from simulator.report.spilled import spilled
from simulator.report.subject import concerns, where_of
from simulator.report.time_spent import AGAIN, Largest, largest, made_again, possessive, spent_on
from simulator.report.words import cause, place

HIGH = 90
"""From this percentile on the slowest hundredth decides, below it all answers."""
AS_LONG = 0.5
"""Of what one part takes longer than where the objective is met: the largest part is not the cause if it
takes less than so much longer there."""


class _Longer(NamedTuple):
    """The part that takes longer than in a design that meets the objective."""

    part: Largest
    here_s: float
    there_s: float
    design: str


def slowest(
    judged: Judged, design: DesignSummary, designs: Mapping[str, DesignSummary], told: Collection[str]
) -> str:
    """What takes most time of the answers that decide an objective; if a design that meets it has about as
    much of that, what takes longer than there. Empty where nothing was traced. Limits that are `told` of in
    any case are only named."""
    found = where_of(judged, design)
    if found is None:
        return ""
    band, spent = _deciding(judged, found)
    most = largest(spent.ns)
    if most is None:
        return ""
    longer = _longer(judged, spent, most, designs)
    if longer is None:
        on = f"{spent_on(most, design.limits)}{_again(judged, design, most, found, told)}"
        return f"{most.percent} of {possessive(band)} time goes to {on}{spilled(most, design)}"
    here, there = with_unit(longer.here_s, "s"), with_unit(longer.there_s, "s") if longer.there_s else "none"
    on = spent_on(longer.part, design.limits)
    return (
        f"{longer.part.percent} of {possessive(band)} time, {here}, goes to {on}, and {there} in"
        f" {longer.design}, where it is met{_again(judged, design, longer.part, found, told)}"
        f"{spilled(longer.part, design)}; {most.percent}"
        f" goes to {most}, there as well"
    )


def _deciding(judged: Judged, found: Where) -> tuple[str, Spent]:
    """The answers on which a statistic depends: of the mean and low percentiles, all."""
    statistic = judged.text.split()[0]
    if statistic == "max" or (statistic.startswith("p") and float(statistic[1:]) >= HIGH):
        return "the slowest hundredth", found.tail
    return "all ok answers", found.mean


def _longer(
    judged: Judged, spent: Spent, most: Largest, designs: Mapping[str, DesignSummary]
) -> _Longer | None:
    """Beside the design that meets the objective and is most like this one; None if there is none, or if it
    is the largest part that takes longer."""
    here = _seconds(spent)
    more = {}
    for name, other in designs.items():
        same, found = other.objectives.get(judged.key), where_of(judged, other)
        if found and same and same.verdict == "pass" and not same.by_survivors:
            there = _seconds(_deciding(judged, found)[1])
            more[name] = {part: here.get(part, 0.0) - there.get(part, 0.0) for part in here | there}
    if not more:
        return None
    nearest = min(more, key=lambda name: sum(map(abs, more[name].values())))
    part = max(here, key=lambda one: more[nearest][one])
    if more[nearest][part] <= 0 or more[nearest][most[:2]] >= AS_LONG * more[nearest][part]:
        return None
    share = here[part] / sum(here.values())
    detail = max((one for one in spent.ns if one[:2] == part), key=lambda one: spent.ns[one]).detail
    return _Longer(Largest(*part, share, detail), here[part], here[part] - more[nearest][part], nearest)


def _seconds(spent: Spent) -> dict[tuple[str, str], float]:
    """Of an answer, on average, by service and cause."""
    found: dict[tuple[str, str], float] = {}
    for (service, what, _), ns in spent.ns.items():
        found[service, what] = found.get((service, what), 0.0) + ns / spent.requests / 1e9
    return found


def _again(judged: Judged, design: DesignSummary, most: Largest, found: Where, told: Collection[str]) -> str:
    """Of attempts that were made again, what ended those that took most."""
    if most.cause not in AGAIN:
        return ""
    met = [limit for limit in design.limits if limit.refused and concerns(limit, judged, design)]
    again = made_again(found) if design.kinds.get(most.service) == "client" else None
    if again:
        share = significant(100 * again.share, 2)
        refusing = next((limit for limit in met if limit[:2] == again.cause[1:]), None)
        ended = (
            f"refused by {_told(refusing, judged, design, told)}"
            if refusing
            else f"that {cause(again.cause)}"
        )
        spent = f", {again.spent.percent} of that to {again.spent}" if again.spent and not refusing else ""
        return f"; of the time of all attempts that were made again {share} % went to those {ended}{spent}"
    if not met:
        return ""
    refusing = max(met, key=lambda limit: limit.refused)
    return f"; what refused most is {_told(refusing, judged, design, told)}"


def _told(limit: LimitSummary, judged: Judged, design: DesignSummary, told: Collection[str]) -> str:
    """With its numbers, if these are not told in any case."""
    return place(limit) if place(limit) in told else reached_limit(limit, [judged], design)
