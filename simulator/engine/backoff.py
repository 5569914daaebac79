"""How long a client waits before it tries again."""

from __future__ import annotations

from simulator.engine.steps import EQUAL, FULL
from simulator.stations.rule import rule


@rule
def backoff(base: int, cap: int, jitter: int, rate: float, attempt: int, luck: float) -> int:
    """The pause (ns) before retry number `attempt` (from 0): min(cap, base x rate^attempt), less the jitter.

    Jitter in the words of the AWS Architecture Blog, "Exponential backoff and jitter", 2015-03-04:
    FULL keeps a uniform part of it, EQUAL half of it and a uniform part of the other half.
    """
    grown = float(base)
    for _ in range(attempt):
        if grown >= cap:
            break
        grown *= rate
    pause = cap if grown >= cap else int(grown)
    if jitter == FULL:
        return int(pause * luck)
    if jitter == EQUAL:
        return pause // 2 + int((pause - pause // 2) * luck)
    return pause
