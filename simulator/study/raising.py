"""The design's own settings that would hold what the peak needs of a limit: units, pollers, shards, CPUs.

A value is tried: what is told is one with which `explain` finds that the limit is not exceeded, and that AWS
would take.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol

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
Values = Mapping[tuple[str, tuple[str, ...]], int]
"""By service and the path of a setting."""


class Asked(Protocol):
    """What is needed of the limits of a design."""

    @property
    def tight(self) -> Sequence[Need]:
        """Of all, the most exceeded ones first."""

    def ratio(self, name: tuple[str, str]) -> float:
        """Of one: what is needed over what is allowed; 0 if it is not met."""


Look = Callable[["Scenario", str], Asked]


class _Tried:
    """A design with other values of its settings, looked at once with each."""

    def __init__(self, scenario: Scenario, design: str, look: Look) -> None:
        self.scenario, self.design, self.look = scenario, design, look
        self.seen: dict[Hashable, Asked] = {}

    def having(self, values: Values) -> Scenario:
        changed = self.scenario
        for (service, path), value in values.items():
            changed = with_values(changed, self.design, service, path[:-1], {path[-1]: value})
        return changed

    def asked(self, values: Values) -> Asked:
        known = frozenset(values.items())
        if known not in self.seen:
            self.seen[known] = self.look(self.having(values), self.design)
        return self.seen[known]


def settings(scenario: Scenario, design: str, asked: Asked, look: Look) -> tuple[list[Setting], list[Need]]:
    """Of limits that are exceeded the settings, each with about the least value that holds, for the limit
    that asks for most; `asked` is what is needed as it is, and `look` finds it of any other.

    And the limits that are exceeded only with these settings, or by more: few pollers let no more through to
    what is behind them. Settings of those are told as well.
    """
    tried, values = _Tried(scenario, design, look), dict[tuple[str, tuple[str, ...]], int]()
    found: dict[str, Setting] = {}
    now = asked.tight
    first, worse = {need.name: need for need in now}, dict[str, Need]()
    for _ in range(TRIES):
        raised = [
            one for need in now if exceeded(need) for one in islice(_alternatives(tried, values, need), 1)
        ]
        if not raised:
            break
        for one, raising in raised:
            found[one.key] = _together(found[one.key], one) if one.key in found else one
            values[raising.service or one.service, raising.path] = found[one.key].value
        now = tried.asked(values).tight
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


def alternatives(
    scenario: Scenario, design: str, need: Need, look: Look
) -> Iterator[tuple[Setting, Sequence[Need]]]:
    """The settings of a limit, each with about the least value that holds by itself; and other limits that
    are exceeded then."""
    tried = _Tried(scenario, design, look)
    for setting, raising in _alternatives(tried, {}, need):
        found = tried.asked({(raising.service or need.service, raising.path): setting.value}).tight
        yield setting, [one for one in found if exceeded(one)]


def _alternatives(tried: _Tried, values: Values, need: Need) -> Iterator[tuple[Setting, Raising]]:
    """With what the settings are that have `values` already."""
    scenario, design = tried.having(values), tried.design
    services = scenario.designs[design].services
    raisings = services[need.service].raising(need.limit, services) if need.service in services else ()
    for raising in raisings:
        value = _holding(tried, values, need, raising)
        if value is not None:
            key = scenario.designs[design].set(raising.service or need.service, *raising.path)
            sold = _sold(scenario, design, need.service, raising, value)
            found = Setting(need.service, need.limit, key, raising.now, value, sold, ahead=raising.ahead)
            yield found, raising


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


def _holding(tried: _Tried, values: Values, need: Need, raising: Raising) -> int | None:
    value, name = raising.now, raising.service or need.service
    # what comes by chance may wait, where there is a line
    ratio = (need.steady / need.allowed if need.in_line and need.allowed else need.ratio) / raising.busy
    for _ in range(TRIES):
        if not math.isfinite(ratio):
            return None
        before, value = (value, ratio), max(math.ceil(value * ratio - 1e-9), value + 1)
        if raising.most is not None and value > raising.most:
            return None
        with_it = {**values, (name, raising.path): value}
        if refused(tried.having(with_it).designs[tried.design], name):
            return None
        ratio = tried.asked(with_it).ratio(need[:2]) / raising.busy
        if ratio <= 1:
            return value
        if value > 2 * before[0] and ratio > HARDLY * before[1]:
            return None
    return None


def with_values(
    scenario: Scenario, design: str, service: str, path: Sequence[str], values: Mapping[str, object]
) -> Scenario:
    """The scenario with other values of settings of one service of a design, which stand together."""
    old = scenario.designs[design]
    new = old.services[service]
    for key, value in values.items():
        new = _set(new, (*path, key), value)
    services = {**old.services, service: new}
    return replace(scenario, designs={**scenario.designs, design: replace(old, services=services)})


def refused(design: Design, name: str) -> bool:
    """Whether AWS would not have it so."""
    service, services = design.services[name], design.services
    yes = service.check(services, design.era), service.check_quotas(services, design.era, design.account)
    return any(next(mistakes, None) for mistakes in yes)


def _set(settings: Any, path: Sequence[str], value: object) -> Any:
    """The same settings but for one, however deep it is in them."""
    if not path:
        return value
    if isinstance(settings, Mapping):
        return {**settings, path[0]: _set(settings[path[0]], path[1:], value)}
    if len(path) == 1 and isinstance(getattr(settings, path[0]), BaseModel):  # of which it is the short form
        value = TypeAdapter(type(settings).model_fields[path[0]].annotation).validate_python(value)
    return settings.model_copy(update={path[0]: _set(getattr(settings, path[0]), path[1:], value)})
