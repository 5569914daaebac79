"""A state machine with what its states took: visits, mean time and the time of the slowest hundredth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.patches import FancyBboxPatch

from simulator.report.pictures.style import INK, Picture, picture
from simulator.workflows.machine import Machine, State, counter_names, inside

if TYPE_CHECKING:
    from simulator.study.study import Study

WIDE, HIGH = 0.86, 0.56
"""Of a box, in steps of the grid."""


def machine(study: Study, design: str, service: str) -> Picture:
    """The machine `service` of a design: one box for each state, darker the more of all time it takes.

    Solid arrows lead on, dashed ones into branches and items; a curved one leads back.
    """
    definition: Machine = study.scenario.designs[design].services[service]._machine  # type: ignore[attr-defined]
    counters = study.summary.designs[design].services[service]
    names = {state.name: called for state, called in counter_names(definition).items()}
    places, arrows = _layout(definition)
    deep = max(row for _, row in places.values()) + 1
    wide = max(column for column, _ in places.values()) + 1
    title = f"{service} of {design}: states, mean time and p99"
    made = picture(title, 1, height=0.8 * deep + 0.6, width=2.4 * wide + 0.8)
    axes: Any = made.subplots()
    axes.set(xlim=(-0.8, wide - 0.4), ylim=(deep - 0.5, -0.6))
    axes.axis("off")
    times = {
        name: counters.get(f"{called}.entered", 0.0) * counters.get(f"{called}.time_mean_s", 0.0)
        for name, called in names.items()
    }
    most = max([*times.values(), 1e-9])
    for start, end, kind in arrows:
        (x0, y0), (x1, y1) = places[start], places[end]
        back = y1 <= y0
        line = "--" if kind else "-"
        style: dict[str, Any] = {"arrowstyle": "-|>", "color": INK, "linestyle": line, "linewidth": 0.8}
        begin, stop = (x0, y0 + HIGH / 2), (x1, y1 - HIGH / 2)
        if back or (x0 == x1 and y1 > y0 + 1):  # around what stands between
            side = WIDE / 2 if back else -WIDE / 2
            begin, stop = (x0 + side, y0), (x1 + side, y1)
            style["connectionstyle"] = f"arc3,rad={0.5 if back else 0.12}"
        axes.annotate("", stop, begin, arrowprops=style)
    for name, (x, y) in places.items():
        axes.add_patch(
            FancyBboxPatch(
                (x - WIDE / 2, y - HIGH / 2), WIDE, HIGH, boxstyle="round,pad=0.01",
                facecolor=(0.85 - 0.45 * times[name] / most, 0.9 - 0.25 * times[name] / most, 1.0),
                edgecolor=INK,
            )
        )  # fmt: skip
        called = names[name]
        mean, tail = (counters.get(f"{called}.time_{part}_s", 0.0) for part in ("mean", "p99"))
        entered = counters.get(f"{called}.entered", 0.0)
        said = f"{entered:,.0f} × {_time(mean)}, p99 {_time(tail)}" if tail else f"{entered:,.0f} ×"
        axes.text(x, y - 0.1, name, ha="center", va="center", fontsize=8, weight="bold")
        axes.text(x, y + 0.13, said, ha="center", va="center", fontsize=6.5)
    return made


def _time(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"


def _layout(definition: Machine) -> tuple[dict[str, tuple[float, int]], list[tuple[str, str, bool]]]:
    """Where each state stands (column, row), and the arrows: from, to, whether it leads inside."""
    places: dict[str, tuple[float, int]] = {}
    arrows: list[tuple[str, str, bool]] = []

    def lay(part: Machine, column: int, row: int) -> tuple[int, int]:
        """Lay a machine from a place on; the first free column and row after it."""
        back, rows, todo = part.loops(), {part.start: row}, [part.start]
        order: list[State] = []
        while todo:
            name = todo.pop(0)
            order.append(part.states[name])
            for following in dict.fromkeys(part.states[name].exits):
                arrows.append((name, following, False))
                if (name, following) not in back and following not in rows:
                    rows[following] = rows[name] + 1
                    todo.append(following)
        free, level, below = column + 1, row, row
        for state in order:
            if state.name != part.start:
                before = [places[start][1] for start, to, _ in arrows if to == state.name and start in places]
                level = max(level, below, *(place + 1 for place in before))
            shift = sum(1 for x, y in places.values() if y == level and x >= column)
            places[state.name] = (column + shift, level)
            free = max(free, column + shift + 1)
            for inner in inside(state):
                arrows.append((state.name, inner.start, True))
                start = free if inner is not inside(state)[0] else column + shift
                after, end = lay(inner, start, level + 1)
                free, below = max(free, after), max(below, end)
        return free, max(y for _, y in places.values()) + 1

    lay(definition, 0, 0)
    return places, arrows
