"""What of a service can be read though something in it is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from simulator.scenario import lookup
from simulator.scenario.tree import Node
from simulator.services.service import Reference, Service, kinds


class Legible(NamedTuple):
    """A service, or as much of one as shows where it leads."""

    service: Service
    entry: Node
    """As it is written, without what is wrong."""
    examples: Mapping[str, str] = {}
    """What stands for the settings that it cannot do without."""

    def references(self) -> Iterator[Reference]:
        """The services that it names."""
        return self._said(self.service.references())

    def sources(self) -> Iterator[Reference]:
        """The sources of traffic that it names."""
        return self._said(self.service.sources())

    def _said(self, references: Iterator[Reference]) -> Iterator[Reference]:
        return (each for each in references if each.path[0] not in self.examples)


def legible(node: Node, folder: Path) -> Legible | None:
    """A service without the values that are wrong and the maps that lack something; None if it is no service
    even so."""
    kind = kinds().get(node.text("service") or "")
    if kind is None:
        return None
    schema, entry, examples = lookup.schema_of(kind), node.without("service"), dict[str, str]()

    def read(part: Node) -> Service | list[Any]:
        plain = {key: child.plain() for key, child in part.entries.items()}
        try:
            return kind.model_validate({**examples, **plain}, context={"folder": folder})
        except ValidationError as error:
            return error.errors(include_url=False)

    while isinstance(found := read(entry), list):
        instead, lacking = _mended(found, entry, schema)
        if instead or lacking.keys() - examples.keys():
            entry, examples = _with(entry, instead), examples | lacking
            continue
        # settings that contradict each other: without one of them, rather a short one
        less = (entry.without(key) for key in sorted(entry.entries, key=lambda key: _size(entry, key)))
        fitting = next((part for part in less if not isinstance(read(part), list)), None)
        if fitting is None:
            return None
        entry = fitting
    return Legible(found, entry, examples)


def _mended(
    found: Sequence[Mapping[str, Any]], entry: Node, schema: lookup.Schema
) -> tuple[dict[int, list[Node]], dict[str, str]]:
    """What stands for values that are wrong, and for settings that are missing in the service itself."""
    instead, lacking = dict[int, list[Node]](), dict[str, str]()
    for each in found:
        at, schemas = lookup.follow(each["loc"], entry, schema)
        key = str(each["loc"][-1]) if each["loc"] else ""
        missing = lookup.property_of(key, schemas, schema) if each["type"] == "missing" else []
        example = lookup.example(missing, schema)
        if at is entry and example:
            lacking[key] = example
        elif example and lookup.unit(missing, schema) and key not in at.entries:
            instead[id(at)] = [replace(at, value={**at.entries, key: Node(example, at.at)})]
        elif at is not entry:
            instead[id(at)] = _instead(at, str(each["type"]), schemas, schema)
    return instead, lacking


def _size(entry: Node, key: str) -> int:
    return sum(1 for _ in entry.entries[key].walk())


def _instead(node: Node, mistake: str, schemas: Sequence[lookup.Schema], root: lookup.Schema) -> list[Node]:
    """What can be read of a value that is wrong, or may stand for it: a quantity for a quantity, a list of
    one for what is no list, and of a step that is wrong as a whole its parts, as steps of their own."""
    example = lookup.example(schemas, root)
    if not node.children() and lookup.unit(schemas, root) and example not in (None, node.value):
        return [replace(node, value=example)]
    if node.entries and mistake.startswith(("list", "tuple")):
        return [replace(node, value=[replace(node, path=(*node.path, 0))])]
    if not node.entries or not isinstance(node.path[-1], int):
        return []
    if len(node.entries) > 1:
        return [replace(node, value={key: entry}) for key, entry in node.entries.items()]
    lists = (inner.value for inner in node.walk() if isinstance(inner.value, list))
    return [item for items in lists for item in items if item.entries]


def _with(node: Node, instead: Mapping[int, list[Node]]) -> Node:
    """The tree with others in the place of these nodes of it, or none."""
    if isinstance(node.value, dict):
        found = {key: instead.get(id(each), [_with(each, instead)]) for key, each in node.value.items()}
        return replace(node, value={key: each[0] for key, each in found.items() if each})
    if isinstance(node.value, list):
        items = (instead.get(id(each), [_with(each, instead)]) for each in node.value)
        return replace(node, value=[item for each in items for item in each])
    return node
