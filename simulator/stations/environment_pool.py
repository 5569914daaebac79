"""Environment pool: AWS Lambda's execution environments of one function, one request in each at a time.

A request takes a provisioned environment if one is free and their request rate allows it; else the most
recently used idle one; else one that has never been used; else, if the concurrency quota and the scaling
rate allow, a new one, which starts cold. Of provisioned ones those that have been used are taken first, and
end last when fewer are asked for.

All idle environments are gone when the function has been idle for `keep_alive`; while it is in use, each
that has been idle for `spare_keep_alive`. An environment also has an end of its own, drawn when it starts:
it is not used beyond. Lambda then initialises another in its place, ahead of requests: its heir, which is
taken when no environment that has been used is free, and is gone if that has not happened within
`keep_alive`. All this was read off request logs of 2020 (`tools/derive_environment_lives.py`).

An environment whose process ended (a crash, a timeout) stays and is used again, but must initialise anew
and owns nothing until then; it has no heir. Other heirs take over what their predecessors owned. Of
provisioned ones, such an environment is the next to be taken.

Idle environments form a stack that expires from its bottom: a ring of (idle since, end); of one that was
reset, (idle since, ~end). Behind it lies a ring of heirs, sorted by when they began. An environment that
ends while it is idle is found when its turn comes, so what follows from its end is exact wherever a
request meets it.

One file, because its rules are few ways to change one state, and are read together.
"""

from __future__ import annotations

from collections.abc import MutableSequence

from simulator.stations.demand import Limited, ask, refuse
from simulator.stations.rule import rule
from simulator.stations.token_bucket import TokenBucket, take

PROVISIONED, WARM, COLD, RESET, NO_CONCURRENCY, NO_SCALING, AHEAD, UNUSED, STOPPED = 0, 1, 2, 3, 4, 5, 6, 7, 8
"""How a request enters; RESET: an environment that must initialise anew; AHEAD: one initialised before;
UNUSED: a provisioned one that is used for the first time; STOPPED: one that must initialise anew."""
NO_END = 1 << 62
"""The end of a new environment until somebody has drawn it."""
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
    kept_in_use: int
    """Executions on provisioned environments."""
    fullest: int
    """Executions on demand, at most since a control last looked."""
    most: int
    """Of both together."""
    entered: int
    """Executions of both kinds so far."""
    held_ns: int
    """Their time so far, up to `since`."""
    since: int


@rule
def hold(quota: ConcurrencyQuota, now: int) -> None:
    """Bring the executions' time up to now; to be called before any change."""
    quota.held_ns += (now - quota.since) * (quota.in_use + quota.kept_in_use)
    quota.since = now


class EnvironmentPool(Limited):
    """The environments of one function. What it counts as asked for and refused are the requests that found a
    provisioned environment free, of which it lets no more than their request rate enter."""

    keep_alive: int
    spare_keep_alive: int
    replaces: int
    """1: environments that come to their end have heirs."""
    provisioned: int
    """Environments kept ready."""
    unused: int
    """Those of them that have never been used."""
    stopped: int
    """Those of them whose process has ended."""
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
    peak_provisioned: int
    """Environments kept ready in the second in which most found one free."""
    first_provisioned: int
    """Environments kept ready when the rate first sent a request away."""
    base: int
    """Where the ring of idle environments begins."""
    mask: int
    """Its places less one; the number of places is a power of 2. There are as many for heirs."""
    bottom: int
    """The longest idle environment in it."""
    idle: int
    """Of those that have been used."""
    eldest: int
    """The first heir in the ring of heirs."""
    heirs: int
    """Idle environments that have never been used."""
    left: int
    """When an execution last ended."""
    due: int
    """No environment will have been idle for too long before."""
    busy: int
    """On demand."""
    cold_busy: int
    """Those of them that started their environment."""
    provisioned_busy: int
    handed: int
    """The end of the environment last handed out; of an heir, when it began."""
    provisioned_starts: int
    warm_starts: int
    cold_starts: int
    """First requests of environments, those initialised ahead among them."""
    ahead_starts: int
    reset_starts: int
    stopped_starts: int
    """Of provisioned starts, those in environments whose process had ended."""
    spillovers: int
    """Requests that found no provisioned environment free, or too many requests before them."""
    samples: int
    """Requests that started since a control last looked, while environments were provisioned."""
    samples_sum: int
    """Executions on provisioned environments, this one among them, added up over those requests."""
    samples_most: int
    most: int
    """Executions at a time, at most."""
    fullest: int
    """The same since a control last looked."""
    fullest_cold: int
    """Those of them that had started their environment."""
    fullest_provisioned: int
    ended: int
    replaced: int
    """Those of them that have had heirs."""
    dropped: int
    """New ones that were not needed in the end, as another came free before they had initialised."""
    environment_ns: int
    """The ends of those gone less the beginnings of all: with `now` for each alive, their lives."""
    reused_ns: int
    """Idle times that ended in a warm start."""
    owed: int
    """Environments that have ended and whose belongings are not yet freed."""


