"""How long Lambda keeps environments, and what follows their end, from request logs of 2020.

    python tools/derive_environment_lives.py DATA/measured/lambda_steady_poisson/requests.csv.gz

Poisson requests at six steady rates, 28 hours each, 128 MB, us-east-1 (Mahmoudi and Khazaei;
pacslab/serverless-performance-modeling at 4b88970, MIT). Each record names its environment. The most recently
used idle one is taken, so an environment that is passed over, when it would have been next, has ended since
its last use. The first request of an environment that was initialised ahead takes no longer than any other,
its time outside the function some 90 ms; where the environment is new it takes more than 300.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

READY_MS = 140
"""Time outside the function below which nothing was waited for."""
KEEP_ALIVE_S = 640
SURELY_S = 600
"""One that was missed so soon had not been idle for too long."""


class End(NamedTuple):
    """An environment that has ended between its last use and when it was missed."""

    began: float
    used: float
    missed: float
    replaced: bool | None = None
    """Whether the first request after it that found no used one took one initialised ahead; None: it came
    more than 600 s after the last use, or another such end lay between."""

    @property
    def age_min(self) -> float:
        return ((self.used + self.missed) / 2 - self.began) / 60


class Log:
    """One experiment, request after request."""

    def __init__(self, requests: pd.DataFrame) -> None:
        self.gaps: list[tuple[float, bool]] = []
        """(function idle for, anything was left)"""
        self.spare: list[tuple[float, bool]] = []
        """(idle for while others were used, used again); of the longest idle one when it was called for."""
        self.ends: list[End] = []
        self.lives: list[tuple[float, bool, bool]] = []
        """(age in minutes at which it was last seen or had ended, ended, initialised ahead)"""
        self.waits: list[tuple[float, bool]] = []
        """(time outside the function, took one that came free) of who found none free and waited."""
        self.ahead = self.first = 0
        self._read(requests)

    def _read(self, requests: pd.DataFrame) -> None:
        last = requests.groupby("instance").end.max().to_dict()
        began: dict[int, float] = {}
        ready: dict[int, bool] = {}
        free: dict[int, float] = {}
        gone: set[int] = set()
        for row in requests.itertuples():
            now, which, outside = row.t_start_s, row.instance, row.outside_ms
            new = which not in free
            idle = {each: now - end for each, end in free.items() if end <= now and each not in gone}
            busy = [each for each, end in free.items() if end > now]
            since = float("inf") if new else now - free[which]
            if free and not busy:
                self.gaps.append((now - max(free.values()), not (new and outside > READY_MS)))
            missed = [e for e, age in idle.items() if age < since and last[e] <= free[e]]
            took_ahead = new and outside <= READY_MS
            for each in missed:
                gone.add(each)
                self.ends.append(End(began[each], free[each], now))
            if new:
                self._replacement(now, took_ahead)
            used = bool(busy) or any(last[each] > now for each in idle if each != which)
            if not new and used and since > KEEP_ALIVE_S:
                self.spare.append((since, True))
            self.spare += [(now - free[each], False) for each in missed if used and new]
            if new and now > 0:
                self.first += 1
                self.ahead += took_ahead
            if busy and outside > 300 and (new or since < 0):
                self.waits.append((outside, not new))
            began.setdefault(which, now)
            ready.setdefault(which, outside <= READY_MS)
            free[which] = row.end
        ended = {end.began: end for end in self.ends if end.missed - end.used < SURELY_S}
        for each, start in began.items():
            end = ended.get(start)
            age = end.age_min if end else (free[each] - start) / 60
            self.lives.append((age, end is not None, ready[each]))

    def _replacement(self, now: float, took_ahead: bool) -> None:
        """What the latest end of an environment has led to."""
        if self.ends and self.ends[-1].replaced is None and now - self.ends[-1].used < SURELY_S:
            self.ends[-1] = self.ends[-1]._replace(replaced=took_ahead)


def logs(path: str) -> Iterator[Log]:
    requests = pd.read_csv(path)
    requests["end"] = requests.t_start_s + requests.client_elapsed_ms / 1e3
    requests["outside_ms"] = requests.client_elapsed_ms - requests.lambda_duration_ms
    for _, experiment in requests.groupby("experiment"):
        yield Log(experiment.sort_values("t_start_s"))


def ages(lives: list[tuple[float, bool, bool]]) -> dict[float, float]:
    """The share that has ended by an age in minutes: Kaplan and Meier's estimate.

    Of environments that a request started only: when the others began is not known.
    """
    known = sorted((age, ended) for age, ended, ahead in lives if not ahead)
    left, found = 1.0, {}
    for place, (age, ended) in enumerate(known):
        if ended:
            left *= 1 - 1 / (len(known) - place)
            found[age] = 1 - left
    return found


def main(path: str) -> None:
    read = list(logs(path))
    gaps = [gap for log in read for gap in log.gaps]
    survived = [gap for gap, kept in gaps if kept]
    print("# lambda.keep_alive: the function idle")
    print(f"longest gaps survived {[round(gap, 1) for gap in sorted(survived)[-4:]]} s")
    lost = sorted(gap for gap, kept in gaps if not kept)
    print(f"gaps lost below 660 s: {[round(gap, 1) for gap in lost if gap < 660]} of {len(lost)}")

    print("# lambda.spare_keep_alive: one idle for more than 640 s while others are in use")
    spare = [each for log in read for each in log.spare]
    for low, high in ((640, 1000), (1000, 1300), (1300, 1500), (1500, 10**6)):
        part = [kept for gap, kept in spare if low < gap <= high]
        print(f"called for after {low} to {high} s: {sum(part)} of {len(part)} were there")
    print(f"longest used again {max(gap for gap, kept in spare if kept):.0f} s")

    lives = [life for log in read for life in log.lives]
    print("# lambda.lifetime: ages at the end, not for having been idle")
    found = ages(lives)
    known = [ended for _, ended, ahead in lives if not ahead]
    print(f"{len(known)} environments, of which {sum(known)} were seen to end")
    for share in (0.1, 0.25, 0.5, 0.75, 1.0):
        age = min(age for age, below in found.items() if below >= share - 1e-9)
        print(f"p{100 * share:.0f} {age:.0f} min")

    print("# lambda.replaces_ended: who found no other, after one used within the last 600 s had ended")
    ends = [end for log in read for end in log.ends if end.missed - end.used < SURELY_S]
    replaced = [end.replaced for end in ends if end.replaced is not None]
    print(f"{sum(replaced)} of {len(replaced)} took one initialised ahead (of {len(ends)} ends)")
    for log in read:
        print(f"of {log.first} first requests of environments {log.ahead} waited for no initialisation")

    print("# lambda.looks_again: who found all busy, and waited")
    waits = [wait for log in read for wait in log.waits]
    took = sorted(outside for outside, other in waits if other)
    print(f"{len(took)} of {len(waits)} took one that came free")
    print(f"after {took[0]:.0f} ms at the least, {took[len(took) // 2]:.0f} ms in the middle")
    own = sorted(outside for outside, other in waits if not other)
    print(f"others had their own after {own[0]:.0f} ms at the least, {own[len(own) // 2]:.0f} in the middle")


if __name__ == "__main__":
    main(sys.argv[1])
