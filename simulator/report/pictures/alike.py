"""Designs that look the same in a picture: one panel or one striped line for all of them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.report.pictures.style import design_line

CLOSE = 0.01
"""Of the largest value: what differs by no more cannot be seen."""
STRIPE = 3.0
LETTERS = 76
"""That fit above a panel."""


def alike(curves: Mapping[str, NDArray[np.float64]], within: float | None = None) -> list[list[str]]:
    """Names in groups whose curves lie within so much of the group's first."""
    groups: list[list[str]] = []
    for name, curve in curves.items():
        for group in groups:
            if _close(curves[group[0]], curve, within):
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def _close(one: NDArray[np.float64], other: NDArray[np.float64], within: float | None) -> bool:
    if one.shape != other.shape or not np.array_equal(np.isnan(one), np.isnan(other)):
        return False
    known = ~np.isnan(one)
    most = CLOSE * float(np.abs(one[known]).max(initial=0.0)) if within is None else within
    return bool(np.abs(one[known] - other[known]).max(initial=0.0) <= most)


def title(names: Iterable[str], before: str = "") -> str:
    """The names above a panel, in as many lines as they need."""
    return textwrap.fill(before + ", ".join(names), LETTERS, break_on_hyphens=False)


def striped(names: Sequence[str], group: Sequence[str], name: str) -> dict[str, Any]:
    """How a design's line is drawn: with its own dash, or as stripes beside those of designs alike."""
    style = design_line(list(names).index(name))
    if len(group) == 1:
        return style
    count, place = len(group), list(group).index(name)
    stripes = ((count - place) % count * STRIPE, (STRIPE, (count - 1) * STRIPE))
    return style | {"linestyle": stripes, "dash_capstyle": "butt"}
