"""A part of the tree to a frozen model, or to problems that point into the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from simulator.errors import Problem
from simulator.scenario import lookup
from simulator.scenario.explain import explain, for_example, wrong_type
from simulator.scenario.lookup import Schema
from simulator.scenario.tree import Node
from simulator.values.units import shown

_EMPTIED: Final = ("too_short", "tuple_too_short")
"""What pydantic says of a list, too, when its only fault is the items it has complained about."""

Model = TypeVar("Model", bound=BaseModel)


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

    def blamed(self) -> set[tuple[str | None, int | None, int | None]]:
        """The places that have been complained about."""
        return {(problem.file, problem.line, problem.column) for problem in self.problems}


def validate(
    model: type[Model], node: Node, findings: Findings, leave_out: Collection[str] = ()
) -> Model | None:
    """The model of a map; None and problems if it is none.

    Keys to leave out are known and read by somebody else. A place that has been complained about, and
    what can be wrong only because of it, is not complained about again.
    """
    if not isinstance(node.value, dict):
        what, _ = wrong_type("a map", node.plain())
        findings.add(node.problem(what, "write 'key: value' pairs"))
        return None
    blamed = findings.blamed()
    part, schema = node.without(*leave_out), lookup.schema_of(model)
    found = list(_coerced(part, [schema], schema))
    guilty = {id(culprit) for _, culprit in found}
    try:
        valid = model.model_validate(part.plain(), context={"folder": findings.folder})
    except ValidationError as error:
        reserved = getattr(model, "reserved", {})
        errors = error.errors(include_url=False)
        inner = {each["loc"][:-1] for each in errors}
        for each in errors:
            if each["type"] in _EMPTIED and any(loc[: len(each["loc"])] == each["loc"] for loc in inner):
                continue
            problem, culprit = explain(each, part, schema, reserved, leave_out)
            below = culprit.walk() if each["type"] == "value_error" else (culprit,)
            if id(culprit) not in guilty and not any(_place(inner) in blamed for inner in below):
                found.append((problem, culprit))
    else:
        if not found:
            return valid
    findings.add(*dict.fromkeys(problem for problem, _ in found))
    return None


def _place(node: Node) -> tuple[str, int, int]:
    return node.at.document.name, node.at.line, node.at.column


_DUE: Final = {"boolean": "true or false", "integer": "a whole number", "number": "a number"}


def _coerced(node: Node, schemas: Sequence[Schema], root: Schema) -> Iterator[tuple[Problem, Node]]:
    """Scalars that pydantic would turn into numbers or truths though the file says something else."""
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            yield from _coerced(
                child, [found for each in schemas for found in lookup.step(each, key, root)], root
            )
    elif isinstance(node.value, list):
        for place, child in enumerate(node.value):
            yield from _coerced(
                child, [found for each in schemas for found in lookup.step(each, place, root)], root
            )
    elif isinstance(node.value, bool | str | int):
        may_be = lookup.types(schemas, root) - {"null"}
        due = next((due for kind, due in _DUE.items() if kind in may_be), None)
        is_one = lookup.type_of(node.value)
        if due and is_one not in may_be and not (is_one == "integer" and "number" in may_be):
            what, instead = wrong_type(due, node.value)
            yield node.problem(what, instead or for_example(lookup.example(schemas, root))), node
