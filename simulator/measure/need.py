"""What the peak needs of a limit, and what follows for a list of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from simulator.measure.measured import PROVISIONED_REQUESTS

ACCOUNT: Final = "account"
"""Whose limits are quotas that AWS raises on request, but for these."""
HARD: Final = ("open Map runs",)
CONCURRENCY: Final = "concurrency"
TINY: Final = 1e-9
NEARLY: Final = 0.8
"""Of what a lane can do: with more to do it catches up slowly."""


class Span(NamedTuple):
    """Of a token bucket, the time in which it has least to spare."""

    length_s: float
    steady: float
    """Asked for in it, with every environment warm; `demand`: at the most."""
    demand: float
    allowed: float
    """The burst and what comes meanwhile."""


class Need(NamedTuple):
    """One limit of a design: what its peak needs of it."""

    service: str
    limit: str
    unit: str
    steady: float
    """On average at the peak, with every environment warm."""
    demand: float
    """At the most, with cold starts and chance."""
    allowed: float
    ratio: float
    """Of what is allowed, that which is needed; of a token bucket, its burst counts too."""
    at_s: float
    """When most is needed, from the start of the run; of a token bucket, when least is left."""
    binds_at_s: float | None
    """When it is first exceeded; None: it is not."""
    burst: float = 0.0
    """Of a token bucket, what may come at once besides."""
    elsewhere: float = 0.0
    """Of the account's quota, what functions outside the scenario hold; it is not in `allowed`."""
    reserved: float = 0.0
    """Of it, what functions have reserved for themselves; it is not in `allowed` either."""
    span: Span | None = None
    """Where a burst counts: `ratio` is that of its numbers."""
    a_minute: float = 0.0
    """Of pollers that are too few while they grow, how many more can begin a minute."""
    all_of: tuple[str, ...] = ()
    """Of executions, the pollers and lanes that are all at work when most comes: no more are polled then."""
    attempts: int | None = 1
    """How often what it refuses is sent at most, which is told of once; None: until taken or given up."""
    retrying: tuple[str, ...] = ()
    """Functions whose executions are held meanwhile."""
    upstream: tuple[str, ...] = ()
    """Rates that what is sent again asks again on its way; not those that pollers ask, which back off."""
    owners: tuple[str, ...] = ()
    """Functions whose environments take of it as they start; one that finds none left started in vain."""
    at_least: tuple[str, ...] = ()
    """The exceeded limits because of which more are held, or longer, or asked for, than is told: the limit
    itself, too, if what it refuses is sent again."""
    waiting: tuple[str, ...] = ()
    """Functions whose executions wait for it, where it lets wait who finds none left."""
    each: float = 0.0
    """Of requests per second, how many each execution of the account's concurrency allows."""
    in_line: float = 0.0
    """Of servers and connections all of which are taken, how many at the most wait for one; CPUs apart."""
    places: float | None = None
    """How many may wait; None: as many as come."""
    occupied: tuple[str, ...] = ()
    """Limits of servers and connections of which those who wait for it hold one."""

    @property
    def name(self) -> str:
        """With the service whose limit it is."""
        return f"{self.service}: {self.limit}"

    @property
    def holding(self) -> tuple[str, ...]:
        """Functions of which more executions are held where it is exceeded."""
        return self.waiting + self.retrying + self.owners

    @property
    def quota(self) -> float:
        """What the account needs in all, and so has to ask for; of requests per second, of concurrency."""
        if self.each:
            return math.ceil(self.ratio * self.allowed / self.each - TINY)
        return math.ceil(self.demand) + self.elsewhere + self.reserved

    @property
    def raised(self) -> tuple[str, str]:
        """The quota that AWS raises, and its unit: requests per second follow from concurrency."""
        return (CONCURRENCY, "executions") if self.each else (self.limit, self.unit)


class Shard(NamedTuple):
    """The shard of a stream that most is written to when most is written."""

    stream: str
    shards: int
    number: int
    """Of the shard; the first is 0, as in Kinesis's shardId-000000000000."""
    share: float
    """Of all records."""


class Reading(NamedTuple):
    """How fast a function can read a stream, and what comes at the peak."""

    stream: str
    function: str
    event: str
    shards: int
    factor: int
    batch_size: int
    batch_s: float
    """What a full batch takes, from one to the next."""
    capacity_per_s: float
    """Records: shards x factor x batch / duration."""
    traffic_per_s: float
    hot_shard: int
    """The shard of the lane that most comes to."""
    hot_capacity_per_s: float
    """Records of that lane, like the next one."""
    hot_traffic_per_s: float
    hot_key: float
    """The share of the records that have the hottest key, which is always in one lane."""
    poison: float
    """The share of them that always fails."""
    stalled_s: float
    """How much longer a lane works because of one of these, until it is given up."""
    blocks: bool
    """Whether that is not before the run ends: then the limits do not count it."""


class Late(NamedTuple):
    """Provisioned concurrency that was asked for before a surge and is ready only after it has begun."""

    service: str
    amount: int
    ready_s: float
    """When all of it is there, from the start of the run."""
    source: str
    surge_s: float
    asked_s: float


