"""The page of all comparisons: one table for each module of this folder that has rows."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Final

import validation
from validation.mechanisms import MECHANISMS, standing
from validation.row import Row

HEAD: Final = """\
# Validation

What the simulator says, beside what AWS documents and what people measured. `python -m validation` wrote this
page by running every comparison; tests run them again, hold each to the error that it allows (what is missed
to being beyond it), and this page to what they say.

**Badges.** *measured*: somebody measured it, and the simulator comes as near as the table says. *documented*:
AWS says so. *assumed*: reasoned, as neither was found; [notes](aws.md#inferred-and-worth-knowing) say how.
*calibrated*: a number was taken from this very measurement, so it is met and nothing is predicted.
*missed*: somebody measured it, and the simulator does not come as near as it should.
A scenario can replace every number.

## Mechanisms

A mechanism is assumed if a part of it is or is missed, measured if a measurement of it is met, and otherwise
as sure as the least sure of its facts and prices (`aws-2026.yaml` in `simulator/eras/` and
`simulator/prices/books/`).
"""


def modules() -> Mapping[str, ModuleType]:
    """The modules of this folder that compare something, by name."""
    found = {
        each.name: importlib.import_module(f"{validation.__name__}.{each.name}")
        for each in pkgutil.iter_modules(validation.__path__)
        if not each.name.startswith("_")
    }
    return {name: module for name, module in found.items() if hasattr(module, "rows")}


def titles() -> Mapping[str, str]:
    """The first line of each module's docstring."""
    return {name: (module.__doc__ or name).splitlines()[0].rstrip() for name, module in modules().items()}


def page(rows: Mapping[str, Sequence[Row]]) -> str:
    """The whole page, of the rows of each module."""
    parts = [HEAD, "\n".join(_summary(rows)), "\n"]
    for name, found in rows.items():
        title, _, about = titles()[name].partition(": ")
        heading, about = (title, about) if about else (name.replace("_", " ").capitalize(), title)
        parts += [f"\n## {heading}\n\n{about[:1].upper()}{about[1:]}\n\n", "\n".join(_table(found)), "\n"]
    return "".join(parts)


def _summary(rows: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    yield "\n| mechanism | badge | facts and prices | comparisons |"
    yield "|---|---|---|---|"
    for mechanism in MECHANISMS:
        found = standing(mechanism, rows)
        rests = [f"{count} {kind}" for kind, count in sorted(found.confidences.items())]
        rests += [f"assumed: {mechanism.assumed}"] if mechanism.assumed else []
        yield f"| {mechanism.name} | *{found.badge}* | {', '.join(rests) or '–'} | {found.compared or '–'} |"


def _table(rows: Sequence[Row]) -> Iterator[str]:
    yield "| claim | source | unit | measured | predicted | error | allowed | badge |"
    yield "|---|---|---|---:|---:|---:|---:|---|"
    for row in rows:
        words = [text.replace("|", "\\|") for text in (row.claim, row.source, row.unit)]
        numbers = [number(value, row.unit) for value in (row.measured, row.predicted, row.error, row.allowed)]
        yield f"| {' | '.join([*words, *numbers])} | *{row.badge}* |"


def number(value: float, unit: str = "") -> str:
    """Money to the cent, whole numbers whole, others to four significant digits."""
    if unit == "USD":
        return f"{value:,.2f}"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
