"""The traffic: named sources, each with a shape, a mix of request types and where they go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import fsum

from simulator.errors import Problem
from simulator.scenario import lookup
from simulator.scenario.findings import Findings
from simulator.scenario.legible import Legible
from simulator.scenario.model import Messages, Run, Source
from simulator.scenario.tree import NAME, Node, instead_of
from simulator.scenario.validate import validate
from simulator.scenario.wiring import check_target
from simulator.services.service import Service
from simulator.traffic import shapes
from simulator.values.units import format_duration, format_share, parse_share, shown

OWN_KEYS = ("to", "shape", "mix", "size", "key")
"""What a source has besides the keys of its shape."""


def read_traffic(root: Node, findings: Findings) -> dict[str, Source]:
    """Every source that can be read."""
    traffic = root.get("traffic")
    if traffic is None or not traffic.entries:
        findings.add(
            (traffic or root).problem("no traffic", "write traffic: with at least one source", key=True)
        )
        return {}
    found = {name: _source(name, node, findings) for name, node in traffic.entries.items()}
    return {name: source for name, source in found.items() if source is not None}


def check_times(root: Node, sources: Mapping[str, Source], run: Run | None, findings: Findings) -> None:
    """Demand must be known for the whole run, and a surge must come while it lasts.

    Silence after the end of a trace would be a silent guess; a surge after the end of the run would be left
    out in silence. One that the end of the run cuts off is not.
    """
    traffic = root.get("traffic")
    if traffic is None or run is None:
        return
    wanted = format_duration(run.for_)
    for name, source in sources.items():
        node, ends, surge = traffic.entries[name], source.shape.ends(), source.shape.surge()
        if ends is not None and ends < run.for_:
            what = f"its demand is known for {format_duration(ends)}, not for the run's {wanted}"
            findings.add(
                (node.get("file") or node).problem(what, "write a shorter run, or begin earlier", key=True)
            )
        if surge is not None and surge.starts >= run.for_:
            what = f"the surge starts at {format_duration(surge.starts)}, when the run of {wanted} is over"
            where, _ = lookup.follow(surge.key, node, {})
            findings.add(where.problem(what, "write a longer run.for, or an earlier start"))


def _source(name: str, node: Node, findings: Findings) -> Source | None:
    if not NAME.fullmatch(name):
        findings.bad_name(node)
    elif name == "cost":
        findings.add(
            node.problem("a source named 'cost', which objectives know as money", "rename it", key=True)
        )
    if not isinstance(node.value, dict):
        findings.add(
            node.problem(f"no source: {shown(node.plain())}", "write {to: SERVICE, shape: SHAPE, …}")
        )
        return None
    before = len(findings.problems)
    to, named = _text(node, "to", "SERVICE", findings), _text(node, "shape", "flash_sale", findings)
    mix = _mix(node.get("mix"), findings)
    if named is None:
        return None
    if (model := shapes().get(str(named.value))) is None:
        instead = instead_of(str(named.value), shapes())
        findings.add(named.problem(f"unknown shape: {shown(named.value)}", instead))
        return None
    shape = validate(model, node, findings, leave_out=OWN_KEYS)
    messages = validate(Messages, node, findings, leave_out=_all_but(node, "size", "key"))
    if shape is None or to is None or messages is None or len(findings.problems) > before:
        return None
    return Source(name, str(to.value), shape, mix, messages.size, messages.key)


def _all_but(node: Node, *kept: str) -> tuple[str, ...]:
    return tuple(key for key in node.entries if key not in kept)


def _text(node: Node, key: str, example: str, findings: Findings) -> Node | None:
    """The entry of a key that must be text."""
    entry = node.get(key)
    if entry is None:
        findings.add(node.problem(f"'{key}' is missing", f"write for example '{key}: {example}'", key=True))
    elif not isinstance(entry.value, str):
        findings.add(entry.problem(f"not a name: {shown(entry.plain())}", f"write for example '{example}'"))
        return None
    return entry


def _mix(node: Node | None, findings: Findings) -> dict[str, float]:
    """The share of each request type."""
    if node is None:
        return {}
    if not node.entries:
        findings.add(
            node.problem(f"no mix: {shown(node.plain())}", "write {TYPE: SHARE, …}, for example {all: 100%}")
        )
    shares: dict[str, float] = {}
    for name, share in node.entries.items():
        if not NAME.fullmatch(name):
            findings.bad_name(share)
        try:
            shares[name] = parse_share(share.plain())
        except ValueError as error:
            what, _, instead = str(error).partition("; ")
            findings.add(share.problem(what, instead))
    total = fsum(shares.values())
    if shares and len(shares) == len(node.entries) and abs(total - 1) > 1e-9:
        what = f"shares that add up to {format_share(round(total, 9))}"
        findings.add(node.problem(what, "write shares that add up to 100%"))
    return shares


def check_targets(
    traffic: Mapping[str, Node],
    sources: Mapping[str, Source],
    entries: Mapping[str, Node],
    services: Mapping[str, Service],
    parts: Iterable[Legible],
) -> Iterator[Problem]:
    """Whether every source leads to a service of the design, and each of its types has a way through."""
    for name, node in traffic.items():
        to = node.get("to")
        if to is not None and isinstance(to.value, str) and (problem := check_target(to, entries)):
            yield problem
        if name in entries:
            what = f"a source and a service of one name: '{name}'"
            yield node.problem(what, "rename one: objectives speak of both by their names", key=True)
    for part in parts:
        for reference in part.sources():
            if reference.name not in traffic:
                place = lookup.follow(reference.path, part.entry, {})[0]
                instead = instead_of(reference.name, traffic)
                yield place.problem(f"no source named '{reference.name}'", instead)
    if len(services) == len(entries):
        for name, source in sources.items():
            for kind in source.mix or ("",):
                yield from _ways(source.to, name, kind, entries, services, set())


def _ways(
    at: str,
    source: str,
    kind: str,
    entries: Mapping[str, Node],
    services: Mapping[str, Service],
    seen: set[str],
) -> Iterator[Problem]:
    """Routes that are missing on the way of one type of request."""
    service = services.get(at)
    if service is None or at in seen:
        return
    seen.add(at)
    following = {reference.name for reference in service.references()}
    if (route_of := getattr(service, "route_of", None)) is not None:
        route = route_of(source, kind)
        if route is None:
            routes = entries[at].get("routes") or entries[at]
            what = f"no route for '{kind or source}', which {source} sends"
            yield routes.problem(what, f"add a route named '{kind or source}' or 'default'", key=True)
            return
        following = {reference.name for reference in service.references() if route in reference.path}
    for name in sorted(following):
        yield from _ways(name, source, kind, entries, services, seen)
