"""Token bucket: a burst at once, then a steady rate; whatever finds too few tokens is refused.

AWS's request throttles, Lambda's scaling rate and requests-per-second quota are made of it. The
refill is continuous and exact: a token is cut into as many grains as the rate's period has
nanoseconds, so 500 a minute gives 500 tokens in each minute and not 499.
"""

from __future__ import annotations

from simulator.stations.demand import Limited, ask, refuse
from simulator.stations.rule import rule


class TokenBucket(Limited):
    """level: grains now; since: when it was filled up to there (ns); rate: tokens per `per` ns, which
    is also grains per ns; per: grains in a token; burst: grains at most."""

    __slots__ = ("burst", "level", "per", "rate", "since")


def token_bucket(rate: int, per: int, burst: int) -> TokenBucket:
    """A full bucket of `burst` tokens, refilled with `rate` tokens every `per` nanoseconds."""
    return TokenBucket(rate=rate, per=per, burst=burst * per, level=burst * per)


@rule
def refill(bucket: TokenBucket, now: int) -> None:
    """Bring the level up to now."""
    passed = now - bucket.since
    bucket.since = now
    missing = bucket.burst - bucket.level
    if bucket.rate == 0:
        return
    if passed > missing // bucket.rate:
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
