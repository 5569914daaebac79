"""What would hold the limits that `explain` finds exceeded: quotas to ask AWS for, settings to write."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from simulator.measure.need import ACCOUNT, Behind, Capacity, Need, Ready, Setting, exceeded, raises
from simulator.report.numbers import significant, whole, with_unit
from simulator.report.raised import INSTEAD
from simulator.report.words import limit


def remedies(found: Capacity) -> Iterator[str]:
    """Those that are exceeded as things are, then those that are only once the rest is done, and at last what
    nothing holds."""
    vain = {setting.key: bound for setting in found.settings if (bound := _bound(setting, found))}
    yield from _now(found, vain)
    yield from _then(found)
    yield from _unheld(found, {each.name for bound in vain.values() for each in bound})
    if found.ready:
        yield _kept_ready(found.ready, bool(quotas(found) or found.settings))


def _now(found: Capacity, vain: Mapping[str, Sequence[Behind]]) -> Iterator[str]:
    """What holds those that are exceeded as things are; by the setting's key, what makes it vain."""
    for need, more in quotas(found):
        if need.name not in found.hidden:
            yield f"Ask AWS for {_quota(need, more)}."
    for setting in found.settings:
        if setting.key in vain:
            yield _in_vain(setting, vain[setting.key])
        elif not found.hidden.issuperset(setting.holds):
            yield f"Write {_value(setting)}, to hold {_held(setting, found)}{_sold(setting)}."


def _then(found: Capacity) -> Iterator[str]:
    """What holds those that are exceeded only once the rest is done."""
    for setting in found.settings:
        if found.hidden.issuperset(setting.holds):
            also = f"write {_value(setting)}, too{_sold(setting)}"
            yield f"With that alone {_instead(setting.holds, found)} exceeded instead: {also}."
    for need, more in quotas(found):
        if need.name in found.hidden:
            also = f"ask AWS for {_quota(need, more)}"
            yield f"With that alone {_instead((need.name,), found)} exceeded instead: {also}."


def _unheld(found: Capacity, told: set[str]) -> Iterator[str]:
    """What no quota and no setting holds, but for what is told of already; of a rate behind pollers, with how
    many of these it is not exceeded."""
    raised = {need.raised for need, _ in quotas(found)}
    held = {need.name for need in _all(found) if need.service == ACCOUNT and need.raised in raised}
    held |= {name for setting in found.settings for name in setting.holds}
    besides = {need.name: need for need in _all(found) if exceeded(need) and need.name not in held | told}
    yield from (_fewer(one, one.capped) for one in found.behind if one.capped and one.name in besides)
    kept = {need.name for need in found.ready.then} if found.ready else set()
    for name in [name for name, need in besides.items() if need.limit in INSTEAD]:
        instead = INSTEAD[besides.pop(name).limit]
        yield f"AWS raises {shown(name)} for nobody{'' if name in kept else f': {instead}'}."
    if held and besides:
        said = " and ".join(map(shown, besides))
        yield f"That alone is not enough: {said} would be exceeded all the same."


def _bound(setting: Setting, found: Capacity) -> list[Behind]:
    """What is exceeded once there are as many pollers or lanes as a setting says, bears fewer, and is held by
    no setting or quota that is told."""
    raised = {need.name for need, _ in quotas(found)}.union(*(one.holds for one in found.settings))
    needs = {need.name: need for need in found.needs}
    return [
        each
        for each in found.behind
        if each.receivers in setting.holds
        and each.name in found.hidden - raised
        and each.bears < needs[each.receivers].demand
    ]


def _in_vain(setting: Setting, bound: Sequence[Behind]) -> str:
    """That more pollers or lanes do not help, since what is behind them bears no more."""
    names, receivers = (" and ".join(map(shown, of)) for of in ([each.name for each in bound], setting.holds))
    return (
        f"No more than about {whole(bound[0].bears)} of {receivers} help: {names}"
        " bears so many batches at a time, and would be exceeded instead. If that is raised, write"
        f" {_value(setting)}{_sold(setting)}."
    )


def _fewer(each: Behind, setting: Setting) -> str:
    """That messages wait instead of being refused, if fewer pollers are there."""
    queue = each.receivers.partition(" of ")[2]
    return (
        f"With {setting.key}: {setting.value} or less {shown(each.name)} is not exceeded: it bears about"
        f" {whole(each.bears)} batches at a time, and messages wait in {queue} instead."
    )


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
