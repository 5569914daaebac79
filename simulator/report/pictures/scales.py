"""How high panels are that stand below each other: alike, where that hides none of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes

Row = tuple[str, Sequence[Axes]]
"""The service that it shows, and its panels."""
SEEN = 4.0
"""Times as high as the lowest of panels with one scale the highest may be: else the lowest are not seen."""


def same_height(panels: Iterable[Axes]) -> None:
    """The same scale from zero up, so that panels can be compared."""
    shown = list(panels)
    top = max(map(_top, shown))
    for axes in shown:
        axes.set_ylim(0, top)


def comparable(rows: Sequence[Row]) -> str:
    """One scale for all rows, or else for those of each service, or else for each row; and what the title is
    to say of that."""
    if _compared(rows):
        return ""
    own = [[row for row in rows if row[0] == service] for service in dict.fromkeys(name for name, _ in rows)]
    alone = [of_service for of_service in own if not _compared(of_service)]
    return "; scales differ" if alone else "; scales differ by service"


def _compared(rows: Sequence[Row]) -> bool:
    """Whether these rows have one scale now; each has its own otherwise."""
    tops = [max(map(_top, panels)) for _, panels in rows]
    if max(tops) <= SEEN * min(tops):
        same_height(axes for _, panels in rows for axes in panels)
        return True
    for _, panels in rows:
        same_height(panels)
    return False


def _top(axes: Axes) -> float:
    return float(axes.get_ylim()[1])