@rule
def alive(pool: EnvironmentPool) -> int:
    """Environments on demand."""
    return pool.busy + pool.idle + pool.heirs


@rule
def entered(pool: EnvironmentPool) -> int:
    """Executions so far."""
    return pool.provisioned_starts + pool.warm_starts + pool.cold_starts + pool.reset_starts


@rule
def end(pool: EnvironmentPool, now: int) -> None:
    """An environment is gone since `now`."""
    pool.ended += 1
    pool.environment_ns += now


@rule
def bequeath(pool: EnvironmentPool, ring: MutableSequence[int], now: int) -> None:
    """An environment came to its end at `now`, and another, initialised ahead, stands in its place."""
    pool.ended += 1
    pool.replaced += 1
    first = pool.base + 2 * (pool.mask + 1)
    place = pool.eldest + pool.heirs
    while place > pool.eldest and ring[first + ((place - 1) & pool.mask)] > now:
        ring[first + (place & pool.mask)] = ring[first + ((place - 1) & pool.mask)]
        place -= 1
    ring[first + (place & pool.mask)] = now
    pool.heirs += 1
    pool.due = min(pool.due, now + pool.keep_alive)


@rule
def end_idle(pool: EnvironmentPool, ring: MutableSequence[int], marked: int, gone: int) -> None:
    """One that was idle, as the ring has it, was gone at `gone` or came to its own end before."""
    own = ~marked if marked < 0 else marked
    if own <= gone and marked >= 0 and pool.replaces > 0:
        bequeath(pool, ring, own)
        return
    if marked >= 0:
        pool.owed += 1
    end(pool, min(own, gone))


@rule
def expire(pool: EnvironmentPool, ring: MutableSequence[int], now: int) -> None:
    """End the environments that have been idle for too long: nothing to do before `pool.due`."""
    # while it is in use, the function will have been idle for long enough then at the earliest
    over = (now if pool.busy + pool.provisioned_busy > 0 else pool.left) + pool.keep_alive
    due = over if over > now else now + pool.keep_alive  # all are gone: the next comes free from now on
    while pool.idle > 0:
        place = pool.base + 2 * (pool.bottom & pool.mask)
        gone = min(ring[place] + pool.spare_keep_alive, over)
        if gone > now:
            due = min(due, gone)
            break
        pool.bottom += 1
        pool.idle -= 1
        end_idle(pool, ring, ring[place + 1], gone)
    while pool.heirs > 0:
        eldest = ring[pool.base + 2 * (pool.mask + 1) + (pool.eldest & pool.mask)]
        gone = min(eldest + pool.keep_alive, over)
        if gone > now:
            due = min(due, gone)
            break
        pool.eldest += 1
        pool.heirs -= 1
        pool.owed += 1
        end(pool, gone)
    pool.due = due


