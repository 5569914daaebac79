"""What controls see of a running engine, whichever it is."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.stations.environment_pool import ConcurrencyQuota, EnvironmentPool
from simulator.stations.inside import Inside
from simulator.stations.mailbox import Mailbox
from simulator.stations.server_pool import ServerPool
from simulator.stations.token_bucket import TokenBucket


class World(Protocol):
    """Stations to read and the few ways to change them. A control never waits on requests."""

    @property
    def pools(self) -> Sequence[EnvironmentPool]: ...
    @property
    def quotas(self) -> Sequence[ConcurrencyQuota]: ...
    @property
    def servers(self) -> Sequence[ServerPool]: ...
    @property
    def insides(self) -> Sequence[Inside]:
        """See `Nesting`."""

    @property
    def buckets(self) -> Sequence[TokenBucket]: ...
    @property
    def mailboxes(self) -> Sequence[Mailbox]: ...
    @property
    def counters(self) -> MutableSequence[int]: ...
    @property
    def meters(self) -> MutableSequence[int]:
        """Three numbers a meter: readings, ns, and ns as rounded."""

    @property
    def books(self) -> MutableSequence[int]:
        """What has been counted of requests, and the durations that services keep."""

    def request(self, pool: int, amount: int) -> None:
        """Ask for `amount` provisioned environments: billed, and off the quota, from now on; below 0, for so
        many fewer than have not been provided yet."""

    def provide(self, pool: int, amount: int) -> int:
        """Make `amount` more provisioned environments usable; how many could get what they own."""

    def withdraw(self, pool: int, amount: int) -> None:
        """Take provisioned environments away, billed no more, and return their share of the quota; busy
        ones finish first."""

    def borrow(self, bucket: int, amount: int) -> None:
        """Take tokens from a bucket, there or not."""

    def start(self, walk: int, identity: int, own: int = 0) -> None:
        """Start one of the program's walks: something that no client asked for; `own` says to which shard or
        lane it belongs."""

    def retire(self, mailbox: int, amount: int) -> None:
        """End so many of a mailbox's receivers, as they come free."""

    def set_capacity(self, servers: int, capacity: int) -> None:
        """Change a server pool's capacity; who waits is served at once."""

    def hold(self, servers: int, amount: int) -> int:
        """Take up to `amount` servers and keep them, or (below 0) give so many back; how many were free.
        What a control keeps is busy like any other: a connection of its own, a machine that is rented."""

    def used(self, servers: int) -> int:
        """Busy server-time of a pool since this was last asked, ns; a warm-up does not cut it."""

    def levels(self, looked: bool = False) -> NDArray[np.int64]:
        """How full the stations are, one quantity after the other, each for all stations of its kind. At the
        fullest moment since somebody last `looked`: executions of pools, those of them that began cold
        and those on provisioned environments; executions of quotas; busy servers and requests in line of
        server pools. Now: environments of pools and provisioned ones; of mailboxes, those of a kind together,
        items that wait, receivers with a batch in hand, the age of the oldest item that waits, in ns, items
        that wait for the batch before them in their lane, and items and batches taken since the run or its
        counting began."""

    def tidy(self, now: int) -> None:
        """End the idle environments that are due: pools do it only when they are used."""

    def add(self, counter: int, amount: int) -> None:
        """Add to a counter."""

    @property
    def forgotten(self) -> MutableSequence[int]:
        """By counter: what it had counted when a warm-up set it back to 0."""

    def counted(self, counter: int) -> int:
        """What a counter has counted since the run began: a warm-up does not cut it."""
