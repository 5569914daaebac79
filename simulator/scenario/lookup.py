"""Where a location of pydantic's lies in the tree, and what the JSON Schema says about that place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

from simulator.scenario.tree import Node, Path
from simulator.values.units import shown

Schema = Mapping[str, Any]

_DEEPEST = 20


@cache
def schema_of(model: type[BaseModel]) -> Schema:
    """The JSON Schema of a model."""
    return model.model_json_schema()


def follow(location: Path, node: Node, root: Schema) -> tuple[Node, list[Schema]]:
    """The node at a location and its schemas; parts that are no keys, such as a union's tag, are skipped."""
    schemas: list[Schema] = [root]
    for part in location:
        inner: Node | None = None
        if isinstance(node.value, dict):
            inner = node.value.get(str(part))
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            inner = node.value[part]
        if inner is not None:
            node = inner
            schemas = [found for schema in schemas for found in step(schema, part, root)]
    return node, schemas


def step(schema: Schema, part: str | int, root: Schema) -> Iterator[Schema]:
    """The schemas of one key or item of what a schema describes."""
    for each in flat(schema, root):
        if isinstance(part, str) and part in each.get("properties", {}):
            yield each["properties"][part]
            continue
        inner = each.get("additionalProperties" if isinstance(part, str) else "items")
        if isinstance(inner, Mapping):
            yield inner


def flat(schema: Schema, root: Schema, depth: int = 0) -> Iterator[Schema]:
    """A schema with its references followed and its alternatives side by side."""
    if depth > _DEEPEST:
        return
    yield schema
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        yield from flat(root.get("$defs", {}).get(name, {}), root, depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(key, ()):
            yield from flat(each, root, depth + 1)


def property_of(key: str, schemas: Sequence[Schema], root: Schema) -> list[Schema]:
    """What a map's schemas say about one of its keys."""
    return [inner[key] for inner in _properties(schemas, root) if key in inner]


def keys(schemas: Sequence[Schema], root: Schema) -> set[str]:
    """The keys a map may have."""
    return {key for properties in _properties(schemas, root) for key in properties}


def _properties(schemas: Sequence[Schema], root: Schema) -> Iterator[Mapping[str, Schema]]:
    for each in schemas:
        for schema in flat(each, root):
            yield schema.get("properties", {})


def types(schemas: Sequence[Schema], root: Schema) -> set[str]:
    """The JSON types that may stand in a place; empty if the schema does not say."""
    found: set[str] = set()
    for each in schemas:
        for schema in flat(each, root):
            named = schema.get("type", ())
            found.update([named] if isinstance(named, str) else named)
            constants = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
            found.update(type_of(constant) for constant in constants)
    return found


def type_of(value: object) -> str:
    """The JSON type of a plain value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"


def example(schemas: Sequence[Schema], root: Schema) -> str | None:
    """A value that the schema gives as an example or allows, as the scenario would write it."""
    for each in schemas:
        for schema in flat(each, root):
            known = [*schema.get("examples", ()), *schema.get("enum", ())]
            if "const" in schema:
                known.append(schema["const"])
            elif schema.get("type") in ("integer", "number"):
                known.append(schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1))
            elif schema.get("type") == "boolean":
                known.append(True)
            if known:
                return known[0] if isinstance(known[0], str) else shown(known[0])
    return None


def filled(schemas: Sequence[Schema], root: Schema, value: str) -> str | None:
    """A map with the keys that cannot do without, the first of which takes a text: this one."""
    for each in schemas:
        for schema in flat(each, root):
            needed = schema.get("required", ())
            texts = {key: types([schema["properties"][key]], root) for key in needed}
            examples = {key: example([schema["properties"][key]], root) or "…" for key in needed}
            if needed and "string" in texts[needed[0]]:
                rest = (f"{key}: {examples[key]}" for key in needed[1:])
                return f"{{{', '.join([f'{needed[0]}: {value}', *rest])}}}"
    return None


def shape(schemas: Sequence[Schema], root: Schema) -> str | None:
    """Where only a map may stand, the keys that it cannot do without, and no values: `{NAME: {from: …}}`."""
    if not types(schemas, root) <= {"object", "null"}:
        return None
    for each in schemas:
        for schema in flat(each, root):
            if needed := schema.get("required", ()):
                return f"{{{', '.join(f'{key}: …' for key in needed)}}}"
            inner = schema.get("additionalProperties")
            if isinstance(inner, Mapping) and (entry := shape([inner], root)):
                return f"{{NAME: {entry}}}"
    return None


def below(name: str, schemas: Sequence[Schema], root: Schema) -> list[str]:
    """Where a map that lacks this key has one that has it: `events.NAME`."""
    found: list[str] = []
    for key in sorted(keys(schemas, root)):
        inside = property_of(key, schemas, root)
        named = [inner for each in inside for inner in step(each, "", root)]
        found += [key] if name in keys(inside, root) else []
        found += [f"{key}.NAME"] if name in keys(named, root) else []
    return found


def choices(schemas: Sequence[Schema], root: Schema) -> list[str]:
    """The words that may stand in a place."""
    found = [word for each in schemas for schema in flat(each, root) for word in schema.get("enum", ())]
    return [word for word in found if isinstance(word, str)]


def unit(schemas: Sequence[Schema], root: Schema) -> str | None:
    """What a text in this place measures, such as `duration`."""
    units = (found.get("x-unit") for schema in schemas for found in flat(schema, root))
    return next((str(found) for found in units if found), None)
