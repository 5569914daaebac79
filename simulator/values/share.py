"""Shares and money: "5%" is 0.05 of all, "$900" are US dollars."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from simulator.values.written import LONGEST, NUMBER, shown, text_of


def parse_share(value: object) -> float:
    """The part of one that "5%" is."""
    match = re.fullmatch(rf"({NUMBER})\s*%", value.strip()) if isinstance(value, str) else None
    if not match or len(match[1]) > LONGEST:
        bare = isinstance(value, str) and re.fullmatch(NUMBER, value.strip()) and len(value) <= LONGEST
        number = float(value) if bare or type(value) in (int, float) else None  # type: ignore[arg-type]
        if number is not None and 0 < number <= 1:
            percent = f"{_plain(Decimal(str(value).strip()))}%"
            meant = f"'{format_share(number)}' or '{percent}', whichever is meant"
            raise ValueError(f"a number without its unit: {str(value).strip()}; write {meant}")
        text = text_of(value, "a share", "{}%")
        raise ValueError(f"not a share: {shown(text)}; write for example '5%'")
    exact = Fraction(match[1]) / 100
    if exact > 1:
        raise ValueError(f"more than everything: {shown(value)}; write at most '100%'")
    return float(exact)


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_share(share: float) -> str:
    """Per cent."""
    return f"{_plain(Decimal(repr(share)) * 100)}%"


def parse_money(value: object) -> float:
    """US dollars of "$900"."""
    match = re.fullmatch(rf"\$\s*({NUMBER})", value.strip()) if isinstance(value, str) else None
    if not match or len(match[1]) > LONGEST:
        text = text_of(value, "an amount of money", "${}")
        digits = re.sub(r"usd|us|[$,_\s]", "", text.lower())
        instead = f"'${digits}'" if re.fullmatch(NUMBER, digits) else "for example '$900'"
        raise ValueError(f"not an amount of money: {shown(text)}; write {instead}")
    return float(match[1])


def format_money(dollars: float) -> str:
    """US dollars."""
    return f"${_plain(Decimal(repr(dollars)))}"
