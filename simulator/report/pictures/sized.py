"""What a sizing tried: along one knob the number that decides and the cost; over two, what passes where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from simulator.measure.summary import Judged
from simulator.report.numbers import estimated, with_unit
from simulator.report.pictures.style import INK, LOOK, QUIET, WALL, Picture, legend, picture
from simulator.study.margin import margin

if TYPE_CHECKING:
    from simulator.study.size import Answer, Sizing

SIGNS = {"pass": ("o", "#009e73"), "fail": ("X", "#d55e00"), "inconclusive": ("D", "#8a6d00")}


def sized(sizing: Sizing, design: str | None = None) -> Picture:
    """The tries of one design, by default of the one whose answer costs least."""
    chosen = sizing.cheapest or next(iter(sizing.answers.values()))
    answer = sizing.answers[design] if design is not None else chosen
    with rc_context(LOOK):
        if len(sizing.knobs) == 1:
            return _along(sizing, answer)
        return _over_two(sizing, answer)


def _along(sizing: Sizing, answer: Answer) -> Picture:
    (knob,) = sizing.knobs
    made = picture(f"{answer.design}: settings of {knob.path} that were tried", 2, 2.2)
    numbers, money = made.subplots(2, 1, sharex=True)
    at = [knob.numbers[one.place[0]] if knob.numbers else one.place[0] for one in answer.tries]
    key = _deciding(answer)
    judged = [one.found.objectives[key] for one in answer.tries]
    spread = np.array([_ends(one) for one in judged]).T
    numbers.vlines(at, spread[0], spread[1], color=QUIET, linewidth=1)
    numbers.axhline(judged[0].limit, color=WALL, linewidth=1, linestyle=(0, (5, 3)))
    numbers.set_title(f"{key}: {judged[0].text}")
    numbers.yaxis.set_major_formatter(lambda value, _: with_unit(value, judged[0].unit))
    money.set_title("cost of a " + ("month" if answer.tries[0].found.cost_month else "run"))
    money.yaxis.set_major_formatter(lambda value, _: with_unit(value, "usd", digits=3))
    for place, one in enumerate(answer.tries):
        for axes, value, verdict in (
            (numbers, judged[place].value.value, judged[place].verdict),
            (money, one.found.cost, one.found.verdict),
        ):
            _mark(axes, at[place], value, verdict)
    for axes in (numbers, money):
        if answer.best is not None:
            axes.axvline(at[answer.tries.index(answer.best)], color=INK, linewidth=0.8)
        axes.set_ylim(0, axes.get_ylim()[1] * 1.06)
    if not knob.numbers:
        money.set_xticks(range(len(knob.choices)), knob.choices)
    money.set_xlabel(f"{knob.path} ({knob.unit})" if knob.unit else knob.path)
    _legend(made)
    return made


def _over_two(sizing: Sizing, answer: Answer) -> Picture:
    across, up = sizing.knobs[:2]
    made = picture(f"{answer.design}: settings that were tried, with their cost", 1, 4.5)
    axes = made.subplots()
    for one in answer.tries:
        x, y = (
            knob.numbers[place] if knob.numbers else place
            for knob, place in zip((across, up), one.place, strict=False)
        )
        _mark(axes, x, y, one.found.verdict)
        bold = "bold" if one is answer.best else "normal"
        text = estimated(one.found.price, "usd")
        axes.annotate(text, (x, y), (4, 4), textcoords="offset points", fontsize=7, fontweight=bold)
    for knob, axis in ((across, axes.xaxis), (up, axes.yaxis)):
        axis.set_label_text(f"{knob.path} ({knob.unit})" if knob.unit else knob.path)
        if not knob.numbers:
            axis.set_ticks(range(len(knob.choices)), list(knob.choices))
    _legend(made)
    return made


def _deciding(answer: Answer) -> str:
    """The objective with least to spare at the answer, or else where most was met; not one on cost."""
    at = answer.best or answer.too_dear or max(answer.tries, key=lambda one: one.found.cost)
    asked = [one for one in at.found.objectives.values() if one.unit != "usd"]
    return min(asked or list(at.found.objectives.values()), key=margin).key


def _ends(judged: Judged) -> tuple[float, float]:
    value = judged.value
    return (value.low, value.high) if value.has_interval else (value.value, value.value)


def _mark(axes: Axes, x: float, y: float, verdict: str) -> None:
    marker, colour = SIGNS.get(verdict, ("o", QUIET))
    axes.plot([x], [y], marker=marker, color=colour, markersize=6, linestyle="none")


def _legend(made: Picture) -> None:
    words = {"pass": "passes", "fail": "fails", "inconclusive": "undecided"}
    entries = [
        Line2D([], [], marker=marker, color=colour, linestyle="none", label=words[verdict])
        for verdict, (marker, colour) in SIGNS.items()
    ]
    legend(made, [*entries, Line2D([], [], color=INK, linewidth=0.8, label="the cheapest that passes")])
