"""Environment pool: AWS Lambda's execution environments of one function, one request in each at a time.

A request takes a provisioned environment if one is free and their request rate allows it; else the most
recently used idle one; else, if the concurrency quota and the scaling rate allow, a new one, which starts
cold. An environment that has been idle for `keep_alive` is gone; one older than `lifetime` is not used
again. Most recently used first, the idle time and the lifetime were read off request logs of 2020 (see
docs/background).

An environment whose process ended (a crash, a timeout) stays and is used again, but must initialise anew
and owns nothing until then.

Idle environments form a stack that expires from its bottom: a ring of (idle since, created); of one that
was reset, (idle since, ~created).
"""

from __future__ import annotations

from collections.abc import MutableSequence

from simulator.stations.demand import Limited, ask, refuse
from simulator.stations.rule import rule
from simulator.stations.station import Station
from simulator.stations.token_bucket import TokenBucket, take

PROVISIONED, WARM, COLD, RESET, NO_CONCURRENCY, NO_SCALING = 0, 1, 2, 3, 4, 5
"""How a request enters; RESET: an environment that must initialise anew."""
ENDED, KEPT, PROCESS_ENDED = 0, 1, 2
"""What becomes of the environment when a request leaves."""


class ConcurrencyQuota(Limited):
    """Executions at a time: a function's reserved concurrency, or what the account's others share."""

    limit: int
    """Executions and provisioned environments at a time."""
    provisioned: int
    """Taken by provisioned environments, from when they are asked for until they have ended."""
    in_use: int
    """Executions on demand."""
    most: int
    """Of both together."""
    entered: int
    """Executions so far."""
    held_ns: int
    """Their time so far, up to `since`."""
    since: int


@rule
def hold(quota: ConcurrencyQuota, now: int) -> None:
    """Bring the executions' time up to now; to be called before any change."""
    quota.held_ns += (now - quota.since) * quota.in_use
    quota.since = now


class EnvironmentPool(Station):
    """The environments of one function."""

    keep_alive: int
    lifetime: int
    provisioned: int
    """Environments kept ready."""
    requested: int
    """Asked for, ready or not: these are billed."""
    requested_ns: int
    """Their time so far, up to `requested_since`."""
    requested_since: int
    allowance: int
    """Requests that provisioned environments may start at once, in grains as of a token bucket."""
    allowance_since: int
    allowance_rate: int
    """Requests per `allowance_per` ns that each of them adds, all of which any of them may use."""
    allowance_per: int
    allowance_window: int
    """Nanoseconds' worth that may start at once."""
    base: int
    """Where the ring of idle environments begins."""
    mask: int
    """Its places less one; the number of places is a power of 2."""
    bottom: int
    """The longest idle environment in it."""
    idle: int
    busy: int
    """On demand."""
    cold_busy: int
    """Those of them that started their environment."""
    provisioned_busy: int
    handed: int
    """When the environment last handed out was created."""
    provisioned_starts: int
    warm_starts: int
    cold_starts: int
    reset_starts: int
    spillovers: int
    """Requests that found no provisioned environment free, or too many requests before them."""
    samples: int
    """Requests that started since a control last looked, while environments were provisioned."""
    samples_sum: int
    """Executions on provisioned environments, this one among them, added up over those requests."""
    samples_most: int
    most: int
    """Executions at a time, at most."""
    ended: int
    environment_ns: int
    """Lives of those that have ended."""
    created_sum: int
    """When those alive were created, added up."""
    owed: int
    """Environments that have ended and whose belongings are not yet freed."""


@rule
def end(pool: EnvironmentPool, created: int, now: int) -> None:
    """An environment is gone since `now`."""
    pool.ended += 1
    pool.environment_ns += now - created
    pool.created_sum -= created


@rule
def end_idle(pool: EnvironmentPool, marked: int, now: int) -> None:
    """The same for an idle one, as the ring has it: one that was reset owns nothing."""
    if marked < 0:
        end(pool, ~marked, now)
    else:
        pool.owed += 1
        end(pool, marked, now)


@rule
def expire(pool: EnvironmentPool, ring: MutableSequence[int], now: int) -> None:
    """End the environments that have been idle for `keep_alive`."""
    while pool.idle > 0:
        place = pool.base + 2 * (pool.bottom & pool.mask)
        gone = ring[place] + pool.keep_alive
        if gone > now:
            return
        pool.bottom += 1
        pool.idle -= 1
        end_idle(pool, ring[place + 1], gone)


@rule
def charge(pool: EnvironmentPool, more: int, now: int) -> None:
    """From now on `more` provisioned environments are billed."""
    pool.requested_ns += (now - pool.requested_since) * pool.requested
    pool.requested_since = now
    pool.requested += more


