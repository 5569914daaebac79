"""The data files of a package: text in, plain trees of text out, and what to say about a name they lack."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

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


def instead(name: str, known: Iterable[str]) -> str:
    """What to write for a name that is not known: the one probably meant among many, or all there are."""
    known = sorted(known)
    near = get_close_matches(name, known, n=1) if len(known) > 3 else []
    return f"did you mean '{near[0]}'?" if near else f"write {' or '.join(map(repr, known))}"
