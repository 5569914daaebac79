"""What may be waited for while something is held: read off the rows, so that no service needs to say it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from simulator.engine.passage import share_that_asks
from simulator.engine.steps import Op, Row
from simulator.stations.inside import Inside

if TYPE_CHECKING:
    from simulator.engine.program import Program

NEARLY_ALL = 0.9
"""Of those who hold something: if so many ask for a pool inside, all that it serves is bounded by that."""


class Nesting(NamedTuple):
    """The server pools inside of each limit: of server pools, of quotas, of the scaling rate of each
    environment pool, and of receivers by the mailbox that they take batches out of, in this order."""

    insides: tuple[Inside, ...]
    """Of one limit after the other, each one's deepest first."""
    begins: tuple[int, ...]
    """Where those of each limit begin, and where the last end."""

    def of(self, outer: int) -> tuple[Inside, ...]:
        """Those of one limit, as they are before a run."""
        return self.insides[self.begins[outer] : self.begins[outer + 1]]


def nesting(program: Program) -> Nesting:
    """Of the whole program."""
    servers, quotas = list(program.servers), len(program.quotas)
    mailboxes = sum(plan.copies for plan in program.mailboxes.values())
    inside = [0] * (receivers(program) + mailboxes)
    for place, held in _held(program).items():
        if program.rows[place].op == Op.SEIZE:
            for outer in _bits(held):
                inside[outer] |= 1 << program.rows[place].a
    for place, plan in enumerate(program.pools.values(), len(servers) + quotas):
        for outer in (len(servers) + plan.quota, *plan.owned):
            inside[outer] |= inside[place]
    for outer, pool in program.inside:
        inside[outer] |= 1 << pool
    insides: list[Inside] = []
    begins = [0]
    for outer, found in enumerate(inside):
        pools = sorted(_bits(found & ~(1 << outer)), key=lambda pool: inside[pool].bit_count())
        insides += [Inside(pool=pool, needed=int(_needed(program, outer, pool))) for pool in pools]
        begins.append(len(insides))
    return Nesting(tuple(insides), tuple(begins))


def _needed(program: Program, outer: int, pool: int) -> bool:
    """Whether (nearly) all who hold a server, an environment or a batch need one of a pool inside, too."""
    names, place = list(program.servers), outer - len(program.servers) - len(program.quotas)
    if outer < len(names) and names[outer][0] == names[pool][0]:
        return True  # of the same service
    owning = [at for at, plan in enumerate(program.pools.values()) if at == place or outer in plan.owned]
    begun = []
    for row in program.rows:
        if row.op == Op.ENTER and row.a in owning:
            begun.append((row.b, (Op.LEAVE, row.a)))
        elif row.op == Op.SEIZE and row.a == outer:
            begun.append((row.next, (Op.FREE, outer)))
        elif row.op == Op.RECEIVE and receivers(program) + row.a == outer:
            begun.append((row.next, (Op.ACKNOWLEDGE, row.a)))
    shares = [share_that_asks(program, start, ends, pool) for start, ends in begun]
    return min(shares, default=0.0) >= NEARLY_ALL


def receivers(program: Program) -> int:
    """The place of those of the first mailbox, as limits are counted."""
    return len(program.servers) + len(program.quotas) + len(program.pools)


def _held(program: Program) -> dict[int, int]:
    """By row that can be reached: all that a request may hold there, a bit for each server pool, each
    environment pool and each mailbox of whose items it has a batch in hand, as limits are counted."""
    held = dict.fromkeys((*(source.entry for source in program.sources), *program.walks), 0)
    todo = list(held)
    while todo:
        place = todo.pop()
        for following, holding in _ways(program, program.rows[place], held[place]):
            known = held.get(following)
            if known is None or known | holding != known:
                held[following] = holding | (known or 0)
                todo.append(following)
    return held


def _ways(program: Program, row: Row, held: int) -> Iterator[tuple[int, int]]:
    """Where a row may lead, and with what in hand."""
    if row.op in (Op.END, Op.OVER) or (row.op == Op.RECORD and row.a):
        return
    first_pool = len(program.servers) + len(program.quotas)
    otherwise = held
    if row.op == Op.SEIZE:
        held |= 1 << row.a
    elif row.op == Op.FREE:
        held = otherwise = held & ~(1 << row.a)
    elif row.op == Op.LEAVE:
        held = otherwise = held & ~(1 << (first_pool + row.a))
    elif row.op == Op.ENTER:
        held |= 1 << (first_pool + row.a)
        yield from ((row.b, held), (row.c, held))
    elif row.op == Op.RECEIVE:
        held, otherwise = 1 << (receivers(program) + row.a), 0
    elif row.op == Op.FORK and not row.a:  # what is sent holds what it is handed and nothing else
        otherwise = held & (1 << (-1 - row.c)) if row.c < 0 else 0
        held &= ~otherwise
    yield row.next, held
    for target in (row.target, row.other, *_chosen(program, row)):
        if target >= 0:
            yield target, otherwise


def _chosen(program: Program, row: Row) -> Iterator[int]:
    """Where else a row may lead than to its own targets."""
    if row.op == Op.CHOOSE:
        labels: range | set[int] = range(row.a, row.a + row.b)
    elif row.op == Op.POISON:
        labels = range(row.a, row.a + 1)
    elif row.op == Op.RETRACE:
        ways = program.records[program.records[row.a] : program.records[row.a + row.c]]
        labels = {row.b + way for way in ways}
    else:
        return
    for label in labels:
        yield program.choices[label][1]


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1
