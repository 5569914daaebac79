"""Reading and refusing quantities: what every unit has in common.

Every refusal is a ValueError that reads `what was found; what to write instead`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import SequenceMatcher
from fractions import Fraction
from typing import Any, Final

NUMBER: Final = r"[0-9]+(?:\.[0-9]+)?"
"""Pattern of a number: decimal, no sign, no exponent."""
LONGEST: Final = 64
"""Characters that a quantity may have."""
MOST_NAMES: Final = 40
"""In a list of what may be written; of more, `FEW` are told."""
FEW: Final = 12
ALIKE: Final = 0.6


def shown(value: object) -> str:
    """A value as a message shows it: short, and in the scenario's own spelling."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "nothing"
        case Mapping():
            return "a map"
        case list() | tuple():
            return "a list"
        case str():
            return repr(value if len(value) <= LONGEST else value[: LONGEST - 1] + "…")
        case _:
            return str(value)[:LONGEST]


def listed(name: str, known: Iterable[str], where: str) -> str:
    """The names that may stand instead of one, those like it first; of many, a few, how many more there are,
    and where they are."""
    names = sorted(known)
    alike = SequenceMatcher(b=name[:LONGEST].casefold())

    def unlike(other: str) -> float:
        alike.set_seq1(other.casefold())
        ratio = alike.ratio()
        return 1 - ratio if ratio >= ALIKE else 1.0

    names.sort(key=unlike)
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:FEW])}, or one of {len(names) - FEW} more in {where}"


def text_of(value: object, noun: str, *units: str) -> str:
    """The text of a quantity, or a refusal: only text carries a unit."""
    if isinstance(value, str) and len(value) <= LONGEST:
        if re.fullmatch(NUMBER, value.strip()):
            value = Decimal(value.strip())
        else:
            return value.strip()
    bare = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    what = f"a number without its unit: {shown(value)}" if bare else f"not {noun}: {shown(value)}"
    written = " or ".join(f"'{unit.format(shown(value))}'" for unit in units)
    example = f"for example '{units[0].format(100)}'"
    raise ValueError(f"{what}; write {written if bare else example}")


def refusal(
    text: str, units: Mapping[str, int], meant: Mapping[str, str], noun: str, example: str
) -> ValueError:
    """The refusal of a text, with every unit in it replaced by the one that was probably meant."""
    spelled = {unit.lower(): unit for unit in units} | dict(meant)

    def mend(match: re.Match[str]) -> str:
        return f"{match[1]} {spelled.get(match[2].lower(), match[2])}"

    if text.startswith("-"):
        return ValueError(f"{noun} cannot be negative: {shown(text)}; write for example '{example}'")
    mended = re.sub(rf"({NUMBER})\s*([A-Za-zµμ]+)", mend, text)
    part = rf"{NUMBER} ({'|'.join(units)})"
    if mended != text and re.fullmatch(rf"{part}( {part})*", mended):
        return ValueError(f"not {noun}: {shown(text)}; write '{mended}'")
    return ValueError(f"not {noun}: {shown(text)}; write for example '{example}'")


def decimal(value: Fraction, places: int) -> str | None:
    """A number with at most so many decimals, exactly, or None."""
    scaled = value * 10**places
    if scaled.denominator != 1:
        return None
    whole, rest = divmod(scaled.numerator, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".") if rest else str(whole)


def json_schema(unit: str, pattern: str, description: str, *examples: str) -> dict[str, Any]:
    """JSON Schema of a quantity; `x-unit` says which, for whoever words an error about its bounds."""
    return {
        "type": "string", "x-unit": unit, "pattern": f"^{pattern}$", "description": description,
        "examples": list(examples),
    }  # fmt: skip
