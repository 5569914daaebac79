"""What a design changes: the keys in which two plain trees differ, in the scenario's own words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.values.units import parse_duration, parse_money, parse_rate, parse_share, parse_size

if TYPE_CHECKING:
    from simulator.scenario.model import Design, Scenario


QUANTITIES: Final = (parse_duration, parse_rate, parse_share, parse_size, parse_money)
"""What a text with a unit may be; no two of them read the same text."""


class Change(NamedTuple):
    """One key that differs; where it is absent `614 by default`, or None if that is nothing, or unknown."""

    key: str
    old: str | None
    new: str | None


class Changed(NamedTuple):
    """What a design changes of another one."""

    of: str
    changes: tuple[Change, ...]


def differences(scenario: Scenario, designs: Iterable[str]) -> dict[str, Changed]:
    """What each design but the first changes of the first, or of one before it where that is less."""
    names, of = list(designs), scenario.designs
    return {
        name: min(
            (Changed(other, tuple(between(of[other], of[name]))) for other in names[:place]),
            key=lambda found: len(found.changes),
        )
        for place, name in enumerate(names)
        if place
    }


def between(old: Design, new: Design) -> Iterator[Change]:
    """What two designs say differently; a setting that one of them leaves out is its default."""
    account: Mapping[str, object] = {"account": {}}  # there is one whether or not it is written
    for key, before, after in changes({**account, **old.written}, {**account, **new.written}):
        yield Change(
            key,
            _default(old, key) if before is None else before,
            _default(new, key) if after is None else after,
        )


def _default(design: Design, key: str) -> str | None:
    """What a single value that nobody wrote comes to; None where that is nothing, or not known."""
    name, *path = key.split(".")
    of = design.account if name == "account" else design.services.get(name)
    found: object = of and of.with_defaults(design.era).model_dump(mode="json", by_alias=True)
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return f"{_flow(found)} by default" if isinstance(found, str | int | float) else None


def changes(old: Mapping[str, object], new: Mapping[str, object], above: str = "") -> Iterator[Change]:
    """The keys in which `new` differs from `old`, the largest whole that is only in one of them as one."""
    for name in [*old, *(name for name in new if name not in old)]:
        before, after, key = old.get(name), new.get(name), f"{above}{name}"
        if (name in old) == (name in new) and same(before, after):
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from changes(before, after, f"{key}.")
        else:
            yield Change(key, _flow(before) if name in old else None, _flow(after) if name in new else None)


def same(old: object, new: object) -> bool:
    """Whether two values say the same, in whatever unit and order: `1 min` is `60 s`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(same(old[name], new[name]) for name in old)
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
        return len(old) == len(new) and all(map(same, old, new))
    if old == new or not (isinstance(old, str) and isinstance(new, str)):
        return old == new and isinstance(old, bool) == isinstance(new, bool)
    return any(_means(old, parse) == _means(new, parse) is not None for parse in QUANTITIES)


def _means(text: str, parse: Callable[[object], object]) -> object:
    try:
        return parse(text)
    except ValueError:
        return None


def _flow(value: object) -> str:
    """A value as one line of YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value, default=str)
