"""Merge patches over trees that know their origin.

RFC 7396: maps merge, scalars and lists replace, `null` removes. One rule is added: a patch that
names a `service:` other than the one it meets replaces that entry whole, since the settings of one
AWS service mean nothing to another.
"""

from __future__ import annotations

from collections.abc import Mapping

from simulator.errors import Problem
from simulator.scenario.tree import Node, instead_of


def merge(base: Node, patch: Node, problems: list[Problem], *, keep_nulls: bool = False) -> Node:
    """The base with the patch applied; every value keeps the place where it was written.

    A `null` that removes nothing is a problem. With `keep_nulls` the result is a patch itself.
    """
    if not isinstance(base.value, dict) or not isinstance(patch.value, dict) or _other_service(base, patch):
        return patch if keep_nulls else _without_nulls(patch)
    merged = dict(base.value)
    removed = dict(base.removed)
    for key, node in patch.value.items():
        if node.value is None and not keep_nulls:
            if merged.pop(key, None) is None:
                instead = instead_of(key, base.entries, "remove this line")
                problems.append(node.problem(f"'{key}' is to be removed and is not there", instead, key=True))
            removed[key] = node
        elif key in merged:
            merged[key] = merge(merged[key], node, problems, keep_nulls=keep_nulls)
        else:
            merged[key] = node if keep_nulls else _without_nulls(node)
    return Node(merged, base.at, base.key_at, base.path, removed)


def _other_service(base: Node, patch: Node) -> bool:
    new = patch.get("service")
    old = base.get("service")
    return new is not None and new.value is not None and (old is None or old.value != new.value)


def _without_nulls(node: Node) -> Node:
    """A patch that meets nothing: its `null`s remove nothing."""
    if not isinstance(node.value, dict):
        return node
    kept = {key: _without_nulls(child) for key, child in node.value.items() if child.value is not None}
    removed = {key: child for key, child in node.value.items() if child.value is None}
    return Node(kept, node.at, node.key_at, node.path, removed)


def merge_files(base: Node, extension: Node, problems: list[Problem]) -> Node:
    """A scenario file over the one it extends; the patches of a design add up to one patch."""
    rest = merge(base.without("designs"), extension.without("designs"), problems)
    ours, theirs = extension.get("designs"), base.get("designs")
    designs = _merge_designs(theirs, ours, problems) if ours and theirs else ours or theirs
    if designs is None:
        return rest
    return Node({**rest.entries, "designs": designs}, rest.at, rest.key_at, rest.path, rest.removed)


def _merge_designs(base: Node, extension: Node, problems: list[Problem]) -> Node:
    if not isinstance(base.value, dict) or not isinstance(extension.value, dict):
        return extension
    merged = dict(base.value)
    for name, patch in extension.value.items():
        if name not in merged:
            merged[name] = patch
        elif patch.value is None:
            del merged[name]
        else:
            merged[name] = merge(merged[name], patch, problems, keep_nulls=True)
    return Node(merged, extension.at, extension.key_at, extension.path)


def resolve_designs(architecture: Node, patches: Mapping[str, Node]) -> tuple[dict[str, Node], list[Problem]]:
    """Each design merged over the baseline and what it extends; and what is wrong with `extends`."""
    problems: list[Problem] = []
    resolved: dict[str, Node] = {}
    for name in patches:
        merged = architecture
        for link in _chain(name, patches, problems):
            if link not in resolved:
                resolved[link] = merge(merged, patches[link].without("extends"), problems)
            merged = resolved[link]
    return {name: resolved[name] for name in patches if name in resolved}, list(dict.fromkeys(problems))


def _chain(name: str, patches: Mapping[str, Node], problems: list[Problem]) -> list[str]:
    """The designs to apply, in order; none if the chain is broken."""
    chain = [name]
    while (extends := patches[chain[0]].get("extends")) is not None:
        parent = extends.value
        if not isinstance(parent, str):
            problems.append(extends.problem("not the name of a design", "write the name of one other design"))
            return []
        if parent not in patches:
            instead = instead_of(parent, set(patches) - {name})
            problems.append(extends.problem(f"no design named '{parent}'", instead))
            return []
        if parent in chain:
            circle = chain[: chain.index(parent) + 1][::-1]
            start = circle.index(min(circle))
            circle = [*circle[start:], *circle[: start + 1]]
            first = patches[circle[0]].get("extends") or extends
            what = f"designs that extend each other: {' → '.join(circle)}"
            problems.append(first.problem(what, "let one of them stand alone"))
            return []
        chain.insert(0, parent)
    return chain
