"""How limits are raised: what nobody can buy more of, and throttles whose burst is set beside the rate."""

from __future__ import annotations

from typing import Final

from simulator.measure.limits import LimitSummary
from simulator.measure.need import ACCOUNT
from simulator.report.numbers import enough, significant

REQUESTS: Final = "requests per second"
"""Of the account or a function: it follows from concurrency, burst and all."""
PROVISIONED: Final = "provision concurrency before the surge"
MORE_SHARDS: Final = "more shards, or keys that spread better, share it"
SPREAD: Final = "spread its key over several"
INSTEAD: Final = {
    "scaling rate": PROVISIONED,
    "growth of requests per second": PROVISIONED,
    "shard records": MORE_SHARDS,
    "shard bytes": MORE_SHARDS,
    "read capacity of an item": SPREAD,
    "write capacity of an item": SPREAD,
}
"""By limit that AWS raises for nobody, what helps."""


def own_burst(limit: LimitSummary) -> bool:
    """Whether a token bucket's burst is a number of its own: of a throttle, of an account's quota."""
    of_account = limit.service == ACCOUNT and limit.limit != REQUESTS
    return of_account or limit.limit.startswith(("throttle of ", "usage plan "))


def raised(limit: LimitSummary, needed: float) -> str:
    """Of a token bucket that has too little, how much would do: `some 221 with a burst of 111 would do`, or
    what helps where AWS raises it for nobody."""
    if instead := INSTEAD.get(limit.limit):
        return f"which AWS raises for nobody ({instead})"
    burst = ""
    if own_burst(limit) and limit.allowed:
        burst = f" with a burst of {significant(enough(limit.burst * needed / limit.allowed))}"
    return f"some {significant(enough(needed))}{burst} would do"
