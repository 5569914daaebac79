"""Token bucket: a burst at once, then a steady rate; what finds too few tokens is refused, or waits.

AWS's request throttles, Lambda's scaling rate and requests-per-second quota are made of it. The
refill is continuous and exact: a token is cut into as many grains as the rate's period has
nanoseconds, so 500 a minute gives 500 tokens in each minute and not 499.
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


TAKEN, ONE, OTHER = 0, 1, 2
UNCOUNTED = 1 << 32
"""Tokens of a bucket that is no limit: one that only counts, or that a control opens and closes."""


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
def refill(bucket: TokenBucket, now: int) -> None:
    """Bring the level up to now."""
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
    bucket.level -= amount * bucket.per
    if bucket.level >= 0:
        return 0
    refuse(bucket, amount, now)
    return -(bucket.level // bucket.rate) if bucket.rate > 0 else 1 << 61


@rule
def take_both(one: TokenBucket, other: TokenBucket, amount: int, now: int) -> int:
    """Take one token of the first bucket and `amount` of the other: TAKEN; or neither, as the ONE or the
    OTHER has too few."""
    if not take(one, 1, now):
        return ONE
    if not take(other, amount, now):
        one.level += one.per
        return OTHER
    return TAKEN


@rule
def restore(bucket: TokenBucket, amount: int) -> None:
    """Give tokens back that were taken for nothing."""
    bucket.level = min(bucket.level + amount * bucket.per, bucket.burst)


@rule
def borrow(bucket: TokenBucket, amount: int, now: int) -> None:
    """Take `amount` tokens, there or not; nobody gets any until what is owed has come in."""
    ask(bucket, amount, now)
    refill(bucket, now)
    bucket.level -= amount * bucket.per
