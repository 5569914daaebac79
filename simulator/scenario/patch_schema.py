"""Schemas of merge patches: nothing is required, and `null` removes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simulator.scenario.draft_07 import REF, Schema

_PREFIX: Final = "patch."
_NULL: Final[Schema] = {"type": "null"}


def patches(definitions: Mapping[str, Schema], names: list[str]) -> dict[str, Schema]:
    """The patch of each named definition, under `patch.NAME`, and of all that these refer to."""
    found: dict[str, Schema] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if f"{_PREFIX}{name}" not in found:
            found[f"{_PREFIX}{name}"] = _patch(definitions[name], wanted)
    return found


def _patch(schema: Any, wanted: list[str]) -> Any:
    """Maps merge, so their keys become optional and removable; lists and scalars are replaced whole."""
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(REF)
        wanted.append(name)
        return {"$ref": f"{REF}{_PREFIX}{name}"}
    patch = {key: value for key, value in schema.items() if key not in ("required", "minProperties")}
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            patch[key] = [_patch(each, wanted) for each in schema[key]]
    if "properties" in schema:
        patch["properties"] = {
            key: each if "const" in each else _removable(each, wanted)
            for key, each in schema["properties"].items()
        }
    if isinstance(schema.get("additionalProperties"), Mapping):
        patch["additionalProperties"] = _removable(schema["additionalProperties"], wanted)
    return patch


def _removable(schema: Schema, wanted: list[str]) -> Schema:
    patch = _patch(schema, wanted)
    said = {key: patch.pop(key) for key in ("description", "examples") if key in patch}
    return {"anyOf": [patch, _NULL], **said}
