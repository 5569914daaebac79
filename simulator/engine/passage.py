"""How many of those who hold something ask for a server pool before they give it back, if all goes well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from simulator.engine.steps import OK, STATUSES, Op, Row

if TYPE_CHECKING:
    from simulator.engine.program import Program

OVER: Final = (Op.END, Op.OVER, Op.RECEIVE)
"""Nothing is held from here on."""


def share_that_asks(program: Program, start: int, ends: tuple[Op, int], pool: int) -> float:
    """Of those who come to row `start`, for the pool before they come to a step of the kind and with the
    place `ends`. Who is refused, fails or finds its answer in a cache does not go on as the others do."""
    todo, asked = {start: 1.0}, 0.0
    for _ in program.rows:  # no row is come to twice, but by who goes back, and so fails
        if not todo:
            break
        place = min(todo)
        share, row = todo.pop(place), program.rows[place]
        if row.op == Op.SEIZE and row.a == pool:
            asked += share
        elif row.op not in OVER and (row.op, row.a) != ends and not (row.op == Op.RECORD and row.a):
            for following, part in _ways(program, row):
                if part and following >= 0:
                    todo[following] = todo.get(following, 0.0) + share * part
    return asked


def _ways(program: Program, row: Row) -> Iterator[tuple[int, float]]:
    """Where it goes on, and for which share."""
    if row.op == Op.CHOOSE:
        before = 0.0
        for upto, target in program.choices[row.a : row.a + row.b]:
            yield target, min(upto, 1.0) - before
            before = min(upto, 1.0)
        yield row.next, 1 - before
    elif row.op == Op.RETRACE:
        begins = program.records[row.a : row.a + row.c]
        for begin in begins:
            yield program.choices[row.b + program.records[begin]][1], 1 / len(begins)
    elif row.op == Op.ENTER:
        yield row.b, 1.0
    elif row.op in (Op.JUMP, Op.LOOK_UP) or _is_well(row):
        yield row.target, 1.0
    else:
        yield row.next, 1.0


def _is_well(row: Row) -> bool:
    """Whether a step asks for what is so if all goes well."""
    well = {Op.IF_OUTCOME: OK, Op.IF_STATUS: STATUSES.index(200)}
    return row.op in well and bool(row.a >> well[Op(row.op)] & 1)
