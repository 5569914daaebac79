"""Colours of pictures and of the page: told apart by colour-blind people, on paper and on a dark screen.

Designs take the colours of Okabe and Ito (Color Universal Design, 2008) in an order that keeps neighbours
apart; a dash of its own says the same without colour.
"""

from __future__ import annotations

from typing import NamedTuple


class Colour(NamedTuple):
    """One colour on a light and on a dark ground."""

    light: str
    dark: str


DESIGNS = (
    Colour("#0072b2", "#56b4e9"),
    Colour("#d55e00", "#ff8c42"),
    Colour("#009e73", "#2fd6a3"),
    Colour("#b3568f", "#e79fc9"),
    Colour("#8a6d00", "#f0d442"),
    Colour("#3b3b3b", "#c8c8c8"),
    Colour("#5b4fc4", "#a99ff5"),
)
DASHES: tuple[tuple[float, ...], ...] = ((), (6, 2), (2, 1.5), (7, 2, 1.5, 2), (4, 1.5, 1, 1.5, 1, 1.5))
"""Lengths of ink and gap; none is a whole line."""
OUTCOMES = {
    "ok": Colour("#9db8cf", "#4a6b86"),
    "throttled": Colour("#e69f00", "#f0b53a"),
    "timeout": Colour("#b3568f", "#e79fc9"),
    "error": Colour("#c43e00", "#ff7a45"),
    "expired": Colour("#5b4fc4", "#a99ff5"),
    "dropped": Colour("#3b3b3b", "#c8c8c8"),
}
STARTS = {
    "provisioned": Colour("#0072b2", "#56b4e9"),
    "warm": Colour("#a9cfe5", "#35607c"),
    "spill-over": Colour("#e69f00", "#f0b53a"),
    "cold": Colour("#c43e00", "#ff7a45"),
}
AT_WORK = {
    "computing": Colour("#0072b2", "#56b4e9"),
    "waiting for a CPU": Colour("#e69f00", "#f0b53a"),
    "waiting for a connection": Colour("#b3568f", "#e79fc9"),
    "only held": Colour("#a9cfe5", "#35607c"),
    "in line": Colour("#c43e00", "#ff7a45"),
}
"""What requests at servers and databases do."""
PARTS = (*DESIGNS, Colour("#8fc1e3", "#2f6690"), Colour("#f0c27b", "#9c6b1e"), Colour("#b5b5b5", "#6f6f6f"))
"""Of a whole that is stacked: lines of a bill, shares of time."""


def design_colour(place: int) -> Colour:
    """The colour of the design at this place."""
    return DESIGNS[place % len(DESIGNS)]


def design_dash(place: int) -> tuple[float, ...]:
    """The dash of the design at this place; with the colour, 35 designs are told apart."""
    return DASHES[place % len(DASHES)]
