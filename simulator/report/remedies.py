"""What would hold the limits that `explain` finds exceeded: quotas to ask AWS for, settings to write."""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulator.measure.need import ACCOUNT, Capacity, Need, Ready, Setting, exceeded, raises
from simulator.report.numbers import significant, whole, with_unit
from simulator.report.raised import INSTEAD
from simulator.report.words import limit


def remedies(found: Capacity) -> Iterator[str]:
    """Those that are exceeded as things are, then those that are only once the rest is done, and at last what
    nothing holds."""
    every, hidden = quotas(found), found.hidden
    yield from (f"Ask AWS for {_quota(need, more)}." for need, more in every if need.name not in hidden)
    for setting in found.settings:
        if not hidden.issuperset(setting.holds):
            yield f"Write {_value(setting)}, to hold {_held(setting, found)}{_sold(setting)}."
    for setting in found.settings:
        if hidden.issuperset(setting.holds):
            also = f"write {_value(setting)}, too{_sold(setting)}"
            yield f"With that alone {_instead(setting.holds, found)} exceeded instead: {also}."
    for need, more in every:
        if need.name in hidden:
            also = f"ask AWS for {_quota(need, more)}"
            yield f"With that alone {_instead((need.name,), found)} exceeded instead: {also}."
    raised = {need.raised for need, _ in every}
    held = {need.name for need in _all(found) if need.service == ACCOUNT and need.raised in raised}
    held |= {name for setting in found.settings for name in setting.holds}
    besides = {need.name: need for need in _all(found) if exceeded(need) and need.name not in held}
    kept = {need.name for need in found.ready.then} if found.ready else set()
    for name in [name for name, need in besides.items() if need.limit in INSTEAD]:
        instead = INSTEAD[besides.pop(name).limit]
        yield f"AWS raises {shown(name)} for nobody{'' if name in kept else f': {instead}'}."
    if held and besides:
        said = " and ".join(map(shown, besides))
        yield f"That alone is not enough: {said} would be exceeded all the same."
    if found.ready:
        yield _kept_ready(found.ready, bool(every or found.settings))


def quotas(found: Capacity) -> list[tuple[Need, float]]:
    """What to ask AWS for, and how much more than now that is, with what the settings let through."""
    return raises(_all(found))


def shown(name: str) -> str:
    """A limit, by its name with the service."""
    return limit(*name.split(": ", 1))


def _all(found: Capacity) -> list[Need]:
    return [*found.needs, *found.then]


def _quota(need: Need, more: float) -> str:
    name = limit(need.service, need.raised[0])
    asked = f"{whole(need.quota)} {need.raised[1]} or more ({name}), {whole(more)} more than now"
    parts = list(_parts(need))
    return asked if parts == [_needed(need.quota, "about")] else f"{asked}: {', '.join(parts)}"


def _parts(need: Need) -> Iterator[str]:
    """What a quota has to have room for."""
    if need.each:
        asked = whole(math.ceil(need.demand))
        yield f"about {asked} {need.unit} are needed, of which each allows {whole(need.each)}"
        return
    least = any(one != need.name for one in need.at_least)  # once it is enough nothing is sent again
    yield _needed(math.ceil(need.demand), "at least" if least else "about")
    if need.elsewhere:
        yield f"{whole(need.elsewhere)} are used elsewhere"
    if need.reserved:
        yield f"{whole(need.reserved)} are reserved"


def _needed(many: float, how: str) -> str:
    return f"{how} {whole(many)} are needed"


def _value(found: Setting) -> str:
    """What to write instead of what is there."""
    ahead = f", all the time or by {found.ahead} ahead of the peak" if found.ahead else ""
    return f"{found.key}: {found.value} or more, {found.now} now{ahead}"


def _sold(found: Setting) -> str:
    return f", or {found.sold.key}: {found.sold.name}, which has {found.sold.has}" if found.sold else ""


def _held(setting: Setting, found: Capacity) -> str:
    """The limits that it holds; of which more is asked than is told before the other settings are made, how
    much."""
    more = {need.name: f" (then {significant(need.demand)} {need.unit})" for need in found.then}
    return " and ".join(f"{shown(name)}{more.get(name, '')}" for name in setting.holds)


def _kept_ready(found: Ready, besides: bool) -> str:
    """What keeps environments from starting in a surge, what it costs, and what limits are then; whether it
    stands besides other remedies."""
    begins = "Or write" if besides else "Write"
    written = " and ".join(f"{key}: {amount}" for key, amount in found.settings)
    cost = "" if found.usd_an_hour is None else f" for {with_unit(found.usd_an_hour, 'usd', 3)} an hour"
    then = (
        f"{shown(need.name)} {significant(need.demand)} of {significant(need.allowed)} {need.unit}"
        for need in found.then
    )
    alone = f" That alone is not enough: {' and '.join(map(shown, found.besides))} would be exceeded then."
    return (
        f"{begins} {written}{cost}, or a schedule of as much around the peak, so that few environments start"
        f" in it: then {' and '.join(then)} are needed." + alone * bool(found.besides)
    )


def _instead(names: tuple[str, ...], found: Capacity) -> str:
    """`ship: reserved concurrency (85.0 of 40.0 executions) would be`."""
    now = {need.name: need.allowed for need in found.needs}
    then = (need for need in found.then if need.name in names)
    said = (
        f"{shown(need.name)} ({significant(need.demand)} of {significant(now.get(need.name, need.allowed))}"
        f" {need.unit})"
        for need in then
    )
    return f"{' and '.join(said)} would be"
