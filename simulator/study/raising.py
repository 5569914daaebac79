"""The design's own settings that would hold what the peak needs of a limit: units, pollers, shards, CPUs.

A value is tried: what is told is one with which `explain` finds that the limit is not exceeded, and that AWS
would take.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, TypeAdapter

from simulator.errors import PriceError
from simulator.measure.measured import Measured
from simulator.measure.need import Need, Setting, Sold, exceeded
from simulator.prices.bill import bill
from simulator.prices.book import PriceBook
from simulator.services.service import Raising
from simulator.values.units import HOUR

if TYPE_CHECKING:
    from simulator.scenario.model import Design, Scenario

TRIES: Final = 6
"""More shards do not spread keys evenly, and one key not at all."""
HARDLY: Final = 0.9
"""Of what twice as many are still short of, or more: something else is too slow, as one key's lane is."""
Told = Callable[["Scenario", str], Iterable[Need]]


def settings(
    scenario: Scenario, design: str, needs: Sequence[Need], told: Told
) -> tuple[list[Setting], list[Need]]:
    """Of limits that are exceeded the settings, each with about the least value that holds, for the limit
    that asks for most; `told` is what is needed of a scenario's design.

    And the limits that are exceeded only with these settings, or by more: few pollers let no more through to
    what is behind them. Settings of those are told as well.
    """
    found: dict[str, Setting] = {}
    first, worse = {need.name: need for need in needs}, dict[str, Need]()
    changed, now = scenario, needs
    for _ in range(TRIES):
        raised = list(_settings(changed, design, now, told))
        if not raised:
            break
        for one, raising in raised:
            found[one.key] = _together(found[one.key], one) if one.key in found else one
            value = found[one.key].value
            changed = _changed(changed, design, raising.service or one.service, raising, value)
        now = list(told(changed, design))
        for need in now:
            before = worse.get(need.name) or first.get(need.name)
            if exceeded(need) and (before is None or need.demand > before.demand or not exceeded(before)):
                worse[need.name] = need
    return list(found.values()), list(worse.values())


def _together(so_far: Setting, one: Setting) -> Setting:
    """With the larger value the other limit is held, too."""
    more, less = sorted([so_far, one], key=lambda setting: -setting.value)
    also = (name for name in less.holds if name not in more.holds)
    return more._replace(now=so_far.now, also=(*more.also, *also))


def _settings(
    scenario: Scenario, design: str, needs: Sequence[Need], told: Told
) -> Iterator[tuple[Setting, Raising]]:
    for need in needs:
        if exceeded(need):
            yield from islice(_alternatives(scenario, design, need, told), 1)


def alternatives(scenario: Scenario, design: str, need: Need, told: Told) -> Iterator[Setting]:
    """The settings of a limit, each with about the least value that holds by itself."""
    return (setting for setting, _ in _alternatives(scenario, design, need, told))


def _alternatives(
    scenario: Scenario, design: str, need: Need, told: Told
) -> Iterator[tuple[Setting, Raising]]:
    services = scenario.designs[design].services
    raisings = services[need.service].raising(need.limit, services) if need.service in services else ()
    for raising in raisings:
        value = _holding(scenario, design, need, raising, told)
        if value is not None:
            key = scenario.designs[design].set(raising.service or need.service, *raising.path)
            sold = _sold(scenario, design, need.service, raising, value)
            yield Setting(need.service, need.limit, key, raising.now, value, sold), raising


def _sold(scenario: Scenario, design: str, service: str, raising: Raising, value: int) -> Sold | None:
    """The cheapest class that has so many, of those with a price."""
    known, asked = scenario.designs[design], raising.service or service
    book, prices = PriceBook.load(known.era.name, scenario.region), {}
    for name, has in raising.classes.items():
        used = _set(known.services[asked], raising.class_path, name).usage(Measured(asked, HOUR, {}))
        with suppress(PriceError):
            if has >= value:
                prices[name] = sum(line.amount_usd for line in bill(used, book))
    if not prices:
        return None
    cheapest = min(prices, key=lambda name: (prices[name], name))
    return Sold(known.set(asked, *raising.class_path), cheapest, raising.classes[cheapest])


def _holding(scenario: Scenario, design: str, need: Need, raising: Raising, told: Told) -> int | None:
    value, ratio, name = raising.now, need.ratio / raising.busy, raising.service or need.service
    for _ in range(TRIES):
        if not math.isfinite(ratio):
            return None
        before, value = (value, ratio), max(math.ceil(value * ratio - 1e-9), value + 1)
        if raising.most is not None and value > raising.most:
            return None
        changed = _changed(scenario, design, name, raising, value)
        if _refused(changed.designs[design], name):
            return None
        ratios = [one.ratio for one in told(changed, design) if one[:2] == need[:2]]
        ratio = ratios[0] / raising.busy if ratios else 0.0
        if ratio <= 1:
            return value
        if value > 2 * before[0] and ratio > HARDLY * before[1]:
            return None
    return None


def _changed(scenario: Scenario, design: str, service: str, raising: Raising, value: int) -> Scenario:
    return with_values(scenario, design, service, raising.path[:-1], {raising.path[-1]: value})


def with_values(
    scenario: Scenario, design: str, service: str, path: Sequence[str], values: Mapping[str, int | bool]
) -> Scenario:
    """The scenario with other values of settings of one service of a design, which stand together."""
    old = scenario.designs[design]
    new = old.services[service]
    for key, value in values.items():
        new = _set(new, (*path, key), value)
    services = {**old.services, service: new}
    return replace(scenario, designs={**scenario.designs, design: replace(old, services=services)})


def _refused(design: Design, name: str) -> bool:
    """Whether AWS would not have it so."""
    service, services = design.services[name], design.services
    yes = service.check(services, design.era), service.check_quotas(services, design.era, design.account)
    return any(next(mistakes, None) for mistakes in yes)


def _set(settings: Any, path: Sequence[str], value: int | str) -> Any:
    """The same settings but for one, however deep it is in them."""
    if not path:
        return value
    if isinstance(settings, Mapping):
        return {**settings, path[0]: _set(settings[path[0]], path[1:], value)}
    if len(path) == 1 and isinstance(getattr(settings, path[0]), BaseModel):  # of which it is the short form
        value = TypeAdapter(type(settings).model_fields[path[0]].annotation).validate_python(value)
    return settings.model_copy(update={path[0]: _set(getattr(settings, path[0]), path[1:], value)})
