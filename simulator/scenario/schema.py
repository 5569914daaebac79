"""`simulate schema`: the scenario language as JSON Schema for editors (yaml-language-server, JetBrains).

Draft-07, since that is what editors read. It knows every key, unit and example; what only the whole
scenario shows (dangling names, shares that do not add up) is left to `simulate check`.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from simulator.eras.era import Era, eras
from simulator.scenario.era import DEFAULT
from simulator.scenario.model import Bill, Run, Window
from simulator.scenario.objectives import VALUE_PATTERN
from simulator.scenario.patch_schema import patches
from simulator.scenario.tree import NAME
from simulator.services.account import Account
from simulator.services.service import kinds
from simulator.traffic import shapes

Schema = dict[str, Any]

_REF: Final = "#/definitions/"
_NAMES: Final[Schema] = {"pattern": f"^{NAME.pattern}$"}
_TEXT: Final[Schema] = {"type": "string", "minLength": 1}


def schema() -> str:
    """The schema of a scenario file, as text."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> Schema:
    """The schema of a scenario file."""
    definitions, named = _definitions([*kinds().values(), *shapes().values(), Account, Run, Window, Bill])
    services = {kind: definitions.pop(named[model]) for kind, model in kinds().items()}
    sources = {name: definitions.pop(named[model]) for name, model in shapes().items()}
    definitions |= {f"service.{kind}": _tagged("service", kind, each) for kind, each in services.items()}
    definitions |= {f"source.{name}": _source(name, each) for name, each in sources.items()}
    definitions |= patches(definitions, [*(f"service.{kind}" for kind in services), "Account"])
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Scenario",
        "description": "The traffic, and one or more designs of AWS services that could serve it.",
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": ["extends"]}, {"required": ["traffic", "architecture", "run"]}],
        "properties": _properties(list(services), list(sources)),
        "definitions": dict(sorted(definitions.items())),
    }


def _properties(kinds: list[str], shapes: list[str]) -> Schema:
    service = _chosen("service", kinds, "service.", "An AWS service, or what stands outside AWS.")
    source = _chosen("shape", shapes, "source.", "Where requests come from, and how many when.")
    era = _era()
    account = {"$ref": f"{_REF}Account"}
    return {
        "name": {**_TEXT, "description": "What the scenario is called; else its file's name."},
        "era": era,
        "region": {**_TEXT, "description": "The AWS Region: prices and quotas.", "examples": ["us-east-1"]},
        "extends": {**_TEXT, "description": "Another scenario file, which this one is merged over."},
        "traffic": _map("Demand: the same for every design.", source),
        "architecture": _map("The baseline.", service, {"account": account, "era": era}),
        "designs": _map("Merge patches over the architecture; null removes.", _design(kinds, era)),
        "windows": _map("Spans of the run in which metrics can be asked for.", {"$ref": f"{_REF}Window"}),
        "objectives": {
            "type": "object",
            "description": "What the answers must be like: pass, fail or inconclusive.",
            "additionalProperties": {
                "type": "string",
                "pattern": VALUE_PATTERN,
                "examples": ["p99 < 2 s", "< 0.1%", "< $900"],
            },
        },
        "bill": {"$ref": f"{_REF}Bill"},
        "run": {"$ref": f"{_REF}Run"},
    }


def _map(description: str, entry: Schema, properties: Schema | None = None) -> Schema:
    """A map with names of the user's own."""
    return {
        "type": "object",
        "description": description,
        "minProperties": 1,
        "propertyNames": _NAMES,
        "properties": properties or {},
        "additionalProperties": entry,
    }


def _chosen(tag: str, names: list[str], prefix: str, description: str) -> Schema:
    """A map whose `tag` says which schema holds, so that an editor complains about that one alone."""
    return {
        "type": "object",
        "description": description,
        "required": [tag],
        "properties": {tag: {"enum": names}},
        "allOf": [
            {
                "if": {"properties": {tag: {"const": name}}, "required": [tag]},
                "then": {"$ref": f"{_REF}{prefix}{name}"},
            }
            for name in names
        ],
    }


def _design(kinds: list[str], era: Schema) -> Schema:
    """A patch: of a service, whose kind may be said or left as it is, of the account, of the era."""
    of_a_kind = _chosen("service", kinds, "patch.service.", "A service that is added or replaced.")
    of_some_kind = {"anyOf": [{"$ref": f"{_REF}patch.service.{kind}"} for kind in kinds] + [{"type": "null"}]}
    return {
        "type": ["object", "null"],
        "propertyNames": _NAMES,
        "properties": {
            "extends": {**_TEXT, "description": "The design that this one is built on."},
            "era": {"anyOf": [era, {"type": "null"}]},
            "account": {"anyOf": [{"$ref": f"{_REF}patch.Account"}, {"type": "null"}]},
        },
        "additionalProperties": {
            "if": {"type": "object", "required": ["service"]},
            "then": of_a_kind,
            "else": of_some_kind,
        },
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


def _source(name: str, model: Schema) -> Schema:
    source = _tagged("shape", name, model)
    to = {**_TEXT, "description": "The service, in every design, that requests go to."}
    share = {"type": "string", "pattern": r"^[0-9]+(?:\.[0-9]+)?\s*%$", "examples": ["80%"]}
    mix = _map("The share of each request type; all make 100%.", share)
    return {
        **source,
        "properties": {"to": to, "mix": mix} | source["properties"],
        "required": ["to", *source["required"]],
    }


# ------------------------------------------------------------------------- from pydantic to draft-07


def _definitions(models: list[type[BaseModel]]) -> tuple[dict[str, Schema], dict[type[BaseModel], str]]:
    """The models and all they are made of, and the names of the models among them.

    An attribute's docstring is its description.
    """
    places, whole = models_json_schema(
        [(model, "validation") for model in models], ref_template=f"{_REF}{{model}}"
    )
    definitions: dict[str, Schema] = whole["$defs"]
    named = {model: str(places[model, "validation"]["$ref"]).removeprefix(_REF) for model in models}
    for model, name in named.items():
        for field, text in _docstrings(model).items():
            info = model.model_fields.get(field)
            if info is not None:
                definitions[name]["properties"][info.alias or field]["description"] = text
    return {name: _draft_07(each) for name, each in definitions.items()}, named


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The text below each attribute of a class and its bases."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if not issubclass(each, BaseModel) or each is BaseModel:
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]
        statements = body.body if isinstance(body, ast.ClassDef) else []
        for before, after in pairwise(statements):
            match before, after:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = inspect.cleandoc(text)
    return found


def _draft_07(node: Any) -> Any:
    """The same in draft-07: tuples as `items`, nothing beside a `$ref`, no titles made of names."""
    if isinstance(node, list):
        return [_draft_07(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    found: Schema = {}
    for key, value in node.items():
        if key in ("properties", "definitions"):
            found[key] = {name: _draft_07(each) for name, each in value.items()}
        elif key == "prefixItems":
            found["items"] = _draft_07(value)
        elif key not in ("title", "discriminator") and not (key == "default" and value is None):
            found[key] = value if key in ("default", "examples", "enum", "const") else _draft_07(value)
    if "$ref" in found and len(found) > 1:
        found["allOf"] = [{"$ref": found.pop("$ref")}]
    return found
