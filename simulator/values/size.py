"""Sizes and memory: "12 KB" is 12,288 bytes, "1 GB" of memory 1,024 megabytes, as AWS counts and bills."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from simulator.values.written import NUMBER, decimal, refusal, shown, text_of

_MOST_BYTES: Final = 1 << 50

_BYTES: Final[Mapping[str, int]] = {
    "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40,
    "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}  # fmt: skip
_MEANT: Final[Mapping[str, str]] = {
    "byte": "B", "bytes": "B", "k": "KB", "ki": "KB", "m": "MB", "mi": "MB", "megabytes": "MB",
    "g": "GB", "gi": "GB", "gigabytes": "GB", "t": "TB", "ti": "TB",
}  # fmt: skip


_SIZE: Final = re.compile(rf"({NUMBER})\s*([KMGT]i?B|B)")


def _bytes(text: str, noun: str, example: str) -> Fraction:
    match = _SIZE.fullmatch(text)
    if not match:
        raise refusal(text, _BYTES, _MEANT, noun, example)
    total = Fraction(match[1]) * _BYTES[match[2]]
    if total > _MOST_BYTES:
        raise ValueError(f"more than 1024 TB: {shown(text)}; write for example '{example}'")
    return total


def parse_size(value: object) -> int:
    """Bytes of "300 B", "12 KB" (12,288)."""
    text = text_of(value, "a size", "{} B", "{} KB")
    total = _bytes(text, "a size", "12 KB")
    if total.denominator != 1:
        raise ValueError(f"not a whole number of bytes: {shown(text)}; write '{round(total)} B'")
    return total.numerator


def format_size(count: int) -> str:
    """The largest unit that needs at most three decimals."""
    for unit in ("TB", "GB", "MB", "KB"):
        if count >= _BYTES[unit] and (number := decimal(Fraction(count, _BYTES[unit]), 3)):
            return f"{number} {unit}"
    return f"{count} B"


def parse_memory(value: object) -> int:
    """Megabytes of "512 MB", "1 GB" (1,024)."""
    text = text_of(value, "an amount of memory", "{} MB")
    total = _bytes(text, "an amount of memory", "512 MB") / _BYTES["MB"]
    if total.denominator != 1:
        raise ValueError(f"not a whole number of megabytes: {shown(text)}; write '{max(1, round(total))} MB'")
    return total.numerator


def format_memory(megabytes: int) -> str:
    """Megabytes, as AWS writes memory."""
    return f"{megabytes} MB"
