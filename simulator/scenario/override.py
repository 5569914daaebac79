"""`--set checkout.memory='1769 MB'`: one value of a scenario, changed from the command line.

A path begins with a key of the scenario (`run.seed`, `designs.proxy.stock.instance`) or with the
name of a service, or of the `account`, in the architecture. Its parts are joined by dots; a key
that itself contains dots is found too. The value is YAML and replaces what was there; `null`
removes it.
"""

from __future__ import annotations

from collections.abc import Mapping

from simulator.errors import Problem
from simulator.scenario.text import parse
from simulator.scenario.tree import Document, Node, Path, Place, instead_of, problem
from simulator.values.units import shown

SHORT = "architecture"
"""Where a path leads that begins with no key of the scenario."""


def override(root: Node, text: str, keys: frozenset[str]) -> list[Problem]:
    """Change the tree by one `path=value`; what is wrong with it, if anything."""
    written, equals, value_text = text.partition("=")
    at = Place(Document(f"--set {written}", (text,)), 1, len(written) + 2)
    parts = written.strip().split(".")
    if not equals or not all(parts):
        instead = "write --set service.setting=value, for example --set checkout.memory='1769 MB'"
        return [problem(at, (), f"no path and value: {shown(text)}", instead)]
    value, problems = _value(at, value_text)
    if problems:
        return problems
    if parts[0] not in keys:
        services = _entries(root, SHORT)
        if parts[0] not in (*services, "account"):
            meant = next((key for key in ("traffic", "designs") if parts[0] in _entries(root, key)), None)
            instead = f"write {meant}.{written}=…" if meant else instead_of(parts[0], {*services, *keys})
            return [problem(at, (parts[0],), f"no service or key named '{parts[0]}'", instead)]
        parts = [SHORT, *parts]
    designs = _entries(root, "designs")
    if parts[0] == "designs" and len(parts) > 1 and parts[1] not in designs:
        what = f"no design named '{parts[1]}'"
        return [problem(at, ("designs", parts[1]), what, instead_of(parts[1], designs))]
    if parts[0] == "era" and len(parts) > 1:
        parts = ["era", ".".join(parts[1:])]  # its keys have dots, and an era that is named may have none yet
        named = root.get("era")
        if isinstance(root.value, dict) and named is not None and isinstance(named.value, str):
            root.value["era"] = Node({"use": named}, named.at, named.at, ("era",))
    return _put(root, (), parts, _placed(value, at, ()))


def overruled(text: str, trees: Mapping[str, Node], keys: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """The path of a `--set` on the architecture, and the designs in which it does nothing: they say it too.

    Not those that another `--set` says it of, nor those without such a setting.
    """
    written = text.partition("=")[0]
    parts = written.strip().split(".")
    if parts[0] in keys:
        parts = parts[1:] if parts[0] == SHORT else []
    found = {name: _at(tree, parts) for name, tree in trees.items() if parts}
    own = (name for name, node in found.items() if node and not any(map(_of_a_set, node.walk())))
    return ".".join(parts), tuple(own)


def _of_a_set(node: Node) -> bool:
    return node.at.document.name.startswith("--set ")


def _at(node: Node, parts: list[str]) -> Node | None:
    """What stands where the parts lead from a node."""
    if not parts:
        return node
    if isinstance(node.value, list):
        place = int(parts[0]) if parts[0].isdecimal() else len(node.value)
        return _at(node.value[place], parts[1:]) if place < len(node.value) else None
    count = _step(node, parts)
    inner = node.get(".".join(parts[:count]))
    return _at(inner, parts[count:]) if inner else None


def _entries(root: Node, key: str) -> dict[str, Node]:
    node = root.get(key)
    return node.entries if node else {}


def _value(at: Place, text: str) -> tuple[Node, list[Problem]]:
    """The value as YAML reads it."""
    tree, problems = parse(at.document.name, b"value: " + text.strip().encode("utf-8", "replace"))
    value = tree.get("value") if tree else None
    if not text.strip():
        problems = [problem(at, (), "no value", "write one after '=', or null to remove the setting")]
    elif not problems and (tree is None or value is None or len(tree.entries) != 1):
        problems = [problem(at, (), f"not one value: {shown(text)}", "write one value")]
    return value or Node(None, at), [problem(at, (), found.what, found.instead) for found in problems]


def _put(node: Node, path: Path, parts: list[str], value: Node) -> list[Problem]:
    """Put the value where the parts lead from a node; the maps on the way are made where they are missing."""
    at = value.at
    count = _step(node, parts)
    key, rest = ".".join(parts[:count]), parts[count:]
    if isinstance(node.value, list):
        if not key.isdecimal() or len(key) > 6 or int(key) >= len(node.value):
            return [problem(at, (*path, key), f"no item '{key}' in this list", "count its items from 0")]
        index = int(key)
        if rest:
            return _put(node.value[index], (*path, index), rest, value)
        node.value[index] = _placed(value, at, (*path, index))
        return []
    if node.value is None:
        node.value = {}
    if not isinstance(node.value, dict):
        return [problem(at, (*path, key), "a path into a single value", "shorten the path")]
    path = (*path, key)
    if rest:
        return _put(node.value.setdefault(key, Node({}, at, at, path)), path, rest, value)
    if value.value is not None or path[0] == "designs":
        node.value[key] = _placed(value, at, path)
    elif node.value.pop(key, None) is None:
        return [
            problem(at, path, f"'{key}' is to be removed and is not there", instead_of(key, node.entries))
        ]
    return []


def _step(node: Node, parts: list[str]) -> int:
    """How many parts make the next key: as many as a key with dots needs, else one."""
    return max((count for count in range(1, len(parts) + 1) if node.get(".".join(parts[:count]))), default=1)


def _placed(value: Node, at: Place, path: Path) -> Node:
    """The value as if written at `path`, by the command line."""
    match value.value:
        case dict() as entries:
            inner = {key: _placed(child, at, (*path, key)) for key, child in entries.items()}
            return Node(inner, at, at, path)
        case list() as items:
            return Node(
                [_placed(child, at, (*path, index)) for index, child in enumerate(items)], at, at, path
            )
        case scalar:
            return Node(scalar, at, at, path)
