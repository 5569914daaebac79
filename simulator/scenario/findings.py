"""What is wrong with a scenario, as far as it has been read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from simulator.errors import Problem
from simulator.scenario.tree import Node
from simulator.values.units import shown

Position = tuple[str | None, int | None, int | None]


@dataclass(slots=True)
class Findings:
    """The problems of one scenario, and where its files are."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def add(self, *problems: Problem) -> None:
        self.problems += problems

    def bad_name(self, node: Node) -> None:
        """Complain about a key that can stand neither in an objective nor in a path."""
        what = f"not a name: {shown(node.path[-1])}"
        self.add(node.problem(what, "write letters, digits, - and _, 64 at most", key=True))

    def blamed(self) -> set[Position]:
        """The places that have been complained about."""
        return {(problem.file, problem.line, problem.column) for problem in self.problems}


def position(node: Node) -> Position:
    """The place of a value, as a problem with it would tell it."""
    return node.at.document.name, node.at.line, node.at.column
