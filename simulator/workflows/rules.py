"""The rules of a Choice state. They test data, which is not simulated; that they are rules is checked."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import product
from typing import Final

from simulator.workflows.located import Located

_ORDERS: Final = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_COMPARED: Final = (
    *map("".join, product(("String", "Numeric", "Timestamp"), _ORDERS, ("", "Path"))),
    *("BooleanEquals", "BooleanEqualsPath", "StringMatches"),
    *("IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"),
)
_JOINED: Final = ("And", "Or", "Not")
_BESIDE: Final = ("Variable", "Comment")
_OF_RULE: Final = ("Next", "Assign")

Wrong = tuple[Located, str, str]
"""Where something is wrong, what, and what to write instead."""


def wrong_in(rule: Located, outermost: bool = True) -> Iterator[Wrong]:
    """What is wrong with a rule, and with the rules that And, Or and Not join."""
    if not isinstance(rule.value, dict):
        yield rule, f"{rule.plain()!r} is no rule", "write {Variable, a comparison, Next}"
        return
    tests = []
    for field, node in rule.items():
        if field in _COMPARED or field in _JOINED:
            tests.append(field)
        elif field in ("Condition", "Output"):
            yield node, f"'{field}', a field of JSONata", "write the machine in JSONPath"
            tests.append(field)
        elif field not in _BESIDE and not (outermost and field in _OF_RULE):
            near = difflib.get_close_matches(field, (*_COMPARED, *_JOINED), n=1)
            yield node, f"'{field}' in a rule", f"did you mean '{near[0]}'?" if near else "leave it out"
            tests.append(field)
    if len(tests) != 1:
        found = " and ".join(tests) or "nothing"
        yield rule, f"a rule tests {found}", "write one comparison, And, Or or Not"
    elif tests[0] in _COMPARED and rule.get("Variable") is None:
        yield rule, f"no 'Variable' beside '{tests[0]}'", "write the path of what is compared"
    for field in _JOINED:
        if (joined := rule.get(field)) is not None:
            yield from _wrong_joined(joined, field)


def _wrong_joined(joined: Located, field: str) -> Iterator[Wrong]:
    if field == "Not":
        yield from wrong_in(joined, outermost=False)
    elif isinstance(joined.value, list) and joined.value:
        for inner in joined.value:
            yield from wrong_in(inner, outermost=False)
    else:
        yield joined, f"'{field}' joins no rules", "write a list of rules"
