"""How full stations are: the row of numbers that time series are made of, written for either engine."""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.stations.environment_pool import ConcurrencyQuota, EnvironmentPool, alive, look
from simulator.stations.mailbox import Item, Lane, Mailbox
from simulator.stations.rule import rule
from simulator.stations.server_pool import ServerPool

if TYPE_CHECKING:
    from simulator.engine.program import Program

OF_POOLS, OF_SERVERS, OF_MAIL = 5, 2, 6
"""Numbers for each environment pool, server pool and name of mailboxes; a quota has one."""
FULLEST = 3
"""Those of a pool that are of the fullest moment since somebody last looked, as are quotas and servers."""


def empty_levels(program: Program) -> NDArray[np.int64]:
    """Room for a row."""
    of_pools = OF_POOLS * len(program.pools) + len(program.quotas)
    others = OF_SERVERS * len(program.servers) + OF_MAIL * len(program.mailboxes)
    return np.zeros(of_pools + others, dtype=np.int64)


@rule
def write_levels(
    pools: Sequence[EnvironmentPool],
    quotas: Sequence[ConcurrencyQuota],
    servers: Sequence[ServerPool],
    mailboxes: Sequence[Mailbox],
    lanes: Sequence[Lane],
    items: Sequence[Item],
    now: int,
    found: MutableSequence[int],
) -> None:
    """Write what `World.levels` tells into a row of zeros."""
    many = len(pools)
    for place in range(many):
        pool = pools[place]
        found[place] = pool.fullest
        found[many + place] = pool.fullest_cold
        found[2 * many + place] = pool.fullest_provisioned
    first = FULLEST * many
    for place in range(len(quotas)):
        found[first + place] = quotas[place].fullest
    first += len(quotas)
    many = len(servers)
    for place in range(many):
        found[first + place] = servers[place].fullest_busy
        found[first + many + place] = servers[place].fullest_waiting
    first += OF_SERVERS * many
    many = len(pools)
    for place in range(many):
        pool = pools[place]
        found[first + place] = alive(pool) + pool.provisioned
        found[first + many + place] = pool.provisioned
    first += (OF_POOLS - FULLEST) * many
    many = (len(found) - first) // OF_MAIL
    first -= 1
    for place in range(len(mailboxes)):
        mailbox = mailboxes[place]
        if mailbox.first == place:
            first += 1
        found[first] += mailbox.waiting
        found[first + many] += mailbox.receivers
        for lane in range(mailbox.base, mailbox.base + mailbox.lanes):
            head = lanes[lane].head
            if head >= 0:
                found[first + 2 * many] = max(found[first + 2 * many], now - items[head].since)
        found[first + 3 * many] += mailbox.stores * (mailbox.waiting - mailbox.ready)
        found[first + 4 * many] += mailbox.received
        found[first + 5 * many] += mailbox.batches


@rule
def look_at(
    pools: Sequence[EnvironmentPool], quotas: Sequence[ConcurrencyQuota], servers: Sequence[ServerPool]
) -> None:
    """What was fuller than now is seen."""
    for place in range(len(pools)):
        look(pools[place])
    for place in range(len(quotas)):
        quotas[place].fullest = quotas[place].in_use
    for place in range(len(servers)):
        servers[place].fullest_busy = servers[place].busy
        servers[place].fullest_waiting = servers[place].waiting
