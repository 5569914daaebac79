"""From a scenario file to a frozen Scenario, or to every mistake in it at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from simulator.errors import Problem, ScenarioError
from simulator.scenario.config import merged
from simulator.scenario.counters import Counters
from simulator.scenario.designs import Designer, design_trees, read_designs
from simulator.scenario.explain import wrong_type
from simulator.scenario.files import digests, load
from simulator.scenario.findings import Findings
from simulator.scenario.model import Scenario
from simulator.scenario.override import override, overruled
from simulator.scenario.reserved import KEYS
from simulator.scenario.settings import (
    check_stationary,
    names_in,
    read_bill,
    read_objectives,
    read_run,
    read_until,
    read_windows,
)
from simulator.scenario.sources import check_times, read_traffic
from simulator.scenario.synonyms import instead_of_key
from simulator.scenario.tree import Node

DEFAULT_REGION = "us-east-1"


def read(path: str | Path, sets: Sequence[str] = (), asked: Collection[str] = ()) -> Scenario:
    """The scenario of a file, changed by `path=value` texts; a ScenarioError carries all mistakes.

    Where designs are `asked` for, one that cannot be what the texts make of it is left out if it is another.
    """
    path = Path(path)
    try:
        return _read(path, sets)
    except ScenarioError:
        if not (sets and asked and {*asked} <= {*_read(path, ()).designs}):
            raise
    return _read(path, sets, asked)


def _read(path: Path, sets: Sequence[str], asked: Collection[str] = ()) -> Scenario:
    """With the designs asked for, or all of them."""
    root, findings = tree_of(path, sets)
    scenario = _scenario(path, root, findings, sets, asked) if root else None
    if scenario is None:
        raise ScenarioError(_in_order(findings.problems))
    return scenario


def tree_of(path: Path, sets: Iterable[str]) -> tuple[Node | None, Findings]:
    """The file merged over those it extends and changed by the sets, and what is wrong so far."""
    findings = Findings(path.parent.resolve())
    root = load(path, findings.problems)
    if root is not None:
        for text in sets:
            findings.add(*override(root, text, KEYS - {"extends"}))
    return root, findings


def _scenario(
    path: Path, root: Node, findings: Findings, sets: Iterable[str], asked: Collection[str]
) -> Scenario | None:
    for key, node in root.entries.items():
        if key not in KEYS:
            indented = node.get("service") or node.get("Type")
            instead = "indent it under 'architecture:'" if indented else instead_of_key(key, KEYS, node)
            findings.add(node.problem(f"unknown key '{key}'", instead, key=True))
    files = digests(root, findings.folder, findings.problems)
    name, region = _text(root, "name", path.stem, findings), _text(root, "region", DEFAULT_REGION, findings)
    sources = read_traffic(root, findings)
    run = read_run(root, findings)
    check_times(root, sources, run, findings)
    windows = read_windows(root, run, findings)
    bill = read_bill(root, run, sources, findings)
    designer = Designer(root, region, findings)
    traffic = root.get("traffic")
    trees = {name: tree for name, tree in design_trees(root, findings).items() if name in (asked or (name,))}
    designs, services = read_designs(designer, trees, traffic.entries if traffic else {}, sources)
    counters = None if findings.problems or run is None else Counters(designs, sources, run.start)
    names = names_in(root, services, sources, counters)
    objectives = read_objectives(root, names, findings)
    until = read_until(root, run, names, objectives, findings)
    if run is not None:
        check_stationary(root, run, sources, findings)
    era = designer.era(root)
    if findings.problems or era is None or run is None or bill is None:
        return None
    said = {
        "name": name,
        "region": region,
        **root.without("name", "region", "architecture", "designs").entries,
    }
    plain = {key: node.plain() if isinstance(node, Node) else node for key, node in said.items()}
    digest = _digest(
        {**plain, "designs": {name: design.written for name, design in designs.items()}, "files": files}
    )
    shared = _digest(
        {key: plain.get(key) for key in ("region", "traffic", "windows", "bill")} | {"files": files}
    )
    demand = {
        "traffic": plain.get("traffic"),
        "files": digests(traffic, findings.folder, []) if traffic else {},
    }
    texts = {name: merged(root, tree, designs[name].services) for name, tree in trees.items()}
    found = (overruled(text, trees, KEYS) for text in sets)
    return Scenario(
        name, era, region, sources, designs, windows, objectives, bill, run, findings.folder, digest, texts,
        until, shared, {path: names for path, names in found if names}, demand, files,
    )  # fmt: skip


def _digest(content: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _text(root: Node, key: str, default: str, findings: Findings) -> str:
    node = root.get(key)
    if node is None or (isinstance(node.value, str) and node.value.strip()):
        return default if node is None else str(node.value)
    findings.add(node.problem(*wrong_type("text", node.plain())))
    return default


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, as one meets them reading the files."""
    unique = list(dict.fromkeys(problems))
    files = list(dict.fromkeys(problem.file for problem in unique))
    return sorted(unique, key=lambda each: (files.index(each.file), each.line or 0, each.column or 0))
