"""Limits of which only the least that is needed can be told, since another one is exceeded."""

from __future__ import annotations

from collections.abc import Collection
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.engine.program import Program
    from simulator.measure.need import Need


def rates(program: Program, buckets: Collection[int]) -> tuple[str, ...]:
    """The limits that these buckets are, each named by the first that it has."""
    firsts = accumulate((plan.clients for plan in program.buckets.values()), initial=0)
    named = zip(firsts, program.buckets, strict=False)
    return tuple(f"{service}: {name}" for first, (service, name) in named if first in buckets)


def at_least(need: Need, over: Collection[Need]) -> tuple[str, ...]:
    """Because of which of the exceeded limits more servers, or connections, are held than is told."""
    return tuple(
        one.name
        for one in over
        if one is not need and (need.name in one.occupied or {*need.owners} & {*one.holding})
    )


def asked_again(need: Need, over: Collection[Need]) -> tuple[str, ...]:
    """Because of which of them a rate is asked for more often than is told."""
    return tuple(one.name for one in over if need.name in one.upstream and need.name != one.name)


def held_longer(need: Need, over: Collection[Need]) -> tuple[str, ...]:
    """Because of which of them the batches of a poller, a lane or a receiver take longer than is told."""
    workers = f"{need.service}: workers"
    return tuple(
        one.name for one in over if need.service in one.waiting + one.retrying or workers in one.occupied
    )
