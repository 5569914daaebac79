"""The mark of a rule: a function both engines share, compiled where Numba is there.

A rule takes numbers and one station at a time and uses only integer arithmetic and
`log, exp, log1p, expm1, erf`, so that Python and Numba give the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Rule = TypeVar("Rule", bound=Callable[..., object])

try:
    from numba.extending import register_jitable
except ImportError:  # the rules are plain Python then, with the same answers

    def rule(function: Rule) -> Rule:
        """Mark a function as a rule."""
        return function

    inlined = rule
else:
    # nothing is allocated in a rule, so references of arrays need not be counted
    compilable: Any = register_jitable(_nrt=False)
    inlinable: Any = register_jitable(_nrt=False, forceinline=True)

    def rule(function: Rule) -> Rule:
        """Mark a function as a rule: callable as it is, and from Numba's compiled code."""
        marked: Rule = compilable(function)
        return marked

    def inlined(function: Rule) -> Rule:
        """A rule that becomes part of its callers: handing over many arrays costs as much as a step."""
        marked: Rule = inlinable(function)
        return marked
