"""Everything the simulator raises on purpose.

SimulatorError
├── ScenarioError   the scenario cannot be read as it stands; carries every problem found
├── PriceError      a price book has no such item, era or region
└── ModelError      an invariant of the simulation broke: a defect of the simulator, never of the scenario
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One mistake in a scenario: where it stands, what was found, what to write instead."""

    where: str
    what: str
    instead: str = ""
    file: str | None = None
    line: int | None = None
    column: int | None = None
    source: str | None = None
    """The line of the file, shown with a caret under the column."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        said = "; ".join(part for part in (self.what, self.instead) if part)
        return ": ".join(part for part in (place, self.where, said) if part)


class SimulatorError(Exception):
    """Base of all errors the simulator raises on purpose."""


class ScenarioError(SimulatorError):
    """A scenario that cannot be run as written, with all its problems at once."""

    def __init__(self, problems: list[Problem] | tuple[Problem, ...] | Problem) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class PriceError(SimulatorError):
    """A price that was asked for and is in no book."""


class ModelError(SimulatorError):
    """An invariant broke while simulating; says when, where and for which request."""
