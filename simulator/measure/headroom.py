"""How much more traffic a design bears."""

from __future__ import annotations

from typing import NamedTuple


class Missed(NamedTuple):
    """An objective that is missed at the traffic that breaks a design."""

    key: str
    text: str
    value: float
    unit: str


class Headroom(NamedTuple):
    """Multiples of the scenario's traffic at which a design was tried."""

    holds: float | None
    """The largest at which it meets its objectives; None: not even the smallest tried."""
    breaks: float | None
    """The smallest at which it does not; None: not even at the largest tried."""
    missed: tuple[Missed, ...]
    """What is missed there."""
    limit: tuple[str, str] | None
    """The service and its limit that binds first there."""
    replications: int
    """By which it was tried."""