@rule
def allow(pool: EnvironmentPool, now: int) -> bool:
    """Take one request off the rate that provisioned environments have together."""
    each = pool.provisioned * pool.allowance_rate
    passed = now - pool.allowance_since
    most = max(each * pool.allowance_window, pool.allowance_per)
    pool.allowance_since = now
    if each > 0 and passed > most // each:  # and the product may not fit into 64 bits
        pool.allowance = most
    else:
        pool.allowance = min(pool.allowance + passed * each, most)
    if pool.allowance < pool.allowance_per:
        return False
    pool.allowance -= pool.allowance_per
    return True


@rule
def sample(pool: EnvironmentPool) -> None:
    """What AWS reports at each invocation: the executions on provisioned environments."""
    pool.samples += 1
    pool.samples_sum += pool.provisioned_busy
    pool.samples_most = max(pool.samples_most, pool.provisioned_busy)


@rule
def enter(
    pool: EnvironmentPool, quota: ConcurrencyQuota, scaling: TokenBucket, ring: MutableSequence[int], now: int
) -> int:
    """Find a place for a request: PROVISIONED, WARM, COLD, RESET, or refused: NO_CONCURRENCY, NO_SCALING."""
    free = pool.provisioned - pool.provisioned_busy
    # where more is in use than is left beside those provisioned, they may not all be used
    if free > 0 and quota.in_use + quota.provisioned - quota.limit < free and allow(pool, now):
        pool.provisioned_busy += 1
        pool.provisioned_starts += 1
        sample(pool)
        pool.most = max(pool.most, pool.busy + pool.provisioned_busy)
        return PROVISIONED
    ask(quota, 1, now)
    if quota.in_use + quota.provisioned >= quota.limit:
        refuse(quota, 1, now)
        return NO_CONCURRENCY
    expire(pool, ring, now)
    start = COLD
    while pool.idle > 0 and start == COLD:
        pool.idle -= 1
        place = pool.base + 2 * ((pool.bottom + pool.idle) & pool.mask)
        marked = ring[place + 1]
        pool.handed = ~marked if marked < 0 else marked
        if pool.handed + pool.lifetime > now:
            start = RESET if marked < 0 else WARM
        else:
            end_idle(pool, marked, pool.handed + pool.lifetime)
    if start == COLD:
        if not take(scaling, 1, now):
            return NO_SCALING
        pool.handed = now
        pool.created_sum += now
        pool.cold_starts += 1
        pool.cold_busy += 1
    elif start == RESET:
        pool.reset_starts += 1
    else:
        pool.warm_starts += 1
    if pool.provisioned > 0:
        pool.spillovers += 1
        sample(pool)
    pool.busy += 1
    hold(quota, now)
    quota.in_use += 1
    quota.entered += 1
    quota.most = max(quota.most, quota.in_use + quota.provisioned)
    pool.most = max(pool.most, pool.busy + pool.provisioned_busy)
    return start


@rule
def leave(
    pool: EnvironmentPool,
    quota: ConcurrencyQuota,
    ring: MutableSequence[int],
    start: int,
    created: int,
    becomes: int,
    now: int,
) -> bool:
    """Give an environment back; True: what it owned is free, because it or its process has ended.

    The ring must have room for one more. A provisioned environment is kept or replaced, unless it was
    withdrawn while it was busy: then its share of the quota is free from now on.
    """
    if start == PROVISIONED:
        pool.provisioned_busy -= 1
        if pool.provisioned_busy < pool.provisioned:
            return False
        quota.provisioned -= 1
        return True
    pool.busy -= 1
    if start == COLD:
        pool.cold_busy -= 1
    hold(quota, now)
    quota.in_use -= 1
    if becomes == ENDED or created + pool.lifetime <= now:
        end(pool, created, now)
        return True
    place = pool.base + 2 * ((pool.bottom + pool.idle) & pool.mask)
    ring[place] = now
    ring[place + 1] = created if becomes == KEPT else ~created
    pool.idle += 1
    return becomes == PROCESS_ENDED


@rule
def provide(pool: EnvironmentPool) -> None:
    """One more environment is ready, with the requests that it may start at once."""
    pool.provisioned += 1
    pool.allowance += pool.allowance_rate * pool.allowance_window


@rule
def request(pool: EnvironmentPool, quota: ConcurrencyQuota, more: int, now: int) -> None:
    """Ask for more provisioned environments, or (`more` below 0) for fewer than are not ready yet."""
    charge(pool, more, now)
    quota.provisioned += more
    quota.most = max(quota.most, quota.in_use + quota.provisioned)


@rule
def adopt(pool: EnvironmentPool, quota: ConcurrencyQuota) -> bool:
    """Before one more environment is provisioned: True if one withdrawn, still busy, becomes it instead."""
    if pool.provisioned_busy <= pool.provisioned:
        return False
    provide(pool)
    quota.provisioned -= 1
    return True


@rule
def withdraw(pool: EnvironmentPool, quota: ConcurrencyQuota) -> bool:
    """Provision one environment less; True: it was idle and has ended, False: it will when it is done."""
    pool.provisioned -= 1
    if pool.provisioned_busy > pool.provisioned:
        return False
    quota.provisioned -= 1
    return True
