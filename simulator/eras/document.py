"""The data files of a package: text in, plain trees of text out, and what to say about a name they lack."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from simulator.values.written import listed

_NUMBERED: Final = re.compile(r"(\D+)(\d+)")

_LOADER: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Leaves every scalar as text, so that a data file and an override are read by the same rules."""


@cache
def document(package: str, file: str) -> Any:
    """A YAML file of a package; everybody gets the same tree, so nobody may change it."""
    text = (resources.files(package) / file).read_text("utf-8")
    return yaml.load(text, Loader=_LOADER)


@cache
def names(package: str) -> tuple[str, ...]:
    """The data files of a package whose names begin with `aws-`, without their ending."""
    files = (entry.name for entry in resources.files(package).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in files if name.startswith("aws-")))


def instead(name: str, known: Iterable[str], where: str = "the output of `simulate schema`") -> str:
    """What to write for a name that is not known: the one probably meant among many, or those there are."""
    known = sorted(known)
    if len(known) <= 3:
        return f"write {' or '.join(map(repr, known))}"
    near = _relatives(name, known) or get_close_matches(name, known, n=1)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"write one of: {listed(name, known, where)}"


def _relatives(name: str, known: Iterable[str]) -> list[str]:
    """Those that differ from a name by no letter before its first number, the nearest number first: of
    `nodejs18.x` other versions of Node.js, of `m7g.large` other generations. Of a name without a number,
    such as `java`, the latest first."""
    if not (found := _NUMBERED.match(name)):
        versions = [other for other in known if (one := _NUMBERED.match(other)) and one[1] == name]
        return sorted(versions, key=lambda other: [*map(int, re.findall(r"[0-9]+", other))], reverse=True)
    letters, number = found.groups()
    family = [
        (int(one[2]), other) for other in known if (one := _NUMBERED.match(other)) and one[1] == letters
    ]
    alike = SequenceMatcher(b=name)

    def distance(relative: tuple[int, str]) -> tuple[int, float]:
        alike.set_seq1(relative[1])
        return abs(relative[0] - int(number)), -alike.ratio()

    return [other for _, other in sorted(family, key=distance)]