@rule
def search(pool: EnvironmentPool, ring: MutableSequence[int], now: int) -> int:
    """The same where the environment on top of the stack has come to its end, was reset, or is not there."""
    while pool.idle > 0:
        pool.idle -= 1
        place = pool.base + 2 * ((pool.bottom + pool.idle) & pool.mask)
        marked = ring[place + 1]
        own = ~marked if marked < 0 else marked
        if own > now:
            pool.handed = own
            return RESET if marked < 0 else WARM
        end_idle(pool, ring, marked, now)
    while pool.heirs > 0:
        pool.heirs -= 1
        youngest = pool.base + 2 * (pool.mask + 1) + ((pool.eldest + pool.heirs) & pool.mask)
        pool.handed = ring[youngest]
        if pool.handed + pool.keep_alive > now:
            return AHEAD
        pool.owed += 1
        end(pool, pool.handed + pool.keep_alive)
    return COLD


@rule
def find(pool: EnvironmentPool, ring: MutableSequence[int], now: int) -> int:
    """Take an environment that is there: WARM, RESET or AHEAD; COLD: there is none."""
    if now >= pool.due:
        expire(pool, ring, now)
    if pool.idle > 0:
        place = pool.base + 2 * ((pool.bottom + pool.idle - 1) & pool.mask)
        if ring[place + 1] > now:
            pool.idle -= 1
            pool.handed = ring[place + 1]
            return WARM
    return search(pool, ring, now)


@rule
def charge(pool: EnvironmentPool, more: int, now: int) -> None:
    """From now on `more` provisioned environments are billed."""
    pool.requested_ns += (now - pool.requested_since) * pool.requested
    pool.requested_since = now
    pool.requested += more


@rule
def allow(pool: EnvironmentPool, now: int) -> bool:
    """Take one request off the rate that provisioned environments have together."""
    peak = pool.peak
    ask(pool, 1, now)
    if pool.peak > peak:
        pool.peak_provisioned = pool.provisioned
    each = pool.provisioned * pool.allowance_rate
    passed = now - pool.allowance_since
    most = max(each * pool.allowance_window, pool.allowance_per)
    pool.allowance_since = now
    if each > 0 and passed > most // each:  # and the product may not fit into 64 bits
        pool.allowance = most
    else:
        pool.allowance = min(pool.allowance + passed * each, most)
    if pool.allowance < pool.allowance_per:
        if pool.refused == 0:
            pool.first_provisioned = pool.provisioned
        refuse(pool, 1, now)
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
def look(pool: EnvironmentPool) -> None:
    """No moment was fuller than this one."""
    pool.fullest = pool.busy + pool.provisioned_busy
    pool.fullest_cold = pool.cold_busy
    pool.fullest_provisioned = pool.provisioned_busy


@rule
def fill(pool: EnvironmentPool) -> None:
    """One more execution has begun."""
    together = pool.busy + pool.provisioned_busy
    if together > pool.most:
        pool.most = together
    if together > pool.fullest:
        look(pool)


@rule
def start_warm(pool: EnvironmentPool, ring: MutableSequence[int], now: int) -> None:
    """The environment on top of the stack, just taken off it, is used again."""
    pool.warm_starts += 1
    pool.reused_ns += now - ring[pool.base + 2 * ((pool.bottom + pool.idle) & pool.mask)]


