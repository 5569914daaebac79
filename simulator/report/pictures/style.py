"""One look for all pictures: one palette, units on every axis, nothing over the data."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.ticker import FixedLocator, FuncFormatter, MultipleLocator, NullFormatter
from numpy.typing import NDArray

from simulator.report.numbers import with_unit
from simulator.report.palette import design_colour, design_dash

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario

DPI = 150
INK, QUIET, LINES, GROUND, SHADE = "#222222", "#777777", "#e3e3e3", "#f0f0f0", "#f3e9c6"
WALL, REFUSED = "#a02c00", "#fbe9e3"
"""A limit, and what lies beyond it."""
ASKED: Any = {"color": WALL, "linewidth": 1.2}
"""An objective, over time."""
SAID: Any = {"fontsize": 8, "color": WALL, "path_effects": [withStroke(linewidth=2.5, foreground="white")]}
"""Its words, legible over lines."""
EDGE: Any = {"edgecolor": "white", "linewidth": 0.3}
"""Between the parts of a bar: wider, it would hide the thin ones."""
LOOK: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": QUIET,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "figure.titlesize": 11,
    "figure.titleweight": "bold",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.color": LINES,
    "grid.linewidth": 0.6,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "text.parse_math": False,  # a name may hold a dollar sign
    "xtick.color": INK,
    "ytick.color": INK,
}
CLOSE = 2
"""Windows that are shown at close range."""
LETTERS = 12.5
"""That fit in an inch of legend."""
WORDS, GAP = 0.6, 6.0
"""The most of a panel's width that words beside its points may take, and pixels between them and its edge."""


class Picture(Figure):
    """A matplotlib figure that shows itself in a notebook, whatever draws the others there."""

    def draw(self, renderer: RendererBase) -> None:
        with rc_context(LOOK), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
            super().draw(renderer)

    def png(self) -> bytes:
        """The picture as a file; the same study gives the same bytes."""
        stream = io.BytesIO()
        with rc_context(LOOK):
            self.savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
        return stream.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png()


