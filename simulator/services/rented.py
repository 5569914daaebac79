"""Machines that are paid for from their launch to their end."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import simpy

    from simulator.engine.world import World


class Rent(NamedTuple):
    """How machines are billed; times are ns."""

    pool: int
    """The server pool of those that exist: a control holds them, and their time is what is billed."""
    rounding: int
    """Counter of machine-nanoseconds that are billed beyond their lives."""
    increment: int = 1
    """A life is billed in whole increments."""
    minimum: int = 0
    """And at least so long."""


class Rented:
    """Those that exist in one run, oldest first."""

    def __init__(self, env: simpy.Environment, world: World, rent: Rent) -> None:
        self.env, self.world, self.rent = env, world, rent
        self.launched: deque[int] = deque()

    def __len__(self) -> int:
        return len(self.launched)

    def launch(self, amount: int) -> None:
        """So many more."""
        self.world.hold(self.rent.pool, amount)
        self.launched.extend([int(self.env.now)] * amount)

    def end(self, amount: int) -> None:
        """So many fewer: the oldest."""
        for _ in range(amount):
            lived = int(self.env.now) - self.launched.popleft()
            billed = max(-(-lived // self.rent.increment) * self.rent.increment, self.rent.minimum)
            self.world.add(self.rent.rounding, billed - lived)
        self.world.hold(self.rent.pool, -amount)
