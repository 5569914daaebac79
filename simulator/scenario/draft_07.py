"""From pydantic's models to JSON Schema draft-07, which is what editors read."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

Schema = dict[str, Any]

REF: Final = "#/definitions/"


def definitions_of(models: list[type[BaseModel]]) -> tuple[dict[str, Schema], dict[type[BaseModel], str]]:
    """The models and all they are made of, and the names of the models among them.

    An attribute's docstring is its description.
    """
    places, whole = models_json_schema(
        [(model, "validation") for model in models], ref_template=f"{REF}{{model}}"
    )
    definitions: dict[str, Schema] = whole["$defs"]
    named = {model: str(places[model, "validation"]["$ref"]).removeprefix(REF) for model in models}
    for model, name in named.items():
        for field, text in _docstrings(model).items():
            info = model.model_fields.get(field)
            if info is not None:
                definitions[name]["properties"][info.alias or field]["description"] = text
    return {name: draft_07(each) for name, each in definitions.items()}, named


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


def draft_07(node: Any) -> Any:
    """The same in draft-07: tuples as `items`, nothing beside a `$ref`, no titles made of names."""
    if isinstance(node, list):
        return [draft_07(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    found: Schema = {}
    for key, value in node.items():
        if key in ("properties", "definitions"):
            found[key] = {name: draft_07(each) for name, each in value.items()}
        elif key == "prefixItems":
            found["items"] = draft_07(value)
        elif key not in ("title", "discriminator") and not (key == "default" and value is None):
            found[key] = value if key in ("default", "examples", "enum", "const") else draft_07(value)
    if "$ref" in found and len(found) > 1:
        found["allOf"] = [{"$ref": found.pop("$ref")}]
    return found
