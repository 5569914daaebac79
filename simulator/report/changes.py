"""What a design changes: the keys in which two plain trees differ, in the scenario's own words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario


class Change(NamedTuple):
    """One key that differs; None where the key is absent."""

    key: str
    old: str | None
    new: str | None


class Changed(NamedTuple):
    """What a design changes of another one."""

    of: str
    changes: tuple[Change, ...]


def differences(scenario: Scenario, designs: Iterable[str]) -> dict[str, Changed]:
    """What each design but the first changes of the first, or of one before it where that is less."""
    names = list(designs)
    written = {name: scenario.designs[name].written for name in names}
    return {
        name: min(
            (Changed(other, tuple(changes(written[other], written[name]))) for other in names[:place]),
            key=lambda found: len(found.changes),
        )
        for place, name in enumerate(names)
        if place
    }


def changes(old: Mapping[str, object], new: Mapping[str, object], above: str = "") -> Iterator[Change]:
    """The keys in which `new` differs from `old`, the largest whole that is only in one of them as one."""
    for name in [*old, *(name for name in new if name not in old)]:
        before, after, key = old.get(name), new.get(name), f"{above}{name}"
        if before == after and (name in old) == (name in new):
            continue
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from changes(before, after, f"{key}.")
        else:
            yield Change(key, _flow(before) if name in old else None, _flow(after) if name in new else None)


def _flow(value: object) -> str:
    """A value as one line of YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value, default=str)
