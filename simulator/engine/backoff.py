"""How long a client waits before it tries again."""

from __future__ import annotations

from simulator.engine.steps import EQUAL, FULL
from simulator.stations.rule import rule


@rule
def backoff(base: int, cap: int, jitter: int, attempt: int, luck: float) -> int:
    """The pause (ns) before retry number `attempt` (from 0): min(cap, base x 2^attempt), less the jitter.

    Jitter in the words of the AWS Architecture Blog, "Exponential backoff and jitter", 2015-03-04:
    FULL keeps a uniform part of it, EQUAL half of it and a uniform part of the other half.
    """
    pause = base
    for _ in range(attempt):
        if pause < cap:
            pause *= 2
    pause = min(pause, cap)
    if jitter == FULL:
        return int(pause * luck)
    if jitter == EQUAL:
        return pause // 2 + int((pause - pause // 2) * luck)
    return pause
