"""`simulate schema`: the scenario language as JSON Schema for editors (yaml-language-server, JetBrains).

Draft-07, since that is what editors read. It knows every key, unit and example; what only the whole
scenario shows (dangling names, shares that do not add up) is left to `simulate check`.
"""

from __future__ import annotations

import json
from typing import Final

from pydantic import BaseModel

from simulator.eras.era import Era, eras
from simulator.scenario.draft_07 import REF, Schema, definitions_of
from simulator.scenario.era import DEFAULT
from simulator.scenario.model import Bill, Messages, Run, Window
from simulator.scenario.objectives import VALUE_PATTERN
from simulator.scenario.patch_schema import patches
from simulator.scenario.tree import NAME
from simulator.services.account import Account
from simulator.services.service import kinds
from simulator.traffic import shapes

_NAMES: Final[Schema] = {"pattern": f"^{NAME.pattern}$"}
_TEXT: Final[Schema] = {"type": "string", "minLength": 1}


def schema() -> str:
    """The schema of a scenario file, as text."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> Schema:
    """The schema of a scenario file."""
    settings: list[type[BaseModel]] = [Account, Run, Window, Bill, Messages]
    definitions, named = definitions_of([*kinds().values(), *shapes().values(), *settings])
    messages = definitions.pop(named[Messages])["properties"]
    services = {kind: definitions.pop(named[model]) for kind, model in kinds().items()}
    sources = {name: definitions.pop(named[model]) for name, model in shapes().items()}
    definitions |= {f"service.{kind}": _tagged("service", kind, each) for kind, each in services.items()}
    definitions |= {f"source.{name}": _source(name, each, messages) for name, each in sources.items()}
    definitions |= patches(
        definitions, [name for name in definitions if name.startswith(("service.", "source."))]
    )
    definitions |= patches(definitions, ["Account", "Run", "Window", "Bill"])
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Scenario",
        "description": "The traffic, and one or more designs of AWS services that could serve it.",
        "type": "object",
        "additionalProperties": False,
        "properties": {key: {"description": text} for key, text in _KEYS.items()},
        "if": {"required": ["extends"]},
        "then": {"properties": _properties(list(services), list(sources), patch=True)},
        "else": {
            "required": ["traffic", "architecture", "run"],
            "properties": _properties(list(services), list(sources), patch=False),
        },
        "definitions": dict(sorted(definitions.items())) | {"Era": _era()},
    }


_KEYS: Final = {
    "name": "What the scenario is called; else its file's name.",
    "era": "AWS at which time: quotas, behaviour and prices.",
    "region": "The AWS Region: prices and quotas.",
    "extends": "Another scenario file, inside the folder, which this one is merged over.",
    "traffic": "Demand: the same for every design.",
    "architecture": "The baseline: services wired together.",
    "designs": "Merge patches over the architecture; null removes.",
    "windows": "Spans of the run in which metrics can be asked for.",
    "objectives": "What the answers must be like: pass, fail or inconclusive.",
    "bill": "What is billed besides the run.",
    "run": "How a design is run.",
}


def _properties(kinds: list[str], shapes: list[str], *, patch: bool) -> Schema:
    """What stands under each key: whole in a file that stands alone, a patch in one that extends another."""
    prefix = f"{REF}patch." if patch else REF
    service = _patched("service", kinds) if patch else _chosen("service", kinds, "service.")
    source = _patched("shape", shapes) if patch else _chosen("shape", shapes, "source.")
    account, era = {"$ref": f"{prefix}Account"}, {"$ref": f"{REF}Era"}
    limit = {"type": "string", "pattern": VALUE_PATTERN, "examples": ["p99 < 2 s", "< 0.1%", "< $900"]}
    return {
        "name": _TEXT,
        "era": era,
        "region": {**_TEXT, "examples": ["us-east-1"]},
        "extends": _TEXT,
        "traffic": _map(source),
        "architecture": _map(service, {"account": account, "era": era}),
        "designs": _map(_design(kinds, era)),
        "windows": _map({"$ref": f"{prefix}Window"}),
        "objectives": {"type": "object", "additionalProperties": limit},
        "bill": {"$ref": f"{prefix}Bill"},
        "run": {"$ref": f"{prefix}Run"},
    }


def _map(entry: Schema, properties: Schema | None = None) -> Schema:
    """A map with names of the user's own."""
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": _NAMES,
        "properties": properties or {},
        "additionalProperties": entry,
    }


def _chosen(tag: str, names: list[str], prefix: str) -> Schema:
    """A map whose `tag` says which schema holds, so that an editor complains about that one alone."""
    return {
        "type": "object",
        "required": [tag],
        "properties": {tag: {"enum": names}},
        "allOf": [
            {
                "if": {"properties": {tag: {"const": name}}, "required": [tag]},
                "then": {"$ref": f"{REF}{prefix}{name}"},
            }
            for name in names
        ],
    }


def _patched(tag: str, names: list[str]) -> Schema:
    """A patch of such a map: the tag may be said or left as it is."""
    prefix = "service." if tag == "service" else "source."
    any_of_them = [{"$ref": f"{REF}patch.{prefix}{name}"} for name in names]
    return {
        "if": {"type": "object", "required": [tag]},
        "then": _chosen(tag, names, f"patch.{prefix}"),
        "else": {"anyOf": [*any_of_them, {"type": "null"}]},
    }


def _design(kinds: list[str], era: Schema) -> Schema:
    """A patch of services, of the account and of the era."""
    return {
        "type": ["object", "null"],
        "propertyNames": _NAMES,
        "properties": {
            "extends": {**_TEXT, "description": "The design that this one is built on."},
            "era": {"anyOf": [era, {"type": "null"}]},
            "account": {"anyOf": [{"$ref": f"{REF}patch.Account"}, {"type": "null"}]},
        },
        "additionalProperties": _patched("service", kinds),
    }


def _era() -> Schema:
    facts = {
        key: {"description": " ".join([f"Default: {fact.text}.", fact.note]).strip()}
        for key, fact in Era.load(DEFAULT).facts.items()
    }
    own = {
        "type": "object",
        "properties": {"use": {"enum": list(eras())}, **facts},
        "additionalProperties": False,
    }
    return {
        "description": "AWS at which time: quotas, behaviour and prices.",
        "anyOf": [{"enum": list(eras())}, own],
    }


def _tagged(key: str, value: str, model: Schema) -> Schema:
    """A model with the key that chose it."""
    tag = {key: {"const": value, "description": model.get("description", "")}}
    return {**model, "properties": tag | model["properties"], "required": [key, *model.get("required", ())]}


def _source(name: str, model: Schema, messages: Schema) -> Schema:
    source = _tagged("shape", name, model)
    to = {**_TEXT, "description": "The service, in every design, that requests go to."}
    share = {"type": "string", "pattern": r"^[0-9]+(?:\.[0-9]+)?\s*%$", "examples": ["80%"]}
    mix = {"description": "The share of each request type; all make 100%.", **_map(share)}
    return {
        **source,
        "properties": {"to": to, "mix": mix} | messages | source["properties"],
        "required": ["to", *source["required"]],
    }
