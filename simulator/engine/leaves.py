"""Rules that the reference engine spends most of its time in: plain, or compiled, with the same bits.

They are draws and book-keeping, nothing that says what happens when; the walk itself stays plain Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from simulator.engine.kernel import compiled_leaves, is_compiled, numba_version
from simulator.engine.random import uniform
from simulator.engine.sampling import drawn
from simulator.measure.recorder import count_answer, count_attempt, count_effects, count_request, measure


class Leaves(NamedTuple):
    """The rules, and the sequences that they take."""

    uniform: Callable[..., float]
    drawn: Callable[..., int]
    count_request: Callable[..., None]
    count_attempt: Callable[..., None]
    count_answer: Callable[..., None]
    count_effects: Callable[..., None]
    measure: Callable[..., None]
    books: Any
    table: Any


def leaves(books: Any, table: Any) -> Leaves:
    """Compiled if the kernel is on disk already, which is quicker to load than to do without."""
    integers = np.asarray(books, dtype=np.int64)  # no copy: what is never counted takes no memory
    if numba_version() is not None and is_compiled():
        return Leaves._make((*compiled_leaves(), integers, np.array(table, dtype=np.float64)))
    plain = (uniform, drawn, count_request, count_attempt, count_answer, count_effects, measure)
    return Leaves._make((*plain, integers.tolist(), table))
