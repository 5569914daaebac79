"""What comes to a design, and what receives it from queues and streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simulator.engine.visits import Flow
    from simulator.study.fluid import Floats
    from simulator.study.hottest import Hottest


class Coming(NamedTuple):
    """Requests that come to the design, or batches that are polled from its queues and streams."""

    flow: Flow
    """Of one of them."""
    rate: Floats
    """Per second."""
    polled: bool = False
    receivers: Floats | float = 0.0
    """Of polled batches, how many there can be at a time."""
    most: float = 0.0
    """And once all receivers have begun that there can be, as they do while batches wait."""
    all_of: str = ""
    """What is all at work when most comes, and lets wait what comes beyond: a queue's pollers, a stream's
    lanes."""


class Lanes(NamedTuple):
    """The lanes in which a function reads a stream, one batch at a time in each; or the groups of a FIFO
    queue, of which the same holds."""

    function: str
    """Whose lanes they are; of groups, the queue."""
    source: str
    """The stream or queue."""
    event: str
    """The mapping, as the function names it; empty: groups."""
    shards: int
    factor: int
    batch_size: int
    batch: Flow
    """A full one."""
    items: Floats
    """Records a second that come."""
    shard: Hottest
    lane: Hottest
    key: float
    """The share of the records that have the hottest key."""
    poison: float
    """The share of them that always fails."""
    stalled_s: float
    """How much longer one of these makes its lane work."""
    longest_s: float
    """What stalls a lane for longer blocks it for good, as far as a run can tell, and is not counted."""

    @property
    def many(self) -> int:
        """Lanes, and so batches at a time."""
        return self.shards * self.factor

    @property
    def batch_s(self) -> float:
        """What a full batch takes."""
        return self.batch.seconds

    @property
    def blocks(self) -> bool:
        """Whether an item that always fails is not given up while the run lasts."""
        return self.poison > 0 and self.stalled_s >= self.longest_s

    @property
    def needed(self) -> Floats:
        """Lanes that keep up, with full batches and what always fails among them."""
        stalled_s = 0.0 if self.blocks else self.poison * self.stalled_s
        return self.items * (self.batch_s / self.batch_size + stalled_s)

    @property
    def capacity_per_s(self) -> float:
        """Records, if all lanes are used equally."""
        return self.many * self.batch_size / self.batch_s


class Pollers(NamedTuple):
    """What receives from a queue: Lambda's pollers, or the receivers of a fleet."""

    name: tuple[str, str]
    """Of the limit that they are."""
    least: float
    most: Floats
    more_per_s: float
    """How many can begin in a second; 0: there are as many as there can be."""
    batch: Flow
    """A full one."""
    rate: Floats
    """Of such, how many come in a second."""
