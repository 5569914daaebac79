"""`era: aws-2020-08`, or `era: {use: aws-2026, lambda.keep_alive: 10 min}` with values of one's own."""

from __future__ import annotations

from simulator.eras.era import Era
from simulator.errors import PriceError
from simulator.prices.book import PriceBook
from simulator.scenario.findings import Findings
from simulator.scenario.tree import Node
from simulator.values.units import shown

DEFAULT = "aws-2026"


def read_era(node: Node, root: Node, region: str, findings: Findings) -> Era | None:
    """The era that `node` asks for, or the present if it is the root; there must be prices for it, too."""
    use = node.get("use") if node is not root else None
    overrides = (
        {key: entry for key, entry in node.entries.items() if key != "use"} if node is not root else {}
    )
    named = use or node
    name = DEFAULT if node is root or (use is None and overrides) else named.value
    if not isinstance(name, str):
        what = f"not an era: {shown(named.plain())}"
        findings.add(named.problem(what, f"write {DEFAULT}, or {{use: {DEFAULT}, KEY: VALUE}}"))
        return None
    plain: dict[str, object] = {}
    era = _load(name, plain, region, named, findings)
    if era is None:
        return None
    for key, entry in overrides.items():
        if _load(name, {key: entry.plain()}, region, entry, findings):
            plain[key] = entry.plain()
    try:
        PriceBook.load(name, region)
    except PriceError as error:
        what, _, instead = str(error).partition("; ")
        findings.add((root.get("region") or named).problem(what, instead))
    return Era.load(name, plain, region) if len(plain) == len(overrides) else None


def _load(name: str, plain: dict[str, object], region: str, node: Node, findings: Findings) -> Era | None:
    try:
        return Era.load(name, plain, region)
    except ValueError as error:
        what, _, instead = str(error).partition("; ")
        for key in plain:
            what = what.removeprefix(f"{key}: ")
        findings.add(node.problem(what, instead, key=what.startswith("not a key")))
        return None
