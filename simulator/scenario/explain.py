"""Mistakes that pydantic found, in plain words and at their place in the file."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from pydantic import BaseModel

from simulator.errors import Problem
from simulator.scenario import lookup
from simulator.scenario.lookup import Schema
from simulator.scenario.synonyms import choice_here, instead_of_key, key_here
from simulator.scenario.tree import NAME, Node, instead_of
from simulator.values.units import FORMATS, shown

_TRUTH: Final = {
    "yes": True, "on": True, "y": True, "true": True, "no": False, "off": False, "n": False, "false": False,
}  # fmt: skip
_SHORT: Final = 40
_USUAL_NAMES: Final[Mapping[str | int, str]] = {"routes": "default"}
"""Maps whose names mean something."""
_DUE: Final = {
    "int": "a whole number", "float": "a number", "bool": "true or false", "string": "text",
    "dict": "a map", "model": "a map", "dataclass": "a map", "mapping": "a map",
    "list": "a list", "tuple": "a list", "set": "a list", "frozen": "a list",
}  # fmt: skip
_BOUNDS: Final = {
    "greater_than": ("gt", "more than"), "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"), "less_than_equal": ("le", "at most"),
    "too_short": ("min_length", "at least"), "string_too_short": ("min_length", "at least"),
    "too_long": ("max_length", "at most"), "string_too_long": ("max_length", "at most"),
}  # fmt: skip


def explain(
    found: Mapping[str, Any], node: Node, schema: Schema, model: type[BaseModel], also: Collection[str]
) -> tuple[Problem, Node]:
    """One of pydantic's errors: at the value, at the key that is unknown, or at the map that lacks a key.

    A model's `reserved` are keys that are not simulated yet (`routes.*.respond` in any route), its `renamed`
    are AWS's settings that have another key here; `also` are keys that are known elsewhere.
    """
    kind, location = str(found["type"]), tuple(found["loc"])
    if kind == "missing":
        return _missing(location, node, schema)
    target, schemas = lookup.follow(location, node, schema)
    if kind == "extra_forbidden":
        key = str(location[-1])
        reserved = getattr(model, "reserved", {})
        named = key_here(key, {pattern.rpartition(".")[2] for pattern in reserved}) or key
        path = ".".join(map(str, (*location[:-1], named)))
        later = next((later for pattern, later in reserved.items() if fnmatchcase(path, pattern)), None)
        if later is not None:
            what = f"'{key}' is not simulated yet ({later})"
            return target.problem(what, "remove it", key=True), target
        if instead := getattr(model, "renamed", {}).get(path):
            return target.problem(f"unknown key '{key}'", f"write {instead}", key=True), target
        _, around = lookup.follow(location[:-1], node, schema)
        known = lookup.keys(around, schema) | (set(also) if len(location) == 1 else set())
        instead = instead_of_key(key, known, target, around, schema)
        return target.problem(f"unknown key '{key}'", instead, key=True), target
    if kind.startswith("model") and (unnamed := _unnamed(location, node, schema)):
        return unnamed
    target = _written(target, found.get("input"))
    if kind == "value_error":
        target = _spoken_of(target, str(found["msg"]))
    context = dict(found.get("ctx", {}))
    if kind in _BOUNDS and (written := lookup.unit(schemas, schema)):
        context[_BOUNDS[kind][0]] = f"'{FORMATS[written](context[_BOUNDS[kind][0]])}'"
    what, instead = _words(kind, context, str(found["msg"]), target.plain())
    if due := _of_maps(kind, target, schemas, schema):
        instead = due
    if kind.startswith("model") and isinstance(target.value, str):
        written = lookup.filled(schemas, schema, target.value)
        instead = f"write {written}" if written else instead
    return target.problem(what, instead or for_example(lookup.example(schemas, schema))), target


def _missing(location: tuple[str | int, ...], node: Node, schema: Schema) -> tuple[Problem, Node]:
    key = str(location[-1])
    parent, around = lookup.follow(location[:-1], node, schema)
    text = lookup.example(lookup.property_of(key, around, schema), schema)
    instead = f"write for example '{key}: {text}'" if text else f"write '{key}: …'"
    if removed := parent.removed.get(key):
        return removed.problem(f"'{key}' is removed here and cannot do without", instead, key=True), removed
    return parent.problem(f"'{key}' is missing", instead, key=True), parent


def _unnamed(
    location: tuple[str | int, ...], node: Node, schema: Schema
) -> tuple[Problem, Node] | None:  # fmt: skip
    """The settings of one entry of a map of names, if they stand there without its name."""
    key = str(location[-1])
    entries, around = lookup.follow(location[:-1], node, schema)
    entry = [inner for each in around for inner in lookup.step(each, key, schema)]
    known = lookup.keys(entry, schema) - lookup.keys(around, schema)
    if key not in known or not set(entries.entries) <= known:
        return None
    texts = {name: _short(inner) for name, inner in entries.entries.items()}
    inside = ", ".join(f"{name}: {text}" for name, text in texts.items())
    if name := _USUAL_NAMES.get(entries.path[-1]):
        instead = f"write {{{name}: {{{inside}}}}}"
    else:
        instead = f"write {{NAME: {{{inside}}}}}, with a name of your choice"
        if NAME.fullmatch(texts[key]):
            instead += f", such as {{{texts[key]}: {{{inside}}}}}"
    return entries.problem(f"no name: {{{inside}}}", instead), entries


def _of_maps(kind: str, node: Node, schemas: Sequence[Schema], root: Schema) -> str | None:
    """What to write where a list of maps is due, or maps with names are and there is a list."""
    if kind.startswith(("list", "tuple")):
        items = [item for each in schemas for item in lookup.step(each, 0, root)]
        if "object" not in lookup.types(items, root):
            return None
        if not node.entries:
            return f"write [{{KEY: …}}, …], each KEY one of {', '.join(sorted(lookup.keys(items, root)))}"
        inside = ", ".join(f"{key}: {_short(entry)}" for key, entry in node.entries.items())
        return f"write [{{{inside}}}]"
    if (
        kind.startswith(("dict", "mapping"))
        and isinstance(node.value, list)
        and not lookup.keys(schemas, root)
    ):
        return "write {NAME: {…}, …}, with a name of your choice for each"
    return None


def _short(node: Node) -> str:
    """A value as the scenario has it, if that is short."""
    text = node.value if isinstance(node.value, str) else shown(node.plain())
    return text if not node.children() and len(text) < _SHORT and "\n" not in text else "…"


def _written(node: Node, value: object) -> Node:
    """The node below that holds the value, where a short form stands for a longer one."""
    if isinstance(value, str | int | float) and not isinstance(node.value, str | int | float):
        return next((inner for inner in node.walk() if inner.value == value), node)
    return node


def _spoken_of(node: Node, message: str) -> Node:
    """The entry of a map whose value a complaint about the whole map quotes; else one that it names and a
    design has changed, if the map is the architecture's."""
    what = message.partition(";")[0]
    quoted, named = re.findall(r"'([^']*)'", what), re.findall(r"\w+", what)
    changed = [entry for key, entry in node.entries.items() if key in named and entry.path[:-1] != node.path]
    quoting = [entry for entry in node.entries.values() if entry.value in quoted]
    return next(iter((*quoting, *changed)), node)


