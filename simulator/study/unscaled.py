"""What is turned and changes only one side of the bargain.

Functions whose memory is turned while their own work takes the same time at every memory: there less memory
only costs less. Left out: handlers that do not work at all, and those of which any part is written as
measured at a memory. And databases whose `vcpus` are turned while their class, which is paid for, stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from simulator.services.handler import works
from simulator.services.lambda_settings import LambdaSettings
from simulator.services.rds import Rds
from simulator.services.work import Measured, PerRecord

if TYPE_CHECKING:
    from simulator.scenario.model import Design


class Unscaled(NamedTuple):
    """One function, or one database."""

    service: str
    key: str
    """Where a function's work is written, `duration` or `handler`; or `vcpus`."""
    by_record: bool
    """Whether it is told by record, for which nothing says how it goes with memory."""


Hint = Callable[[Unscaled], object]
"""Who is told before the runs."""


def unheard(_: Unscaled) -> None:
    """Nobody."""


def unscaled(designs: Iterable[Design]) -> tuple[Unscaled, ...]:
    """Of these states of a design, functions that do the same work at two memories, and databases of one
    class with two numbers of CPUs."""
    found = (one for before, after in combinations(designs, 2) for one in _between(before, after))
    return tuple(dict.fromkeys(found))


def _between(before: Design, after: Design) -> Iterator[Unscaled]:
    for name, function in before.services.items():
        other = after.services.get(name)
        if isinstance(function, Rds) and isinstance(other, Rds):
            if function.vcpus != other.vcpus and function.instance == other.instance:
                yield Unscaled(name, "vcpus", False)
            continue
        if not isinstance(function, LambdaSettings) or not isinstance(other, LambdaSettings):
            continue
        work = list(works(function.work))
        same = function.memory != other.memory and function.work == other.work
        if same and work and not any(isinstance(one, Measured) for one in work):
            by_record = any(isinstance(one, PerRecord) for one in work)
            yield Unscaled(name, "handler" if function.handler else "duration", by_record)
