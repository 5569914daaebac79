"""The tree of a scenario file: plain values that remember where they were written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from simulator.errors import Problem
from simulator.values.units import shown
from simulator.values.written import listed

Path = tuple[str | int, ...]
Scalar = str | int | float | bool | None

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""A name the user chooses; it becomes part of objectives, of `--set` paths and of file names."""

_WIDEST = 240
_MOST_NAMES = 500
_SHORT = 5
"""Letters of a name of which one that is wrong is a large part."""
_BARE = re.compile(r"[\w@%+-][\w@%+. -]{0,63}")


class Document(NamedTuple):
    """One text with its lines: a file, or the argument of a `--set`."""

    name: str
    lines: tuple[str, ...]


class Place(NamedTuple):
    """A position in a document; line and column count from 1, and are 0 of what stands in no line."""

    document: Document
    line: int
    column: int

    @property
    def source(self) -> str | None:
        lines = self.document.lines
        line = lines[self.line - 1] if 0 < self.line <= len(lines) else None
        return line if line is None or len(line) <= _WIDEST else None

    def __str__(self) -> str:
        name = self.document.name
        return name if name.startswith("--set") or not self.line else f"{name}:{self.line}"


@dataclass(slots=True)
class Node:
    """A value of the file: a map, a list or a scalar."""

    value: dict[str, Node] | list[Node] | Scalar
    at: Place
    key_at: Place | None = None
    path: Path = ()
    """Where it stands in the file it was written in, whatever it was merged into later."""
    removed: dict[str, Node] = field(default_factory=dict)
    """The `null` of a patch by the key that it removed."""

    @property
    def entries(self) -> dict[str, Node]:
        """The entries of a map; of anything else, none."""
        return self.value if isinstance(self.value, dict) else {}

    def get(self, key: str) -> Node | None:
        return self.entries.get(key)

    def text(self, key: str) -> str | None:
        """The text under a key, if there is text."""
        node = self.entries.get(key)
        return node.value if node is not None and isinstance(node.value, str) else None

    def children(self) -> Iterable[Node]:
        if isinstance(self.value, dict):
            return self.value.values()
        return self.value if isinstance(self.value, list) else ()

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for child in self.children():
            yield from child.walk()

    def without(self, *keys: str) -> Node:
        """The same map without some of its entries."""
        rest = {key: node for key, node in self.entries.items() if key not in keys}
        return Node(rest, self.at, self.key_at, self.path, self.removed)

    def plain(self) -> object:
        """The value alone, as JSON knows it."""
        match self.value:
            case dict() as entries:
                return {key: node.plain() for key, node in entries.items()}
            case list() as items:
                return [node.plain() for node in items]
            case scalar:
                return scalar

    def problem(self, what: str, instead: str = "", *, key: bool = False) -> Problem:
        """A mistake in this value, or in its key."""
        return problem(self.key_at if key and self.key_at else self.at, self.path, what, instead)


def problem(at: Place, path: Path, what: str, instead: str = "") -> Problem:
    """A mistake at a place."""
    return Problem(
        dotted(path), what, instead, at.document.name, at.line, at.column, at.source
    )  # fmt: skip


def dotted(path: Path) -> str:
    """A path as messages and `--set` write it: `checkout.handler.0.work`."""
    parts = (str(part) if isinstance(part, int) or _BARE.fullmatch(part) else shown(part) for part in path)
    return ".".join(parts) or "scenario"


def squashed(name: str) -> str:
    """A name without what only spelling tells apart: `BatchSize` and `batch_size` are one."""
    return re.sub("[^a-z0-9]", "", name.casefold())


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    names = sorted(known)[:_MOST_NAMES]
    if alike := [other for other in names if squashed(other) == squashed(name)]:
        return alike[0]
    least = 0.6 if len(name) < _SHORT else 0.75
    close = difflib.get_close_matches(name[:64], names, n=1, cutoff=least)
    begun = [other for other in names if len(name) >= _SHORT and other.startswith(f"{name}_")]
    return next(iter(close + begun), None)


def instead_of(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """What to write instead of an unknown name: the nearest, else those that there are."""
    names = sorted(known)
    if near := nearest(name, names):
        return f"did you mean '{near}'?"
    if not names:
        return otherwise
    return f"write one of: {listed(name, names, 'the scenario')}"
