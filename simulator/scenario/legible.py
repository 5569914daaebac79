"""What of a service can be read though something in it is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

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
    while True:
        plain = {key: child.plain() for key, child in entry.entries.items()}
        try:
            service = kind.model_validate({**examples, **plain}, context={"folder": folder})
            return Legible(service, entry, examples)
        except ValidationError as error:
            found = error.errors(include_url=False)
        wrong: set[int] = set()
        for each in found:
            at, _ = lookup.follow(each["loc"], entry, schema)
            key = str(each["loc"][-1]) if each["loc"] else ""
            if at is not entry:
                wrong.add(id(at))
            elif each["type"] == "missing" and (example := _example(key, schema)):
                examples[key] = example
            else:
                return None
        entry = _without(entry, wrong)


def _example(key: str, schema: lookup.Schema) -> str | None:
    return lookup.example(lookup.property_of(key, [schema], schema), schema)


def _without(node: Node, wrong: set[int]) -> Node:
    """The tree without these nodes of it."""
    if isinstance(node.value, dict):
        entries = {key: _without(each, wrong) for key, each in node.value.items() if id(each) not in wrong}
        return replace(node, value=entries)
    if isinstance(node.value, list):
        return replace(node, value=[_without(each, wrong) for each in node.value if id(each) not in wrong])
    return node
