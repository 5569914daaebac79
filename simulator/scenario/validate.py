"""A part of the tree to a frozen model, or to problems that point into the file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from simulator.errors import Problem
from simulator.scenario import lookup
from simulator.scenario.explain import explain, for_example, wrong_type
from simulator.scenario.findings import Findings, Position, position
from simulator.scenario.lookup import Schema
from simulator.scenario.tree import Node

Model = TypeVar("Model", bound=BaseModel)


def validate(
    model: type[Model], node: Node, findings: Findings, leave_out: Collection[str] = ()
) -> Model | None:
    """The model of a map; None and problems if it is none.

    Keys to leave out are known and read by somebody else. A place that has been complained about, and
    what can be wrong only because of it, is not complained about again.
    """
    if not isinstance(node.value, dict):
        findings.add(node.problem(*wrong_type("a map", node.plain())))
        return None
    part, schema = node.without(*leave_out), lookup.schema_of(model)
    mistakes = [_Mistake("coerced", problem, at) for problem, at in _coerced(part, [schema], schema)]
    try:
        valid = model.model_validate(part.plain(), context={"folder": findings.folder})
    except ValidationError as error:
        mistakes += [
            _Mistake(each["type"], *explain(each, part, schema, model, leave_out))
            for each in error.errors(include_url=False)
        ]
    else:
        if not mistakes:
            return valid
    blamed = findings.blamed()
    findings.add(*(each.problem for each in _telling(mistakes) if not each.follows_from(blamed)))
    return None


class _Mistake(NamedTuple):
    kind: str
    """Pydantic's word for it, or `coerced`."""
    problem: Problem
    at: Node

    def follows_from(self, blamed: set[Position]) -> bool:
        """Whether it is, or may be caused by, what has been complained about."""
        return any(
            position(node) in blamed for node in (self.at.walk() if self.kind == "value_error" else [self.at])
        )

    @property
    def vague(self) -> bool:
        """Whether it may only say that another alternative was meant, or that bad items do not count."""
        return self.kind.endswith(("_type", "too_short"))


def _telling(mistakes: Sequence[_Mistake]) -> Iterator[_Mistake]:
    """Of several mistakes in one value the one that says most, and none that has its reason inside it."""
    places = {id(each.at) for each in mistakes}
    coerced = {id(each.at) for each in mistakes if each.kind == "coerced"}
    meant = {
        (id(each.at), match[1])
        for each in mistakes
        if each.kind == "extra_forbidden" and (match := _MEANT.match(each.problem.instead))
    }
    said: set[int] = set()
    for each in sorted(mistakes, key=lambda each: (each.kind != "coerced", each.vague)):
        inside = {id(node) for node in each.at.walk()} - {id(each.at)}
        if (each.vague and inside & places) or (each.kind == "value_error" and inside & coerced):
            continue
        if each.kind == "missing":
            missing = each.problem.what.removesuffix(" is missing").strip("'")
            if any((id(child), missing) in meant for child in each.at.children()):
                continue
        elif each.kind != "extra_forbidden":
            if id(each.at) in said:
                continue
            said.add(id(each.at))
        yield each


_MEANT: Final = re.compile("did you mean '([^':]*)")
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
