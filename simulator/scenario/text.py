"""YAML text to a tree of nodes that know their line and column.

The text is read as a stream of events and built here, so that nothing in a file can construct
an object, nest or multiply without bound, or repeat a key unseen. Scalars follow YAML 1.2: only
`true`, `false`, `null`, `~` and decimal numbers are more than text (in YAML 1.1 `no` is false,
`1:30` is 90 and `010` is 8). Tags and `<<` merges are refused.
"""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass, field
from typing import Final, Protocol

import yaml

from simulator.errors import Problem
from simulator.scenario.syntax import DEEPEST, explained
from simulator.scenario.tree import Document, Node, Path, Place, Scalar, problem
from simulator.values.units import shown

MOST_BYTES: Final = 256 * 1024
MOST_NODES: Final = 50_000

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINES: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_UNPRINTABLE: Final = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_FUNCTION: Final = re.compile("![A-Z]")
_WORDS: Final[dict[str, Scalar]] = {"": None, "~": None, "null": None, "true": True, "false": False}


def parse(name: str, content: bytes) -> tuple[Node | None, list[Problem]]:
    """The tree of a file, or None if it is no YAML, and what is wrong with its text."""
    document = Document(name, ())
    start = Place(document, 1, 1)
    if len(content) > MOST_BYTES:
        what = f"a file of more than {MOST_BYTES // 1024} KB"
        return None, [problem(start, (), what, "keep long data in a file of its own")]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None, [problem(start, (), "text in UTF-16", "save it as UTF-8")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", errors="replace")
        return None, [_at(document, before, "a byte that is not UTF-8", "save the file as UTF-8")]
    document = Document(name, tuple(_LINES.split(text)))
    if found := _UNPRINTABLE.search(text):
        what = f"an unprintable character: {found[0]!a}"
        return None, [_at(document, text[: found.start()], what, "remove it")]
    return _Builder(document).build(text)


def _at(document: Document, before: str, what: str, instead: str) -> Problem:
    lines = _LINES.split(before)
    return problem(Place(document, len(lines), len(lines[-1]) + 1), (), what, instead)


def resolve(text: str) -> Scalar:
    """What an unquoted scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 19:
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def looks_like_a_number(text: str) -> bool:
    """Whether an unquoted scalar is a number, if perhaps one out of all measure."""
    return bool(_INTEGER.fullmatch(text) or _FLOAT.fullmatch(text))


class _Mark(Protocol):
    """A position as PyYAML gives it, in C or in Python; line and column count from 0."""

    line: int
    column: int


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not been read yet."""

    node: Node
    anchor: str | None
    key: Node | None = None
    wants_value: bool = False

    def part(self) -> str | int | None:
        if isinstance(self.node.value, list):
            return len(self.node.value)
        return str(self.key.value) if self.key is not None else None


@dataclass(slots=True)
class _Builder:
    document: Document
    problems: list[Problem] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    root: Node | None = None
    nodes: int = 0
    spread: int = 0

    def build(self, text: str) -> tuple[Node | None, list[Problem]]:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                if not self._take(event):
                    return None, self.problems
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
            return None, self.problems
        except yaml.YAMLError as error:
            first = Place(self.document, 1, 1)
            self.problems.append(
                problem(first, (), f"not YAML: {shown(str(error))}", "save it as plain text")
            )
            return None, self.problems
        if self.root is None or self.root.value is None:
            self._say(
                Place(self.document, 1, 1), "an empty file", "write at least traffic: and architecture:"
            )
            return None, self.problems
        return self._spread(self.root, None, ()), self.problems

    def _place(self, mark: _Mark | None) -> Place:
        return Place(self.document, mark.line + 1, mark.column + 1) if mark else Place(self.document, 1, 1)

    def _path(self) -> Path:
        return tuple(part for part in (level.part() for level in self.open) if part is not None)

    def _say(self, at: Place, what: str, instead: str) -> None:
        self.problems.append(problem(at, self._path(), what, instead))

    def _take(self, event: yaml.Event) -> bool:
        """Build on by one event; False if there is no use in reading on."""
        at = self._place(event.start_mark)
        self.nodes += isinstance(event, yaml.NodeEvent)
        match event:
            case yaml.NodeEvent() if self.nodes > MOST_NODES:
                self._say(at, f"more than {MOST_NODES} values", "keep long data in a file of its own")
                return False
            case yaml.DocumentStartEvent() if self.root is not None:
                self._say(at, "a second document", "write one scenario in a file; remove '---'")
                return False
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._tag(event, at)
                if len(self.open) >= DEEPEST:
                    self._say(at, f"maps and lists more than {DEEPEST} deep", "write it flatter")
                    return False
                value: dict[str, Node] | list[Node] = {} if isinstance(event, yaml.MappingStartEvent) else []
                self.open.append(_Open(Node(value, at), event.anchor))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                closed = self.open.pop()
                self._finish(closed.node, closed.anchor)
            case yaml.ScalarEvent():
                self._tag(event, at)
                if found := _UNPRINTABLE.search(event.value):
                    self._say(at, f"an unprintable character: {found[0]!a}", "remove it")
                plain = not event.style and event.tag is None
                self._finish(Node(self._scalar(event.value, at) if plain else event.value, at), event.anchor)
            case yaml.AliasEvent():
                target = self.anchors.get(event.anchor or "")
                if target is None:
                    self._say(
                        at, f"no finished anchor '&{event.anchor}' above this", "write the value itself"
                    )
                self._finish(target or Node(None, at), None)
        return True

    def _tag(self, event: yaml.NodeEvent, at: Place) -> None:
        if tag := getattr(event, "tag", None):
            functions = (
                "remove it; CloudFormation's functions are not evaluated: write the value or name itself"
            )
            numbers = "remove it; text that looks like a number goes in quotes"
            self._say(at, f"a tag: {shown(tag)}", functions if _FUNCTION.match(tag) else numbers)

    def _scalar(self, text: str, at: Place) -> Scalar:
        value = resolve(text)
        if value == text and looks_like_a_number(text):
            self._say(at, f"a number out of all measure: {shown(text)}", "write a smaller one")
        return value

    def _finish(self, node: Node, anchor: str | None) -> None:
        """Put a finished value where it belongs: the root, a list, a key or a value of a map."""
        if anchor:
            self.anchors[anchor] = node
        if not self.open:
            self.root = node
            return
        level = self.open[-1]
        if isinstance(level.node.value, list):
            level.node.value.append(node)
        elif not level.wants_value:
            level.key, level.wants_value = self._key(node), True
        else:
            if level.key is not None:
                self._enter(level.node.entries, level.key, node)
            level.key, level.wants_value = None, False

    def _key(self, node: Node) -> Node | None:
        match node.value:
            case "<<":
                self._say(node.at, "a '<<' merge", "write the settings out, or let a design extend another")
            case str() as text if text:
                return node
            case None | "":
                self._say(node.at, "an empty key", "write a name before the ':'")
            case dict() | list():
                self._say(node.at, "a map or list as a key", "write a name before the ':'")
            case other:
                self._say(
                    node.at,
                    f"a key that is not text: {shown(other)}",
                    f"write it in quotes: '{shown(other)}'",
                )
        return None

    def _enter(self, entries: dict[str, Node], key: Node, node: Node) -> None:
        name = str(key.value)
        if name in entries:
            first = entries[name].key_at
            earlier = f"keep one of them; the first is on line {first.line}" if first else "keep one of them"
            self._say(key.at, f"the key '{name}' a second time", earlier)
            return
        entries[name] = Node(node.value, node.at, key.at)

    def _spread(self, node: Node, key_at: Place | None, path: Path) -> Node | None:
        """The tree with every alias written out, unless that makes it too deep or too large."""
        self.spread += 1
        if len(path) > DEEPEST or self.spread > MOST_NODES:
            self.problems.append(
                problem(node.at, path, "aliases that grow beyond measure", "write the values out")
            )
            return None
        value: dict[str, Node] | list[Node] | Scalar
        if isinstance(node.value, dict):
            value = {}
            for key, child in node.value.items():
                if (copy := self._spread(child, child.key_at, (*path, key))) is None:
                    return None
                value[key] = copy
        elif isinstance(node.value, list):
            value = []
            for index, child in enumerate(node.value):
                if (copy := self._spread(child, None, (*path, index))) is None:
                    return None
                value.append(copy)
        else:
            value = node.value
        return Node(value, node.at, key_at, path)

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        at, what, instead = explained(
            error.problem or "unreadable", self._place(error.problem_mark or error.context_mark)
        )
        if "closed" in what:
            at = self._place(error.context_mark or error.problem_mark)
            self.open = [level for level in self.open if level.node.at != at]
        self._say(at, what, instead)
