"""Limits of which only the least that is needed can be told, since another one is exceeded."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.measure.need import Need


def at_least(need: Need, over: Collection[Need]) -> tuple[str, ...]:
    """Because of which of the exceeded limits more servers, or connections, are held than is told."""
    return tuple(
        one.name
        for one in over
        if one is not need and (need.name in one.occupied or {*need.owners} & {*one.holding})
    )


def held_longer(need: Need, over: Collection[Need]) -> tuple[str, ...]:
    """Because of which of them the batches of a poller, a lane or a receiver take longer than is told."""
    workers = f"{need.service}: workers"
    return tuple(
        one.name for one in over if need.service in one.waiting + one.retrying or workers in one.occupied
    )
