"""Token bucket: a burst at once, then a steady rate; what finds too few tokens is refused, or waits.

AWS's request throttles, Lambda's scaling rate and requests-per-second quota are made of it. The
refill is continuous and exact: a token is cut into as many grains as the rate's period has
nanoseconds, so 500 a minute gives 500 tokens in each minute and not 499.

How near it came to empty is told by its tightest span: that in which most was asked for, as a share of the
burst and what came meanwhile. To find it, two smaller buckets are kept beside it that lend, and the spans are
looked at that begin when one of them was last full. So the share is at least the size of such a bucket
exactly where that would have run empty: the worst span for a bucket begins when it is full.
"""

from __future__ import annotations

from simulator.stations.demand import Limited, ask, refuse
from simulator.stations.rule import rule


class TokenBucket(Limited):
    """A level of grains that time raises and requests lower."""

    level: int
    """Grains now."""
    since: int
    """When it was filled up to there, ns."""
    rate: int
    """Tokens per `per` ns, which is also grains per ns."""
    per: int
    """Grains in a token."""
    burst: int
    """Grains at most."""
    filled_in: int
    """Nanoseconds that fill it for sure, whatever it owes."""
    told: int
    """Of one whose rate a control changes: tokens a second when it first refused, or now. 0: `rate`."""
    half_lacks: int
    """Grains that one of half the burst and half the rate would lack; `most_lacks`: one of nine tenths."""
    half_since: int
    """Since when it has lacked some, ns."""
    most_lacks: int
    most_since: int
    tightest: int
    """Of the burst and what comes meanwhile, what is asked for in the worst span seen, in billionths."""


TAKEN, ONE, OTHER = 0, 1, 2
UNCOUNTED = 1 << 32
"""Tokens of a bucket that is no limit: one that only counts, or that a control opens and closes."""
BILLION = 1_000_000_000
LACKING = 1 << 62
"""Grains at most: what is refused is asked for, too, and nothing bounds that."""


def token_bucket(rate: int, per: int, burst: int) -> TokenBucket:
    """A full bucket of `burst` tokens, refilled with `rate` tokens every `per` nanoseconds."""
    grains = burst * per
    if grains + rate >= 1 << 63:
        raise OverflowError(f"a burst of {burst} tokens at {rate} every {per} ns does not fit into 64 bits")
    filled_in = ((1 << 63) - 1) // rate if rate else 1 << 62
    return TokenBucket(rate=rate, per=per, burst=grains, level=grains, filled_in=filled_in)


def is_limit(bucket: TokenBucket) -> bool:
    """Whether it is there to run empty."""
    return bucket.burst < UNCOUNTED * bucket.per


@rule
def half(time: int) -> int:
    """How far the time of a bucket has come that is half as fast."""
    return time // 2


@rule
def most(time: int) -> int:
    """How far the time of a bucket has come that is nine tenths as fast."""
    return time - time // 10


@rule
def _still_lacks(bucket: TokenBucket, lacks: int, passed: int) -> int:
    if passed >= bucket.filled_in or passed * bucket.rate >= lacks:
        return 0
    return lacks - passed * bucket.rate


@rule
def _tell(bucket: TokenBucket, asked: float, since: int, now: int) -> None:
    """What was asked for since then, in grains."""
    given = float(bucket.burst) + float(bucket.rate) * float(now - since)
    if given > 0.0:
        bucket.tightest = max(bucket.tightest, int(BILLION * min(asked / given, 1e9)))


@rule
def _spend(bucket: TokenBucket, amount: int, now: int) -> None:
    """Tell what is asked for of the smaller buckets, which are filled up to now."""
    if bucket.rate == 0 or amount == 0:
        return
    if bucket.half_lacks == 0:
        bucket.half_since = now
    if bucket.most_lacks == 0:
        bucket.most_since = now
    bucket.half_lacks = min(bucket.half_lacks + amount * bucket.per, LACKING)
    bucket.most_lacks = min(bucket.most_lacks + amount * bucket.per, LACKING)
    rate = float(bucket.rate)
    came = rate * float(half(now) - half(bucket.half_since))
    _tell(bucket, float(bucket.half_lacks) + came, bucket.half_since, now)
    came = rate * float(most(now) - most(bucket.most_since))
    _tell(bucket, float(bucket.most_lacks) + came, bucket.most_since, now)


@rule
def refill(bucket: TokenBucket, now: int) -> None:
    """Bring the level up to now."""
    if bucket.rate > 0:
        before = bucket.since
        bucket.half_lacks = _still_lacks(bucket, bucket.half_lacks, half(now) - half(before))
        bucket.most_lacks = _still_lacks(bucket, bucket.most_lacks, most(now) - most(before))
    passed = now - bucket.since
    bucket.since = now
    missing = bucket.burst - bucket.level
    if passed >= bucket.filled_in or passed * bucket.rate >= missing:  # the first keeps the second in 64 bits
        bucket.level = bucket.burst
    else:
        bucket.level += passed * bucket.rate


@rule
def take(bucket: TokenBucket, amount: int, now: int) -> bool:
    """Take `amount` tokens, or none of them."""
    ask(bucket, amount, now)
    refill(bucket, now)
    _spend(bucket, amount, now)
    if bucket.level < amount * bucket.per:
        refuse(bucket, amount, now)
        return False
    bucket.level -= amount * bucket.per
    return True


@rule
def take_in_turn(bucket: TokenBucket, amount: int, now: int) -> int:
    """Take `amount` tokens, there or not; how long (ns) until they have come in, after all owed before."""
    ask(bucket, amount, now)
    refill(bucket, now)
    _spend(bucket, amount, now)
    bucket.level -= amount * bucket.per
    if bucket.level >= 0:
        return 0
    refuse(bucket, amount, now)
    return -(bucket.level // bucket.rate) if bucket.rate > 0 else 1 << 61


@rule
def restore(bucket: TokenBucket, amount: int) -> None:
    """Give tokens back that were taken for nothing."""
    bucket.level = min(bucket.level + amount * bucket.per, bucket.burst)
    bucket.half_lacks = max(bucket.half_lacks - amount * bucket.per, 0)
    bucket.most_lacks = max(bucket.most_lacks - amount * bucket.per, 0)


@rule
def take_both(one: TokenBucket, other: TokenBucket, amount: int, now: int) -> int:
    """Take one token of the first bucket and `amount` of the other: TAKEN; or neither, as the ONE or the
    OTHER has too few."""
    if not take(one, 1, now):
        return ONE
    if not take(other, amount, now):
        restore(one, 1)
        return OTHER
    return TAKEN


@rule
def borrow(bucket: TokenBucket, amount: int, now: int) -> None:
    """Take `amount` tokens, there or not; nobody gets any until what is owed has come in."""
    ask(bucket, amount, now)
    refill(bucket, now)
    _spend(bucket, amount, now)
    bucket.level -= amount * bucket.per
