"""What one request, or one batch, asks of the stations, as `simulator.engine.flow` finds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

POOL, QUOTA, SERVERS, BUCKET, MAILBOX = "pool", "quota", "servers", "bucket", "mailbox"


class Held(NamedTuple):
    """A station that a request holds a place of: a pool or a server pool."""

    kind: str
    place: int


class Visit(NamedTuple):
    """A station that requests come to; `after` are the wide delays on their way there."""

    kind: str
    place: int
    after: tuple[int, ...]
    at_once: float = 1.0
    """How many of one request's come at the same time, as one of them sees it."""


class Keyed(NamedTuple):
    """A table that leads requests by their keys, drawn from the distribution `keys` (-1: none has one), to
    the shards of a bucket or the lanes of a mailbox; `each` of its lanes are one shard."""

    kind: str
    place: int
    table: int
    each: int
    keys: int
    size: int
    """The distribution of the sizes of what they bring."""


@dataclass
class Flow:
    """Per request that enters the program at one place."""

    tokens: dict[Visit, float] = field(default_factory=dict)
    """Taken from a bucket; where each client has its own, by the client that asks most."""
    entered: dict[Visit, float] = field(default_factory=dict)
    """Executions of a pool."""
    held_s: dict[Visit, float] = field(default_factory=dict)
    """Time for which a place of a pool or of servers is held, when every environment is warm."""
    cold_s: dict[int, float] = field(default_factory=dict)
    """By pool: how much longer an execution holds it that starts its environment."""
    owning_s: dict[int, float] = field(default_factory=dict)
    """By pool: how long after its beginning such an execution takes what its environment owns."""
    starting_tokens: dict[int, dict[int, float]] = field(default_factory=dict)
    """By pool, what such an execution takes from buckets beyond what a warm one does: what it loads."""
    seized: dict[Visit, float] = field(default_factory=dict)
    """Servers of a pool that are taken."""
    squared_s2: dict[Visit, float] = field(default_factory=dict)
    """The squares of the times for which they are held."""
    inside: dict[Held, dict[Visit, float]] = field(default_factory=dict)
    """By what is held meanwhile, servers that are taken."""
    within: dict[tuple[str, int], set[Held]] = field(default_factory=dict)
    """By server pool, or bucket in which one may wait: that of which a place is held meanwhile."""
    again: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    """By what may refuse, if what it refuses is tried again: the pools of which a place is held meanwhile."""
    attempts: dict[tuple[str, int], int] = field(default_factory=dict)
    """By the same, how often a request comes at most."""
    upstream: dict[tuple[str, int], set[int]] = field(default_factory=dict)
    """By the same, the buckets that a request takes from again on its way there."""
    put: dict[Visit, float] = field(default_factory=dict)
    """Items left in a mailbox."""
    keyed: dict[Keyed, float] = field(default_factory=dict)
    """What is written or put by a key."""
    seconds: float = 0.0
    """What the request takes, its waits for others not counted."""
    poison: float = 0.0
    """Of the items of its batch, the share that always fails."""
    asked: dict[int, tuple[float, int, int]] = field(default_factory=dict)
    """By cache: requests that look into it, the population of their keys, and how long answers stay (ns)."""
