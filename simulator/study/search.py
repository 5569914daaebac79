"""The cheapest place of a grid that meets what is asked, with few tries.

One axis along which things get better and dearer is halved. Where the tries themselves say that it is not
so, and on several axes, a small grid is tried as a whole and a large one searched by differential evolution
(Storn and Price 1997, as in SciPy), whose best place is then lowered axis by axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.study.bisection import first

Place = tuple[int, ...]
SMALL = 8
"""So many values of one axis are all tried."""
LITTLE = 0.01
"""Of a limit: no difference to speak of."""
ENOUGH = 5
"""Tries along a range from which it can be seen whether things get better and dearer along it."""


class Outcome(NamedTuple):
    """What a try showed."""

    meets: bool
    """Whether everything but the cost is as asked."""
    affordable: bool
    """Whether the cost is as asked."""
    cost: float
    excess: float
    """How far the worst of what is asked is missed, as a share of its limit; negative: to spare."""
    noise: float
    """How far chance may move the excess."""


class Found(NamedTuple):
    """The answer and how it was found."""

    best: Place | None
    method: str
    """`every value`, `bisection`, `every combination` or `search`."""
    because: str = ""
    """Why bisection was not enough."""


class Search:
    """A search on a grid with so many values on each axis."""

    def __init__(self, sizes: Sequence[int], probe: Callable[[Place], Outcome], most: int, seed: int) -> None:
        self.sizes = tuple(sizes)
        self.probe = probe
        self.most = most
        self.seed = seed
        self.tried: dict[Place, Outcome] = {}

    def run(self) -> Found:
        """The cheapest place that was found to meet everything."""
        if len(self.sizes) > 1:
            return self._widely("")
        if self.sizes[0] <= SMALL:
            return self._all("every value")
        self._halve()
        doubt = self._doubt()
        return self._widely(doubt) if doubt else Found(self._best(), "bisection")

    def _try(self, place: Place) -> Outcome:
        if place not in self.tried:
            if len(self.tried) >= self.most:
                raise _SpentError
            self.tried[place] = self.probe(place)
        return self.tried[place]

    def _best(self) -> Place | None:
        """The cheapest that passes; of equal ones the first."""
        passing = [place for place, found in self.tried.items() if found.meets and found.affordable]
        return min(passing, key=lambda place: (self.tried[place].cost, place), default=None)

    def _all(self, method: str) -> Found:
        for place in product(*map(range, self.sizes)):
            self._try(place)
        return Found(self._best(), method)

    def _halve(self) -> None:
        """From the cheaper end to the dearer one; a middle is looked at where both ends fail."""
        last = self.sizes[0] - 1
        cheaper, dearer = self._try((0,)), self._try((last,))
        turned = dearer.cost < cheaper.cost

        def holds(steps: float) -> bool:
            return self._try((last - int(steps) if turned else int(steps),)).meets

        first(holds, 0, last)
        if len(self.tried) < ENOUGH:  # an end was the answer, or none: the middle has a say too
            for part in (1, 2, 3):
                self._try((last * part // 4,))

    def _doubt(self) -> str:
        """What the tries along the only axis say against halving it."""
        line = [self.tried[place] for place in sorted(self.tried)]
        if line[-1].cost < line[0].cost:
            line.reverse()
        for low, high in pairwise(line):
            if high.cost < low.cost * (1 - 1e-3):
                return "the cost goes down and up again along the range"
            worse = high.excess > low.excess + low.noise + high.noise + LITTLE
            if worse and not (low.meets and high.meets):
                return "what is asked gets worse and better again along the range"
        return ""

    def _widely(self, because: str) -> Found:
        if math.prod(self.sizes) <= self.most:
            return self._all("every combination" if len(self.sizes) > 1 else "every value")._replace(
                because=because
            )
        whole = self.most + len(self.tried)
        for limit, step in ((len(self.tried) + self.most // 2, self._evolve), (whole, self._lower)):
            self.most = limit
            try:
                step()
            except _SpentError:
                continue
        return Found(self._best(), "search", because)

    def _evolve(self) -> None:
        from scipy.optimize import Bounds, differential_evolution

        corners = [(0,) * len(self.sizes), tuple(size - 1 for size in self.sizes)]
        for corner in corners:
            self._try(corner)
        luck = np.random.default_rng(self.seed)
        people = max(self.most // 4, 5)
        strata = (np.arange(people)[:, None] + luck.random((people, len(self.sizes)))) / people
        drawn = np.column_stack([luck.permutation(column) for column in strata.T])
        start = np.vstack([corners, drawn * (np.array(self.sizes) - 1)])
        differential_evolution(
            self._score,
            Bounds(np.zeros(len(self.sizes)), np.array(self.sizes) - 1.0),
            init=start,
            integrality=[True] * len(self.sizes),
            maxiter=50,
            polish=False,
            rng=luck,
        )

    def _score(self, at: NDArray[np.float64]) -> float:
        found = self._try(tuple(round(one) for one in at))
        if found.meets and found.affordable:
            return found.cost
        missed = found.excess if not found.meets else 0.0
        return 1e12 * (1 + min(max(missed, 0.0), 1e6)) + found.cost

    def _lower(self) -> None:
        """From the best place down each axis while everything is met, beginning with each axis in turn."""
        start = self._best()
        axes = range(len(self.sizes))
        for turn in axes if start is not None else ():
            place = start
            for axis in (*axes[turn:], *axes[:turn]):
                place = place and self._lowered(place, axis)

    def _lowered(self, place: Place, axis: int) -> Place:
        def at(value: float) -> Place:
            return (*place[:axis], int(value), *place[axis + 1 :])

        found = first(lambda value: self._try(at(value)).meets, 0, place[axis]) if place[axis] else None
        return place if found is None or found.holds is None else at(found.holds)


class _SpentError(Exception):
    """As many places have been tried as may be."""
