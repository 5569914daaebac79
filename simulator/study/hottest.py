"""Which shard, lane or message group the keys of the traffic use most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from simulator.engine.flow import Reader
from simulator.engine.visits import Flow, Keyed
from simulator.study.fluid import Floats


class Hottest(NamedTuple):
    """The place, of so many, that most comes to when most comes to all; the first is number 0."""

    number: int
    share: float
    of: int

    @property
    def more(self) -> float:
        """How many times as much comes to it as if all were used equally."""
        return self.share * self.of


def hottest(
    reader: Reader,
    coming: Iterable[tuple[Flow, Floats]],
    kind: str,
    place: int,
    of: int,
    *,
    lane: bool = False,
) -> Hottest:
    """Of the `of` shards of a bucket or mailbox, or of its lanes, when flows come at these rates."""
    met = _met(coming, kind, place)
    total = sum(rate for _, rate in met)
    peak = int(np.argmax(total))
    weights = np.zeros(of)
    for keyed, rate in met:
        shares = _shares(reader, keyed.keys)
        lanes = np.asarray(reader.program.places[keyed.table : keyed.table + len(shares)])
        places = lanes if lane else lanes // keyed.each
        weights += np.bincount(places, shares * rate[peak], minlength=of)
    number = int(weights.argmax())
    return Hottest(number, float(weights[number] / max(weights.sum(), 1e-300)), of)


def hottest_key(reader: Reader, coming: Iterable[tuple[Flow, Floats]], kind: str, place: int) -> float:
    """The share that the key has which most comes with, when most comes to all keys."""
    met = _met(coming, kind, place)
    peak = int(np.argmax(sum(rate for _, rate in met)))
    of_keys: dict[int, float] = {}
    for keyed, rate in met:
        of_keys[keyed.keys] = of_keys.get(keyed.keys, 0.0) + float(rate[peak])
    most = (many * max(_shares(reader, keys)) for keys, many in of_keys.items())
    return float(max(most) / max(sum(of_keys.values()), 1e-300))


def _met(coming: Iterable[tuple[Flow, Floats]], kind: str, place: int) -> list[tuple[Keyed, Floats]]:
    """What is put by a key, and how much of it per second."""
    return [
        (keyed, rate * amount)
        for flow, rate in coming
        for keyed, amount in flow.keyed.items()
        if (keyed.kind, keyed.place) == (kind, place)
    ]


def _shares(reader: Reader, keys: int) -> Floats:
    """Of each key of a distribution; what has none (-1) is treated as the first."""
    return np.array([1.0]) if keys < 0 else np.asarray(reader.shares(keys))
