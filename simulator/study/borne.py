"""How much traffic each design bears, of that which a sweep tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from simulator.study.sweep import Point, Sweep


class Borne(NamedTuple):
    """How much traffic a design bears."""

    most: Point | None
    """The most up to which it passes every objective; None: not even the least."""
    beyond: Point | None
    """The next more, at which it does not; None: all passes."""

    def rank(self, design: str) -> tuple[float, float]:
        """The more the better; of the same the cheaper."""
        return (requests(self.most), -self.most.summary.designs[design].cost) if self.most else (-1.0, 0.0)


def borne(sweep: Sweep) -> Mapping[str, Borne]:
    """By design, where more and less traffic is swept; otherwise nothing.

    Of the values of other settings counts that with which a design bears most, the cheapest of them.
    """
    lines: dict[tuple[str, ...], list[Point]] = {}
    for point in sorted(sweep.points, key=requests):
        turned = zip(sweep.knobs, point.setting, strict=True)
        lines.setdefault(tuple(value for knob, value in turned if not knob.of_traffic), []).append(point)
    if all(requests(line[0]) == requests(line[-1]) for line in lines.values()):
        return {}
    return {
        name: max((_along(line, name) for line in lines.values()), key=lambda one: one.rank(name))
        for name in sweep.designs
    }


def requests(point: Point) -> float:
    """How many came at a point, from all sources; of users in the design that let them come most."""
    by_design = (design.traffic for design in point.summary.designs.values())
    return max(sum(found[source].requests.value for source in point.summary.sources) for found in by_design)


def _along(line: Sequence[Point], design: str) -> Borne:
    """Of points with ever more traffic."""
    passing = list(takewhile(lambda point: point.summary.designs[design].verdict == "pass", line))
    return Borne(passing[-1] if passing else None, next(iter(line[len(passing) :]), None))