def for_example(text: str | None) -> str:
    """An example of what to write."""
    return f"write for example '{text}'" if text else ""


def _words(kind: str, context: Mapping[str, Any], message: str, value: object) -> tuple[str, str]:
    """What was found and what to write instead, for one kind of pydantic's errors."""
    if kind in ("value_error", "assertion_error"):
        what, _, instead = str(context.get("error", message)).partition("; ")
        return what, instead
    if kind in _BOUNDS:
        key, bound = _BOUNDS[kind]
        what = {"min_length": "too few", "max_length": "too many"}.get(key, "out of range")
        return f"{what}: {shown(value)}", f"write {bound} {context[key]}"
    if kind in ("literal_error", "enum"):
        choices = re.findall(r"'([^']*)'", str(context["expected"])) or [str(context["expected"])]
        instead = f"write {here}" if (here := choice_here(str(value), choices)) else ""
        return f"not one of the choices: {shown(value)}", instead or instead_of(str(value), choices)
    due = next((word for name, word in _DUE.items() if kind.startswith(name)), None)
    if due is None:
        return f"{message[:1].lower()}{message[1:]}: {shown(value)}", ""
    return wrong_type(due, value)


def wrong_type(due: str, value: object) -> tuple[str, str]:
    """A value that is not what is due; explains what YAML made of it."""
    return f"not {due}: {shown(value)}", _instead(due, value)


def _instead(due: str, value: object) -> str:
    match due, value:
        case "text", bool() | int() | float():
            return f"put it in quotes: '{shown(value)}'"
        case "true or false", str() if value.lower() in _TRUTH:
            return f"write {shown(_TRUTH[value.lower()])}"
        case "true or false", _:
            return "write true or false"
        case "a whole number" | "a number", str():
            return _number(value)
        case "a map", _:
            return "write 'key: value' pairs"
        case "a list", str() | int() | float() if len(shown(value)) < _SHORT and "\n" not in str(value):
            return f"write [{value}]"
        case _:
            return ""


def _number(text: str) -> str:
    """The decimal number that octal, hexadecimal, grouped or quoted digits were meant to be."""
    digits = re.sub(r"(?<=[0-9])[_, ](?=[0-9])", "", text.strip())
    if re.fullmatch(r"[-+]?0x[0-9a-fA-F]{1,15}", digits):
        return f"write {int(digits, 16)}"
    if re.fullmatch(r"[-+]?[0-9]{1,18}", digits):
        return f"write {int(digits)}"
    return f"write {digits}" if re.fullmatch(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}", digits) else ""