def picture(title: str, rows: int, height: float = 2.2, width: float = 9.0) -> Picture:
    """An empty picture with room for so many rows of panels, each `height` inches high."""
    made = Picture(figsize=(width, 0.9 + height * rows), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(made)
    made.suptitle(title, x=0.01, ha="left")
    return made


def over_time(
    title: str, titles: Iterable[str], scenario: Scenario, height: float = 1.6
) -> tuple[Picture, NDArray[Any]]:
    """Panels on a time axis: a row for each name, the whole run and then each window at close range."""
    rows = list(titles)
    close = dict(list(scenario.windows.items())[:CLOSE])
    made = picture(title, len(rows), height)
    widths = [2.0, *(1.0 for _ in close)]
    grid = made.subplots(
        len(rows), len(widths), sharex="col", sharey="row", squeeze=False, width_ratios=widths
    )
    for panels, row in zip(grid, rows, strict=True):
        panels[0].set_title(row)
        panels[0].yaxis.set_major_formatter("{x:,g}")
        time_axis(panels[0], scenario, 0.0, scenario.run.for_ / 1e9)
        for axes, (name, window) in zip(panels[1:], close.items(), strict=True):
            axes.set_title(f"@{name}")
            start, length = window.from_ / 1e9, window.for_ / 1e9
            time_axis(axes, scenario, max(start - length / 4, 0.0), start + length * 1.25)
    for axes in grid[-1]:
        axes.set_xlabel(f"time ({axes.get_xlabel()})")
    for axes in grid[:-1].flat:
        axes.set_xlabel("")
    return made, grid


def broken(path: str, width: int = 30) -> str:
    """A setting's path in lines that fit beside a panel, each ending with a point."""
    lines = [""]
    for part in path.replace(".", ".\n").split("\n"):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def legend(made: Picture, entries: Sequence[Artist]) -> None:
    """One legend for all panels, below them, in as many columns as its words allow."""
    longest = max(len(str(entry.get_label())) for entry in entries)
    columns = max(int(made.get_figwidth() * LETTERS / (longest + 7)), 1)
    made.legend(handles=list(entries), loc="outside lower center", ncols=min(len(entries), columns))


def room_for_words(made: Picture, axes: Axes, low: float, high: float) -> None:
    """A logarithmic axis from `low` to `high` or beyond, until the words beside its points are at their end;
    a wider picture, where they would take most of it."""
    axes.set_xlim(low, high)
    for text in axes.texts:
        text.set_in_layout(False)  # else it lays the panel out for words beyond its edge
    made.draw_without_rendering()
    room = axes.get_window_extent().width
    taken = [(float(text.xy[0]), text.get_window_extent().width + GAP) for text in _beside(axes)]
    wider = max([words / WORDS - room for _, words in taken if words > WORDS * room], default=0.0)
    made.set_figwidth(made.get_figwidth() + wider / made.get_dpi())
    room += wider
    ends = [math.log(x / low) * room / (room - words) for x, words in taken]
    axes.set_xlim(low, low * math.exp(max([math.log(high / low), *ends])))


def _beside(axes: Axes) -> Iterator[Annotation]:
    return (text for text in axes.texts if isinstance(text, Annotation))


def design_line(place: int, name: str = "") -> dict[str, Any]:
    """How the line of the design at this place is drawn."""
    dash = design_dash(place)
    return {
        "color": design_colour(place).light,
        "linestyle": (0, dash) if dash else "solid",
        "label": name or None,
    }


def design_entries(names: Sequence[str], drawn: Collection[str] | None = None) -> list[Artist]:
    """Legend entries of the designs, of those that are drawn."""
    return [
        Line2D([], [], **design_line(place, name))
        for place, name in enumerate(names)
        if drawn is None or name in drawn
    ]


def time_axis(axes: Axes, scenario: Scenario, low: float, high: float) -> None:
    """Time along the bottom; what is not counted and the windows stand out from the ground."""
    axes.set_xlim(low, high)
    step = next((step for step in STEPS if (high - low) / step <= 7), STEPS[-1])
    fine = step < 60 < high
    unit, size = ("h", 3600) if step >= 3600 else ("min:s" if fine else "min", 60) if high > 60 else ("s", 1)

    def said(value: float, _: object) -> str:
        return f"{value // 60:.0f}:{value % 60:02.0f}" if fine else f"{value / size:g}"

    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(said))
    axes.set_xlabel(unit)
    if scenario.run.warm_up:
        axes.axvspan(0, scenario.run.warm_up / 1e9, color=GROUND, zorder=0.1)
    for window in scenario.windows.values():
        axes.axvspan(window.from_ / 1e9, (window.from_ + window.for_) / 1e9, color=SHADE, zorder=0.2)


def time_entries(scenario: Scenario) -> list[Artist]:
    """Legend entries of what `time_axis` shades."""
    entries: list[Artist] = []
    if scenario.run.warm_up:
        entries.append(Patch(color=GROUND, label="warm-up, not counted"))
    if scenario.windows:
        entries.append(Patch(color=SHADE, label="@" + ", @".join(scenario.windows)))
    return entries


def seconds_axis(axes: Axes, which: str, most: int = 9) -> None:
    """Durations on a logarithmic axis; at most so many labels, at 1, 2 and 5 of each decade or at 1."""
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = sorted(axis.get_view_interval())
    marks = [n * 10.0**power for power in range(-9, 7) for n in (1, 2, 5)]
    inside = [mark for mark in marks if low <= mark <= high]
    if len(inside) > most:
        inside = [mark for mark in inside if f"{mark:e}".startswith("1")]
    axis.set_major_locator(FixedLocator(inside))
    axis.set_minor_locator(FixedLocator([]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: with_unit(value, "s", digits=1)))
    axis.set_minor_formatter(NullFormatter())


STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200)
"""Between labels of a time axis, in seconds."""
