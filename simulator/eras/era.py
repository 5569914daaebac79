"""Eras: what AWS was and is, as quotas, behaviour and defaults that each carry unit, source and date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from simulator.eras.document import document, instead, names
from simulator.values.distributions import Distribution
from simulator.values.units import (
    parse_duration,
    parse_memory,
    parse_rate,
    parse_share,
    parse_size,
    shown,
)


@dataclass(frozen=True)
class Fact:
    """One value of an era and where it comes from."""

    value: Any
    """In base units: int ns, Rate, int MB, int bytes, float share, bool, Distribution, int or word."""
    unit: str
    """The base unit of `value`, or what it counts."""
    text: str
    """As the era's file or the scenario writes it."""
    source: str
    date: str
    """Of the text or measurement, as precisely as it is known."""
    confidence: str
    """documented, measured or inferred; given, if the scenario overrides it."""
    note: str = ""


@dataclass(frozen=True)
class Era:
    """AWS at one time in one Region, as a mapping from names like `lambda.keep_alive`."""

    name: str
    region: str
    facts: Mapping[str, Fact] = field(repr=False)

    @classmethod
    def load(cls, name: str, overrides: Mapping[str, object] | None = None, region: str = "us-east-1") -> Era:
        """The era's values for a Region; `overrides` are written as the era's file writes them."""
        if name not in eras():
            raise ValueError(f"unknown era: {shown(name)}; {instead(name, eras())}")
        facts = _facts(name, region)
        given = {key: _given(name, facts, key, value) for key, value in (overrides or {}).items()}
        return cls(name, region, facts | given)

    def __getitem__(self, key: str) -> Any:
        return self.fact(key).value

    def fact(self, key: str) -> Fact:
        if key not in self.facts:
            raise ValueError(f"not a key of era {self.name}: {shown(key)}; {instead(key, self.facts)}")
        return self.facts[key]


def eras() -> tuple[str, ...]:
    """The names of all eras, the oldest first."""
    return names(__package__)


@cache
def _facts(name: str, region: str) -> dict[str, Fact]:
    era = document(__package__, f"{name}.yaml")
    return {key: _fact(key, entry, era["sources"], region) for key, entry in era["facts"].items()}


def _fact(key: str, entry: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]], region: str) -> Fact:
    written = entry["value"]
    if isinstance(written, Mapping) and "default" in written:
        written = next(
            (value for regions, value in written.items() if region in regions.split(", ")),
            written["default"],
        )
    source = sources[entry["source"]]
    return Fact(
        value=_parse(key, entry["unit"], written),
        unit=_BASE_UNITS.get(entry["unit"], entry["unit"]),
        text=_text(written),
        source=source["text"],
        date=source["date"],
        confidence=entry["confidence"],
        note=" ".join(entry.get("note", "").split()),
    )


def _given(name: str, facts: Mapping[str, Fact], key: str, value: object) -> Fact:
    """An override: the same kind of value, and the scenario as its source."""
    if key not in facts:
        raise ValueError(f"not a key of era {name}: {shown(key)}; {instead(key, facts)}")
    unit = document(__package__, f"{name}.yaml")["facts"][key]["unit"]
    return replace(
        facts[key], value=_parse(key, unit, value), text=_text(value),
        source="the scenario", date="", confidence="given", note="",
    )  # fmt: skip


def _text(written: object) -> str:
    if isinstance(written, Mapping):
        return ", ".join(f"{key} {_text(value)}" for key, value in written.items())
    return str(written).lower() if isinstance(written, bool) else str(written)


def _parse(key: str, unit: str, written: object) -> Any:
    """The value in base units; what is wrong with it, under the name of its key."""
    try:
        if parse := _PARSERS.get(unit):
            return parse(written)
        return _word(unit, written) if " or " in unit else _count(written)
    except ValidationError as error:
        details = "; ".join(str(detail["msg"]).removeprefix("Value error, ") for detail in error.errors())
        raise ValueError(f"{key}: {details}") from error
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def _count(written: object) -> int:
    if isinstance(written, bool) or not str(written).isdecimal():
        raise ValueError(f"not a whole number: {shown(written)}; write for example '1000'")
    return int(str(written))


def _flag(written: object) -> bool:
    text = str(written).lower()
    if text not in ("true", "false"):
        raise ValueError(f"neither true nor false: {shown(written)}; write 'true' or 'false'")
    return text == "true"


def _word(choice: str, written: object) -> str:
    if str(written) not in choice.split(" or "):
        raise ValueError(f"not {choice}: {shown(written)}; {instead(str(written), choice.split(' or '))}")
    return str(written)


_PARSERS: Final[Mapping[str, Callable[[object], Any]]] = {
    "duration": parse_duration,
    "rate": parse_rate,
    "memory": parse_memory,
    "size": parse_size,
    "share": parse_share,
    "flag": _flag,
    "distribution": TypeAdapter(Distribution).validate_python,
}
_BASE_UNITS: Final[Mapping[str, str]] = {
    "duration": "ns",
    "rate": "count per ns",
    "memory": "MB",
    "size": "bytes",
    "share": "1",
    "flag": "true or false",
    "distribution": "s",
}
