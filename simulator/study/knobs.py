"""Settings that a study turns: a path as `--set` takes it, and the values to try, in the order written.

| written                                 | values                                              |
|-----------------------------------------|-----------------------------------------------------|
| `checkout.memory=512 MB,1 GB`           | these                                               |
| `checkout.provisioned_concurrency=0..5` | 0, 1, 2, 3, 4, 5                                    |
| `traffic.buyers.peak=500..2000/500/s`   | 500/s, 1000/s, 1500/s, 2000/s: from, to, step, unit |
| `stock.instance=db.t3.medium,db.m5.large` | these                                             |

A comma inside brackets, braces or quotes belongs to a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Final

from simulator.errors import Problem, ScenarioError
from simulator.values.units import shown

MOST_VALUES: Final = 100_000
_NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?"
_RANGE: Final = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})(?:/({_NUMBER}))?\s*(\D\S*(?: \S+)*)?")
_QUANTITY: Final = re.compile(rf"({_NUMBER})\s*(\D*)")
_CLOSING: Final = {"{": "}", "[": "]", "(": ")", '"': '"', "'": "'"}


@dataclass(frozen=True)
class Knob:
    """One setting and the values to try."""

    path: str
    choices: tuple[str, ...]

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The values as numbers, if they are numbers of one unit."""
        found = [_QUANTITY.fullmatch(value) for value in self.choices]
        units = {match[2].strip() for match in found if match}
        return tuple(float(match[1]) for match in found if match) if len(units) == 1 and all(found) else None

    @property
    def unit(self) -> str:
        """The one unit of all values; empty if there is none."""
        match = _QUANTITY.fullmatch(self.choices[0])
        return match[2].strip() if match and self.numbers is not None else ""

    @property
    def of_traffic(self) -> bool:
        """Whether it is a setting of the traffic, not of what serves it."""
        return self.path.startswith("traffic.")

    def set(self, value: str) -> str:
        """The `--set` that turns the knob to this value."""
        return f"{self.path}={value}"


def parse_knob(text: str, option: str) -> Knob:
    """A knob as `option` was given it; a mistake is a ScenarioError that names the option."""
    path, equals, rest = text.partition("=")
    where = f"{option} {path.strip()}"
    if not equals or not path.strip():
        instead = f"write for example {option} 'checkout.memory=512 MB,1 GB'"
        raise ScenarioError(Problem(f"{option} {text}", "no path and values", instead))
    return knob(path, _split(rest), where)


def knob(path: str, values: str | Sequence[object], where: str | None = None) -> Knob:
    """A knob from its path and values, or from a range as text, as Python gives them."""
    where = where or path
    parts = [values] if isinstance(values, str) else [str(value) for value in values]
    found = tuple(value for part in parts for value in _values(part.strip(), where))
    if not found or not all(found):
        raise ScenarioError(Problem(where, "an empty value", "write values with commas between them"))
    twice = [value for place, value in enumerate(found) if value in found[:place]]
    if twice:
        raise ScenarioError(Problem(where, f"{shown(twice[0])} twice", "write each value once"))
    return Knob(path.strip(), found)


def knobs_of(written: Mapping[str, str | Sequence[object]]) -> list[Knob]:
    """Knobs as Python gives them: `{"checkout.memory": ["512 MB", "1 GB"]}` or `{…: "0..500"}`."""
    return [
        knob(path, _split(values) if isinstance(values, str) else values) for path, values in written.items()
    ]


def grid(knobs: Sequence[Knob]) -> list[tuple[str, ...]]:
    """Every combination of values; the last knob turns fastest."""
    return list(product(*(one.choices for one in knobs)))


def check_different(knobs: Iterable[Knob], option: str) -> None:
    """Refuses a knob that is there twice."""
    seen: set[str] = set()
    for one in knobs:
        if one.path in seen:
            raise ScenarioError(Problem(f"{option} {one.path}", "given twice", "write all its values in one"))
        seen.add(one.path)


def _values(part: str, where: str) -> Iterator[str]:
    """What a part between commas stands for: a value, or a range of them."""
    match = _RANGE.fullmatch(part)
    if match is None:
        yield part
        return
    low, high, step = Fraction(match[1]), Fraction(match[2]), Fraction(match[3] or 1)
    unit = (match[4] or "").strip()
    if high <= low:
        raise ScenarioError(Problem(where, f"a range that does not go up: {shown(part)}", "write LOW..HIGH"))
    if not step or (high - low) / step >= MOST_VALUES:
        most = f"write a step: '{match[1]}..{match[2]}/STEP'"
        raise ScenarioError(Problem(where, f"more than {MOST_VALUES:,} values: {shown(part)}", most))
    space = " " if unit[:1].isalpha() else ""
    for count in range(int((high - low) / step) + 1):
        yield f"{_plain(low + count * step)}{space}{unit}"


def _plain(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f"{float(number):.12g}"


def _split(text: str) -> list[str]:
    """At the commas that are in no bracket, brace or quote."""
    parts, waiting = [""], [""]
    for character in text:
        if character == waiting[-1]:
            waiting.pop()
        elif waiting[-1] not in ("'", '"') and character in _CLOSING:
            waiting.append(_CLOSING[character])
        elif character == "," and len(waiting) == 1:
            parts.append("")
            continue
        parts[-1] += character
    return parts