class Sold(NamedTuple):
    """A class that has as much as is needed, where AWS sells it by class."""

    key: str
    """Of the class, as `--set` takes it."""
    name: str
    has: int


class Setting(NamedTuple):
    """A setting of the design that holds what is needed of an exceeded limit."""

    service: str
    limit: str
    key: str
    """As `--set` takes it, so that this design has it."""
    now: int
    value: int
    sold: Sold | None = None
    """The cheapest class that has so many."""
    also: tuple[str, ...] = ()
    """Other limits that the same value holds, which are exceeded, too."""
    ahead: str = ""
    """The setting of the service by which it is so for a while only, ahead of the peak; empty: none."""

    @property
    def holds(self) -> tuple[str, ...]:
        """With the services whose limits they are."""
        return (f"{self.service}: {self.limit}", *self.also)


class Ready(NamedTuple):
    """Provisioned concurrency of functions, with which limits are exceeded less, or no longer."""

    settings: tuple[tuple[str, int], ...]
    """As `--set` takes them, so that this design has them; there is none now."""
    usd_an_hour: float | None
    """What keeping them costs; None: the region has no price of it."""
    then: tuple[Need, ...]
    """The limits that are exceeded because of environments that start, as they are then."""
    besides: tuple[str, ...] = ()
    """Other limits that are exceeded then, all the same or only then."""


class Behind(NamedTuple):
    """A limit that the batches of a queue or stream meet, behind the function that takes them."""

    receivers: str
    """The limit that its pollers or lanes are, with the function."""
    service: str
    limit: str
    unit: str
    allowed: float
    bears: float
    """How many batches at a time, each as long as a full one, ask for all of it; infinite: it is no rate, or
    one that grows."""
    capped: Setting | None = None
    """The most pollers with which it is not exceeded, where without it there are more and it is."""

    @property
    def name(self) -> str:
        """With the service whose limit it is."""
        return f"{self.service}: {self.limit}"


class Enough(NamedTuple):
    """How many lanes of a stream the peak needs, and settings of the design each of which would do by itself,
    for the hottest lane, too."""

    demand: float
    allowed: float
    hottest: float
    """Of what a lane can do, that which the hottest has to do at the peak."""
    key: float
    """Of it, that which the records of the hottest key ask for."""
    settings: tuple[Setting, ...]
    stalled_s: float = 0.0
    """How long a record that always fails holds up its lane, until it is given up; 0: none does."""
    blocks: bool = False
    """Whether that is not before the run ends."""
    shorter: tuple[tuple[str, float], ...] = ()
    """Settings of the event source mapping with which it is shorter, and how long then."""
    besides: tuple[tuple[Need, ...], ...] = ()
    """For each of `settings`, what other limits are exceeded with it, the most exceeded first."""


class Capacity(NamedTuple):
    """What the peak needs of a design."""

    needs: tuple[Need, ...]
    """The limit with least room first."""
    shards: tuple[Shard, ...]
    reading: tuple[Reading, ...]
    settings: tuple[Setting, ...] = ()
    then: tuple[Need, ...] = ()
    """The limits that are exceeded only once the settings are as told, or by more, as they are then."""
    behind: tuple[Behind, ...] = ()
    """What the batches of queues and streams meet behind their functions, the one that bears fewest first."""
    ready: Ready | None = None
    """What else would do where environments that start are what is too much."""

    @property
    def hidden(self) -> frozenset[str]:
        """Those of them that are not exceeded before: a limit in front of them lets no more through."""
        before = {need.name for need in self.needs if exceeded(need)}
        return frozenset(need.name for need in self.then) - before


def spills(need: Need) -> bool:
    """Whether what is beyond it is served elsewhere: by on-demand environments, which start cold."""
    return need.limit == PROVISIONED_REQUESTS


def exceeded(need: Need) -> bool:
    """Not if there are only too few for a time, until more have begun."""
    return need.ratio > 1 and not need.a_minute


def first_to_bind(found: Sequence[Need]) -> Need | None:
    """The limit that is exceeded first, if any is; one that grows too slowly or spills over if no other."""
    bound = [need for need in found if need.binds_at_s is not None]
    return min(
        bound,
        key=lambda need: (need.a_minute > 0 or spills(need), need.binds_at_s or 0.0, -need.ratio),
        default=None,
    )


def raises(found: Sequence[Need]) -> list[tuple[Need, float]]:
    """Quotas of the account that are too small, and by how much: what to ask AWS for, as `Need.quota`; of the
    limits that one quota raises, the one that needs most of it."""
    asked: dict[str, Need] = {}
    for need in found:
        more = need.ratio > 1 and (need.each or need.demand > need.allowed)
        if need.service == ACCOUNT and need.limit not in HARD and more:
            name, _ = need.raised
            asked[name] = max(need, asked.get(name, need), key=lambda one: one.quota)
    return [(need, _more(need)) for need in asked.values()]


def _more(need: Need) -> float:
    """Than the quota is now."""
    return need.quota - need.allowed / need.each if need.each else math.ceil(need.demand - need.allowed)
