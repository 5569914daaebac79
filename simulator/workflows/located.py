"""JSON whose values know the line they stand in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null")


@dataclass(frozen=True)
class Located:
    """A JSON value: a dict or list of such, or a plain one."""

    value: Any
    line: int

    def plain(self) -> Any:
        """As `json` would give it."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        return [item.plain() for item in self.value] if isinstance(self.value, list) else self.value

    def items(self) -> Iterator[tuple[str, Located]]:
        """Of a map; nothing, if it is none."""
        return iter(self.value.items() if isinstance(self.value, dict) else ())

    def get(self, key: str) -> Located | None:
        """The value of a key."""
        return self.value.get(key) if isinstance(self.value, dict) else None


def located(text: str) -> Located:
    """The value that a JSON text holds.

    Raises:
        ValueError: `line N: what is wrong; what to write instead`.
    """
    ends = [match.end() for match in re.finditer("\n", text)]
    try:
        json.loads(text)
        return _Scanner(text, ends).value(0)[0]
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}: no JSON ({error.msg}); write it as JSON demands") from None
    except RecursionError:
        raise ValueError("line 1: maps inside one another without end; write fewer") from None


class _Scanner:
    """Reads a text that is known to be JSON."""

    def __init__(self, text: str, ends: list[int]) -> None:
        self.text = text
        self.ends = ends
        self.line = 1

    def skip(self, at: int) -> int:
        return _SPACE.match(self.text, at).end()  # type: ignore[union-attr]

    def line_of(self, at: int) -> int:
        """Asked in order, from the beginning of the text to its end."""
        while self.line <= len(self.ends) and self.ends[self.line - 1] <= at:
            self.line += 1
        return self.line

    def value(self, at: int) -> tuple[Located, int]:
        at = self.skip(at)
        line, first = self.line_of(at), self.text[at]
        if first == '"':
            string, at = scanstring(self.text, at + 1, True)
            return Located(string, line), at
        if first not in "{[":
            plain = _PLAIN.match(self.text, at)
            if plain is None:  # Python reads NaN and Infinity, which JSON has not
                raise ValueError(f"line {line}: no JSON (a number without end); write a number")
            return Located(json.loads(plain[0]), line), plain.end()
        entries: dict[str, Located] = {}
        items: list[Located] = []
        at = self.skip(at + 1)
        while self.text[at] not in "}]":
            if first == "{":
                line_of_key = self.line_of(at)
                key, at = scanstring(self.text, at + 1, True)
                if key in entries:
                    raise ValueError(f"line {line_of_key}: '{key}' for the second time; rename one")
                entries[key], at = self.value(self.skip(at) + 1)
            else:
                item, at = self.value(at)
                items.append(item)
            at = self.skip(at)
            if self.text[at] == ",":
                at = self.skip(at + 1)
        return Located(entries if first == "{" else items, line), at + 1
