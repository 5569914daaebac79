"""`simulate config`: each design as one merged file, every value with the place it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from simulator.scenario.model import Scenario
from simulator.scenario.text import looks_like_a_number, resolve
from simulator.scenario.tree import Document, Node, Place, Scalar
from simulator.services.service import Service

_COMMENT_COLUMN: Final = 60
_PLAIN: Final = re.compile(r"[A-Za-z0-9$](?:[\w./%$@<>=+-]|[: ](?=[\w./%$@<>=+-]))*", re.ASCII)
_RAW: Final = re.compile("[\x7f-\xa0\u2028\u2029\ufeff]")
_DEFAULT: Final = Place(Document("default", ()), 0, 0)


def config(scenario: Scenario) -> str:
    """Each design as a scenario file of its own, as YAML documents one after the other."""
    return "---\n".join(f"# design: {name}\n{text}" for name, text in scenario.merged.items())


def merged(root: Node, tree: Node, services: Mapping[str, Service] | None = None) -> str:
    """The scenario file that has the merged design as its architecture; of its services it says what the
    settings that they imply have come to."""
    entries = {name: _filled(node, (services or {}).get(name)) for name, node in tree.entries.items()}
    return "\n".join(_document(root, replace(tree, value=entries))) + "\n"


def _filled(node: Node, service: Service | None) -> Node:
    """A service with the settings that it implies."""
    missing = [key for key in service.implied if key not in node.entries] if service else []
    implied = {key: Node(getattr(service, key), _DEFAULT) for key in missing}
    return replace(node, value={**node.entries, **implied}) if implied else node


def _document(root: Node, tree: Node) -> Iterator[str]:
    for key, node in root.entries.items():
        if key != "designs":
            yield from _entry(f"{_text(key)}:", tree if key == "architecture" else node, "")


def _entry(head: str, node: Node, indent: str) -> Iterator[str]:
    """The lines of one key or item and what is below it."""
    inner = f"{indent}  "
    if isinstance(node.value, dict) and node.value:
        yield f"{indent}{head}"
        for key, child in node.value.items():
            yield from _entry(f"{_text(key)}:", child, inner)
    elif isinstance(node.value, list) and node.value:
        yield f"{indent}{head}"
        for child in node.value:
            yield from _item(child, inner)
    else:
        yield _line(f"{indent}{head} {_leaf(node)}", node)


def _item(node: Node, indent: str) -> Iterator[str]:
    """An item of a list; a map begins on the line of its dash."""
    if not isinstance(node.value, dict) or not node.value:
        yield from _entry("-", node, indent)
        return
    lines = [
        line for key, child in node.value.items() for line in _entry(f"{_text(key)}:", child, f"{indent}  ")
    ]
    yield f"{indent}- {lines[0].lstrip()}"
    yield from lines[1:]


def _line(text: str, node: Node) -> str:
    return f"{text:<{_COMMENT_COLUMN}}  # {node.at}"


def _leaf(node: Node) -> str:
    match node.value:
        case dict():
            return "{}"
        case list():
            return "[]"
        case scalar:
            return _text(scalar)


def _text(scalar: Scalar) -> str:
    """A scalar as YAML reads it back."""
    if scalar is None:
        return "null"
    if not isinstance(scalar, str):
        return json.dumps(scalar)
    if _PLAIN.fullmatch(scalar) and resolve(scalar) == scalar and not looks_like_a_number(scalar):
        return scalar
    return _RAW.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(scalar, ensure_ascii=False))