@rule
def enter(
    pool: EnvironmentPool, quota: ConcurrencyQuota, scaling: TokenBucket, ring: MutableSequence[int], now: int
) -> int:
    """Find a place for a request: PROVISIONED, UNUSED, STOPPED, WARM, AHEAD, COLD, RESET, or refused:
    NO_CONCURRENCY, NO_SCALING."""
    free = pool.provisioned - pool.provisioned_busy
    # where more is in use than is left beside those provisioned, they may not all be used
    if free > 0 and quota.in_use + quota.provisioned - quota.limit < free and allow(pool, now):
        pool.provisioned_busy += 1
        pool.provisioned_starts += 1
        hold(quota, now)
        quota.kept_in_use += 1
        quota.entered += 1
        sample(pool)
        fill(pool)
        if pool.stopped > 0:
            pool.stopped -= 1
            pool.stopped_starts += 1
            return STOPPED
        if pool.unused == free:
            pool.unused -= 1
            return UNUSED
        return PROVISIONED
    ask(quota, 1, now)
    if quota.in_use + quota.provisioned >= quota.limit:
        refuse(quota, 1, now)
        return NO_CONCURRENCY
    start = find(pool, ring, now)
    if start == WARM:
        start_warm(pool, ring, now)
    elif start == COLD:
        if not take(scaling, 1, now):
            return NO_SCALING
        pool.handed = NO_END
        pool.environment_ns -= now
        pool.cold_starts += 1
        pool.cold_busy += 1
    elif start == AHEAD:
        pool.cold_starts += 1
        pool.ahead_starts += 1
    else:
        pool.reset_starts += 1
    if pool.provisioned > 0:
        pool.spillovers += 1
        sample(pool)
    pool.busy += 1
    hold(quota, now)
    quota.in_use += 1
    quota.entered += 1
    quota.most = max(quota.most, quota.in_use + quota.provisioned)
    quota.fullest = max(quota.fullest, quota.in_use)
    fill(pool)
    return start


@rule
def look_again(pool: EnvironmentPool, ring: MutableSequence[int], now: int) -> int:
    """Before a new environment initialises: WARM or AHEAD if the request takes another, which has come free
    meanwhile, and the new one is dropped; else COLD."""
    start = find(pool, ring, now)
    if start == RESET:  # which would have to initialise as well
        pool.idle += 1
        start = COLD
    if start != COLD:
        pool.dropped += 1
        end(pool, now)
        pool.cold_busy -= 1
        if start == WARM:
            pool.cold_starts -= 1
            start_warm(pool, ring, now)
        else:
            pool.ahead_starts += 1
    return start


@rule
def leave(
    pool: EnvironmentPool,
    quota: ConcurrencyQuota,
    ring: MutableSequence[int],
    start: int,
    own_end: int,
    becomes: int,
    now: int,
) -> bool:
    """Give an environment back; True: what it owned is free, because it or its process has ended.

    The rings must have room for one more. A provisioned environment is kept or replaced, unless it was
    withdrawn while it was busy: then its share of the quota is free from now on.
    """
    pool.left = now
    hold(quota, now)
    if start == PROVISIONED:
        pool.provisioned_busy -= 1
        quota.kept_in_use -= 1
        if pool.provisioned_busy >= pool.provisioned:
            quota.provisioned -= 1
            return True
        if becomes == KEPT:
            return False
        pool.stopped += 1
        return True
    pool.busy -= 1
    if start == COLD:
        pool.cold_busy -= 1
    quota.in_use -= 1
    if becomes == ENDED or own_end <= now:
        if becomes == KEPT and pool.replaces > 0:
            bequeath(pool, ring, now)
            return False
        end(pool, now)
        return True
    place = pool.base + 2 * ((pool.bottom + pool.idle) & pool.mask)
    ring[place] = now
    ring[place + 1] = own_end if becomes == KEPT else ~own_end
    pool.idle += 1
    return becomes == PROCESS_ENDED


@rule
def provide(pool: EnvironmentPool) -> None:
    """One more environment is ready, with the requests that it may start at once."""
    pool.provisioned += 1
    pool.unused += 1
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
    pool.unused -= 1
    quota.provisioned -= 1
    return True


@rule
def withdraw(pool: EnvironmentPool, quota: ConcurrencyQuota) -> bool:
    """Provision one environment less; True: it was idle, and what it owned is free. False: it is busy and
    will end when it is done, or its process had ended before; those end last of all."""
    pool.provisioned -= 1
    if pool.provisioned_busy > pool.provisioned:
        return False
    quota.provisioned -= 1
    if pool.stopped > pool.provisioned - pool.provisioned_busy:
        pool.stopped -= 1
        return False
    pool.unused = max(pool.unused - 1, 0)
    return True
