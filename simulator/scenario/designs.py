"""The designs: the architecture with each design's patch, under an era, in an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any, TypeVar, cast

from simulator.eras.era import Era
from simulator.errors import Problem
from simulator.scenario import lookup
from simulator.scenario.era import read_era
from simulator.scenario.findings import Findings
from simulator.scenario.legible import Legible, legible
from simulator.scenario.mail import check_mail
from simulator.scenario.merge import resolve_designs
from simulator.scenario.model import Design, Source
from simulator.scenario.reserved import NOT_A_SERVICE
from simulator.scenario.services import read_service
from simulator.scenario.sources import check_targets
from simulator.scenario.tree import NAME, Node
from simulator.scenario.validate import validate
from simulator.scenario.wiring import check_wiring
from simulator.services.account import Account
from simulator.services.service import Service
from simulator.values.units import shown

ONLY = "architecture"
"""Name of the design where a scenario has but one."""

MOST_VALUES = 100_000
"""In all designs of a scenario together."""

Read = TypeVar("Read")
_Read = tuple[Service | None, Legible | None, list[Problem]]


def design_trees(root: Node, findings: Findings) -> dict[str, Node]:
    """Each design merged over the baseline."""
    architecture = root.get("architecture")
    if architecture is None or not architecture.entries:
        where = architecture or root
        findings.add(
            where.problem("no architecture", "write architecture: with at least one service", key=True)
        )
        return {}
    designs = root.get("designs")
    if designs is None:
        return {ONLY: architecture}
    if not designs.entries:
        findings.add(
            designs.problem("no designs", "write 'name: {changes}' pairs, or remove 'designs:'", key=True)
        )
    patches: dict[str, Node] = {}
    for name, patch in designs.entries.items():
        if not NAME.fullmatch(name):
            findings.bad_name(patch)
        elif patch.value is None or isinstance(patch.value, dict):
            patches[name] = replace(patch, value=patch.entries)
        else:
            findings.add(
                patch.problem(f"no changes: {shown(patch.plain())}", "write {service: {setting: value}}")
            )
    trees, problems = resolve_designs(architecture, patches)
    findings.add(*problems)
    values = chain.from_iterable(tree.walk() for tree in trees.values())
    if next(islice(values, MOST_VALUES, None), None) is not None:
        findings.add(designs.problem(f"designs of more than {MOST_VALUES} values", "write fewer", key=True))
        return {}
    return trees


@dataclass(slots=True)
class Designer:
    """Reads the designs of one scenario; what several designs share is read, and complained about, once."""

    root: Node
    region: str
    findings: Findings
    _known: dict[int, tuple[Node, Any]] = field(default_factory=dict)

    def services(
        self, entries: Mapping[str, Node]
    ) -> tuple[dict[str, Service], list[Legible], list[Problem]]:
        """The services that can be read, what of all is legible, and what is wrong: designs may share it."""
        problems, before = self.findings.problems, len(self.findings.problems)

        def reader(name: str, node: Node) -> Callable[[], _Read]:
            def read() -> _Read:
                start = len(problems)
                service = read_service(name, node, entries, self.findings)
                part = legible(node, self.findings.folder) if service is None else Legible(service, node)
                return service, part, problems[start:]

            return read

        found = {name: self._once(node, reader(name, node)) for name, node in entries.items()}
        del problems[before:]
        services = {name: service for name, (service, _, _) in found.items() if service is not None}
        parts = [part for _, part, _ in found.values() if part is not None]
        return services, parts, [problem for _, _, own in found.values() for problem in own]

    def design(self, name: str, tree: Node, services: Mapping[str, Service]) -> Design | None:
        """The design around its services, if era and account can be read."""
        era, account = self.era(tree), self.account(tree)
        if era is None or account is None:
            return None
        own = frozenset(node.path[2:] for node in tree.walk() if node.path[:1] == ("designs",))
        return Design(name, era, account, services, cast("dict[str, Any]", tree.plain()), own)

    def account(self, tree: Node) -> Account | None:
        """The account of a design."""
        node = tree.get("account")
        return self._once(node, lambda: validate(Account, node, self.findings)) if node else Account()

    def era(self, tree: Node) -> Era | None:
        """The era of a design or of the scenario: its own, else the scenario's, else the present."""
        node = tree.get("era") or self.root.get("era") or self.root
        return self._once(node, lambda: read_era(node, self.root, self.region, self.findings))

    def _once(self, node: Node, read: Callable[[], Read]) -> Read:
        if id(node) not in self._known:
            self._known[id(node)] = node, read()
        return cast(Read, self._known[id(node)][1])


def read_designs(
    designer: Designer, trees: Mapping[str, Node], traffic: Mapping[str, Node], sources: Mapping[str, Source]
) -> tuple[dict[str, Design], set[str]]:
    """The designs that can be read, and the names of all services as written."""
    designs: dict[str, Design] = {}
    names: set[str] = set()
    wrong: dict[Problem, list[str]] = {}
    alone: set[Problem] = set()
    """With a service by itself, whatever is around it."""
    for name, tree in trees.items():
        entries = {key: node for key, node in tree.entries.items() if key not in NOT_A_SERVICE}
        services, parts, mistakes = designer.services(entries)
        alone.update(mistakes)
        names |= set(entries)
        targets = check_targets(traffic, sources, entries, services, parts)
        wiring = check_wiring(entries, services, parts, designer.era(tree), designer.account(tree))
        wiring += _overdrawn(tree, designer.era(tree), designer.account(tree))
        for problem in dict.fromkeys([*mistakes, *wiring, *targets, *check_mail(entries, services, traffic)]):
            wrong.setdefault(problem, []).append(name)
        if design := designer.design(name, tree, services):
            designs[name] = design
    for problem, where in wrong.items():
        told = problem
        if problem not in alone and len(where) < len(trees):
            told = replace(problem, what=f"{problem.what} in design {', '.join(where)}")
        made = _made(problem, where, designer.root) if len(where) < len(trees) else []
        designer.findings.add(*made or [told])
    return designs, names


def _made(problem: Problem, where: list[str], root: Node) -> list[Problem]:
    """The mistake at what each of these designs changes there; none if one of them changes nothing there."""
    if problem.where.startswith("designs."):
        return [problem]
    designs = root.get("designs")
    patches, path = designs.entries if designs else {}, tuple(problem.where.split(".")[1:])
    made = [patches[name] for name in where if name in patches and patches[name].text("extends") not in where]
    nodes = [lookup.follow(path, patch, {})[0] for patch in made]
    if any(node is patch for node, patch in zip(nodes, made, strict=True)):
        return []
    return [node.problem(problem.what, problem.instead, key=bool(node.entries)) for node in nodes]


def _overdrawn(tree: Node, era: Era | None, account: Account | None) -> Iterator[Problem]:
    """More of the account's concurrency is used elsewhere than there is."""
    node = tree.get("account")
    if node is None or era is None or account is None:
        return
    most, used = account.concurrency(era), account.used_elsewhere
    if used > most:
        what = f"{used} used elsewhere of {most} concurrent executions"
        yield node.entries["used_elsewhere"].problem(
            what, f"write at most {most}, or a higher account.lambda_concurrency"
        )
