"""One entry of an architecture: which kind of service it is, and its settings."""

from __future__ import annotations

import re
from collections.abc import Mapping

from simulator.scenario import lookup
from simulator.scenario.findings import Findings
from simulator.scenario.reserved import CALLED, KEYS, NOT_A_SERVICE, SERVICES
from simulator.scenario.tree import NAME, Node, instead_of, nearest, squashed
from simulator.scenario.validate import validate
from simulator.services.account import Account
from simulator.services.service import Service, kinds
from simulator.values.units import shown

_KINDS = ("type", "Type", "kind", "resource")
"""Where the kind of a service stands elsewhere."""


def read_service(name: str, node: Node, entries: Mapping[str, Node], findings: Findings) -> Service | None:
    """The service, or None and problems."""
    if name in KEYS or name in Account.model_fields:
        findings.add(node.problem(*_elsewhere(name, node), key=True))
    elif name == "cost":
        findings.add(
            node.problem("a service named 'cost', which objectives know as money", "rename it", key=True)
        )
    elif instead := _outside_its_service(name, node, entries):
        findings.add(node.problem(f"no service: '{name}'", instead, key=True))
    elif not NAME.fullmatch(name):
        findings.bad_name(node)
    elif not isinstance(node.value, dict):
        findings.add(node.problem(f"no service: {shown(node.plain())}", "write {service: …, …}"))
    elif (kind := node.get("service")) is None:
        _without_kind(name, node, entries, findings)
    elif not isinstance(kind.value, str):
        findings.add(kind.problem(f"no kind of service: {shown(kind.plain())}", instead_of("", kinds())))
    elif kind.value in kinds():
        return validate(kinds()[kind.value], node, findings, leave_out=("service",))
    elif kind.value in SERVICES:
        what = f"{SERVICES[kind.value]} is not simulated yet: '{kind.value}'"
        findings.add(kind.problem(what, _called(kind.value) or instead_of("", kinds())))
    else:
        instead = _called(kind.value) or instead_of(kind.value, kinds())
        findings.add(kind.problem(f"unknown service: {shown(kind.value)}", instead))
    return None


def _outside_its_service(name: str, node: Node, entries: Mapping[str, Node]) -> str | None:
    """What to write for `memory: 1 GB` or `shop.memory: 1 GB` among the services, and for `extend: base`."""
    if node.children() or node.path[:1] != ("designs",):
        return None
    if near := nearest(name, NOT_A_SERVICE):
        return f"did you mean '{near}'?"
    service, _, setting = name.rpartition(".")
    written = f"{{{setting}: {shown(node.value) if not isinstance(node.value, str) else node.value}}}"
    if service:
        return f"write {service}: {written}" if service in entries else None
    knowing = (other for other, entry in entries.items() if name in _settings(entry))
    return next((f"write it in a service, such as {other}: {written}" for other in knowing), None)


def _settings(entry: Node) -> set[str]:
    """The settings of a service's kind."""
    kind = kinds().get(entry.text("service") or "")
    return lookup.keys([lookup.schema_of(kind)], lookup.schema_of(kind)) if kind else set()


def _called(kind: str) -> str | None:
    """What to write for a service that is called otherwise here."""
    words = squashed(kind)
    known = {**CALLED, **{name.replace("_", ""): name for name in kinds()}}
    found = known.get(words) or known.get(
        re.sub("^(aws|amazon)(serverless|events|rds|apigateway)?", "", words)
    )
    return f"write {found}" if found else None


def _elsewhere(name: str, node: Node) -> tuple[str, str]:
    """What is written among the services though it belongs elsewhere, and where."""
    if name in Account.model_fields:
        written = f"account: {{{name}: {shown(node.plain())}}}"
        return f"no service: '{name}' is a quota of the account", f"write '{written}'"
    if name == "traffic":
        return "no service: all designs have the same traffic", "write 'traffic:' at the top of the file"
    what = f"no service, and nothing a design could change: '{name}'"
    return what, f"write '{name}:' at the top of the file"


def _without_kind(name: str, node: Node, entries: Mapping[str, Node], findings: Findings) -> None:
    """A new service that does not say its kind, or a patch whose name is misspelt."""
    others = {other for other, entry in entries.items() if entry.get("service")}
    if near := nearest(name, NOT_A_SERVICE):
        findings.add(node.problem(f"unknown key '{name}'", f"did you mean '{near}'?", key=True))
    elif node.path[:1] == ("designs",) and (near := nearest(name, others)):
        findings.add(
            node.problem(f"no service named '{name}' to change", f"did you mean '{near}'?", key=True)
        )
    elif said := next((text for key in _KINDS if (text := node.text(key))), None):
        instead = _called(said) or instead_of(said, kinds())
        findings.add(
            node.problem("'service' is missing", re.sub("^write ", "write service: ", instead), key=True)
        )
    else:
        instead = f"write 'service: …', one of: {', '.join(kinds())}"
        findings.add(node.problem("'service' is missing", instead, key=True))
